// What people were told of: it is told once, hides nothing that is new, and is looked at again with each connection.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceId, Envelope } from '@parley/protocol';
import { ben, chat, messages, record, type Stage, wire } from './client-fixture.ts';
import * as limits from './limits.ts';
import type { Witness } from './ports.ts';
import { type ClaimRow, keys, put } from './rows.ts';
import { opened, Sight, witnessOf } from './sight-fixture.ts';

const history = Array.from({ length: 1_500 }, (_, at) => record(chat, at + 1));
const [phone, laptop] = [`d_${'P'.repeat(22)}`, `d_${'L'.repeat(22)}`] as [DeviceId, DeviceId];
const wrong = (to: number, count = Math.min(to, limits.maxWitnessed)): Witness => [1, to, 'x', count];
const right = (to: number): Witness => witnessOf(history.slice(Math.max(0, to - limits.maxWitnessed), to));
const looks = (stage: Stage) => stage.socket.of('sync').filter(({ limit }) => limit === limits.refetchRows);

/** All up to there is here, and nobody has said what they saw. */
async function readsUpTo(stage: Stage, head: number): Promise<void> {
  await stage.up([wire(chat, { head, ord: head })]);
  await stage.answer(stage.question(), messages(chat, 1, head, history.slice(0, head)));
}

/** As long as whatever is looked at takes; an honest server answers. */
async function looksThrough(stage: Stage): Promise<void> {
  let answered = looks(stage).length;
  for (let step = 0; step < 60; step++) {
    await stage.pass(500);
    const { head } = stage.conversation().snapshot;
    for (let asked = looks(stage)[answered]; asked !== undefined; asked = looks(stage)[answered]) {
      answered += 1;
      const { after = 0 } = asked;
      const to = Math.min(head, after + limits.refetchRows);
      const items = history.slice(after, to);
      await stage.answer(asked, messages(chat, after + 1, to, items, { head, has_more: to < head }));
    }
  }
}

/** The next record is of this device, and says what it has seen. */
async function says(stage: Stage, sight: Sight, device: DeviceId, witness: Witness): Promise<void> {
  const { head } = stage.conversation().snapshot;
  const one: Envelope = record(chat, head + 1, { device });
  history[head] = one;
  sight.said.set(one.id, witness);
  await stage.push(one);
  await looksThrough(stage);
}

test('[ENC380] what a device says once it has been right again is not explained by what it said before', async () => {
  const sight = new Sight();
  const stage = await opened(sight);
  await readsUpTo(stage, 5);
  const told = () => stage.conversation().snapshot.doubtAt;
  await says(stage, sight, phone, wrong(5));
  const first = told();
  assert.equal(stage.conversation().snapshot.doubt, ben);
  assert.equal(looks(stage).length, limits.maxRefetches);
  await says(stage, sight, phone, wrong(6));
  await says(stage, sight, laptop, right(7));
  await says(stage, sight, phone, wrong(8));
  assert.equal(told(), first, 'the other device has always been right');
  assert.equal(looks(stage).length, limits.maxRefetches);
  await says(stage, sight, phone, right(9));
  await says(stage, sight, phone, wrong(10));
  const second = told();
  assert.notEqual(second, first);
  assert.equal(looks(stage).length, 2 * limits.maxRefetches);
  await says(stage, sight, phone, wrong(11));
  assert.equal(told(), second);
  await stage.close();
  const next = await opened(sight, stage);
  assert.equal(next.conversation().snapshot.doubtAt, second, 'a restart knows it');
  await next.up([wire(chat, { head: 12, ord: 12 })]);
  await looksThrough(next);
  await says(next, sight, phone, wrong(12));
  assert.equal(next.conversation().snapshot.doubtAt, second);
  assert.equal(looks(next).length, 1, 'with a connection once');
  await next.close();
});

test('[ENC380] the same person has seen something else behind what was told', async () => {
  const sight = new Sight();
  const stage = await opened(sight);
  await readsUpTo(stage, 150);
  await says(stage, sight, phone, wrong(20));
  const first = stage.conversation().snapshot.doubtAt;
  await says(stage, sight, phone, wrong(80, 61));
  assert.equal(stage.conversation().snapshot.doubtAt, first, 'one record is in both');
  await says(stage, sight, phone, wrong(81, 61));
  assert.notEqual(stage.conversation().snapshot.doubtAt, first);
  await stage.close();
});

test('[ENC380] with a connection at most so much is looked at again of what was told: what was told of last', async () => {
  const sight = new Sight();
  const stage = await opened(sight);
  await readsUpTo(stage, 1_400);
  const told = Array.from({ length: limits.maxToldLooks + 2 }, (_, at): ClaimRow => {
    const to = 64 + at * limits.refetchRows;
    return { at: to + 1, by: ben, witness: wrong(to), told: at + 1 };
  });
  await stage.store.write(told.map((claim) => put('claims', keys.claim(chat, claim), claim)));
  await stage.close();
  const next = await opened(sight, stage);
  await next.up([wire(chat, { head: 1_400, ord: 1_400 })]);
  await looksThrough(next);
  const froms = looks(next).map(({ after = 0 }) => after);
  // The oldest of all, where the doubt begins, and those.
  assert.deepEqual(froms, [0, ...told.slice(2).map(({ witness: [, to] }) => to - 64)]);
  await next.close();
});

test('[ENC380] what was told is kept when much waits that it explains', async () => {
  const sight = new Sight();
  const stage = await opened(sight);
  await readsUpTo(stage, 5);
  await says(stage, sight, phone, wrong(5));
  const first = stage.conversation().snapshot.doubtAt;
  for (let many = 0; many < 7; many++) {
    const { head } = stage.conversation().snapshot;
    const next = history.slice(head, head + 100);
    for (const one of next) sight.said.set(one.id, wrong(6));
    await stage.push(...next);
    await looksThrough(stage);
  }
  const waiting = await stage.store.list('claims', { prefix: [chat], limit: 2_000 });
  assert.ok(waiting.length <= limits.maxClaims, String(waiting.length));
  assert.equal(stage.conversation().snapshot.doubtAt, first);
  assert.equal(looks(stage).length, limits.maxRefetches);
  await stage.close();
});
