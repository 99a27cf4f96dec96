// How one account may put another into a group or room: contacts at once, if their setting permits; everybody else is
// invited. Who blocks is invited too, as far as anybody else can see. Who does not exist, is a guest, or has no room is
// told alike.
import type { AccountId } from '@parley/protocol';
import { directConversation } from '../sequencer/conversation-ids.ts';
import type { Change } from '../sequencer/record.ts';
import { stateOf } from './access.ts';
import { hasPendingRoom, hasRoom } from './memberships.ts';
import type { LiveRows, MessagesParts } from './parts.ts';
import type { Settings } from './settings.ts';

/** What the decision looks at. */
export interface AddingParts extends Pick<MessagesParts, 'accountExists' | 'isGuest' | 'clock'> {
  readonly rows: LiveRows;
  readonly settings: Settings;
}

/** At once, by an invitation, by one that the other is never told of, or not at all. */
export type WayIn = 'add' | 'ask' | 'hide' | 'none';

/** How may `actor` bring `subject` in? */
export async function wayIn(parts: AddingParts, actor: AccountId, subject: AccountId): Promise<WayIn> {
  const { rows, settings, accountExists, isGuest, clock } = parts;
  const [exists, guest, { add, blocked }, contacts, room] = await Promise.all([
    accountExists(subject),
    isGuest(subject),
    settings.of(subject),
    areContacts(rows, actor, subject),
    hasRoom(rows, subject),
  ]);
  if (!exists || guest || !room) return 'none';
  if (blocked.has(actor)) return 'hide';
  if (add === 'everyone' || (add === 'contacts' && contacts)) return 'add';
  return (await hasPendingRoom(rows, subject, clock.now())) ? 'ask' : 'none';
}

/** The invitation that goes with this way in. */
export function invitedBy(way: WayIn): Pick<Extract<Change, { readonly action: 'ask' }>, 'hidden'> {
  return way === 'hide' ? { hidden: true } : {};
}

/** Have both written to each other, or met by a link? */
async function areContacts(rows: LiveRows, a: AccountId, b: AccountId): Promise<boolean> {
  return (await stateOf(rows, directConversation(a, b)))?.contact === true;
}
