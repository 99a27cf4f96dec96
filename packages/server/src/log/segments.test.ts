// The log's files as they come and go: what is sealed when, what is dropped, what a batch is made of.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { maxBatchBytes, maxBatchRecords, maxRecordBytes, segmentMs } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { BatchEncoder } from './batch.ts';
import { DiskFull } from './disk.ts';
import { type Bench, bytesOf, openBench, readAll, SeededRandom, texts, turns, until } from './fixture.ts';
import { openHostDisk } from './host-disk.ts';
import type { MemoryDisk } from './memory-disk.ts';
import { decodeSegmentHeader, segmentHeaderBytes, segmentName } from './segment.ts';

const segmentsOf = async (disk: MemoryDisk): Promise<readonly string[]> =>
  (await disk.list()).filter((name) => name.endsWith('.segment')).sort();

const appendOne = ({ log }: Bench, bytes: number): Promise<number> => log.append(0, new Uint8Array(bytes).fill(1));

test('[LOG16] a segment is sealed before a batch would take it over its bound', async () => {
  const bench = await openBench({ segmentBytes: 16_384 });
  for (let n = 0; n < 20; n++) await appendOne(bench, 3_000);
  const names = await segmentsOf(bench.disk);
  assert.ok(names.length >= 5);
  for (const name of names) assert.ok(bench.disk.contents(name).length <= 16_384, name);
  await bench.log[Symbol.asyncDispose]();
});

test('[LOG16] a batch that is larger than a segment gets one of its own', async () => {
  const bench = await openBench({ segmentBytes: 16_384 });
  await appendOne(bench, 10);
  await appendOne(bench, 60_000);
  await appendOne(bench, 10);
  assert.deepEqual(await segmentsOf(bench.disk), [0, 1, 2].map(segmentName));
  assert.equal((await readAll(bench.log)).length, 3);
  await bench.log[Symbol.asyncDispose]();
});

test('[LOG16] a segment with a batch is sealed after an hour, also when nobody appends; an empty one is not', async () => {
  const bench = await openBench();
  const { disk, clock } = bench;
  await appendOne(bench, 10);
  clock.advance(segmentMs - 1);
  assert.equal((await segmentsOf(disk)).length, 1);
  clock.advance(1);
  await untilSegments(disk, 2);
  assert.deepEqual(await segmentsOf(disk), [segmentName(0), segmentName(1)]);
  clock.advance(5 * segmentMs);
  await appendOne(bench, 10);
  assert.deepEqual(await segmentsOf(disk), [segmentName(0), segmentName(1)]);
  await bench.log[Symbol.asyncDispose]();
});

test('[LOG16] the hour goes on after a restart', async () => {
  const { log, disk, clock } = await openBench();
  await log.append(0, bytesOf('a'));
  await log[Symbol.asyncDispose]();
  const next = await openBench({ disk, clock });
  assert.equal((await segmentsOf(disk)).length, 1);
  clock.advance(segmentMs);
  await untilSegments(disk, 2);
  await next.log[Symbol.asyncDispose]();
});

/** Waits until there are so many segments. */
async function untilSegments(disk: MemoryDisk, count: number): Promise<void> {
  for (let turn = 0; (await segmentsOf(disk)).length !== count; turn++) {
    assert.ok(turn < 1_000, 'it should have happened by now');
    await turns(1);
  }
}

test('[LOG3] whole sealed segments are dropped, oldest first, never the open one; later ones as they are sealed', async () => {
  const bench = await openBench({ segmentBytes: 8_192 });
  const { log, disk } = bench;
  for (let n = 0; n < 7; n++) await appendOne(bench, 1_900);
  assert.deepEqual(await segmentsOf(disk), [0, 2, 4, 6].map(segmentName));
  await log.release(0, 0);
  assert.equal(log.begin(0), 0, 'half a segment stays');
  const removed: string[] = [];
  disk.fate = ({ kind, name }) => {
    if (kind === 'remove') removed.push(name);
    return undefined;
  };
  await log.release(0, 1_000);
  assert.deepEqual(removed, [0, 2, 4].map(segmentName));
  assert.deepEqual(await segmentsOf(disk), [segmentName(6)]);
  assert.equal(log.begin(0), 6);
  await appendOne(bench, 1_900);
  await appendOne(bench, 1_900);
  assert.deepEqual(await segmentsOf(disk), [6, 8].map(segmentName), 'only what was released then');
  await log.release(0, 7);
  assert.deepEqual(await segmentsOf(disk), [segmentName(8)]);
  await log[Symbol.asyncDispose]();
});

test('[LOG4] offsets go on after a restart when everything was released', async () => {
  const bench = await openBench();
  for (let n = 0; n < 3; n++) await appendOne(bench, 100);
  bench.clock.advance(segmentMs);
  await untilSegments(bench.disk, 2);
  await bench.log.release(0, 2);
  assert.equal(bench.log.begin(0), 3);
  await bench.log[Symbol.asyncDispose]();
  const next = await openBench({ disk: bench.disk, clock: bench.clock });
  assert.deepEqual([next.log.begin(0), next.log.end(0)], [3, 3]);
  assert.equal(next.log.id, bench.log.id);
  assert.equal(await appendOne(next, 10), 3);
  await next.log[Symbol.asyncDispose]();
});

