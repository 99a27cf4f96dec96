// Files over a real server, with the real keys: what one person sends another opens, whole and in ranges, on every device
// that has the recovery key, until it is deleted.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { Client, FileSource, NewFile } from '@parley/sdk';
import { connect, entrance } from '@parley/sdk/node';
import { anotherDevice, backedUp, recoveryWords } from './devices.ts';
import { seen, shows, stands } from './live.ts';
import { open, startServer } from './operated.ts';
import { password } from './people.ts';
import { freshFolder } from './server-process.ts';

const size = 3 * 1024 * 1024 + 7;

/** A new account whose first device is ready; the caller closes it. */
async function newcomer(url: string, handle: string): Promise<{ readonly client: Client; readonly token: string }> {
  const session = await entrance(url).signUp({ handle, name: handle, password, deviceName: 'Laptop' });
  const client = await connect({ server: url, session });
  await stands(client, { phase: 'ready' });
  assert.ok(session.token !== null);
  return { client, token: session.token };
}

const source = (bytes: Buffer): FileSource => ({
  size: bytes.length,
  read: async (from, to) => bytes.subarray(from, to),
});

const film = (bytes: Buffer, text: string): NewFile => ({
  ...{ source: source(bytes), name: 'film.mp4', mediaType: 'video/mp4', look: 'video', text },
});

async function all(from: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of from) parts.push(part);
  return Buffer.concat(parts);
}

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('[MED25] [MED22] [MED30] [MED31] a file goes from one person to another and to a new device, is forwarded, and is gone once it is deleted', async () => {
  await using server = await startServer(await freshFolder(), open);
  const { url } = server.summary;
  const [{ client: ana, token }, { client: ben }] = [await newcomer(url, 'ana'), await newcomer(url, 'ben')];
  const withBen = await ana.createDirect('ben');
  await (await withBen.send('hello')).placed();
  const withAna = await ben.createDirect('ana');
  const ofBen = withAna.timeline();
  await shows(ofBen, 'hello');
  // Not before he has accepted.
  const bytes = randomBytes(size);
  await assert.rejects(withBen.sendFile(film(bytes, 'too early')), { code: 'request.limit' });
  await withAna.accept();
  await withAna.send('welcome');
  await shows(withBen.timeline(), 'welcome');

  const told: number[] = [];
  const sent = await withBen.sendFile(film(bytes, 'The lake'), { onProgress: (done, of) => told.push(done / of) });
  const seq = await sent.placed();
  assert.equal(told.at(-1), 1);
  await shows(ofBen, 'The lake');
  const got = ofBen.snapshot.items.find((item) => item.id === sent.id);
  assert.deepEqual([got?.type, got?.file?.name, got?.file?.bytes], ['file', 'film.mp4', size]);
  assert.equal(hash(await all(withAna.openFile(seq))), hash(bytes));
  for (const [from, to] of [
    [0, 1],
    [65_535, 65_537],
    [1_000_000, 1_400_000],
    [size - 10, size],
  ] as const)
    assert.equal(hash(await all(withAna.openFile(seq, { from, to }))), hash(bytes.subarray(from, to)), `${from}-${to}`);

  // The notes of whoever got it have it under another key.
  const notes = ben.conversation(ben.me.snapshot.notes);
  assert.ok(notes !== null);
  const [copy] = await withAna.forward(seq, [notes.id]);
  assert.ok(copy !== undefined);
  const copySeq = await copy.placed();

  const words = await recoveryWords(ana);
  await backedUp(url, token, 1);
  await using second = await anotherDevice(url, 'ana', words);
  const there = second.conversation(withBen.id);
  assert.ok(there !== null);
  const line = there.timeline();
  await shows(line, 'The lake');
  assert.equal(hash(await all(there.openFile(seq))), hash(bytes));

  await (await withBen.deleteForEveryone(seq)).placed();
  await seen(ofBen, () => (ofBen.snapshot.items.find((item) => item.seq === seq)?.type === 'deleted' ? true : null));
  for (const chat of [withBen, withAna]) await assert.rejects(all(chat.openFile(seq)), { code: 'blob.unknown' });
  assert.equal(hash(await all(notes.openFile(copySeq))), hash(bytes));
  await Promise.all([ana.close(), ben.close()]);
});
