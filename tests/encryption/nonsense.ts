// Frames that make no sense, for tests: what a client does with them is end the connection at most.
import type { AccountId, ConversationId, DeviceId } from '@parley/protocol';

/** With a device and a conversation that there are. */
export const nonsense = (account: AccountId, device: DeviceId, conversation: ConversationId): readonly object[] => [
  { type: 'to_device' },
  { type: 'to_device', items: 7 },
  { type: 'to_device', items: [null] },
  { type: 'to_device', items: [{ n: 1 }], has_more: true },
  { type: 'to_device', items: [{ n: 'x', sender: 5, device, event_type: null, content: {} }], has_more: false },
  { type: 'to_device', items: [{ n: 2, sender: account, device, event_type: 'm.room.encrypted', content: '{' }] },
  {
    type: 'to_device',
    items: [{ n: 3, sender: account, device, event_type: 'm.room_key', content: '{"room_id":5}' }],
  },
  { type: 'keys' },
  { type: 'keys', n: 'many' },
  { type: 'keys', n: -1 },
  { type: 'message' },
  { type: 'message', conversation_id: conversation, seq: 'one', format: 'sealed', content: 5 },
  { type: 'changes' },
  { type: 'changes', items: [null], has_more: true },
  { type: 'receipt' },
  { type: 'sent' },
  { type: 'welcome', account },
  { type: 'presence' },
];

/** What is no frame at all. */
export const nonsenseTexts: readonly string[] = ['', 'null', '[]', '{"type":5}', '{', 'x'.repeat(3_000_000)];
