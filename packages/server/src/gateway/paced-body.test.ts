import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { fileGraceMs, fileIdleMs, leastUploadBytesPerSecond } from '../kernel/limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { pacedBody } from './paced-body.ts';

/** An upload whose bytes come when the test says. */
function line() {
  const clock = new ManualClock();
  const body = new PassThrough();
  body.on('error', () => {});
  const { content, line: end } = pacedBody(body, 1e9, clock);
  const bytes = content[Symbol.asyncIterator]();
  return {
    clock,
    body,
    end,
    /** So many bytes after so long. */
    come: async (count: number, afterMs: number) => {
      const next = bytes.next();
      await new Promise(setImmediate);
      clock.advance(afterMs);
      if (!body.destroyed) body.write(Buffer.alloc(count));
      await next.catch(() => {});
      return body.destroyed;
    },
  };
}

test('[MED124] what drips is ended, when its first seconds are over', async () => {
  const { come, body } = line();
  for (let second = 1; second <= fileGraceMs / 1_000; second++) assert.equal(await come(1, 1_000), false);
  assert.equal(await come(1, 1_000), true);
  assert.ok(body.errored !== null && 'code' in body.errored && body.errored.code === 'ECONNRESET', 'as a broken line');
});

test('[MED124] a line that brings more is never ended, also when it brings it late', async () => {
  const { come, end } = line();
  const everyMs = fileGraceMs - 1_000;
  for (let n = 0; n < 500; n++) {
    const enough = (leastUploadBytesPerSecond * everyMs) / 1_000 + 1;
    assert.equal(await come(enough, everyMs), false, `${n}`);
  }
  assert.ok((end?.receivedBytes() ?? 0) > 4_000_000);
});

test('[MED124] what came fast buys a minute, not hours', async () => {
  const { come } = line();
  assert.equal(await come(4 * 1024 * 1024, 0), false);
  assert.equal(await come(1, fileIdleMs - 1_000), false);
  assert.equal(await come(1, 2_000), true);
});

test('[MED124] while nobody asks for bytes no time is counted', async () => {
  const { come, clock } = line();
  assert.equal(await come(leastUploadBytesPerSecond, 1_000), false);
  clock.advance(10 * fileIdleMs);
  assert.equal(await come(1, 1_000), false);
});
