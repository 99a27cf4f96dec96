import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import type { Client, ConversationView } from '@parley/sdk';
import { differencesIn } from './differences.ts';

const [ana, lin] = ['a_0000000000000000000ana', 'a_0000000000000000000lin'] as [AccountId, AccountId];
const client = {
  me: { snapshot: { account: ana } },
  people: { get: () => ({ name: 'Lin', deleted: false }) },
} as unknown as Client;
const now = new Date(2026, 10, 28, 12).getTime();
const chat = (doubt: AccountId | null, restoredFrom: number | null) => ({ doubt, restoredFrom }) as ConversationView;

test('[ENC198] a chat says from whose messages it differs, and from when a restored server is', () => {
  assert.deepEqual(differencesIn(client, chat(null, null), now), []);
  const [lins] = differencesIn(client, chat(lin, null), now);
  assert.equal(lins, 'Part of this chat is missing or differs from what Lin saw.');
  assert.match(differencesIn(client, chat(ana, null), now).join(), /another device of yours/);
  const day = new Date(2026, 10, 14, 3).getTime();
  const [first, restored] = differencesIn(client, chat(lin, day), now);
  assert.equal(first, lins);
  const named = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long' }).format(day);
  assert.ok(restored?.startsWith(`This server was restored from ${named}.`));
});
