// Whom one account may put into a group or room at once. The other's setting decides; who may not is told the same as
// of somebody who does not exist, and the way in is a link.
import type { AccountId } from '@parley/protocol';
import { directConversation } from '../sequencer/conversation-ids.ts';
import { stateOf } from './access.ts';
import { hasRoom } from './memberships.ts';
import type { LiveRows, MessagesParts } from './parts.ts';
import type { Settings } from './settings.ts';

/** What the decision looks at. */
export interface AddingParts extends Pick<MessagesParts, 'accountExists' | 'isGuest'> {
  readonly rows: LiveRows;
  readonly settings: Settings;
}

/** May `actor` put `subject` in without asking? */
export async function mayAdd(parts: AddingParts, actor: AccountId, subject: AccountId): Promise<boolean> {
  const { rows, settings, accountExists, isGuest } = parts;
  const [exists, guest, { add, blocked }, contacts, room] = await Promise.all([
    accountExists(subject),
    isGuest(subject),
    settings.of(subject),
    areContacts(rows, actor, subject),
    hasRoom(rows, subject),
  ]);
  if (!exists || guest || !room || blocked.has(actor)) return false;
  return add === 'everyone' || (add === 'contacts' && contacts);
}

/** Have both written to each other, or met by a link? */
async function areContacts(rows: LiveRows, a: AccountId, b: AccountId): Promise<boolean> {
  return (await stateOf(rows, directConversation(a, b)))?.contact === true;
}
