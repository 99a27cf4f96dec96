// What a chat has to say about itself: its history differs from what somebody else saw, the server lost a part of it, or it
// is not certain who is in it, and then what is written waits. [ENC198] [WEB51]
import type { AccountId } from '@parley/protocol';
import type { Client, ConversationView, ListFault, MessageView } from '@parley/sdk';
import { dayIn, fullTime, words } from '../words/words.ts';
import { nameOf } from './names.ts';

/** Lines for people, none when all is well. */
export function differencesIn(client: Client, chat: ConversationView, now: number): readonly string[] {
  const { restored } = words.encryption.history;
  const { doubt, restoredFrom } = chat;
  const fault = listFaultOf(chat);
  return [
    ...(fault === null ? [] : [words.encryption.list[fault]]),
    ...(doubt === null ? [] : [doubtText(client, chat, doubt)]),
    ...(restoredFrom === null ? [] : [restored(dayIn(restoredFrom, now))]),
  ];
}

/** With the time up to which they saw it: what differs later is another thing. */
function doubtText(client: Client, { doubtAt }: ConversationView, by: AccountId): string {
  const { differs, saw, ownSaw, until } = words.encryption.history;
  const who = by === client.me.snapshot.account ? ownSaw : saw(nameOf(client, by));
  return differs(doubtAt === null ? who : who + until(fullTime(doubtAt)));
}

/** Why what is written here waits; nothing does where nobody can write. */
export function listFaultOf({ listFault, role }: ConversationView): ListFault | null {
  return role === null ? null : listFault;
}

/** Why an own message has a clock, if not for the connection. */
export function waitsFor(chat: ConversationView, { unsettled }: Pick<MessageView, 'unsettled'>): string | undefined {
  const { waits, changing } = words.encryption.list;
  return listFaultOf(chat) !== null ? waits : unsettled ? changing : undefined;
}
