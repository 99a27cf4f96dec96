// `send --file` and `download`.
import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { FileBody, FrameDown, FramesUp } from '@parley/protocol';
import { HandBytes } from '../../../sdk/src/media/hand-bytes-fixture.ts';
import { chat, Desk, record, wire } from '../fixture.ts';

const plain = Buffer.from(Array.from({ length: 100_000 }, (_, n) => (n * 7) & 255));

async function openDesk(
  t: TestContext,
): Promise<{ readonly desk: Desk; readonly bytes: HandBytes; readonly folder: string }> {
  const desk = await Desk.open(t, [wire(chat)]);
  const bytes = new HandBytes();
  desk.client.bytes = bytes;
  return { desk, bytes, folder: desk.home };
}

/** Sends this file; the message has come back at seq 1. */
async function sendFile(desk: Desk, path: string, ...text: readonly string[]): Promise<FramesUp['message']> {
  const { ended } = await desk.begin(
    ['--json', 'send', chat, '--file', path, ...text],
    () => desk.client.outgoing.length > 0,
  );
  const frame = desk.client.outgoing.at(-1);
  assert.ok(frame);
  await desk.client.push({ type: 'sent', id: frame.id } as FrameDown, desk.client.confirm(frame, 1));
  assert.equal(await ended, 0, desk.chatter.text);
  return frame;
}

/** A client for the next command, on the same disk. */
async function nextClient(t: TestContext, desk: Desk, bytes: HandBytes, frame: FramesUp['message']): Promise<void> {
  await desk.sitDown(t, [wire(chat)]);
  desk.client.bytes = bytes;
  await desk.client.push(desk.client.confirm(frame, 1), record(chat, 2, { content: 'a text' }));
}

test('[CLI39] send --file sends a file with what is said with it, as what its name says it is', async (t) => {
  const { desk, folder } = await openDesk(t);
  const path = join(folder, 'Lake.JPG');
  await writeFile(path, plain);
  const frame = await sendFile(desk, path, 'The', 'lake');
  const { key: _key, blob, ...body } = JSON.parse(frame.content ?? '') as FileBody;
  assert.deepEqual(body, {
    ...{ type: 'file', look: 'image', bytes: 100_000, name: 'Lake.JPG', media_type: 'image/jpeg', text: 'The lake' },
  });
  assert.deepEqual([frame.blobs, desk.objects[0]?.id, desk.chatter.text], [[blob], frame.id, '']);
});

test('[CLI39] a picture that says where it was taken goes with a warning; other files need no text', async (t) => {
  const { desk, folder } = await openDesk(t);
  const path = join(folder, 'a.jpeg');
  const exif = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xe1, 0, 9, ...Buffer.from('Exif\0\0'), 9]);
  await writeFile(path, Buffer.concat([exif, plain]));
  const frame = await sendFile(desk, path);
  assert.match(desk.chatter.text, /where and when it was taken/);
  assert.equal('text' in (JSON.parse(frame.content ?? '') as FileBody), false);
});

test('[CLI39] what is no file that can be sent is wrong usage, and what the server refuses exits with 1', async (t) => {
  const { desk, bytes, folder } = await openDesk(t);
  const path = join(folder, 'a.txt');
  await writeFile(path, 'text');
  bytes.refusal = { status: 403, body: { code: 'blob.quota' } };
  assert.equal(await desk.run('send', chat, '--file', path), 1);
  assert.match(desk.chatter.text, /^parley: blob\.quota: /);
  for (const wrong of [join(folder, 'none'), folder]) {
    await desk.sitDown(t, [wire(chat)]);
    assert.equal(await desk.run('send', chat, '--file', wrong), 2, desk.chatter.text);
  }
  await desk.sitDown(t, [wire(chat)]);
  assert.equal(await desk.run('send', chat), 2);
  assert.deepEqual(desk.client.outgoing, []);
});

test('[CLI40] download saves the file whole under its name, and replaces nothing unless told to', async (t) => {
  const { desk, bytes, folder } = await openDesk(t);
  const path = join(folder, 'a.pdf');
  await writeFile(path, plain);
  const frame = await sendFile(desk, path);
  const out = join(folder, 'b.pdf');
  await nextClient(t, desk, bytes, frame);
  assert.equal(await desk.run('--json', 'download', chat, '1', '--out', out), 0, desk.chatter.text);
  assert.deepEqual(desk.objects, [{ path: out, bytes: 100_000, media_type: 'application/pdf' }]);
  assert.deepEqual(await readFile(out), plain);
  assert.equal((await stat(out)).mode & 0o777, 0o600);
  await writeFile(out, 'mine');
  await nextClient(t, desk, bytes, frame);
  assert.equal(await desk.run('download', chat, '1', '--out', out), 2);
  assert.equal(await readFile(out, 'utf8'), 'mine');
  await nextClient(t, desk, bytes, frame);
  assert.equal(await desk.run('download', chat, '1', '--out', out, '--force'), 0, desk.chatter.text);
  assert.deepEqual(await readFile(out), plain);
  // Into a folder, under its own name, which is taken.
  await nextClient(t, desk, bytes, frame);
  assert.equal(await desk.run('download', chat, '1', '--out', folder), 2);
});

test('[CLI40] an altered file leaves nothing, a message without one says so, and - is standard output', async (t) => {
  const { desk, bytes, folder } = await openDesk(t);
  const path = join(folder, 'a.bin');
  await writeFile(path, 'only text here');
  const frame = await sendFile(desk, path);
  await nextClient(t, desk, bytes, frame);
  assert.equal(await desk.run('download', chat, '1', '--out', '-'), 0, desk.chatter.text);
  assert.equal(desk.output.text, 'only text here');
  await nextClient(t, desk, bytes, frame);
  assert.equal(await desk.run('download', chat, '2'), 1);
  assert.match(desk.chatter.text, /^parley: message\.unknown: message 2 has no file/);
  for (const [blob, kept] of bytes.blobs) bytes.blobs.set(blob, Uint8Array.from(kept).reverse());
  await nextClient(t, desk, bytes, frame);
  const before = await readdir(folder);
  assert.equal(await desk.run('download', chat, '1', '--out', join(folder, 'c.bin')), 1);
  assert.match(desk.chatter.text, /^parley: client\.altered_file: /);
  assert.deepEqual(await readdir(folder), before);
});
