import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import type { Client, ConversationView, ListFault } from '@parley/sdk';
import { differencesIn, waitsFor } from './differences.ts';

const [ana, lin] = ['a_0000000000000000000ana', 'a_0000000000000000000lin'] as [AccountId, AccountId];
const client = {
  me: { snapshot: { account: ana } },
  people: { get: () => ({ name: 'Lin', deleted: false }) },
} as unknown as Client;
const settled = { unsettled: false };
const now = new Date(2026, 10, 28, 12).getTime();
const chat = (doubt: AccountId | null, restoredFrom: number | null, doubtAt: number | null = null) =>
  ({ doubt, doubtAt, restoredFrom, listFault: null, role: 'member' }) as ConversationView;

test('[ENC198] a chat says from whose messages of when it differs, and from when a restored server is', () => {
  assert.deepEqual(differencesIn(client, chat(null, null), now), []);
  const [lins] = differencesIn(client, chat(lin, null), now);
  assert.equal(lins, 'Part of this chat is missing or differs from what Lin saw.');
  assert.match(differencesIn(client, chat(ana, null), now).join(), /another device of yours/);
  const day = new Date(2026, 10, 14, 3).getTime();
  const [timed = ''] = differencesIn(client, chat(lin, null, day), now);
  assert.match(timed, /^Part of this chat is missing or differs from what Lin saw until .*14.*3:00.*\.$/);
  const [first, restored] = differencesIn(client, chat(lin, day), now);
  assert.equal(first, lins);
  const named = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long' }).format(day);
  assert.ok(restored?.startsWith(`This server was restored from ${named}.`));
});

test('[WEB51] a group says why what is written in it waits, and what helps; the clock of a message says so, too', () => {
  const faulty = (listFault: ListFault) => ({ ...chat(null, null), listFault });
  const texts = (['different', 'unsigned', 'review'] as const).map((fault) =>
    differencesIn(client, faulty(fault), now),
  );
  for (const [text = '', ...more] of texts) {
    assert.match(text, /What you write waits.*(new group|compared codes)/);
    assert.deepEqual(more, []);
  }
  assert.equal(new Set(texts.flat()).size, 3);
  assert.match(waitsFor(faulty('different'), settled) ?? '', /^Waiting: who is in this group/);
  assert.equal(waitsFor(chat(lin, null), settled), undefined);
  assert.equal(waitsFor(chat(lin, null), { unsettled: true }), 'Waiting: members keep changing');
  const left = { ...faulty('different'), role: null };
  assert.deepEqual(
    [differencesIn(client, left, now), waitsFor(left, settled)],
    [[], undefined],
    'who has left writes nothing',
  );
});
