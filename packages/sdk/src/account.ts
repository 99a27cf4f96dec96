// What an account can do that is not a conversation: devices, rooms to join, and (for operators) the server. Thin
// over REST.
import type { ConversationId } from '@parley/protocol';
import type { Admin, Conversation, Devices, Rooms } from './api.ts';
import { tell } from './background.ts';
import type { Core } from './core.ts';
import { milliseconds } from './time.ts';

/** Own devices. */
export function accountDevices({ rest, replica }: Core): Devices {
  return {
    list: async () => {
      const { items } = await rest('listDevices');
      return items.map(({ device, name, created_at, last_seen_at, old_token_used_at, current, online }) => ({
        device,
        name,
        createdAt: milliseconds(created_at),
        lastSeenAt: last_seen_at === undefined ? null : milliseconds(last_seen_at),
        oldTokenUsedAt: old_token_used_at === undefined ? null : milliseconds(old_token_used_at),
        current,
        online,
      }));
    },
    revoke: async (device) => {
      await rest('revokeDevice', { params: { device } });
    },
    subscribe: (listener) =>
      replica.onHint((hint) => {
        if (hint.hint === 'notice' && hint.topic === 'devices') tell(listener);
      }),
  };
}

/** Open rooms of the server. */
export function accountRooms(core: Core, open: (id: ConversationId) => Conversation): Rooms {
  return {
    list: async (cursor) => {
      const page = await core.rest('listRooms', { query: cursor === undefined ? {} : { cursor } });
      const items = page.items.map(({ conversation_id, title, topic = '', member_count, member }) => ({
        id: conversation_id as ConversationId,
        title,
        topic,
        memberCount: member_count,
        member,
      }));
      return { items, nextCursor: page.has_more ? (page.next_cursor ?? null) : null };
    },
    join: async (id) => {
      await core.merge([await core.rest('joinRoom', { params: { conversation_id: id } })]);
      return open(id);
    },
  };
}

/** For operators: what each does comes when the first is asked for. */
export function accountAdmin({ rest }: Core): Admin {
  return new Proxy({} as Admin, {
    get:
      (_, deed: keyof Admin) =>
      async (...given: readonly unknown[]) => {
        const act = (await import('./admin.ts')).adminOver(rest)[deed] as (...given: readonly unknown[]) => unknown;
        return act(...given);
      },
  });
}
