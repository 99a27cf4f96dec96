// Files of a conversation from the side of an app: said, kept, opened.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileBody } from '@parley/protocol';
import { fileChunkBytes, maxFileBytes } from '@parley/protocol/limits';
import type { NewFile } from './api.ts';
import { chat, room } from './client-fixture.ts';
import { all, codeIs, openWithFiles, photo, sample, sentPhoto } from './files-fixture.ts';
import { settle } from './fixture.ts';

test('[MED25] a file is put under the id of the message that carries it, and opens whole and in ranges', async () => {
  const { stage, bytes } = await openWithFiles();
  const plain = sample(200_000);
  const told: number[] = [];
  const sent = await stage
    .conversation()
    .sendFile(photo(plain, { text: 'Look', replyTo: 4 }), { onProgress: (done, of) => told.push(done, of) });
  await settle();
  const [frame] = stage.outgoing;
  assert.ok(frame);
  assert.deepEqual([frame.id, bytes.asked], [sent.id, [`PUT /v1/conversations/${chat}/blobs/${sent.id}/0`]]);
  const { key, blob, ...said } = JSON.parse(frame.content ?? '') as FileBody;
  assert.deepEqual([frame.blobs, frame.format, bytes.blobs.has(blob)], [[blob], 'body', true]);
  assert.match(key, /^[\w-]{43}$/);
  assert.deepEqual(said, {
    ...{ type: 'file', look: 'image', bytes: 200_000, name: 'photo.jpg', media_type: 'image/jpeg' },
    ...{ width: 640, height: 480, text: 'Look', reply_to: 4 },
  });
  const length = bytes.blobs.get(blob)?.length;
  assert.deepEqual([told.length, told.at(-2), told.at(-1)], [2 * 4, length, length]);
  await stage.push(stage.confirm(frame, 1));
  assert.deepEqual(await all(stage.conversation().openFile(1)), plain);
  const [from, to] = [fileChunkBytes + 5, fileChunkBytes + 25];
  assert.deepEqual(await all(stage.conversation().openFile(1, { from, to })), plain.subarray(from, to));
  const got = `GET /v1/conversations/${chat}/messages/1/blobs/${blob}`;
  assert.deepEqual(bytes.asked.slice(1), [got, `${got} ${fileChunkBytes + 16}-${2 * (fileChunkBytes + 16)}`]);
  assert.deepEqual(await all(stage.conversation().openFile(1, { from: 200_000 })), new Uint8Array());
  await stage.close();
});

test('[MED25] of a file that is not put nothing is sent, and it says why', async () => {
  const { stage, bytes } = await openWithFiles();
  const say = (more: Partial<NewFile> = {}) => stage.conversation().sendFile(photo(sample(2_000), more));
  for (const [code, status] of [
    ['blob.quota', 403],
    ['conversation.denied', 403],
    ['blob.none', 501],
  ] as const) {
    bytes.refusal = { status, body: { code } };
    await assert.rejects(say(), codeIs(code));
  }
  bytes.refusal = { status: 201, body: { blob: `b_${'A'.repeat(22)}`, bytes: 1 } };
  await assert.rejects(say(), codeIs('client.unexpected'));
  bytes.refusal = null;
  const asked = bytes.asked.length;
  await assert.rejects(
    say({ source: { size: maxFileBytes + 1, read: async () => sample(1) } }),
    codeIs('blob.too_large'),
  );
  await assert.rejects(stage.conversation(room).sendFile(photo(sample(1))), codeIs('blob.room'));
  await assert.rejects(say({ text: ' ' }), codeIs('frame.invalid'));
  await assert.rejects(say({ text: '\u0001'.repeat(16_000) }), codeIs('message.too_large'));
  const [long, thumb] = ['\u20ac'.repeat(10_500), sample(4_096)];
  await assert.rejects(say({ text: long, thumb }), codeIs('message.too_large'));
  await assert.rejects(say({ thumb: sample(5_000) }), codeIs('message.too_large'));
  assert.equal(bytes.asked.length, asked);
  await assert.rejects(
    say({ source: { size: 9, read: () => Promise.reject(new Error()) } }),
    codeIs('client.unreadable_file'),
  );
  await assert.rejects(say({ source: { size: 9, read: async () => sample(8) } }), codeIs('client.unreadable_file'));
  assert.deepEqual([stage.outgoing, await stage.shown()], [[], []]);
  await stage.close();
});

test('[MED25] whoever stops waiting, or closes the client, ends what is on its way', async () => {
  const { stage, bytes } = await openWithFiles();
  const stop = new AbortController();
  bytes.onPiece = () => stop.abort();
  const plain = photo(sample(300_000));
  await assert.rejects(stage.conversation().sendFile(plain, { signal: stop.signal }), codeIs('client.aborted'));
  bytes.onPiece = () => {};
  await sentPhoto(stage, sample(300_000));
  const again = new AbortController();
  const opening = stage.conversation().openFile(1, { signal: again.signal })[Symbol.asyncIterator]();
  await opening.next();
  const ends = stage.conversation();
  bytes.onPiece = () => void stage.client.close();
  await assert.rejects(ends.sendFile(plain, { signal: again.signal }), codeIs('client.closed'));
  assert.equal(bytes.blobs.size, 1);
});

test('[MED26] a message that is sealed anew, or sent after a restart, keeps its id and its file', async () => {
  const { stage, bytes } = await openWithFiles();
  await stage.conversation().sendFile(photo(sample(10)));
  await settle();
  const [first] = stage.outgoing;
  assert.ok(first?.blobs);
  await stage.refuse({ id: first.id as string }, 'members.stale');
  await stage.pass(10_000);
  const second = stage.outgoing.at(-1);
  assert.equal(stage.outgoing.length, 2);
  assert.deepEqual([second?.id, second?.blobs], [first.id, first.blobs]);
  await stage.close();
  const next = await openWithFiles(stage, bytes);
  await settle();
  const [third] = next.stage.outgoing;
  assert.deepEqual([third?.id, third?.blobs, third?.content], [first.id, first.blobs, first.content]);
  await next.stage.close();
});

test('[MED26] a file that was refused is not sent again under another id: it belongs to the one message', async () => {
  const { stage } = await openWithFiles();
  const sent = await stage.conversation().sendFile(photo(sample(10)));
  await settle();
  await stage.refuse({ id: sent.id as string }, 'blob.unknown', { advice: 'fix' });
  await stage.pass(60_000);
  assert.deepEqual(await stage.shown(), [':rejected']);
  await assert.rejects(stage.conversation().sendAgain(sent.id), codeIs('blob.unknown'));
  await stage.conversation().discard(sent.id);
  assert.deepEqual(await stage.shown(), []);
  await stage.close();
});
