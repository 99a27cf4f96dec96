// A large file over a real server whose line is cut and whose process is killed while it goes up.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { blobPieceBytes } from '@parley/protocol/limits';
import { connect, entrance } from '@parley/sdk/node';
import { cutLine } from './cut-line.ts';
import { stands } from './live.ts';
import { folderOfTest, open, operate, startServer } from './operated.ts';
import { password } from './people.ts';

const mebibyte = 1024 * 1024;
const bytes = randomBytes(23 * mebibyte + 7);
/** What goes up beside the file: heads, frames, keys. */
const besides = mebibyte / 2;

/** Files below a folder. */
async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

test('[MED32] [MED10] [MED11] a file goes on where it stopped when the line is cut and when the server is killed', async () => {
  const folder = await folderOfTest();
  let server = await startServer(folder, open);
  await using line = await cutLine(server.summary.url);
  const session = await entrance(line.url).signUp({ handle: 'ana', name: 'Ana', password, deviceName: 'Laptop' });
  const client = await connect({ server: line.url, session });
  await stands(client, { phase: 'ready' });
  const notes = client.conversation(client.me.snapshot.notes) ?? assert.fail('there are no notes');

  const told: { done: number; of: number; isWaiting: boolean }[] = [];
  const begun = line.up;
  const cut = line.cutAt(begun + 8 * mebibyte);
  const source = { size: bytes.length, read: async (from: number, to: number) => bytes.subarray(from, to) };
  const sending = notes.sendFile(
    { source, name: 'film.mp4', mediaType: 'video/mp4', look: 'video' },
    { onProgress: (done, of, isWaiting) => told.push({ done, of, isWaiting }) },
  );
  await cut;
  // What is half there is in no backup.
  const copy = join(await folderOfTest(), 'copy');
  assert.equal((await operate(folder, ['backup', copy])).code, 0);
  assert.deepEqual(await filesIn(join(copy, 'blobs')), []);
  assert.deepEqual(await filesIn(join(folder, 'blobs', 'pieces')), ['0']);
  const cutAgain = line.cutAt(begun + 19 * mebibyte);
  line.mend(server.summary.url);
  await cutAgain;
  await server.kill();
  assert.ok((await filesIn(join(folder, 'blobs', 'pieces'))).length >= 2);
  server = await startServer(folder, open);
  line.mend(server.summary.url);

  const seq = await (await sending).placed();
  const { of } = told.at(-1) ?? assert.fail('nothing was told');
  const went = line.up - begun;
  assert.ok(went <= of + 2 * blobPieceBytes + besides, `${went} bytes for ${of}: a break costs a piece at most`);
  let kept = 0;
  for (const { done, isWaiting } of told) {
    assert.ok(done >= kept, `${done} is less than the ${kept} that were kept`);
    if (isWaiting) kept = done;
  }
  assert.ok(kept >= 2 * blobPieceBytes);
  const hash = createHash('sha256');
  for await (const part of notes.openFile(seq)) hash.update(part);
  assert.equal(hash.digest('hex'), createHash('sha256').update(bytes).digest('hex'));
  assert.deepEqual(await filesIn(join(folder, 'blobs', 'pieces')), []);
  await client.close();
  await server.stop();
});
