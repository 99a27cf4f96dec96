// Readers at the end of the log, behind it, and beside it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxLogReaders, maxReaderBacklogBytes, maxRecordBytes } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { bytesOf, follow, openBench, readAll, refusal, take, texts, turns, until } from './fixture.ts';
import type { Entry, Log } from './log.ts';
import type { MemoryDisk } from './memory-disk.ts';

/** How often a file was opened or read since this was called. */
function countReads(disk: MemoryDisk): () => number {
  let reads = 0;
  disk.fate = ({ kind }) => {
    if (kind === 'open' || kind === 'read') reads++;
    return undefined;
  };
  return () => reads;
}

/** A reader that takes a batch only when it is asked to; nothing at the end. */
function byHand(log: Log, after: number): { next(): Promise<readonly Entry[]>; leave(): Promise<unknown> } {
  const reader = log.read(0, after, new AbortController().signal)[Symbol.asyncIterator]();
  return {
    async next() {
      const result = await reader.next();
      return result.done === true ? [] : result.value;
    },
    leave: async () => reader.return?.(),
  };
}

test('[LOG19] a reader at the end is given every batch from memory, and no file is read', async () => {
  const { log, disk } = await openBench();
  const reads = countReads(disk);
  const reader = follow(log, -1);
  await turns(2);
  for (let n = 0; n < 50; n++) await log.append(0, bytesOf(`record ${n}`));
  await until(() => reader.entries.length === 50);
  assert.equal(reads(), 0);
  await reader.stop();
  assert.equal((await readAll(log)).length, 50);
  assert.ok(reads() > 0, 'one that begins behind reads files');
  await log[Symbol.asyncDispose]();
});

test('[LOG19] a reader that falls behind a bound is let go, reads files until it has caught up, and loses nothing', async () => {
  const { log, disk } = await openBench({ segmentBytes: 1 << 20 });
  const slow = byHand(log, -1);
  const first = slow.next();
  await turns(2);
  await log.append(0, bytesOf('0'));
  assert.deepEqual(texts(await first), ['0']);
  const record = new Uint8Array(maxRecordBytes);
  const count = Math.ceil(maxReaderBacklogBytes / maxRecordBytes) + 5;
  for (let n = 0; n < count; n++) await log.append(0, record);
  const reads = countReads(disk);
  const offsets: number[] = [];
  while (offsets.length < count) {
    for (const { offset } of await slow.next()) offsets.push(offset);
  }
  assert.deepEqual(
    offsets,
    Array.from({ length: count }, (_, n) => n + 1),
  );
  assert.ok(reads() > 0);
  const before = reads();
  const next = slow.next();
  await turns(2);
  await log.append(0, bytesOf('last'));
  assert.deepEqual(texts(await next), ['last']);
  assert.equal(reads(), before, 'caught up, it is served from memory again');
  await slow.leave();
  await log[Symbol.asyncDispose]();
});

test('[LOG19] a slow reader holds nobody up', async () => {
  const { log } = await openBench();
  const slow = byHand(log, -1);
  const first = slow.next();
  const quick = follow(log, -1);
  await turns(2);
  for (let n = 0; n < 30; n++) await log.append(0, bytesOf(`record ${n}`));
  await until(() => quick.entries.length === 30);
  assert.equal((await first).length, 1);
  await slow.leave();
  await quick.stop();
  await log[Symbol.asyncDispose]();
});

test('[LOG19] readers at the end are bounded, and one that leaves makes room', async () => {
  const { log } = await openBench();
  const readers = Array.from({ length: maxLogReaders }, () => follow(log, -1));
  await turns(2);
  await assert.rejects(take(log, -1, 1), Unavailable);
  await readers[0]?.stop();
  const another = follow(log, -1);
  await turns(2);
  await log.append(0, bytesOf('one'));
  await until(() => another.entries.length === 1);
  await Promise.all([...readers, another].map((reader) => reader.stop()));
  await log[Symbol.asyncDispose]();
});

test('[LOG20] a reader that asks for what was dropped is refused, one that was at it goes on', async () => {
  const { log } = await openBench({ segmentBytes: 8_192 });
  for (let n = 0; n < 6; n++) await log.append(0, new Uint8Array(1_900).fill(n));
  await log.release(0, 3);
  assert.ok(log.begin(0) > 1);
  await assert.rejects(take(log, 0, 1), refusal('gone', /begins at offset \d, but 1 was asked for.*one backup/s));
  assert.equal((await take(log, -1, 1))[0]?.offset, log.begin(0), 'from the beginning means from what is kept');
  assert.equal((await take(log, log.begin(0) - 1, 1))[0]?.offset, log.begin(0));
  await log[Symbol.asyncDispose]();
});

test('[LOG20] a reader is refused when what it reads is dropped under it, and never skips', async () => {
  const { log } = await openBench({ segmentBytes: 8_192 });
  for (let n = 0; n < 9; n++) await log.append(0, new Uint8Array(1_900).fill(n));
  const slow = byHand(log, -1);
  assert.equal((await slow.next())[0]?.offset, 0);
  await log.release(0, 5);
  const seen: number[] = [0];
  const reading = async (): Promise<void> => {
    for (let batch = await slow.next(); batch.length > 0; batch = await slow.next())
      seen.push(...batch.map(({ offset }) => offset));
  };
  await assert.rejects(reading(), refusal('gone', /was asked for/));
  assert.deepEqual(
    seen,
    seen.map((_, n) => n),
    'what it got before has no hole',
  );
  await log[Symbol.asyncDispose]();
});

test('[LOG2] a reader may begin in the middle of a batch, and across segments', async () => {
  const { log } = await openBench({ segmentBytes: 8_192 });
  for (let batch = 0; batch < 12; batch++)
    await Promise.all([0, 1, 2].map((n) => log.append(0, bytesOf(`${batch * 3 + n} ${'x'.repeat(600)}`))));
  for (let after = -1; after < 36; after += 5) {
    const found = await readAll(log, after);
    assert.deepEqual(
      texts(found).map((text) => Number.parseInt(text, 10)),
      Array.from({ length: 35 - after }, (_, n) => after + 1 + n),
    );
  }
  await log[Symbol.asyncDispose]();
});
