import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import type { Client, ConversationView, ListFault } from '@parley/sdk';
import { differencesIn } from './differences.ts';

const [ana, lin] = ['a_0000000000000000000ana', 'a_0000000000000000000lin'] as [AccountId, AccountId];
const client = {
  me: { snapshot: { account: ana } },
  people: { get: () => ({ name: 'Lin\u001b[31m' }) },
} as unknown as Client;
const chat = (doubt: AccountId | null, restoredFrom: number | null, doubtAt: number | null = null) =>
  ({ doubt, doubtAt, restoredFrom, listFault: null, role: 'member' }) as ConversationView;

test('[ENC198] the terminal says from whose messages of when a chat differs, and from when a restored server is', () => {
  assert.deepEqual(differencesIn(client, chat(null, null)), []);
  assert.equal(differencesIn(client, chat(lin, null)).join().includes('\u001b'), false);
  assert.match(differencesIn(client, chat(lin, null)).join(), /^Part of this chat is missing or differs from what Lin/);
  assert.match(differencesIn(client, chat(ana, null)).join(), /another device of yours/);
  const [timed] = differencesIn(client, chat(lin, null, new Date(2026, 10, 14, 3).getTime()));
  assert.match(timed ?? '', / saw until .*14.*3:00.*\.$/);
  const both = differencesIn(client, chat(lin, new Date(2026, 10, 14, 3).getTime()));
  assert.match(both[1] ?? '', /restored from .*14.*2026/);
});

test('[CLI30] the terminal says why what is written in a group waits, and what helps, before anything else', () => {
  const faulty = (listFault: ListFault) => ({ ...chat(lin, null), listFault });
  const [different, ...more] = differencesIn(client, faulty('different'));
  assert.match(different ?? '', /^People here see different member lists\. What you write waits until they agree\./);
  assert.equal(more.length, 1, 'the doubt stands below');
  assert.match(differencesIn(client, faulty('unsigned'))[0] ?? '', /^Nobody signed .* begin a new group\.$/);
  assert.match(differencesIn(client, faulty('review'))[0] ?? '', /parley verify @HANDLE\.$/);
  assert.equal(differencesIn(client, { ...faulty('different'), role: null }).length, 1, 'who has left writes nothing');
});
