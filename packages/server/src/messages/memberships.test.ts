import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountId, type ConversationId, limits as wire } from '@parley/protocol';
import { maxMembershipsRead, maxNewPeopleAccounts, membershipsPage, statesAtOnce } from '../kernel/limits.ts';
import type { Overlay } from '../sequencer/overlay.ts';
import { accountOf } from '../sequencer/stage.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { hasRoom, presentIn, statesOf } from './memberships.ts';
import { NewPeople } from './new-people.ts';
import { ana, ben, Desk } from './rest-fixture.ts';

const conversationOf = (n: number) => `c_${String(n).padStart(22, '0')}` as ConversationId;

async function put(store: MemoryStore, from: number, to: number, left: boolean): Promise<void> {
  const rows = Array.from({ length: to - from }, (_, n) => ({
    table: 'memberships' as const,
    row: { account: ana, conversation: conversationOf(from + n), left },
  }));
  await store.commit(rows, null);
}

test('[CNV26] conversations that an account is in are found behind thousands that it has left', async () => {
  const store = new MemoryStore();
  await put(store, 0, membershipsPage, true);
  await put(store, membershipsPage, membershipsPage + 3, false);
  assert.deepEqual(
    await presentIn(store, ana),
    [0, 1, 2].map((n) => conversationOf(membershipsPage + n)),
  );
  assert.equal(await hasRoom(store, ana), true);
  await put(store, 0, wire.maxConversationsPerAccount - 4, false);
  assert.equal(await hasRoom(store, ana), true);
  await put(store, 0, wire.maxConversationsPerAccount - 3, false);
  assert.equal(await hasRoom(store, ana), false);
});

test('[CNV26] who came and went more often than is read has no room for another', async () => {
  const store = new MemoryStore();
  await put(store, 0, maxMembershipsRead - 1, true);
  assert.equal(await hasRoom(store, ana), true);
  await put(store, maxMembershipsRead - 1, maxMembershipsRead + 1, true);
  assert.equal(await hasRoom(store, ana), false);
});

test('[CNV28] states are read a bounded number at once, in the order asked for, past those that are not there', async () => {
  await using desk = await Desk.open();
  const groups = [];
  for (let n = 0; n < 3; n++) groups.push(await desk.make('group', [ana]));
  const missing = Array.from({ length: statesAtOnce }, (_, n) => conversationOf(n));
  let reading = 0;
  let most = 0;
  const { rows } = desk.sequencer;
  const watched = {
    conversation: () => undefined,
    peek: rows.peek.bind(rows),
    counted: rows.counted.bind(rows),
    list: rows.list.bind(rows),
    get: (async (table: 'conversations', key: readonly [ConversationId]) => {
      most = Math.max(most, ++reading);
      const row = await rows.get(table, key);
      reading--;
      return row;
    }) as typeof rows.get,
  };
  const states = await statesOf(watched, [...groups.slice(0, 1), ...missing, ...groups.slice(1)]);
  assert.deepEqual(
    states.map((state) => state.conversation),
    groups,
  );
  assert.equal(most, statesAtOnce);
});

test('[CNV23] of very many accounts the one that was looked at longest ago is read again, and loses no count', async () => {
  await using desk = await Desk.open();
  const { rows } = desk.sequencer;
  let reads = 0;
  const counting = Object.assign(Object.create(rows) as Overlay, {
    list: (async (table: 'memberships', range: Parameters<typeof rows.list>[1]) => {
      reads++;
      return rows.list(table, range);
    }) as typeof rows.list,
    get: rows.get.bind(rows),
    conversation: rows.conversation.bind(rows),
  });
  const people = new NewPeople(counting, desk.clock);
  for (let n = 0; n < wire.newPeoplePerDay; n++)
    await desk.get('createConversation', ana, { body: { kind: 'direct', account: accountOf(100 + n) } });
  assert.equal(await people.mayAsk(ana), false);
  assert.equal(await people.mayAsk(ana), false);
  assert.equal(reads, 1, 'it is remembered');
  for (let n = 0; n < maxNewPeopleAccounts; n++) await people.mayAsk(`a_${n}` as AccountId);
  reads = 0;
  people.note(ana);
  assert.equal(await people.mayAsk(ana), false);
  assert.equal(reads, 1, 'it is read again');
  assert.equal(await people.mayAsk(ben), true);
});
