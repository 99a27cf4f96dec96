// What a conversation has to say about itself: its history differs from what somebody else saw, the server lost a part,
// or it is not certain who is in it, and then what is written waits. [ENC198] [CLI30]
import type { Client, ConversationView, ListFault } from '@parley/sdk';
import { printable } from './printable.ts';

/** Lines for people, none when all is well. */
export function differencesIn(client: Client, chat: ConversationView): readonly string[] {
  const { doubt, doubtAt, restoredFrom } = chat;
  const isOwn = doubt === client.me.snapshot.account;
  const name = doubt === null ? '' : printable(client.people.get(doubt)?.name ?? 'somebody');
  // With the time up to which they saw it: what differs later is another thing.
  const until = doubtAt === null ? '' : ` until ${timeText(doubtAt)}`;
  const saw = `${isOwn ? 'another device of yours' : name} saw${until}`;
  return [
    ...listFaultIn(chat),
    ...(doubt === null ? [] : [`Part of this chat is missing or differs from what ${saw}.`]),
    ...(restoredFrom === null ? [] : [`This server was restored from ${dayText(restoredFrom)}.`]),
  ];
}

const faults: Readonly<Record<ListFault, string>> = {
  different:
    'People here see different member lists. What you write waits until they agree. If this stays, ask the others whom they see here, and begin a new group.',
  unsigned:
    'Nobody signed who is in this group, so the server could have added somebody. What you write waits: begin a new group.',
  review:
    'Somebody who changed who is in this group set up Parley afresh. What you write waits until you have compared codes with them: parley verify @HANDLE.',
};

/** Why what is written waits; where nobody can write nothing does. */
export function listFaultIn({ listFault, role }: ConversationView): readonly string[] {
  return listFault === null || role === null ? [] : [faults[listFault]];
}

function timeText(at: number): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

function dayText(at: number): string {
  return new Date(at).toLocaleDateString(undefined, { day: 'numeric', month: 'long', year: 'numeric' });
}
