// How many wait to be let in where this account leads, for the badge of a row. Asked for by whoever draws the row, one
// chat after the other, and followed from then on. A chat that cannot be asked now is asked when there is a connection.
import type { ConversationId } from '@parley/protocol';
import type { Client, ConversationView, Pending } from '@parley/sdk';
import { inBackground } from './background.ts';
import { Stops } from './model.ts';

export interface Waiting {
  /** 0 while it is not known. */
  countOf(id: ConversationId): number;
  watch(chat: ConversationView, listener: () => void): () => void;
  close(): void;
}

/** So many chats are followed; beyond, those go that nobody draws. */
export const maxFollowed = 100;

interface Followed {
  readonly pending: Pending;
  readonly listeners: Set<() => void>;
  readonly stop: () => void;
  loaded: boolean;
}

/** Does this account let people in? */
export function letsIn({ kind, role }: Pick<ConversationView, 'kind' | 'role'>): boolean {
  return kind !== 'direct' && (role === 'owner' || role === 'admin');
}

/** Of one client. */
export function createWaiting(client: Client): Waiting {
  const followed = new Map<ConversationId, Followed>();
  const stops = new Stops();
  let asking = Promise.resolve();

  const ask = (one: Followed) => {
    asking = asking.then(async () => {
      if (stops.ended || one.loaded) return;
      one.loaded = await one.pending.load().then(
        () => true,
        () => false,
      );
    });
    inBackground(asking);
  };
  const begin = (id: ConversationId): Followed | null => {
    const pending = client.conversation(id)?.members.pending;
    if (pending === undefined) return null;
    const listeners = new Set<() => void>();
    const stop = pending.subscribe(() => {
      for (const listener of [...listeners]) listener();
    });
    const one: Followed = { pending, listeners, stop, loaded: false };
    followed.set(id, one);
    forgetSome();
    ask(one);
    return one;
  };
  const forgetSome = () => {
    for (const [id, { listeners, stop }] of followed) {
      if (followed.size <= maxFollowed) return;
      if (listeners.size > 0) continue;
      stop();
      followed.delete(id);
    }
  };
  stops.add(
    client.state.subscribe(() => {
      if (client.state.snapshot.phase === 'online') for (const one of followed.values()) ask(one);
    }),
  );
  stops.add(() => {
    for (const { stop } of followed.values()) stop();
  });

  return {
    countOf: (id) => (followed.get(id)?.pending.snapshot ?? []).filter(({ state }) => state === 'waiting').length,
    watch: (chat, listener) => {
      const one = letsIn(chat) ? (followed.get(chat.id) ?? begin(chat.id)) : null;
      one?.listeners.add(listener);
      return () => one?.listeners.delete(listener);
    },
    close: () => stops.end(),
  };
}
