import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, ConversationId, RouteResult } from '@parley/protocol';
import { maxPolls, maxPollsPerAccount, pollPauseMs } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { accountOf } from '../sequencer/stage.ts';
import { ana, ben, cem, Desk } from './rest-fixture.ts';

type Page = RouteResult<'sync'>;
const longest = 30_000;
const headsOf = ({ items }: Page) => Object.fromEntries(items.map((item) => [item.conversation_id, item.head]));

/** Everything so far, and the place behind it. */
async function caughtUp(desk: Desk, account: AccountId): Promise<string> {
  return (await desk.get('sync', account)).since;
}

/** A poll that is waiting, and what it has answered. */
class Waiting {
  answer: Page | null = null;
  readonly done: Promise<Page>;

  constructor(desk: Desk, account: AccountId, since: string, timeoutMs = longest, signal?: AbortSignal) {
    const query = { since, timeout_ms: timeoutMs };
    this.done = desk.get('sync', account, { query, ...(signal === undefined ? {} : { signal }) }).then((page) => {
      this.answer = page;
      return page;
    });
  }
}

/** Lets everything run that waits for no timer. */
async function settle(): Promise<void> {
  for (let i = 0; i < 200; i++) await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
}

async function chatOf(desk: Desk): Promise<ConversationId> {
  return desk.befriend(ana, ben);
}

test('[CNV35] without a place everything is answered at once; from there on, what is newer', async () => {
  await using desk = await Desk.open();
  const chat = await chatOf(desk);
  const all = await desk.get('sync', ana, { query: { timeout_ms: longest } });
  assert.deepEqual([headsOf(all), all.has_more], [{ [chat]: 1 }, false]);
  const nothing = await desk.get('sync', ana, { query: { since: all.since, timeout_ms: 0 } });
  assert.deepEqual(nothing.items, []);
  await desk.say(ben, chat, 'Hello');
  assert.deepEqual(headsOf(await desk.get('sync', ana, { query: { since: nothing.since } })), { [chat]: 2 });
});

test('[CNV35] a poll answers when something changes: a message, a setting, a new conversation, a room', async () => {
  await using desk = await Desk.open();
  const chat = await chatOf(desk);
  const room = await desk.make('room', [ben, ana], { access: 'open' });
  const changes: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['message', () => desk.say(ben, chat, 'Hello')],
    ['own message', () => desk.say(ana, chat, 'Hello')],
    ['room', () => desk.say(ben, room, 'Hello')],
    ['setting', () => desk.set(ana, 'own/theme', 'dark')],
    ['request', () => desk.get('createConversation', cem, { body: { kind: 'direct', account: ana } })],
    ['joined', () => desk.make('room', [cem, ana], { access: 'open' })],
  ];
  for (const [name, change] of changes) {
    const poll = new Waiting(desk, ana, await caughtUp(desk, ana));
    await settle();
    assert.equal(poll.answer, null, name);
    await change();
    await settle();
    desk.clock.advance(pollPauseMs);
    const page = await poll.done;
    assert.ok(page.items.length > 0, name);
    assert.deepEqual((await desk.get('sync', ana, { query: { since: page.since } })).items, [], 'and nothing again');
  }
});

test('[CNV35] what changes in one moment is one answer', async () => {
  await using desk = await Desk.open();
  const chat = await chatOf(desk);
  const poll = new Waiting(desk, ana, await caughtUp(desk, ana));
  await settle();
  for (let n = 0; n < 5; n++) await desk.say(ben, chat, `message ${n}`);
  await settle();
  assert.equal(poll.answer, null);
  desk.clock.advance(pollPauseMs);
  assert.deepEqual(headsOf(await poll.done), { [chat]: 6 });
});

test('[CNV35] a poll is not woken by what does not concern the account, and ends at its time', async () => {
  await using desk = await Desk.open();
  await chatOf(desk);
  const elsewhere = await desk.befriend(ben, cem);
  const poll = new Waiting(desk, ana, await caughtUp(desk, ana), 5_000);
  await settle();
  const timers = desk.clock.pending;
  await desk.say(ben, elsewhere, 'Hello');
  await settle();
  assert.equal(desk.clock.pending, timers, 'it does not look');
  desk.clock.advance(4_999);
  await settle();
  assert.equal(poll.answer, null);
  desk.clock.advance(1);
  assert.deepEqual((await poll.done).items, []);
});

test('[CNV35] what the bus loses is found at the end of the poll', async () => {
  await using desk = await Desk.open();
  const chat = await chatOf(desk);
  const poll = new Waiting(desk, ana, await caughtUp(desk, ana));
  await settle();
  await desk.bus[Symbol.asyncDispose]();
  await desk.say(ben, chat, 'Hello');
  await settle();
  desk.clock.advance(longest - 1);
  await settle();
  assert.equal(poll.answer, null, 'nobody has told it');
  desk.clock.advance(1);
  assert.deepEqual(headsOf(await poll.done), { [chat]: 2 });
});

test('[CNV35] a client that is gone ends its poll, before and while it waits', async () => {
  await using desk = await Desk.open();
  await chatOf(desk);
  const since = await caughtUp(desk, ana);
  const client = new AbortController();
  const poll = new Waiting(desk, ana, since, longest, client.signal);
  await settle();
  const timers = desk.clock.pending;
  client.abort();
  assert.deepEqual((await poll.done).items, []);
  assert.equal(desk.clock.pending, timers - 1, 'its timer is gone too');
  assert.deepEqual((await new Waiting(desk, ana, since, longest, client.signal).done).items, []);
});

test('[CNV35] polls of an account are bounded, and those of all; each that ends makes room', async () => {
  await using desk = await Desk.open();
  await chatOf(desk);
  const client = new AbortController();
  const waiting: Waiting[] = [];
  const begin = async (account: AccountId) => {
    waiting.push(new Waiting(desk, account, await caughtUp(desk, account), longest, client.signal));
  };
  for (let n = 0; n < maxPollsPerAccount; n++) await begin(ana);
  await settle();
  const query = { timeout_ms: longest };
  assert.deepEqual(await desk.call('sync', ana, { query }), {
    ok: false,
    code: 'rate.limited',
    details: { retry_after_ms: 1_000 },
  });
  for (let n = maxPollsPerAccount; n < maxPolls; n++) await begin(accountOf(1_000 + n));
  await settle();
  await assert.rejects(desk.call('sync', ben, { query }), Unavailable);
  client.abort();
  await Promise.all(waiting.map(({ done }) => done));
  assert.equal(await desk.code('sync', ana, { query }), 'ok');
});
