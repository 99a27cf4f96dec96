// How a chat is called at the terminal. A group whose title has not come yet is called after one of its people.
import type { ConversationView } from '@parley/sdk';
import { printable } from './printable.ts';

/** The name of a chat, on one line. */
export function titleOf({
  notes,
  namedAfter,
  joinedWith,
  title,
}: Pick<ConversationView, 'notes' | 'namedAfter' | 'joinedWith' | 'title'>): string {
  if (notes) return 'Notes to self';
  if (joinedWith !== null) return `Group you joined with ${printable(joinedWith)}'s link`;
  if (namedAfter !== null) return `Group of ${printable(namedAfter)} and others`;
  return title === '' ? 'Unnamed' : printable(title);
}
