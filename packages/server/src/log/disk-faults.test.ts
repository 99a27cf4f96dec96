// A log whose disk fails while it is in use: no room, no new file, a sync that did not happen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spaceRetryMs } from '../kernel/limits.ts';
import { OutcomeUnknown, Unavailable } from '../kernel/result.ts';
import { DiskFull } from './disk.ts';
import { type Bench, bytesOf, follow, openBench, readAll, texts, turns, until } from './fixture.ts';
import type { DiskOperation } from './memory-disk.ts';

/** Everything that a start finds after this. */
async function afterwards({ disk }: Pick<Bench, 'disk'>): Promise<readonly string[]> {
  disk.fate = () => undefined;
  disk.capacityBytes = Number.POSITIVE_INFINITY;
  const { log } = await openBench({ disk });
  const found = texts(await readAll(log));
  await log[Symbol.asyncDispose]();
  return found;
}

test('[LOG15] on a full disk appends are refused, what was refused never appears, and room ends it by itself', async () => {
  const bench = await openBench();
  const { log, disk, clock } = bench;
  await log.append(0, bytesOf('before'));
  const used = (await disk.list()).reduce((sum, name) => sum + disk.contents(name).length, 0);
  disk.capacityBytes = used + 1_000;
  const large = new Uint8Array(10_000).fill(120);
  await assert.rejects(log.append(0, large), Unavailable);
  assert.match(log.problem ?? '', /disk is full.*make room/i);
  await Promise.all([0, 1, 2].map(() => assert.rejects(log.append(0, large), Unavailable)));
  disk.capacityBytes = used + 100_000;
  clock.advance(spaceRetryMs);
  await until(() => log.problem === null);
  assert.equal(await log.append(0, bytesOf('after')), 1);
  assert.deepEqual(texts(await readAll(log)), ['before', 'after']);
  await log[Symbol.asyncDispose]();
  assert.deepEqual(bench.fatal, []);
  assert.deepEqual(await afterwards(bench), ['before', 'after']);
});

test('[LOG15] an append after room was made succeeds without waiting for the look at the disk', async () => {
  const { log, disk } = await openBench();
  disk.fate = ({ kind }) => (kind === 'write' ? { error: new DiskFull('no space') } : undefined);
  await assert.rejects(log.append(0, new Uint8Array(10_000)), Unavailable);
  disk.fate = () => undefined;
  assert.equal(await log.append(0, bytesOf('after')), 0);
  assert.equal(log.problem, null);
  await log[Symbol.asyncDispose]();
});

test('[LOG28] what waits behind a batch that is refused is refused too', async () => {
  const { log, disk } = await openBench();
  const full = Promise.withResolvers<{ error: DiskFull }>();
  disk.fate = ({ kind }) => (kind === 'write' ? full.promise : undefined);
  const first = assert.rejects(log.append(0, bytesOf('first')), Unavailable);
  await turns(3);
  const second = assert.rejects(log.append(0, bytesOf('second')), Unavailable);
  disk.fate = () => undefined;
  full.resolve({ error: new DiskFull('no space') });
  await Promise.all([first, second]);
  assert.deepEqual([await log.append(0, bytesOf('first')), await log.append(0, bytesOf('second'))], [0, 1]);
  assert.deepEqual(texts(await readAll(log)), ['first', 'second']);
  await log[Symbol.asyncDispose]();
});

test('[LOG15] a batch that was written whole before the disk said that it is full is taken back', async () => {
  const bench = await openBench();
  const { log, disk } = bench;
  await log.append(0, bytesOf('before'));
  let isFirst = true;
  disk.fate = ({ kind, bytes }) => {
    if (kind !== 'write' || bytes >= 4_096 || !isFirst) return undefined;
    isFirst = false;
    return { error: new DiskFull('no space'), written: bytes };
  };
  await assert.rejects(log.append(0, bytesOf('refused')), Unavailable);
  assert.equal(isFirst, false);
  for (const found of [disk.fork(), disk.powerCut(() => 0), disk.powerCut((options) => options - 1)])
    assert.deepEqual(await afterwards({ disk: found }), ['before']);
  assert.equal(await log.append(0, bytesOf('after')), 1);
  await log[Symbol.asyncDispose]();
  assert.deepEqual(await afterwards(bench), ['before', 'after']);
});

