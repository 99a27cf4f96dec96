// What a client says to have seen, what it does with what others say, and what people are told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, Envelope } from '@parley/protocol';
import { blockKey, clearKey, onceBlockedKey } from '@parley/protocol/settings';
import { accountLog, ana, ben, changes, chat, messages, record, type Stage, wire } from './client-fixture.ts';
import { settle } from './fixture.ts';
import * as limits from './limits.ts';
import { history, opened, page, Sight, upTo, witnessOf } from './sight-fixture.ts';

/** Seq 3 is left out; the fourth says that there was one. */
async function withoutThird(sight: Sight): Promise<Stage> {
  const stage = await opened(sight);
  await stage.up([wire(chat, { head: 4, ord: 4 })]);
  sight.saw(history[3] as Envelope, upTo(3));
  await page(stage, [...upTo(2), history[3] as Envelope], 1, 4);
  await stage.clock.advance(limits.claimDelayMs);
  return stage;
}

/** Questions for what is in doubt, once more. */
const fetches = (stage: Stage) =>
  stage.socket.of('sync').filter(({ after, limit }) => after === 0 && limit === limits.refetchRows);

/** Answers the next question for what is in doubt. */
async function askedAgain(stage: Stage, items: readonly Envelope[]): Promise<void> {
  const before = fetches(stage).length;
  for (let wait = 0; wait < 60 && fetches(stage).length === before; wait++) await stage.pass(500);
  await stage.answer(
    fetches(stage)[before] ?? assert.fail('it is not fetched'),
    messages(chat, 1, 4, [...items, history[3] as Envelope]),
  );
  await stage.clock.advance(limits.claimDelayMs);
}

test('[ENC191] what is sealed says what its author has seen: the newest records without a lack, at most 64', async () => {
  const sight = new Sight();
  const stage = await opened(sight);
  await stage.up([wire(chat)]);
  const say = async () => {
    await stage.conversation().send('hello');
    await settle();
    return sight.sealed.at(-1);
  };
  assert.equal(await say(), null, 'nothing is there yet');
  await stage.push(...upTo(3));
  assert.deepEqual(await say(), witnessOf(upTo(3)));
  await stage.push(...upTo(100, 4));
  assert.deepEqual(await say(), witnessOf(upTo(100)));
  await stage.push(...upTo(200, 101));
  assert.deepEqual(await say(), witnessOf(upTo(200)));
  await stage.close();
  const next = await opened(sight, stage);
  await next.conversation().send('hello again');
  await next.up([wire(chat, { head: 200, ord: 200 })]);
  await settle();
  assert.deepEqual(sight.sealed.at(-1), witnessOf(upTo(200)), 'also after a restart');
  await next.close();
});

test('[ENC191] it begins above what its author lacks, or has cleared', async () => {
  const sight = new Sight();
  const stage = await opened(sight);
  await stage.up([wire(chat, { head: 9, ord: 9 }), wire(accountLog, { kind: 'account', peer: undefined as never })]);
  await page(stage, [...upTo(4), ...upTo(9, 6)], 1, 9);
  await stage.conversation().send('hello');
  await settle();
  assert.deepEqual(sight.sealed.at(-1), witnessOf(upTo(9, 6)));
  const cleared = { kind: 'setting', key: clearKey(chat), value: '8', sender: ana } as const;
  const { content: _, ...setting } = record(accountLog, 1, cleared);
  await stage.push(setting as Envelope);
  await stage.conversation().send('hello');
  await settle();
  assert.deepEqual(sight.sealed.at(-1), witnessOf(upTo(9, 9)));
  await stage.close();
});

test('[ENC194] what stays wrong is told after it was fetched three times, once, and after a restart too', async () => {
  const sight = new Sight();
  const stage = await withoutThird(sight);
  for (let time = 1; time <= limits.maxRefetches; time++) {
    assert.equal(stage.conversation().snapshot.doubt, null, `told before it was fetched ${time} times`);
    await askedAgain(stage, upTo(2));
  }
  assert.equal(stage.conversation().snapshot.doubt, ben);
  await stage.pass(120_000);
  assert.equal(fetches(stage).length, limits.maxRefetches, 'it is not asked for a fourth time');
  await stage.close();
  const next = await opened(sight, stage);
  assert.equal(next.conversation().snapshot.doubt, ben);
  await next.up([wire(chat, { head: 4, ord: 4 })]);
  await askedAgain(next, upTo(3));
  assert.equal(next.conversation().snapshot.doubt, null, 'a later connection brought it');
  assert.deepEqual(
    (await next.shown()).map((text) => text.split(':')[0]),
    ['text 1', 'text 2', 'text 3', 'text 4'],
  );
  await next.close();
});

