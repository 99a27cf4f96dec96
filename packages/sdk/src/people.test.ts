import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Account, AccountId } from '@parley/protocol';
import { ben, chat, Stage, wire } from './client-fixture.ts';
import { accountId, settle } from './fixture.ts';
import * as limits from './limits.ts';
import { MemoryStore } from './platform/memory.ts';
import { keys, put } from './rows.ts';

const person = (account: AccountId): Account => ({
  account,
  handle: 'somebody',
  name: `Name of ${account}`,
  kind: 'person',
});
const people = (from: number, count: number) => Array.from({ length: count }, (_, n) => accountId(from + n));

/** Somebody with as many people as a store keeps, in two tabs, on a server that knows everybody. */
async function crowdedTabs() {
  const first = Stage.make();
  const rows = [ben, ...people(10, limits.maxPeople - 1)].map((account) =>
    put('accounts', keys.account(account), person(account)),
  );
  await new MemoryStore(first.disk).write(rows);
  const second = Stage.make(first, 2);
  for (const { http } of [first, second])
    http.answers.set('GET /v1/accounts', ({ path }) => {
      const ids = new URL(path, 'http://localhost').searchParams.get('ids') ?? '';
      return { status: 200, body: { items: ids.split(',').map((id) => person(id as AccountId)), has_more: false } };
    });
  await first.connect();
  await first.up([wire(chat)]);
  await second.connect();
  return { first, second, kept: () => new MemoryStore(first.disk).list('accounts', { prefix: [], limit: 100_000 }) };
}

/** What a view does: it draws, and draws again when people change. Says who had no name at any time. */
function screenOf({ client }: Stage, accounts: readonly AccountId[]) {
  const nameless = new Set<AccountId>();
  const draw = () => {
    for (const account of accounts) if (client.people.get(account) === null) nameless.add(account);
  };
  client.people.subscribe(draw);
  draw();
  return nameless;
}

test('[LOC13] people beyond the bound go, the oldest first, and never who is shown or has a chat', async () => {
  const { first, second, kept } = await crowdedTabs();
  const [here, there] = [screenOf(first, people(10, 40)), screenOf(second, people(60, 40))];
  await first.client.people.load(people(100_000, 250));
  await settle();
  const after = await kept();
  assert.ok(after.length <= limits.maxPeople, `${after.length} people`);
  assert.ok(after.length >= limits.maxPeople - limits.peopleRoom, `${after.length} people`);
  assert.deepEqual([[...here], [...there]], [[], []], 'what is on a screen kept its names');
  assert.equal(first.client.people.get(ben)?.name, person(ben).name);
  assert.equal(first.client.people.get(accountId(100_249))?.name, person(accountId(100_249)).name, 'the newest');
  const left = new Set(after.map(({ key }) => key[0]));
  const dropped = people(10, limits.maxPeople - 1).filter((account) => !left.has(account));
  const [oldest] = dropped;
  assert.ok(oldest !== undefined && dropped.length >= 250);
  assert.equal(first.client.people.get(oldest), null);
  await first.clock.advance(limits.lookupDelayMs);
  assert.equal(first.client.people.get(oldest)?.name, person(oldest).name, 'looked up again');
  for (const stage of [second, first]) await stage.close();
});

test('[LOC13] who was shown longest ago gives way to who is shown, and may go', async () => {
  const { first, second, kept } = await crowdedTabs();
  const [early] = (await kept()).map(({ key }) => key[0] as AccountId);
  assert.ok(early);
  assert.notEqual(first.client.people.get(early), null);
  const others = people(10, limits.maxPeopleShown + 1)
    .filter((account) => account !== early)
    .slice(0, limits.maxPeopleShown);
  for (const account of others) first.client.people.get(account);
  await first.client.people.load(people(100_000, 100));
  await settle();
  assert.equal(first.client.people.get(early), null);
  assert.ok(others.every((account) => first.client.people.get(account) !== null));
  assert.ok((await kept()).length <= limits.maxPeople);
  for (const stage of [second, first]) await stage.close();
});

test('[LOC14] a look-up that failed goes again after a growing pause, and at once with a new connection', async () => {
  const stage = await Stage.open();
  let asked = 0;
  let isLost = true;
  stage.http.answers.set('GET /v1/accounts', () => {
    asked++;
    if (isLost) throw new Error('the call was lost');
    return { status: 200, body: { items: [person(ben)], has_more: false } };
  });
  await stage.up([wire(chat)]);
  stage.client.people.get(ben);
  const times: number[] = [];
  for (let waited = 0; waited < 16_000; waited += 500) {
    const before = asked;
    await stage.clock.advance(500);
    await settle();
    if (asked > before) times.push(waited);
  }
  assert.deepEqual(times, [0, 1_000, 3_000, 7_000, 15_000]);
  isLost = false;
  await stage.reconnect([wire(chat)]);
  await stage.clock.advance(limits.lookupDelayMs);
  await settle();
  assert.equal(stage.client.people.get(ben)?.name, person(ben).name);
  assert.equal(asked, 6);
  await stage.close();
});
