// What the line of a pinned message says. Who came later cannot read what was pinned before: that is said, so that
// nobody takes it for a fault.
import type { MessageView } from '@parley/sdk';
import { words } from '../words/words.ts';
import { type Said, saidIn } from './said.ts';

/** Its text; null is a message that this account may not read. */
export function pinnedText(message: (Pick<MessageView, 'type'> & Said) | null): string {
  if (message === null) return words.invitations.pinnedBefore;
  if (message.type === 'deleted') return words.chat.deleted;
  return message.type === 'undecryptable' ? words.chat.missing : saidIn(message);
}
