import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { BlobId } from '@parley/protocol';
import { s3PartBytes } from '../kernel/engine-limits.ts';
import { testEngine } from '../kernel/engines-fixture.ts';
import { blobChunkBytes } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { blobsContract } from './blobs.contract.ts';
import { piecesContract } from './pieces.contract.ts';
import { openS3Blobs } from './s3-blobs.ts';
import { drained, S3Bucket } from './s3-bucket.ts';

const s3 = testEngine('s3');
const fresh = () => ({ ...s3, bucket: `parley-${randomUUID()}` });
const own = 'b_0000000000000000000000' as BlobId;

blobsContract('blobs in S3', async () => openS3Blobs(fresh()));
piecesContract('blobs in S3', async () => openS3Blobs(fresh()));

async function* filled(bytes: number, chunk: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes; at += chunk) yield new Uint8Array(Math.min(chunk, bytes - at)).fill(at / chunk);
}

test('[BLB1] a blob of several parts in S3 is kept once and read back by ranges over their borders', async () => {
  const parts = fresh();
  await using blobs = await openS3Blobs(parts);
  const size = 2 * s3PartBytes + 777;
  const answers = await Promise.all([1, 2].map(() => blobs.put(own, filled(size, 1 << 20), size)));
  assert.deepEqual([...answers].sort(), ['done', 'exists']);
  await using again = await openS3Blobs(parts);
  assert.equal((await again.facts(own))?.bytes, size);
  const pieces: Uint8Array[] = [];
  const range = { from: s3PartBytes - 1, to: s3PartBytes + 1 };
  for await (const piece of (await again.read(own, range)) ?? assert.fail()) pieces.push(piece);
  assert.deepEqual([...Buffer.concat(pieces)], [7, 8]);
  let read = 0;
  for await (const piece of (await again.read(own, { from: 0, to: size })) ?? assert.fail()) {
    assert.ok(piece.length <= blobChunkBytes);
    read += piece.length;
  }
  assert.equal(read, size);
});

test('[BLB2] of parts that become too many in S3 nothing is kept', async () => {
  await using blobs = await openS3Blobs(fresh());
  const size = 2 * s3PartBytes + 1;
  assert.equal(await blobs.put(own, filled(size, 1 << 20), size - 1), 'too_large');
  assert.equal(await blobs.facts(own), undefined);
});

test('[BLB12] uploads of processes that died are called off when they are old, and nothing else is', async () => {
  const parts = fresh();
  await using blobs = await openS3Blobs(parts);
  const size = s3PartBytes + 1;
  assert.equal(await blobs.put(own, filled(size, 1 << 20), size), 'done');
  const bucket = new S3Bucket(parts);
  const late = 'b_1111111111111111111111';
  for (const key of [late, late, 'of-somebody-else']) await drained(bucket.ask('POST', `${key}?uploads=`, {}, [200]));
  const hour = 3_600_000;
  assert.equal(await blobs.dropUnfinished(Date.now() - hour), 0);
  assert.equal(await blobs.dropUnfinished(Date.now() + hour), 2);
  assert.equal(await blobs.dropUnfinished(Date.now() + hour), 0);
  assert.equal(await bucket.dropUploads(Date.now() + hour, () => true), 1, 'the other one was left alone');
  assert.equal((await blobs.facts(own))?.bytes, size);
});

test('[BLB7] an S3 store that refuses the keys, or is not there, is unavailable', async () => {
  await assert.rejects(openS3Blobs({ ...fresh(), secretKey: 'another' }), Unavailable);
  await assert.rejects(openS3Blobs({ ...fresh(), endpoint: 'http://127.0.0.1:9' }), Unavailable);
});
