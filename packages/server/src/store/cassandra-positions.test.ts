import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Statement } from '../engines/cassandra-session.ts';
import { positionDelayMs, positionRetryMs } from '../kernel/engine-limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { Unavailable } from '../kernel/result.ts';
import { Positions } from './cassandra-positions.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));
const at = (offset: number) => ({ logId: 'log', offset });

/** Keeps cells as the engine does: the highest stamp stays. */
function cellSession() {
  const cells = new Map<string, { readonly value: unknown; readonly stamp: number }>();
  const state = { writes: 0, isDown: false };
  const put = (name: string, value: unknown, stamp: number): void => {
    if ((cells.get(name)?.stamp ?? -1) < stamp) cells.set(name, { value, stamp });
  };
  const batch = async (statements: readonly Statement[]): Promise<void> => {
    if (state.isDown) throw new Unavailable('down');
    state.writes++;
    for (const { query, params } of statements) {
      const [stamp, ...rest] = params;
      if (query.includes('log_offset')) put(`offset ${Number(rest[3])}`, rest[1], Number(stamp));
      else put(`as_of ${Number(rest[2])}`, rest[0], Number(stamp));
    }
  };
  return { session: { keyspace: 'k', batch }, state, value: (name: string) => cells.get(name)?.value };
}

test('[STR40] positions of all partitions are written together a moment later, each as far as it is known then', async () => {
  const { session, state, value } = cellSession();
  const clock = new ManualClock(0);
  const positions = new Positions(session, clock);
  positions.note(1, at(5), 105, 50);
  positions.note(2, at(7), 107, null);
  positions.note(1, at(6), 106, null);
  positions.note(1, at(4), 104, 60);
  await settled();
  assert.equal(state.writes, 0);
  clock.advance(positionDelayMs);
  await settled();
  assert.equal(state.writes, 1);
  assert.deepEqual([value('offset 1'), value('as_of 1'), value('offset 2'), value('as_of 2')], [6, 60, 7, undefined]);
});

test('[STR40] a flush writes at once, and nothing twice', async () => {
  const { session, state, value } = cellSession();
  const clock = new ManualClock(0);
  const positions = new Positions(session, clock);
  positions.note(1, at(5), 105, null);
  await positions.flush();
  assert.equal(value('offset 1'), 5);
  clock.advance(positionDelayMs);
  await positions.flush();
  assert.equal(state.writes, 1);
});

test('[STR40] a position that could not be written is kept, said to be behind, and written with what came meanwhile', async () => {
  const { session, state, value } = cellSession();
  const clock = new ManualClock(0);
  const positions = new Positions(session, clock);
  state.isDown = true;
  positions.note(1, at(5), 105, 10);
  positions.note(2, at(1), 101, null);
  await assert.rejects(positions.flush(), Unavailable);
  assert.ok(positions.isBehind);
  positions.note(1, at(8), 108, 30);
  state.isDown = false;
  clock.advance(positionRetryMs);
  await settled();
  assert.ok(!positions.isBehind);
  assert.deepEqual([value('offset 1'), value('as_of 1'), value('offset 2'), state.writes], [8, 30, 1, 1]);
});
