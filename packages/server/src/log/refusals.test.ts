// Folders that are not a log of ours, or not all of it: each is refused with words that say what to do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32c } from './crc32c.ts';
import { DiskFull } from './disk.ts';
import { bytesOf, openBench, readAll, refusal, texts } from './fixture.ts';
import { encodeManifest, manifestName } from './manifest.ts';
import { MemoryDisk } from './memory-disk.ts';
import { segmentHeaderBytes } from './segment.ts';

/** A folder with at least three segments, closed. */
async function folder(): Promise<{ readonly disk: MemoryDisk; readonly segments: readonly string[] }> {
  const { log, disk } = await openBench({ segmentBytes: 8_192 });
  for (let n = 0; n < 8; n++) await log.append(0, new Uint8Array(1_900).fill(n));
  await log[Symbol.asyncDispose]();
  const segments = (await disk.list()).filter((name) => name !== manifestName).sort();
  assert.ok(segments.length >= 4);
  return { disk, segments };
}

test('[LOG110] where a log is known none is made in an empty folder, and another one is not taken', async () => {
  const empty = new MemoryDisk();
  for (const id of [null, 'cafe'])
    await assert.rejects(
      openBench({ disk: empty, known: { id } }),
      refusal('missing', /The log is gone.*copy it back/),
    );
  assert.deepEqual(await empty.list(), []);
  const { disk } = await folder();
  const before = await disk.list();
  await assert.rejects(openBench({ disk, known: { id: 'cafe' } }), refusal('foreign', /another log/));
  assert.deepEqual(await disk.list(), before);
  const { log } = await openBench({ disk, known: { id: null } });
  const { id } = log;
  await log[Symbol.asyncDispose]();
  const again = await openBench({ disk, known: { id } });
  assert.equal(again.log.id, id);
  await again.log[Symbol.asyncDispose]();
});

test('[LOG10] a segment that is missing in the middle is named with its offsets', async () => {
  const { disk, segments } = await folder();
  disk.uproot(segments[1] ?? '');
  await assert.rejects(openBench({ disk }), refusal('missing', /offsets from 2 up to \d.*Put 0+2\.segment back/s));
});

test('[LOG10] the newest segment is missed too, and one beside it does not take its place', async () => {
  const { disk, segments } = await folder();
  disk.uproot(segments.at(-1) ?? '');
  await assert.rejects(openBench({ disk }), refusal('missing', /A segment of the log is missing.*restore/s));
  for (const name of segments) disk.uproot(name);
  await assert.rejects(openBench({ disk }), refusal('missing', /segment/));
});

test('[LOG10] segments without their manifest are refused, never taken for nothing', async () => {
  const { disk, segments } = await folder();
  disk.uproot(manifestName);
  await assert.rejects(openBench({ disk }), refusal('missing', /"manifest" is missing.*backup/s));
  assert.deepEqual((await disk.list()).filter((name) => name !== manifestName).sort(), segments);
});

test('[LOG10] a segment of another log is refused by name', async () => {
  const { disk, segments } = await folder();
  const other = await folder();
  const name = segments[2] ?? '';
  disk.plant(manifestName, encodeManifest({ logId: new Uint8Array(16).fill(7), newest: 6 }));
  await assert.rejects(openBench({ disk }), refusal('foreign', /0+0\.segment belongs to another log/));
  const mixed = (await folder()).disk;
  const foreign = withChecksum(other.disk.contents(name), (bytes) => bytes.fill(9, 16, 32));
  mixed.plant(name, foreign);
  await assert.rejects(openBench({ disk: mixed }), refusal('foreign', new RegExp(name)));
});

test('[LOG10] a damaged manifest is refused', async () => {
  const { disk } = await folder();
  for (const position of [0, 10, 60, disk.contents(manifestName).length - 2]) {
    const rotten = disk.fork();
    rotten.flipBit(manifestName, position, 1);
    await assert.rejects(openBench({ disk: rotten }), refusal('damaged', /"manifest" is damaged.*backup/s));
  }
});

test('[LOG10] what a start left unfinished is taken away, and other files are not touched', async () => {
  const { disk } = await folder();
  disk.plant('0000000000000099.segment.new', bytesOf('half'));
  disk.plant('notes.txt', bytesOf('mine'));
  const { log } = await openBench({ disk });
  assert.equal(log.end(0), 8);
  const names = await disk.list();
  assert.ok(!names.includes('0000000000000099.segment.new'));
  assert.ok(names.includes('notes.txt'));
  await log[Symbol.asyncDispose]();
});