test('[LOG6] what arrives during a write is the next batch, in one write and one sync', async () => {
  const { log, disk } = await openBench({ segmentBytes: 1 << 22 });
  await log.append(0, new Uint8Array(4_000));
  let release = (): void => {};
  const operations: string[] = [];
  disk.fate = ({ kind, bytes }) => {
    operations.push(kind === 'write' ? `write ${bytes}` : kind);
    if (kind !== 'datasync' || operations.length > 3) return undefined;
    return new Promise((resolve) => {
      release = () => resolve(undefined);
    });
  };
  const first = log.append(0, bytesOf('first'));
  await until(() => operations.includes('datasync'));
  const during = Array.from({ length: 20 }, (_, n) => log.append(0, bytesOf(`${n % 10}`)));
  release();
  assert.deepEqual(
    await Promise.all([first, ...during]),
    Array.from({ length: 21 }, (_, n) => n + 1),
  );
  const writes = operations.filter((each) => each.startsWith('write ') && each !== 'write 4096');
  assert.deepEqual(writes, [`write ${64 + 4 + 5}`, `write ${64 + 20 * 5}`]);
  assert.equal(operations.filter((each) => each === 'datasync').length, 2);
  await log[Symbol.asyncDispose]();
});

test('[R10] [LOG6] [LOG28] what does not fit into the waiting batch is refused with what comes behind it, and never appears', async () => {
  for (const [bytes, fits] of [
    [0, maxBatchRecords],
    [maxRecordBytes, Math.floor((maxBatchBytes - 64) / (maxRecordBytes + 4))],
  ] as const) {
    const { log, disk } = await openBench({ segmentBytes: 1 << 26 });
    let release = (): void => {};
    const held = new Promise<undefined>((resolve) => {
      release = () => resolve(undefined);
    });
    disk.fate = ({ kind }) => (kind === 'datasync' ? held : undefined);
    const first = log.append(0, bytesOf('first'));
    await until(() => disk.contents(segmentName(0)).length > segmentHeaderBytes);
    const waiting = Array.from({ length: fits }, () => log.append(0, new Uint8Array(bytes)));
    await assert.rejects(log.append(0, new Uint8Array(bytes)), Unavailable);
    // It would stand before the one that comes again.
    await assert.rejects(log.append(0, new Uint8Array(0)), Unavailable);
    release();
    await Promise.all([first, ...waiting]);
    assert.equal(log.end(0), fits + 1);
    assert.equal(await log.append(0, new Uint8Array(bytes)), fits + 1);
    await log[Symbol.asyncDispose]();
  }
});

test('[LOG21] bytes inside a record are never taken for a batch, whoever wrote them', async () => {
  const { log, disk } = await openBench();
  await log.append(0, bytesOf('a'));
  const header = decodeSegmentHeader(disk.contents(segmentName(0)).slice(0, segmentHeaderBytes), segmentName(0));
  const forged = new BatchEncoder().encode(
    { logId: header.logId, nonce: new Uint8Array(16) },
    { number: 2, first: 2, time: 0 },
    [bytesOf('forged')],
  );
  await log.append(0, forged.slice());
  await log[Symbol.asyncDispose]();
  disk.flipBit(segmentName(0), segmentHeaderBytes + 64 + 5 + 10, 0);
  const { log: next } = await openBench({ disk });
  assert.deepEqual(texts(await readAll(next)), ['a'], 'the batch around them was cut as the last one');
  await next[Symbol.asyncDispose]();
});

test('[LOG21] a batch of another file is not taken for one of this segment', async () => {
  const [mine, other] = await Promise.all([1, 2].map((seed) => openBench({ random: new SeededRandom(seed) })));
  assert.ok(mine !== undefined && other !== undefined);
  for (const { log } of [mine, other]) {
    await log.append(0, bytesOf('a'));
    await log[Symbol.asyncDispose]();
  }
  const bytes = mine.disk.contents(segmentName(0));
  bytes.set(other.disk.contents(segmentName(0)).subarray(segmentHeaderBytes), segmentHeaderBytes);
  mine.disk.plant(segmentName(0), bytes);
  const { log } = await openBench({ disk: mine.disk });
  assert.equal(log.end(0), 0);
  await log[Symbol.asyncDispose]();
});

test('[LOG12] on the host the folder and its files are for the server alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-log-'));
  const disk = await openHostDisk(join(folder, 'deep', 'log'));
  const file = await disk.create('a');
  await file.write(bytesOf('x'), 0);
  await file.close();
  assert.equal((await stat(join(folder, 'deep', 'log'))).mode & 0o077, 0);
  assert.equal((await stat(join(folder, 'deep', 'log', 'a'))).mode & 0o177, 0);
  await rm(folder, { recursive: true });
});

test('[LOG15] the host says that its disk is full in a way that the log understands', {
  skip: existsSync('/dev/full') ? false : 'this system has no device that is always full',
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-log-'));
  await symlink('/dev/full', join(folder, 'full'));
  const disk = await openHostDisk(folder);
  const file = await disk.create('full');
  await assert.rejects(file.write(bytesOf('x'), 0), DiskFull);
  await file.close();
  await assert.rejects(disk.open('nothing'), { code: 'ENOENT' });
  await assert.rejects(disk.rename('nothing', 'something'), { code: 'ENOENT' });
  await rm(folder, { recursive: true });
});
