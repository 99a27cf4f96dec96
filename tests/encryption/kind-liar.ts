// A server that says that a conversation is something else than it is, for tests.
import type { AccountId, Conversation } from '@parley/protocol';

/** What it says later that a direct conversation is, or with whom. */
export const otherKinds = (stranger: AccountId): readonly object[] => [
  { kind: 'room', title: 'Open' },
  { kind: 'account' },
  { peer: stranger },
  { kind: 'group' },
];

/** Conversations are rooms from the start, with the making of a real one. */
export function asRoom(made: NonNullable<Conversation['made']>): (item: Conversation) => Conversation {
  return (item) => {
    const { peer: _, ...rest } = item;
    return item.kind === 'account' ? item : { ...rest, kind: 'room', title: 'Between us', made };
  };
}
