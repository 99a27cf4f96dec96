import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxWindowGenerations, windowGenerationIds } from '../kernel/limits.ts';
import type { Entry, Log } from '../log/log.ts';
import { IdentityWindow } from './identity-window.ts';
import { encodeRecord } from './record-codec.ts';
import { accountOf, message, messageOf } from './stage.ts';
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
  assert.equal(window.completeFrom, 1_000_000 + Math.floor(first / 100_000));
});