test('[LOG11] a newer format of manifest, segment or batch is refused with advice, and nothing changes', async () => {
  const { disk, segments } = await folder();
  const line = new TextDecoder()
    .decode(disk.contents(manifestName))
    .split('\n')[0]
    ?.replace('"format":1', '"format":2');
  const sum = crc32c(bytesOf(line ?? ''))
    .toString(16)
    .padStart(8, '0');
  const newerManifest = disk.fork();
  newerManifest.plant(manifestName, bytesOf(`${line}\n${sum}\n`));
  const newerSegment = disk.fork();
  const name = segments.at(-1) ?? '';
  newerSegment.plant(
    name,
    withChecksum(disk.contents(name), (bytes) => bytes.set([2, 0], 8)),
  );
  const newerBatch = disk.fork();
  newerBatch.plant(name, withNewerBatch(disk.contents(name)));
  for (const newer of [newerManifest, newerSegment, newerBatch]) {
    const before = (await newer.list()).map((each) => [each, Buffer.from(newer.contents(each)).toString('hex')]);
    await assert.rejects(openBench({ disk: newer }), refusal('newer', /newer version of Parley.*Start that version/s));
    assert.deepEqual(
      (await newer.list()).map((each) => [each, Buffer.from(newer.contents(each)).toString('hex')]),
      before,
    );
  }
});

test('[LOG12] a folder that cannot be read or written is refused with words for the operator', async () => {
  for (const kind of ['list', 'open', 'create', 'rename'] as const)
    for (const code of ['EACCES', 'EPERM', 'EROFS']) {
      const { disk } = await folder();
      disk.fate = (operation) =>
        operation.kind === kind ? { error: Object.assign(new Error(code), { code }) } : undefined;
      await assert.rejects(openBench({ disk }), refusal('denied', /cannot be read and written.*user that runs/s));
    }
});

test('[LOG12] a disk without room for the start is refused, and the same folder opens when there is room', async () => {
  const fresh = new MemoryDisk();
  fresh.capacityBytes = 100;
  await assert.rejects(openBench({ disk: fresh }), refusal('full', /disk of the log is full.*Make room/s));
  const { disk } = await folder();
  disk.fate = ({ kind }) => (kind === 'write' ? { error: new DiskFull('no space'), written: 10 } : undefined);
  await assert.rejects(openBench({ disk }), refusal('full', /nothing is lost/));
  disk.fate = () => undefined;
  const { log } = await openBench({ disk });
  assert.equal(log.end(0), 8);
  await log[Symbol.asyncDispose]();
});

test('[LOG12] a fault that is none of these is not dressed up', async () => {
  const { disk } = await folder();
  disk.fate = ({ kind }) => (kind === 'read' ? { error: Object.assign(new Error('EIO'), { code: 'EIO' }) } : undefined);
  await assert.rejects(openBench({ disk }), { code: 'EIO' });
});

test('[LOG10] a log that died while it was being created is created by the next start', async () => {
  let operations = 0;
  const whole = new MemoryDisk();
  whole.fate = () => {
    operations++;
    return undefined;
  };
  await (await openBench({ disk: whole })).log[Symbol.asyncDispose]();
  for (let died = 0; died <= operations; died++) {
    const disk = new MemoryDisk();
    let left = died;
    disk.fate = () => (left-- > 0 ? undefined : { error: new Error('killed') });
    await openBench({ disk }).catch(() => {});
    for (const found of [disk.fork(), disk.powerCut(() => 0), disk.powerCut((options) => options - 1)]) {
      const { log } = await openBench({ disk: found });
      assert.equal(await log.append(0, bytesOf('first')), 0);
      assert.deepEqual(texts(await readAll(log)), ['first']);
      await log[Symbol.asyncDispose]();
    }
  }
});

/** A segment whose header page was changed and has its checksum again. */
function withChecksum(bytes: Uint8Array, change: (header: Uint8Array) => unknown): Uint8Array {
  change(bytes);
  const end = segmentHeaderBytes - 4;
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(end, crc32c(bytes, 0, 0, end), true);
  return bytes;
}

/** A segment whose first batch says that a later program wrote it. */
function withNewerBatch(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const seed = crc32c(bytes.slice(32, 48));
  view.setUint16(segmentHeaderBytes + 4, 2, true);
  view.setUint32(segmentHeaderBytes + 60, crc32c(bytes, seed, segmentHeaderBytes, segmentHeaderBytes + 60), true);
  return bytes;
}
