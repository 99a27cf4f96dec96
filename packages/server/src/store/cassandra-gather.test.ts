import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Statement } from '../engines/cassandra-session.ts';
import { cassandraBatchRows } from '../kernel/engine-limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { Gathered, Lanes } from './cassandra-gather.ts';

/** Lets everything that can go on go on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
const rows = (count: number, name: string): Statement[] =>
  Array.from({ length: count }, (_, n) => ({ query: name, params: [n] }));

/** A session whose batches end when the test says so. */
function heldSession() {
  const sent: { readonly names: string; readonly rows: number; readonly made: PromiseWithResolvers<void> }[] = [];
  const batch = (statements: readonly Statement[]): Promise<void> => {
    const names = [...new Set(statements.map(({ query }) => query))].join(' ');
    const made = Promise.withResolvers<void>();
    sent.push({ names, rows: statements.length, made });
    return made.promise;
  };
  return { sent, batch };
}

test('[STR41] so many writes are on their way at once; the others follow in the order in which they came, after a fault too', async () => {
  const lanes = new Lanes(2);
  const begun: number[] = [];
  const ends = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const runs = ends.map(({ promise }, n) =>
    lanes.run(() => {
      begun.push(n);
      return promise;
    }),
  );
  await settled();
  assert.deepEqual(begun, [0, 1]);
  ends[1]?.reject(new Unavailable('slow'));
  await assert.rejects(runs[1] as Promise<void>, Unavailable);
  await settled();
  assert.deepEqual(begun, [0, 1, 2]);
  for (const end of ends) end.resolve();
  await Promise.allSettled(runs);
  assert.deepEqual(begun, [0, 1, 2, 3, 4]);
  let isFree = false;
  await lanes.run(async () => {
    isFree = true;
  });
  assert.ok(isFree);
});

test('[STR42] ids that come while others of their partition are on their way go together; another partition does not wait', async () => {
  const { sent, batch } = heldSession();
  const gathered = new Gathered({ batch }, new Lanes());
  const first = gathered.put('a', rows(1, 'one'));
  const second = gathered.put('a', rows(2, 'two'));
  const third = gathered.put('a', rows(1, 'three'));
  const other = gathered.put('b', rows(1, 'other'));
  await settled();
  assert.deepEqual(
    sent.map(({ names }) => names),
    ['one', 'other'],
  );
  sent[0]?.made.resolve();
  sent[1]?.made.resolve();
  await Promise.all([first, other]);
  await settled();
  assert.deepEqual([sent[2]?.names, sent[2]?.rows], ['two three', 3]);
  sent[2]?.made.reject(new Unavailable('slow'));
  await assert.rejects(second, Unavailable);
  await assert.rejects(third, Unavailable);
  const later = gathered.put('a', rows(1, 'later'));
  await settled();
  sent[3]?.made.resolve();
  await later;
});

test('[STR42] no batch of gathered ids is longer than its bound, and all of a long list stand when it resolves', async () => {
  const { sent, batch } = heldSession();
  const gathered = new Gathered({ batch }, new Lanes());
  const all = gathered.put('a', rows(2 * cassandraBatchRows + 1, 'many'));
  for (let at = 0; at < 3; at++) {
    await settled();
    assert.equal(sent.length, at + 1);
    sent[at]?.made.resolve();
  }
  await all;
  assert.deepEqual(
    sent.map((each) => each.rows),
    [cassandraBatchRows, cassandraBatchRows, 1],
  );
});