test('[LOG15] a disk that takes no new segment refuses appends until it does', async () => {
  const { log, disk } = await openBench({ segmentBytes: 8_192 });
  await log.append(0, new Uint8Array(3_000));
  disk.fate = ({ kind }) =>
    kind === 'create' ? { error: Object.assign(new Error('EMFILE'), { code: 'EMFILE' }) } : undefined;
  await assert.rejects(log.append(0, new Uint8Array(3_000)), Unavailable);
  assert.match(log.problem ?? '', /takes no new file/);
  disk.fate = () => undefined;
  assert.equal(await log.append(0, new Uint8Array(3_000)), 1);
  await log[Symbol.asyncDispose]();
});

/** What happened to an append. */
async function outcome(append: Promise<number>): Promise<string> {
  return append.then(
    () => 'acknowledged',
    (error: Error) => error.name,
  );
}

test('[LOG14] after a failed sync nothing is acknowledged or shown, and the sync is not tried again', async () => {
  const bench = await openBench();
  const { log, disk, fatal } = bench;
  await log.append(0, bytesOf('safe'));
  const reader = follow(log, -1);
  await until(() => reader.entries.length === 1);
  const atTheEnd = log.read(0, 0, new AbortController().signal)[Symbol.asyncIterator]().next();
  await turns(2);
  const operations: DiskOperation['kind'][] = [];
  disk.fate = ({ kind }) => {
    operations.push(kind);
    return kind === 'datasync' ? { error: new Error('EIO') } : undefined;
  };
  const failed = [log.append(0, bytesOf('unsure')), log.append(0, bytesOf('unsure too'))].map(outcome);
  await Promise.resolve();
  await Promise.resolve();
  const waiting = outcome(log.append(0, bytesOf('never written')));
  assert.deepEqual(await Promise.all(failed), ['OutcomeUnknown', 'OutcomeUnknown']);
  assert.equal(await waiting, 'Unavailable');
  disk.fate = ({ kind }) => {
    operations.push(kind);
    return undefined;
  };
  await turns(20);
  assert.deepEqual(operations, ['write', 'datasync']);
  assert.equal(fatal.length, 1);
  assert.equal((await atTheEnd).done, true, 'readers are let go');
  await assert.rejects(log.append(0, bytesOf('late')), Unavailable);
  await assert.rejects(log.release(0, 0), Unavailable);
  assert.match(log.problem ?? '', /failed/);
  await reader.stop();
  assert.deepEqual(texts(reader.entries), ['safe']);
  for await (const _ of log.read(0, -1, new AbortController().signal)) assert.fail('it shows nothing any more');
  await log[Symbol.asyncDispose]();
  assert.equal(fatal.length, 1, 'told once');
  assert.ok(!operations.slice(2).includes('datasync'));
  const found = await afterwards({ disk: disk.powerCut(() => 0) });
  assert.deepEqual(found, ['safe']);
});

test('[LOG14] a failed sync of a new segment or of the folder ends the log as well', async () => {
  for (const kind of ['datasync', 'sync_folder'] as const) {
    const { log, disk, fatal } = await openBench({ segmentBytes: 8_192 });
    await log.append(0, new Uint8Array(3_000));
    disk.fate = (operation) => (operation.kind === kind ? { error: new Error('EIO') } : undefined);
    await assert.rejects(log.append(0, new Uint8Array(3_000)), OutcomeUnknown);
    assert.equal(fatal.length, 1, kind);
    await assert.rejects(log.append(0, bytesOf('late')), Unavailable);
    await log[Symbol.asyncDispose]();
  }
});

