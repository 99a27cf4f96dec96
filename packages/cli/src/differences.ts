// What a conversation has to say about its own history: it differs from what somebody else saw, or the server lost a part.
import type { Client, ConversationView } from '@parley/sdk';
import { printable } from './printable.ts';

/** Lines for people, none when all is well. */
export function differencesIn(client: Client, { doubt, restoredFrom }: ConversationView): readonly string[] {
  const isOwn = doubt === client.me.snapshot.account;
  const name = doubt === null ? '' : printable(client.people.get(doubt)?.name ?? 'somebody');
  const saw = isOwn ? 'another device of yours' : name;
  return [
    ...(doubt === null ? [] : [`Part of this chat is missing or differs from what ${saw} saw.`]),
    ...(restoredFrom === null ? [] : [`This server was restored from ${dayText(restoredFrom)}.`]),
  ];
}

function dayText(at: number): string {
  return new Date(at).toLocaleDateString(undefined, { day: 'numeric', month: 'long', year: 'numeric' });
}
