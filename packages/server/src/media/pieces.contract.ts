// What every store of pieces of media files must do, run by the test of each adapter. Pieces are as large as S3 wants them.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { type BlobId, limits as wire } from '@parley/protocol';
import type { Blobs } from './blobs.ts';

const id = (n: number) => `b_${String(n).padStart(22, '0')}` as BlobId;
const chunkBytes = 1 << 20;

/** A piece whose bytes are those of `seed`. */
async function* piece(seed: number, bytes: number = wire.blobPieceBytes): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes; at += chunkBytes)
    yield new Uint8Array(Math.min(chunkBytes, bytes - at)).fill(seed + at / chunkBytes);
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(chunkBytes);
  throw new Error('the line is dead');
}

async function hashOf(...parts: readonly (AsyncIterable<Uint8Array> | undefined)[]): Promise<string> {
  const hash = createHash('sha256');
  for (const part of parts) for await (const chunk of part ?? assert.fail('there is no such blob')) hash.update(chunk);
  return hash.digest('hex');
}

const everything = { from: 0, to: wire.maxBlobBytes };

/** Runs the cases of the port against `open`. */
export function piecesContract(name: string, open: () => Promise<Blobs>): void {
  test(`[BLB9] ${name}: pieces are kept whole, in any order, and no blob is seen before it is joined`, async () => {
    await using blobs = await open();
    const { pieces } = blobs;
    assert.deepEqual(await pieces.kept(id(1)), []);
    for (const [n, bytes] of [
      [2, 77],
      [10, 3],
      [0, wire.blobPieceBytes],
    ] as const)
      await pieces.keep(id(1), n, piece(n, bytes));
    await assert.rejects(pieces.keep(id(1), 1, broken()), /the line is dead/);
    assert.deepEqual(await pieces.kept(id(1)), [0, 2, 10]);
    assert.equal(await pieces.join(id(1), 3), 'missing');
    assert.deepEqual(await pieces.kept(id(1)), [0, 2, 10]);
    assert.deepEqual([await blobs.facts(id(1)), await blobs.list('', 10)], [undefined, []]);
    assert.equal(await blobs.read(id(1), everything), undefined);
  });

  test(`[BLB9] ${name}: a piece that comes again takes the place of the one before, unless it breaks off`, async () => {
    await using blobs = await open();
    const { pieces } = blobs;
    for (const bytes of [9, 5]) await pieces.keep(id(1), 0, piece(bytes, bytes));
    await assert.rejects(pieces.keep(id(1), 0, broken()), /the line is dead/);
    assert.deepEqual(await pieces.kept(id(1)), [0]);
    assert.equal(await pieces.join(id(1), 1), 'done');
    assert.equal(await hashOf(await blobs.read(id(1), everything)), await hashOf(piece(5, 5)));
  });

  test(`[BLB10] ${name}: pieces are joined in the order of their numbers, once, and are gone then`, async () => {
    await using blobs = await open();
    const { pieces } = blobs;
    const put = async () => {
      await Promise.all([pieces.keep(id(1), 2, piece(7, 1_234)), pieces.keep(id(1), 1, piece(5))]);
      await pieces.keep(id(1), 0, piece(3));
    };
    await put();
    assert.equal(await pieces.join(id(1), 3), 'done');
    const whole = await hashOf(piece(3), piece(5), piece(7, 1_234));
    assert.equal((await blobs.facts(id(1)))?.bytes, 2 * wire.blobPieceBytes + 1_234);
    assert.equal(await hashOf(await blobs.read(id(1), everything)), whole);
    assert.deepEqual([await pieces.kept(id(1)), await pieces.begun('', 10)], [[], []]);
    await pieces.keep(id(1), 0, piece(9, 9));
    assert.equal(await pieces.join(id(1), 1), 'exists');
    assert.equal(await hashOf(await blobs.read(id(1), everything)), whole);
    assert.deepEqual(await pieces.kept(id(1)), []);
  });

  test(`[BLB11] ${name}: those that were begun are listed page by page, and dropped for good`, async () => {
    await using blobs = await open();
    const { pieces } = blobs;
    const ids = ['b_-_______________z____-', 'b_00000000000000000000Za', 'b_00000000000000000000za'] as BlobId[];
    for (const own of ids.toReversed()) for (const n of [1, 11]) await pieces.keep(own, n, piece(n, 9));
    await blobs.put(id(9), piece(1, 1), 10);
    const found: BlobId[] = [];
    for (let after = ''; ; after = found.at(-1) as string) {
      const page = await pieces.begun(after, 2);
      if (page.length === 0) break;
      assert.ok(page.length <= 2);
      found.push(...page);
    }
    assert.deepEqual(found, ids.toSorted());
    await pieces.drop(ids[1] as BlobId);
    await pieces.drop(ids[1] as BlobId);
    assert.deepEqual(await pieces.begun('', 10), [ids[0], ids[2]]);
    assert.deepEqual([await pieces.kept(ids[1] as BlobId), (await blobs.list('', 10)).length], [[], 1]);
  });
}
