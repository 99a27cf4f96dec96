import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Directory } from '../directory/directory.ts';
import { memoryDirectory } from '../directory/memory-directory.ts';
import { fileRow } from '../directory/sample-rows.ts';
import { openSqliteDirectory } from '../directory/sqlite-directory.ts';
import { openForReading } from '../directory/sqlite-file.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { MemoryBlobs } from '../media/memory-blobs.ts';
import { DirectorySource } from './directory-source.ts';
import { fileSteps } from './file-steps.ts';
import { compareAll, copyAll } from './move.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-move-files-'));
after(() => rmSync(folder, { recursive: true }));

let servers = 0;
const quiet = { now: () => 0, say: () => {}, keep: async () => {} };

async function* said(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** A server with two files, of which the second one's upload broke off. */
async function openServer(opened: AsyncDisposableStack) {
  const path = join(folder, `${++servers}.db`);
  const from = opened.use(await openSqliteDirectory(path));
  const fromBlobs = new MemoryBlobs(new ManualClock());
  for (const n of [1, 2]) await from.files.add(fileRow(n));
  await fromBlobs.put(fileRow(1).blob, said('sealed'), 100);
  const file = openForReading(path);
  opened.defer(() => file.database.close());
  return { source: new DirectorySource(file), from, fromBlobs };
}

test('[MED9] files are moved with their bytes, and what differs is found', async () => {
  await using opened = new AsyncDisposableStack();
  const server = await openServer(opened);
  const to: Directory = memoryDirectory();
  const toBlobs = new MemoryBlobs(new ManualClock());
  const steps = fileSteps({ ...server, to, toBlobs });
  // Once more is as well: it may have been ended half-way.
  for (let times = 0; times < 2; times++) await copyAll({ ...quiet, steps }, null);
  const [same] = await compareAll({ ...quiet, steps });
  assert.deepEqual([same?.rows, same?.difference], [2, null]);
  assert.deepEqual(await to.files.get([fileRow(1).blob, fileRow(2).blob]), [fileRow(1), fileRow(2)]);
  assert.equal((await toBlobs.facts(fileRow(1).blob))?.bytes, 'sealed'.length);
  await toBlobs.remove([fileRow(1).blob]);
  await toBlobs.put(fileRow(1).blob, said('stolen'), 100);
  const [other] = await compareAll({ ...quiet, steps });
  assert.notEqual(other?.difference, null);
});

test('[MED9] without a bucket a server with files is refused, and one without is moved', async () => {
  await using opened = new AsyncDisposableStack();
  const server = await openServer(opened);
  const steps = fileSteps({ ...server, to: memoryDirectory(), toBlobs: null });
  await assert.rejects(copyAll({ ...quiet, steps }, null), /Name a bucket/);
  await server.from.files.remove([fileRow(1).blob, fileRow(2).blob]);
  await copyAll({ ...quiet, steps }, null);
  const [none] = await compareAll({ ...quiet, steps });
  assert.deepEqual([none?.rows, none?.difference], [0, null]);
});