test('[LOG14] a failed sync while old segments are dropped ends the log', async () => {
  const { log, disk, fatal } = await openBench({ segmentBytes: 8_192 });
  for (let n = 0; n < 4; n++) await log.append(0, new Uint8Array(3_000));
  disk.fate = ({ kind }) => (kind === 'sync_folder' ? { error: new Error('EIO') } : undefined);
  await assert.rejects(log.release(0, 2), Unavailable);
  assert.equal(fatal.length, 1);
  await assert.rejects(log.append(0, bytesOf('late')), Unavailable);
  await log[Symbol.asyncDispose]();
});

test('[LOG14] any other fault of a write leaves its outcome unknown and ends the log', async () => {
  const { log, disk, fatal } = await openBench();
  await log.append(0, bytesOf('safe'));
  disk.fate = ({ kind }) => (kind === 'write' ? { error: new Error('EIO'), written: 20 } : undefined);
  await assert.rejects(log.append(0, bytesOf('unsure')), OutcomeUnknown);
  assert.equal(fatal.length, 1);
  assert.deepEqual(await afterwards({ disk }), ['safe']);
});

test('[LOG15] a segment that cannot be dropped is refused, and dropped when it can be', async () => {
  const { log, disk, fatal } = await openBench({ segmentBytes: 8_192 });
  for (let n = 0; n < 4; n++) await log.append(0, new Uint8Array(3_000));
  disk.fate = ({ kind }) => (kind === 'remove' ? { error: new Error('EBUSY') } : undefined);
  await assert.rejects(log.release(0, 2), Unavailable);
  assert.equal(log.begin(0), 0);
  disk.fate = () => undefined;
  await log.release(0, 2);
  assert.ok(log.begin(0) > 0);
  assert.deepEqual(fatal, []);
  await log[Symbol.asyncDispose]();
});

test('[LOG70] an old segment that cannot be dropped holds up no append; it is told, and dropped when it can be', async () => {
  const { log, disk, fatal, faults } = await openBench({ segmentBytes: 8_192 });
  const append = () => log.append(0, new Uint8Array(3_000));
  for (let n = 0; n < 4; n++) await append();
  disk.fate = ({ kind }) => (kind === 'remove' ? { error: new Error('EPERM') } : undefined);
  await assert.rejects(log.release(0, 2), Unavailable);
  for (let n = 4; n < 10; n++) assert.equal(await append(), n);
  await until(() => faults.length > 0);
  assert.ok(faults[0] instanceof Unavailable);
  const slow = Promise.withResolvers<undefined>();
  let removing = 0;
  disk.fate = ({ kind }) => {
    if (kind !== 'remove') return undefined;
    removing++;
    return slow.promise;
  };
  for (let n = 10; n < 16; n++) assert.equal(await append(), n);
  assert.equal(removing, 1, 'one at a time');
  assert.deepEqual([log.problem, log.begin(0)], [null, 0]);
  slow.resolve(undefined);
  await until(() => log.begin(0) > 0);
  await log[Symbol.asyncDispose]();
  assert.deepEqual(fatal, []);
});

test('[LOG14] a failed sync while segments are dropped beside appends ends the log, and is told once', async () => {
  const { log, disk, fatal } = await openBench({ segmentBytes: 8_192 });
  for (let n = 0; n < 4; n++) await log.append(0, new Uint8Array(3_000));
  const letGo = log.hold();
  await log.release(0, 2);
  disk.fate = ({ kind }) => (kind === 'sync_folder' ? { error: new Error('EIO') } : undefined);
  letGo();
  await assert.rejects(log.release(0, 2), Unavailable);
  await assert.rejects(log.append(0, bytesOf('late')), Unavailable);
  await log[Symbol.asyncDispose]();
  assert.equal(fatal.length, 1);
});
