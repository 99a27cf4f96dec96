import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identityWindowMs, maxWindowGenerations, windowGenerationIds } from '../kernel/limits.ts';
import type { Entry, Log } from '../log/log.ts';
import { IdentityWindow } from './identity-window.ts';
import { encodeRecord } from './record-codec.ts';
import { accountOf, ListLog, message, messageOf } from './stage.ts';
import { warmUp } from './warm-up.ts';

const record = encodeRecord(message('c_aaaaaaaaaaaaaaaaaaaaaa' as never, accountOf(1), messageOf(1)));

/** A log of so many records of one minute, of which only what is read at once is made; it says where reading began. */
function floodedLog(end: number): { readonly log: Log; readonly reads: number[] } {
  const reads: number[] = [];
  const entry = (offset: number): Entry => ({ offset, time: 1_000_000 + Math.floor(offset / 100_000), record });
  const log: Log = {
    id: 'log-1',
    partitions: 1,
    problem: null,
    append: () => assert.fail('nothing is appended'),
    async *read(_partition, after) {
      reads.push(after);
      yield [entry(after + 1), entry(end - 1)];
    },
    release: async () => {},
    begin: () => 0,
    end: () => end,
    [Symbol.asyncDispose]: async () => {},
  };
  return { log, reads };
}

test('[SEQ11] after a flood a start reads back no further than the window remembers', async () => {
  const end = 3 * maxWindowGenerations * windowGenerationIds;
  const { log, reads } = floodedLog(end);
  const window = new IdentityWindow();
  const applied = { logId: 'log-1', offset: end - 1 };
  const after = await warmUp({ log, partition: 0, applied, window, signal: new AbortController().signal });
  assert.equal(after, end - 1);
  const first = end - maxWindowGenerations * windowGenerationIds;
  assert.equal(reads.at(-1), first - 1);
  assert.equal(window.completeFrom, 1_000_000 + Math.floor(first / 100_000) + 1);
});

/** The window after a start on a log of these times that was released up to an offset, and on a store that has them all. */
async function windowAfter(times: readonly number[], released: number): Promise<IdentityWindow> {
  const log = new ListLog();
  for (const time of times) await log.append(0, record, time);
  await log.release(0, released);
  const window = new IdentityWindow();
  const applied = { logId: log.id, offset: times.length - 1 };
  await warmUp({ log, partition: 0, applied, window, signal: new AbortController().signal });
  return window;
}

test('[SEQ11] a start knows nothing of the time of records that the log has let go, and says so', async () => {
  const start = 1_000_000;
  const times = [start, start + 50_000, start + 100_000, start + 100_000];
  const completeFrom = async (released: number) => (await windowAfter(times, released)).completeFrom;
  assert.equal(await completeFrom(-1), start + 100_000 - identityWindowMs, 'everything is there');
  assert.equal(await completeFrom(0), start + 50_000 + 1);
  assert.equal(await completeFrom(2), start + 100_000 + 1, 'the one before has the same time');
  const young = await windowAfter([start, start + 1], -1);
  assert.equal(young.completeFrom, Number.NEGATIVE_INFINITY);
});

test('[SEQ11] a start on a log that has let everything go is complete from the first record on', async () => {
  const window = await windowAfter([1_000_000, 1_000_001], 1);
  window.add(messageOf(1), 2_000_000);
  assert.equal(window.completeFrom, 2_000_001);
  assert.equal(window.has(messageOf(1), 2_000_000), true);
});
