// What a start finds: a torn end, damage before it, and what stands only in the host's memory. Every subset of the last
// batch's pages, every length and every bit of it is tried.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { batchBytes } from './batch.ts';
import { bytesOf, openBench, readAll, refusal, texts, turns } from './fixture.ts';
import { type MemoryDisk, pageBytes } from './memory-disk.ts';
import { segmentHeaderBytes, segmentName } from './segment.ts';

const newest = segmentName(0);
const first = [bytesOf('a'), bytesOf('b')];
const second = [bytesOf('c')];
/** Several pages of which none begins where the batch does. */
const last = Array.from({ length: 6 }, (_, n) => new Uint8Array(4_000).fill(100 + n));
const lastStart = segmentHeaderBytes + batchBytes(first) + batchBytes(second);
const lastEnd = lastStart + batchBytes(last);

/** A folder with three batches in one segment, of which the last has the given bytes. */
async function folder(): Promise<MemoryDisk> {
  const { log, disk } = await openBench({ segmentBytes: 1 << 20 });
  for (const batch of [first, second, last]) await Promise.all(batch.map((record) => log.append(0, record)));
  await log[Symbol.asyncDispose]();
  return disk;
}

/** The same folder with other bytes in the segment. */
function changed(disk: MemoryDisk, change: (bytes: Uint8Array) => Uint8Array): MemoryDisk {
  const copy = disk.fork();
  copy.plant(newest, change(copy.contents(newest)));
  return copy;
}

/** Opens it twice, with an append in between, and checks that exactly the first `kept` records are there. */
async function assertKept(disk: MemoryDisk, kept: number): Promise<void> {
  const before = await openBench({ disk });
  assert.equal(before.log.end(0), kept);
  const found = texts(await readAll(before.log));
  assert.deepEqual(found.slice(0, 3), ['a', 'b', 'c']);
  assert.equal(await before.log.append(0, bytesOf('next')), kept);
  await before.log[Symbol.asyncDispose]();
  const after = await openBench({ disk });
  assert.deepEqual(texts(await readAll(after.log)), [...found, 'next']);
  await after.log[Symbol.asyncDispose]();
}

test('[R13] [LOG8] whichever pages of the last batch are missing, it is cut whole, and the log goes on', async () => {
  const disk = await folder();
  const pages = [...new Set([lastStart, lastEnd - 1].map((at) => Math.floor(at / pageBytes)))];
  const [from = 0, to = 0] = pages;
  const count = to - from + 1;
  assert.ok(count >= 6, `${count} pages`);
  for (let kept = 0; kept < 2 ** count; kept++) {
    const torn = changed(disk, (bytes) => {
      for (let page = from; page <= to; page++)
        if ((kept & (1 << (page - from))) === 0)
          bytes.fill(0, Math.max(lastStart, page * pageBytes), Math.min(lastEnd, (page + 1) * pageBytes));
      return bytes;
    });
    await assertKept(torn, kept === 2 ** count - 1 ? 9 : 3);
  }
});

test('[LOG8] a file that ends anywhere in the last batch loses that batch and nothing else', async () => {
  const disk = await folder();
  const lengths = [lastStart, lastStart + 1, lastStart + 63, lastStart + 64, lastStart + 68, lastEnd - 1];
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.constantFrom(...lengths), fc.integer({ min: lastStart, max: lastEnd - 1 })), (end) =>
      assertKept(
        changed(disk, (bytes) => bytes.slice(0, end)),
        3,
      ),
    ),
    { numRuns: 60 },
  );
  await assertKept(
    changed(disk, (bytes) => bytes.slice(0, lastEnd)),
    9,
  );
});

test('[LOG7] [LOG8] no turned bit of the last batch goes unnoticed, its header included', async () => {
  const disk = await folder();
  const turn = async (position: number, bit: number): Promise<void> => {
    const rotten = disk.fork();
    rotten.flipBit(newest, position, bit);
    const { log } = await openBench({ disk: rotten });
    assert.equal(log.end(0), 3, `byte ${position}, bit ${bit}`);
    await log[Symbol.asyncDispose]();
  };
  for (let position = lastStart; position < lastStart + 72; position++) await turn(position, position % 8);
  const anywhere = fc.integer({ min: lastStart, max: lastEnd - 1 });
  await fc.assert(fc.asyncProperty(anywhere, fc.nat({ max: 7 }), turn), { numRuns: 100 });
});

