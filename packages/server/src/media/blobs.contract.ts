// What every store of media files must do, run by the test of each adapter.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BlobId } from '@parley/protocol';
import fc from 'fast-check';
import { blobChunkBytes } from '../kernel/limits.ts';
import type { Blobs } from './blobs.ts';

const id = (n: number) => `b_${String(n).padStart(22, '0')}` as BlobId;

async function* bytesOf(...chunks: readonly (Uint8Array | string)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

async function all(pieces: AsyncIterable<Uint8Array> | undefined): Promise<readonly Uint8Array[]> {
  const read: Uint8Array[] = [];
  for await (const piece of pieces ?? assert.fail('there is no such blob')) read.push(piece);
  return read;
}

const whole = async (pieces: AsyncIterable<Uint8Array> | undefined) => Buffer.concat(await all(pieces));

/** Runs the cases of the port against `open`. */
export function blobsContract(name: string, open: () => Promise<Blobs>): void {
  test(`[BLB1] ${name}: what was put is read back, byte for byte, whatever its pieces were`, async () => {
    await using blobs = await open();
    let n = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), async (chunks) => {
        const own = id(n++);
        const content = Buffer.concat(chunks);
        assert.equal(await blobs.put(own, bytesOf(...chunks), content.length), 'done');
        assert.deepEqual(await whole(await blobs.read(own, { from: 0, to: content.length })), content);
        assert.equal((await blobs.facts(own))?.bytes, content.length);
      }),
      { numRuns: 30 },
    );
  });

  test(`[BLB1] ${name}: of two that come at once under one id, one is kept, whole`, async () => {
    await using blobs = await open();
    const texts = ['one', 'other', 'third'];
    const answers = await Promise.all(texts.map((text) => blobs.put(id(1), bytesOf(text), 100)));
    assert.deepEqual([...answers].sort(), ['done', 'exists', 'exists']);
    const kept = texts[answers.indexOf('done')];
    assert.equal((await whole(await blobs.read(id(1), { from: 0, to: 100 }))).toString(), kept);
    assert.equal(await blobs.put(id(1), bytesOf('later'), 100), 'exists');
    assert.equal((await whole(await blobs.read(id(1), { from: 0, to: 100 }))).toString(), kept);
  });

  test(`[BLB2] ${name}: what is larger than allowed is not kept, and as large as allowed is`, async () => {
    await using blobs = await open();
    assert.equal(await blobs.put(id(1), bytesOf('12345', '6'), 5), 'too_large');
    assert.equal(await blobs.facts(id(1)), undefined);
    assert.equal(await blobs.put(id(1), bytesOf('123', '45'), 5), 'done');
    assert.equal((await blobs.facts(id(1)))?.bytes, 5);
  });

  test(`[BLB3] ${name}: of an upload that breaks off nothing is kept`, async () => {
    await using blobs = await open();
    const broken = async function* () {
      yield Buffer.from('half');
      throw new Error('the line is dead');
    };
    await assert.rejects(blobs.put(id(1), broken(), 100), /the line is dead/);
    assert.equal(await blobs.facts(id(1)), undefined);
    assert.equal(await blobs.read(id(1), { from: 0, to: 1 }), undefined);
    assert.equal(await blobs.put(id(1), bytesOf('whole'), 100), 'done');
  });

  test(`[BLB4] ${name}: a range is read in bounded pieces and ends with the blob`, async () => {
    await using blobs = await open();
    const content = Buffer.from(Array.from({ length: 2 * blobChunkBytes + 77 }, (_, n) => n % 251));
    await blobs.put(id(1), bytesOf(content), content.length);
    for (const [from, to] of [
      [0, content.length],
      [1, 2],
      [blobChunkBytes - 1, 2 * blobChunkBytes + 1],
      [content.length - 3, content.length + 50],
      [content.length, content.length + 1],
      [5, 5],
    ] as const) {
      const pieces = await all(await blobs.read(id(1), { from, to }));
      assert.ok(pieces.every((piece) => piece.length <= blobChunkBytes));
      assert.deepEqual(Buffer.concat(pieces), content.subarray(from, to));
    }
    assert.equal(await blobs.read(id(2), { from: 0, to: 1 }), undefined);
  });

  test(`[BLB5] ${name}: what was removed is gone, and removing it again is nothing`, async () => {
    await using blobs = await open();
    for (const n of [1, 2]) await blobs.put(id(n), bytesOf('here'), 100);
    await blobs.remove([id(1), id(3)]);
    await blobs.remove([id(1)]);
    assert.equal(await blobs.facts(id(1)), undefined);
    assert.equal((await blobs.facts(id(2)))?.bytes, 4);
  });

  test(`[BLB6] ${name}: everything is listed once in the order of ids, page by page`, async () => {
    await using blobs = await open();
    const ids = ['b_-_______________z____-', 'b_00000000000000000000Za', 'b_00000000000000000000za'] as BlobId[];
    const more = ['b_Zz00000000000000000000', 'b__000000000000000000000', 'b_a000000000000000000000'] as BlobId[];
    for (const each of [...more, ...ids]) await blobs.put(each, bytesOf('x'), 100);
    const found: BlobId[] = [];
    for (let after = ''; ; after = found.at(-1) as string) {
      const page = await blobs.list(after, 2);
      found.push(...page.map((row) => row.id));
      if (page.length < 2) break;
    }
    assert.deepEqual(found, [...ids, ...more].sort());
  });
}
