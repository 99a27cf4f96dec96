// The place of files is gone for a while: what was kept before is there after it, what is put meanwhile is refused and may
// come again, and nobody who only writes notices.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { newMessage, putFile, readFile, sendFile } from '../end-to-end/raw-files.ts';
import type { Load } from './load.ts';
import type { Town } from './town.ts';

/** More than one part of an upload to S3. */
const largeBytes = 9 * 1024 * 1024;
const lookMs = 100;

/** What comes in at one gateway is read at the other. */
export async function withoutFiles(town: Town, load: Load): Promise<string> {
  const [here, there] = town.gateways as [string, string];
  const { chat, from, to } = load.pair;
  const bytes = randomBytes(largeBytes);
  const path = await sendFile(here, from, chat, bytes);
  assert.deepEqual(await readFile(there, to, path), { status: 200, bytes });
  const inPieces = await sendFile([here, there], from, chat, bytes);
  assert.deepEqual(await readFile(here, to, inPieces), { status: 200, bytes });
  await town.kill('s3');
  const late = { chat, id: newMessage(), bytes: randomBytes(1_000) };
  const refused = [(await putFile(here, from, late)).status, (await readFile(there, to, path)).status];
  await load.everybody();
  await load.ticks(50);
  await load.whileStarting(() => town.start('s3'));
  await load.ticks(50);
  // It is there when it answers, and not before.
  while ((await readFile(there, to, path)).status !== 200) await wait(lookMs);
  assert.deepEqual(refused, [503, 503]);
  assert.deepEqual(await readFile(there, to, path, 'bytes=8000000-8999999'), {
    status: 206,
    bytes: bytes.subarray(8_000_000, 9_000_000),
  });
  assert.equal((await putFile(there, from, late)).status, 201);
  return `${largeBytes} bytes of a file, put at one gateway, read at the other, and in pieces at both`;
}
