// Hints for tests: one of each kind that is published.
import type { AccountId, ConversationId, DeviceId, MessageId } from '@parley/protocol';
import type { Hint } from './bus.ts';

/** Whom and what the hints are about. */
export interface About {
  readonly one: AccountId;
  readonly other: AccountId;
  readonly room: ConversationId;
  readonly device: DeviceId;
}

/** One hint of each kind, and of those that have variants each of these. */
export function hintOfEachKind({ one, other, room, device }: About): readonly Hint[] {
  const frame = new TextEncoder().encode('{"type":"typing","text":"Zürich"}');
  const id = '01980000-0000-7000-8000-000000000001' as MessageId;
  const envelope = {
    type: 'envelope',
    conversation: room,
    memberN: 3,
    sender: one,
    counts: true,
    joined: [],
    left: [],
    after: null,
  } as const;
  return [
    { ...envelope, seq: 42, recipients: [one, other], frame },
    { ...envelope, seq: 2 ** 40, recipients: null, joined: [other], left: [one], frame: new Uint8Array() },
    { type: 'verdict', conversation: room, sender: one, id, verdict: { state: 'accepted', seq: 7, repeat: false } },
    {
      type: 'verdict',
      conversation: room,
      sender: one,
      id,
      verdict: { state: 'rejected', code: 'conversation.denied', repeat: true },
    },
    { type: 'accounts', accounts: [other], frame, droppable: true },
    { type: 'accounts', accounts: [one, other], frame, droppable: false },
    { type: 'changed', accounts: [one] },
    { type: 'typing', conversation: room, sender: one, recipients: [other], frame },
    { type: 'typing', conversation: room, sender: one, recipients: null, frame },
    { type: 'to_device', accounts: [one], devices: [device] },
    { type: 'keys' },
    { type: 'settings', account: other },
    { type: 'stored', accounts: [one, other], room: null, withinMs: 350, stands: [{ conversation: room, seq: 9 }] },
    { type: 'stored', accounts: [], room, withinMs: 1_200, stands: [] },
    { type: 'stored', accounts: null, room: null, withinMs: 60_000, stands: [] },
    { type: 'revoked', device },
    { type: 'revoked', device, disabled: true },
  ];
}
