// What a chat has to say about its own history: it differs from what somebody else saw, or the server lost a part of it.
import type { Client, ConversationView } from '@parley/sdk';
import { dayIn, words } from '../words/words.ts';
import { nameOf } from './names.ts';

/** Lines for people, none when all is well. */
export function differencesIn(client: Client, chat: ConversationView, now: number): readonly string[] {
  const { differs, differsOwn, restored } = words.encryption.history;
  const { doubt, restoredFrom } = chat;
  const isOwn = doubt === client.me.snapshot.account;
  return [
    ...(doubt === null ? [] : [isOwn ? differsOwn : differs(nameOf(client, doubt))]),
    ...(restoredFrom === null ? [] : [restored(dayIn(restoredFrom, now))]),
  ];
}
