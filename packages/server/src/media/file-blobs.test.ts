import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { BlobId } from '@parley/protocol';
import { Unavailable } from '../kernel/result.ts';
import { blobsContract } from './blobs.contract.ts';
import { openFileBlobs } from './file-blobs.ts';
import { piecesContract } from './pieces.contract.ts';

const root = mkdtempSync(join(tmpdir(), 'parley-blobs-'));
after(() => rmSync(root, { recursive: true }));

let folders = 0;
const fresh = () => join(root, String(++folders));

blobsContract('blobs in files', async () => openFileBlobs(fresh()));
piecesContract('blobs in files', async () => openFileBlobs(fresh()));

const own = 'b_0000000000000000000000' as BlobId;

async function* said(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

test('[BLB1] a blob in a file is there after the folder is opened again, for its owner only', async () => {
  const folder = fresh();
  await (await openFileBlobs(folder)).put(own, said('kept'), 100);
  const again = await openFileBlobs(folder);
  assert.equal((await again.facts(own))?.bytes, 4);
  if (process.platform !== 'win32') {
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.equal(statSync(join(folder, '30', own)).mode & 0o777, 0o600);
  }
});

test('[BLB3] what a dead process left half done is removed when the folder is opened', async () => {
  const folder = fresh();
  await openFileBlobs(folder);
  writeFileSync(join(folder, 'incoming', 'half'), 'half');
  const blobs = await openFileBlobs(folder);
  assert.deepEqual(readdirSync(join(folder, 'incoming')), []);
  assert.deepEqual(await blobs.list('', 10), []);
});

test('[BLB9] pieces are there after the folder is opened again, for its owner only', async () => {
  const folder = fresh();
  await (await openFileBlobs(folder)).pieces.keep(own, 3, said('kept'));
  const { pieces } = await openFileBlobs(folder);
  assert.deepEqual(await pieces.kept(own), [3]);
  if (process.platform !== 'win32') assert.equal(statSync(join(folder, 'pieces', own)).mode & 0o777, 0o700);
});

test('[BLB7] a folder that cannot be used is said to be unavailable, and no path becomes a name', async () => {
  const folder = fresh();
  const blobs = await openFileBlobs(folder);
  rmSync(folder, { recursive: true });
  writeFileSync(folder, 'a file in its place');
  await assert.rejects(blobs.put(own, said('x'), 100), Unavailable);
  await assert.rejects(blobs.list('', 10), Unavailable);
  const climbing = 'b_../../../../etc/passwd' as BlobId;
  await assert.rejects(blobs.put(climbing, said('x'), 100), /a blob has an id/);
  await assert.rejects(blobs.pieces.keep(own, 0, said('x')), Unavailable);
  await assert.rejects(blobs.pieces.begun('', 10), Unavailable);
  await assert.rejects(blobs.pieces.drop(climbing), /a blob has an id/);
});
