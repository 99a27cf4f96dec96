import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BlobId } from '@parley/protocol';
import { ManualClock } from '../kernel/manual-clock.ts';
import { Unavailable } from '../kernel/result.ts';
import { blobsContract } from './blobs.contract.ts';
import type { Blobs } from './blobs.ts';
import { LateBlobs } from './late-blobs.ts';
import { MemoryBlobs } from './memory-blobs.ts';
import { piecesContract } from './pieces.contract.ts';

const own = 'b_0000000000000000000000' as BlobId;

const opened = async () => {
  const blobs: Blobs = new MemoryBlobs(new ManualClock());
  return new LateBlobs(
    async () => blobs,
    () => {},
  );
};
blobsContract('blobs that are opened late', opened);
piecesContract('blobs that are opened late', opened);

test('[BLB8] an engine that is not there is unavailable, is told, and is opened by the first who asks later', async () => {
  const told: string[] = [];
  let isThere = false;
  let opens = 0;
  const open = async () => {
    opens += 1;
    if (!isThere) throw new Unavailable('no bucket');
    return new MemoryBlobs(new ManualClock());
  };
  await using blobs = new LateBlobs(open, (fault) => told.push(fault?.message ?? 'well'));
  await blobs.look();
  await assert.rejects(blobs.facts(own), Unavailable);
  assert.deepEqual([told, opens], [['no bucket', 'no bucket'], 2]);
  isThere = true;
  await Promise.all([blobs.facts(own), blobs.list('', 1)]);
  assert.deepEqual([told.slice(2), opens], [['well', 'well'], 3]);
});

test('[BLB8] an upload that its sender breaks off says nothing of the engine', async () => {
  const told: unknown[] = [];
  const open = async () => new MemoryBlobs(new ManualClock());
  await using blobs = new LateBlobs(open, (fault) => told.push(fault));
  const broken = async function* (): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(1);
    throw new Error('the line is dead');
  };
  await assert.rejects(blobs.put(own, broken(), 100), /the line is dead/);
  assert.deepEqual(told, []);
});