test('[ENC194] what another record stands in the place of is replaced, with what was done to it', async () => {
  const sight = new Sight();
  const stage = await opened(sight);
  await stage.up([wire(chat, { head: 4, ord: 4 })]);
  sight.saw(history[3] as Envelope, upTo(3));
  const other = record(chat, 3, { id: record(chat, 77).id, content: 'something else' });
  await page(stage, [...upTo(2), other, history[3] as Envelope], 1, 4);
  await stage.clock.advance(limits.claimDelayMs);
  await askedAgain(stage, upTo(3));
  await stage.pass(60_000);
  assert.equal(stage.conversation().snapshot.doubt, null);
  assert.equal((await stage.shown())[2], 'text 3:received');
  await stage.close();
});

test('[ENC199] a question for what is in doubt that was not answered is asked again on the same connection', async () => {
  const sight = new Sight();
  const stage = await withoutThird(sight);
  for (let wait = 0; wait < 60 && fetches(stage).length === 0; wait++) await stage.pass(500);
  await stage.pass(limits.requestTimeoutMs);
  await askedAgain(stage, upTo(3));
  assert.equal(stage.conversation().snapshot.doubt, null);
  assert.equal((await stage.shown())[2], 'text 3:received');
  await stage.close();
});

test('[ENC193] what is not for this reader is not missed: cleared, from before it came, or by who was blocked', async () => {
  const left = [...upTo(2), ...upTo(4, 4)];
  const settings = [blockKey(ben), onceBlockedKey(ben)];
  const cases = [
    { items: left, more: { kind: 'group', peer: undefined as never, joined_seq: 4 }, key: null },
    ...settings.map((key) => ({ items: left, more: {}, key })),
    { items: upTo(4, 4), more: {}, key: clearKey(chat) },
  ] as const;
  for (const { items, more, key } of cases) {
    const sight = new Sight();
    sight.saw(history[3] as Envelope, upTo(3));
    const stage = await opened(sight);
    const value = key === clearKey(chat) ? '3' : '1';
    stage.http.on('GET /v1/settings', { items: key === null ? [] : [{ key, value, seq: 1 }], has_more: false });
    const log = wire(accountLog, { kind: 'account', peer: undefined as never, head: 9_000 });
    await stage.up(key === null ? [] : [log]);
    await settle();
    await stage.push(changes([wire(chat, { head: 4, ord: 4, ...more })], { since: 's2' }));
    await stage.reconnect([wire(chat, { head: 4, ord: 4, ...more })]);
    await page(stage, items, 1, 4);
    await stage.clock.advance(limits.claimDelayMs);
    await stage.pass(60_000);
    assert.equal(fetches(stage).length, 0, `nothing is asked for: ${key ?? 'joined'}`);
    assert.equal(stage.conversation().snapshot.doubt, null);
    await stage.close();
  }
});

test('[ENC193] what this very device has seen, or was seen in another epoch, is not compared', async () => {
  const sight = new Sight();
  const stage = await opened(sight);
  const { device } = stage.client.me.snapshot;
  await stage.up([wire(chat, { head: 2, ord: 2 })]);
  const own = sight.saw(record(chat, 1, { sender: ana as AccountId, device }), upTo(9));
  const old = sight.saw(record(chat, 2), upTo(9), 7);
  await page(stage, [own, old], 1, 2);
  await stage.clock.advance(limits.claimDelayMs);
  await stage.pass(60_000);
  assert.equal(stage.conversation().snapshot.doubt, null);
  await stage.close();
});

test('[ENC193] what waits to be compared is bounded: beyond it the oldest is given up', async () => {
  const sight = new Sight();
  const stage = await opened(sight);
  const first = 2_001;
  const many = Array.from({ length: 3 * 200 }, (_, at) => record(chat, first + at));
  // Each has seen something that is not here yet.
  for (const [at, one] of many.entries()) sight.said.set(one.id, [1, 1_000 + at, 'x', 1]);
  await stage.up([wire(chat, { head: first, ord: first })]);
  await stage.answer(stage.question(), messages(chat, first, first, many.slice(0, 1)));
  for (let at = 1; at < many.length; at += 100) {
    await stage.push(...many.slice(at, at + 100));
    await stage.clock.advance(2 * limits.claimDelayMs);
  }
  const waiting = await stage.store.list('claims', { prefix: [chat], limit: 2_000 });
  assert.ok(waiting.length > 0 && waiting.length <= limits.maxClaims, String(waiting.length));
  assert.equal(waiting.at(-1)?.key[1], 1_000 + many.length - 1, 'the newest is there');
  assert.equal(stage.conversation().snapshot.doubt, null);
  await stage.close();
});
