// The use cases behind the frames of a socket, put together. Each is in a file of its own; here is only who is asked.
import type { AccountId } from '@parley/protocol';
import type { FrameHandlers, Seat } from '../kernel/frame-handlers.ts';
import { ok } from '../kernel/result.ts';
import type { Presence } from '../presence/presence.ts';
import type { ChangeCounters } from './change-counters.ts';
import { type Changes, encodeChanges } from './changes.ts';
import { type createHistory, encodePage } from './history.ts';
import type { LiveRows } from './parts.ts';
import type { PresenceOf } from './presence.ts';
import type { Receipts } from './receipts.ts';
import { seatedSince, seatsOf } from './seats.ts';
import type { createSend } from './send.ts';
import type { Typing } from './typing.ts';

/** The use cases. */
export interface FramesParts {
  readonly rows: LiveRows;
  readonly send: ReturnType<typeof createSend>;
  readonly history: ReturnType<typeof createHistory>;
  readonly changes: Changes;
  readonly receipts: Receipts;
  readonly typing: Typing;
  readonly presenceOf: PresenceOf;
  readonly presence: Presence;
  readonly counters: ChangeCounters;
}

/** Handlers for every frame. */
export function createFrameHandlers(parts: FramesParts): FrameHandlers {
  const { rows, send, history, changes, receipts, typing, presenceOf, presence, counters } = parts;

  async function roomsOf(account: AccountId): Promise<readonly Seat[]> {
    const seats = await seatsOf(rows, account);
    counters.seated(account, seats);
    return seats;
  }

  return {
    message: send,
    received: ({ account }, { conversation_id, seq }) => receipts.received(account, conversation_id, seq),
    read: ({ account }, { conversation_id, seq }) => receipts.read(account, conversation_id, seq),
    typing: ({ account }, { conversation_id }) => typing.typing(account, conversation_id),
    watchable: typing.watchable,
    presenceOf,
    roomsOf,
    seatedSince: (account, room) => seatedSince(rows, account, room),

    async sync({ account }, { ref, conversation_id: conversation, after, before, since = null, limit }) {
      if (conversation === undefined) return ok(encodeChanges(await changes(account, since, limit), ref));
      const page = await history(account, { conversation, after, before, limit });
      return page.ok ? ok(encodePage(page.value, ref)) : page;
    },

    async changesSince({ account }, since) {
      return ok(encodeChanges(await changes(account, since)));
    },

    async changeCounter(account) {
      if (!counters.knowsRooms(account)) await roomsOf(account);
      return counters.of(account);
    },

    async connected({ account, device }) {
      counters.connected(account);
      try {
        await presence.connected(account, device);
      } catch (error) {
        counters.disconnected(account);
        throw error;
      }
    },

    async disconnected({ account, device }, silentMs) {
      counters.disconnected(account);
      await presence.disconnected(account, device, silentMs);
    },
  };
}