test('[R13] [LOG9] damage before a valid batch is refused with its place, and nothing in the folder changes', async () => {
  const disk = await folder();
  const secondStart = segmentHeaderBytes + batchBytes(first);
  const cases = [
    ...Array.from({ length: batchBytes(first) }, (_, n) => [segmentHeaderBytes + n, segmentHeaderBytes, 0] as const),
    ...Array.from({ length: batchBytes(second) }, (_, n) => [secondStart + n, secondStart, 2] as const),
  ];
  for (const [position, start, offset] of cases) {
    const rotten = disk.fork();
    rotten.flipBit(newest, position, position % 8);
    const before = await contentsOf(rotten);
    const words = new RegExp(`${newest}, byte ${start}, where offset ${offset} should stand.*Restore|restore`, 's');
    await assert.rejects(openBench({ disk: rotten }), refusal('damaged', words));
    assert.deepEqual(await contentsOf(rotten), before);
  }
});

test('[LOG9] damage in a sealed segment is refused wherever it is, its last batch and its header included', async () => {
  const { log, disk } = await openBench({ segmentBytes: 8_192 });
  for (let n = 0; n < 6; n++) await log.append(0, new Uint8Array(1_900).fill(n));
  await log[Symbol.asyncDispose]();
  const sealed = (await disk.list()).filter((name) => name.endsWith('.segment')).sort();
  assert.ok(sealed.length >= 3);
  const name = sealed[0] ?? '';
  for (const position of [0, 20, 64, 4_095, 4_096 + 30, 4_096 + 100, 4_096 + 1_968 + 70]) {
    const rotten = disk.fork();
    rotten.flipBit(name, position, 3);
    const before = await contentsOf(rotten);
    await assert.rejects(
      openBench({ disk: rotten }),
      refusal('damaged', new RegExp(`${name}, byte \\d+, .*offset \\d`)),
    );
    assert.deepEqual(await contentsOf(rotten), before);
  }
});

test('[LOG9] a running log refuses a reader that comes upon damage, and never skips it', async () => {
  const { log, disk } = await openBench({ segmentBytes: 8_192 });
  for (let n = 0; n < 6; n++) await log.append(0, new Uint8Array(1_900).fill(n));
  const name = (await disk.list()).filter((each) => each.endsWith('.segment')).sort()[1] ?? '';
  disk.flipBit(name, segmentHeaderBytes + 100, 1);
  const read: number[] = [];
  const reading = async (): Promise<void> => {
    for await (const batch of log.read(0, -1, new AbortController().signal))
      read.push(...batch.map((each) => each.offset));
  };
  await assert.rejects(reading(), refusal('damaged', new RegExp(name)));
  assert.deepEqual(
    read,
    read.map((_, n) => n),
  );
  assert.ok(read.length < 6);
  await log[Symbol.asyncDispose]();
});

test('[LOG13] what a reader was shown after a start survives a power cut right after', async () => {
  const { log, disk } = await openBench();
  await log.append(0, bytesOf('synced'));
  disk.fate = ({ kind }) => (kind === 'datasync' ? new Promise(() => {}) : undefined);
  await Promise.race([log.append(0, bytesOf('written only')), turns(5)]);
  const killed = disk.fork();
  const lost = await openBench({ disk: killed.powerCut(() => 0) });
  assert.deepEqual(texts(await readAll(lost.log)), ['synced'], 'a power cut would lose it');
  const { log: next } = await openBench({ disk: killed });
  assert.deepEqual(texts(await readAll(next)), ['synced', 'written only']);
  const { log: after } = await openBench({ disk: killed.powerCut(() => 0) });
  assert.deepEqual(texts(await readAll(after)), ['synced', 'written only']);
});

test('[LOG13] a start syncs file and folder before it answers, also when it is interrupted by another', async () => {
  const { log, disk } = await openBench();
  for (const text of ['a', 'b', 'c']) await log.append(0, bytesOf(text));
  await log[Symbol.asyncDispose]();
  let operations = 0;
  disk.fate = () => {
    operations++;
    return undefined;
  };
  await (await openBench({ disk })).log[Symbol.asyncDispose]();
  const needed = operations;
  for (let cut = 0; cut < needed; cut++) {
    const start = disk.fork();
    let left = cut;
    start.fate = () => (left-- > 0 ? undefined : new Promise(() => {}));
    await Promise.race([openBench({ disk: start }), turns(20)]);
    assert.ok(left < 0, 'it was interrupted');
    for (const kept of [0, 1]) {
      const { log: again } = await openBench({ disk: start.powerCut((options) => kept && options - 1) });
      assert.deepEqual(texts(await readAll(again)), ['a', 'b', 'c'], `cut before operation ${cut}`);
      await again[Symbol.asyncDispose]();
    }
  }
});

/** Names and bytes of everything in the folder. */
async function contentsOf(disk: MemoryDisk): Promise<ReadonlyMap<string, string>> {
  const names = [...(await disk.list())].sort();
  return new Map(names.map((name) => [name, Buffer.from(disk.contents(name)).toString('base64')]));
}
