// Who is there, as far as the asker may know.
import Type, { type Static } from 'typebox';
import { AccountId, ConversationId } from './ids.ts';
import * as limits from './limits.ts';
import { Time, Word } from './schema.ts';

/** `online` and `offline` (with last seen) for those who may know; the coarse words or `hidden` for the others. */
export const presenceStates = [
  'online',
  'offline',
  'recently',
  'this_week',
  'this_month',
  'long_ago',
  'hidden',
] as const;
export type PresenceState = (typeof presenceStates)[number];

/** Up: what is on screen. Each `watch` replaces the one before it. */
export const Watch = Type.Object(
  {
    type: Type.Literal('watch'),
    accounts: Type.Array(AccountId, { maxItems: limits.maxWatchedAccounts, description: 'Whose presence is shown.' }),
    conversations: Type.Optional(
      Type.Array(ConversationId, { maxItems: limits.maxWatchedConversations, description: 'Where typing is shown.' }),
    ),
  },
  { $id: 'Watch' },
);
export type Watch = Static<typeof Watch>;

/** Down: the answer to `watch` and every change after it. */
export const Presence = Type.Object(
  {
    type: Type.Literal('presence'),
    account: AccountId,
    state: Word(presenceStates, 'What the asker may know.'),
    last_seen_at: Type.Optional(Time('Only with `offline`.')),
  },
  { $id: 'Presence' },
);
export type Presence = Static<typeof Presence>;
