import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileChunkBytes } from '@parley/protocol/limits';
import fc from 'fast-check';
import { ChatError } from '../error.ts';
import { chunkSpan, openFile, sealedFileBytes, sealFile } from './file-cipher.ts';
import { paddedFileBytes } from './padding.ts';

const key = Uint8Array.from({ length: 32 }, (_, n) => n);
const sealedChunk = fileChunkBytes + 16;

/** Bytes that differ from place to place. */
const sample = (bytes: number) => Uint8Array.from({ length: bytes }, (_, n) => (n * 31 + (n >> 8)) & 255);

/** In pieces of this size, as a network or a disk gives them. */
async function* pieces(bytes: Uint8Array, size = 10_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all(from: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of from) parts.push(part);
  return Buffer.concat(parts);
}

const seal = (plain: Uint8Array) => all(sealFile(key, plain.length, pieces(plain)));

function open(blob: Uint8Array, bytes: number, { from = 0, to = bytes, size = 10_000, by = key } = {}) {
  return all(openFile(by, { bytes, from, to }, pieces(blob, size)));
}

const altered = (error: unknown) => error instanceof ChatError && error.code === 'client.altered_file';

test('[MED21] a file opens as it was sealed, whatever the pieces are in which it comes', async () => {
  for (const bytes of [0, 1, 1_024, 65_535, 65_536, 65_537, 200_000]) {
    const plain = sample(bytes);
    const blob = await seal(plain);
    assert.equal(blob.length, sealedFileBytes(bytes));
    for (const size of [1_000, sealedChunk, 1_000_000])
      assert.deepEqual(Buffer.from(await open(blob, bytes, { to: Math.max(1, bytes), size })), Buffer.from(plain));
  }
});

test('[MED21] one altered bit anywhere in a chunk, and another key, are refused', async () => {
  const plain = sample(150_000);
  const blob = await seal(plain);
  for (const at of [0, 65_535, 65_536, sealedChunk - 1, sealedChunk, 2 * sealedChunk, blob.length - 1]) {
    const bad = Uint8Array.from(blob);
    bad[at] = (bad[at] as number) ^ 1;
    await assert.rejects(open(bad, 150_000), altered, `byte ${at}`);
  }
  await assert.rejects(open(blob, 150_000, { by: sample(32) }), altered);
});

test('[MED21] what is cut, extended, moved, repeated or put into another file is refused', async () => {
  const bytes = 190_000;
  const blob = await seal(sample(bytes));
  const chunk = (n: number) => blob.subarray(n * sealedChunk, (n + 1) * sealedChunk);
  const count = Math.ceil(blob.length / sealedChunk);
  assert.equal(count, 3);
  const joined = (...parts: Uint8Array[]) => Buffer.concat(parts);
  const wrong: Readonly<Record<string, Uint8Array>> = {
    'cut in a chunk': blob.subarray(0, blob.length - 1),
    'cut behind a chunk': joined(chunk(0), chunk(1)),
    nothing: blob.subarray(0, 0),
    'extended by a byte': joined(blob, Uint8Array.of(0)),
    'extended by a chunk': joined(blob, chunk(0)),
    'without the first': joined(chunk(1), chunk(2)),
    swapped: joined(chunk(1), chunk(0), chunk(2)),
    repeated: joined(chunk(0), chunk(0), chunk(2)),
  };
  for (const [what, bad] of Object.entries(wrong)) await assert.rejects(open(bad, bytes), altered, what);
  // The beginning of a longer file is not a shorter file.
  await assert.rejects(open(chunk(0), fileChunkBytes), altered);
  const other = await all(sealFile(key, bytes + 40_000, pieces(sample(bytes + 40_000))));
  await assert.rejects(open(joined(other.subarray(0, sealedChunk), chunk(1), chunk(2)), bytes), altered);
});

test('[MED21] a body whose size is not that of the file is refused, also within the same padding', async () => {
  const bytes = 100_000;
  const blob = await seal(sample(bytes).fill(7));
  const isSame = (other: number) => paddedFileBytes(other) === paddedFileBytes(bytes);
  assert.deepEqual([bytes - 1, 98_000, 101_000].map(isSame), [true, false, false]);
  for (const lie of [bytes - 1, 98_000, 101_000, 0]) await assert.rejects(open(blob, lie, { to: lie || 1 }), altered);
});

test('[MED22] any range of a file is that part of it, out of whole chunks of the blob and no more of them', async () => {
  const bytes = 300_000;
  const plain = sample(bytes);
  const blob = await seal(plain);
  const range = fc.tuple(fc.nat(bytes - 1), fc.nat(bytes - 1)).map(([a, b]) => [Math.min(a, b), Math.max(a, b) + 1]);
  const check = async ([from = 0, to = 0]: readonly number[]) => {
    const span = chunkSpan(bytes, from, to);
    assert.ok(span.to - span.from <= to - from + 2 * sealedChunk);
    const part = blob.subarray(span.from, span.to);
    assert.deepEqual(Buffer.from(await open(part, bytes, { from, to })), Buffer.from(plain.subarray(from, to)));
  };
  for (const edge of [65_535, 65_536, 65_537]) await check([edge, edge + 1]);
  await fc.assert(fc.asyncProperty(range, check), { numRuns: 50 });
});

test('[MED24] while a file is sealed or opened no more than the next chunks of it are asked for', async () => {
  let asked = 0;
  async function* long(bytes: number) {
    for (let left = bytes; left > 0; left -= 4_096) {
      asked += 4_096;
      yield new Uint8Array(4_096);
    }
  }
  const sealing = sealFile(key, 64 * 1_048_576, long(64 * 1_048_576));
  for (let n = 1; n <= 3; n++) {
    await sealing.next();
    assert.ok(asked <= (n + 1) * fileChunkBytes, `${asked} bytes for ${n} chunks`);
  }
  const blob = await seal(sample(500_000));
  asked = 0;
  const counted = async function* () {
    for await (const piece of pieces(blob)) {
      asked += piece.length;
      yield piece;
    }
  };
  const opening = openFile(key, { bytes: 500_000, from: 0, to: 500_000 }, counted());
  const first = await opening.next();
  assert.equal(first.done === true ? 0 : first.value.length, fileChunkBytes);
  assert.ok(asked <= 2 * sealedChunk, `${asked} bytes for one chunk`);
});

test('[MED24] a file that is shorter or longer than it was said to be is not sealed to its end', async () => {
  const unreadable = (error: unknown) => error instanceof ChatError && error.code === 'client.unreadable_file';
  for (const bytes of [99_999, 100_001])
    await assert.rejects(all(sealFile(key, bytes, pieces(sample(100_000)))), unreadable);
});
