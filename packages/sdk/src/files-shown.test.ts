// Files of a conversation as they are shown, found, quoted, forwarded and gone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BlobId, Envelope, FileBody } from '@parley/protocol';
import { maxFileBytes } from '@parley/protocol/limits';
import { ana, body, chat, group, record, room, type Stage } from './client-fixture.ts';
import { safeFileName } from './file-view.ts';
import { all, codeIs, openWithFiles, photo, sample, sentPhoto } from './files-fixture.ts';
import { settle } from './fixture.ts';
import type { MessageView } from './views.ts';

/** Newest first. */
async function listed(stage: Stage): Promise<readonly MessageView[]> {
  const views: MessageView[] = [];
  for await (const view of stage.conversation().history()) views.push(view);
  return views;
}

const key = 'A'.repeat(43);
const blob = `b_${'B'.repeat(22)}` as unknown as BlobId;
const file = { type: 'file', look: 'file', blob, key, bytes: 10, name: 'a.pdf', media_type: 'application/pdf' };

test('[MED28] a body that cannot be a file is none; what only helps to show it is left out where it is wrong', async () => {
  const { stage } = await openWithFiles();
  const wrong = [
    { blob: '../secrets' },
    { key: 'short' },
    { key: `${key}=` },
    { bytes: -1 },
    { bytes: maxFileBytes + 1 },
    { bytes: 1.5 },
    { name: '' },
    { name: 'x'.repeat(201) },
    { media_type: 7 },
  ];
  const harmless = { look: 'hologram', width: 0, height: 1e9, duration_ms: -1, thumb: '<svg>', text: 7, reply_to: 'x' };
  const records = [...wrong, harmless].map((more, at) => record(chat, at + 1, body({ ...file, ...more })));
  await stage.push(...records);
  const views = await listed(stage);
  assert.deepEqual(
    views.map(({ type, unreadable }) => unreadable ?? type),
    ['file', ...wrong.map(() => 'broken')],
  );
  const nothing = { width: null, height: null, durationMs: null, thumb: null };
  const shown = { look: 'file', name: 'a.pdf', mediaType: 'application/pdf', bytes: 10, ...nothing };
  assert.deepEqual([views[0]?.file, views[0]?.text, views[0]?.replyTo], [shown, '', null]);
  await stage.close();
});

test('[MED28] a name is shown without a path and without what is obeyed instead of shown, a type as a type', async () => {
  assert.deepEqual(
    ['../../etc/passwd', 'C:\\a\\b.txt', 'a/', '..', '\u202egpj.exe', 'a\nb\u2028.txt', 'x   .exe', 'ü 👍.png'].map(
      safeFileName,
    ),
    ['passwd', 'b.txt', 'file', 'file', 'gpj.exe', 'ab.txt', 'x .exe', 'ü 👍.png'],
  );
  const { stage } = await openWithFiles();
  const types = ['Image/JPEG', 'audio/webm; codecs=opus', 'text/html\nx', 'nonsense'];
  await stage.push(...types.map((media_type, at) => record(chat, at + 1, body({ ...file, media_type }))));
  const views = (await listed(stage)).toReversed();
  const unknown = 'application/octet-stream';
  assert.deepEqual(
    views.map((view) => view.file?.mediaType),
    ['image/jpeg', 'audio/webm', unknown, unknown],
  );
  await stage.close();
});

test('[MED29] a file is shown in the list, found and quoted by what is said with it, or else by its name', async () => {
  const { stage } = await openWithFiles();
  await stage.push(
    record(chat, 1, body({ ...file, name: 'x/Report.pdf', reply_to: 3, forwarded: 2 })),
    record(chat, 2, body({ ...file, look: 'image', text: 'The lake' })),
    record(chat, 3, body({ type: 'text', text: 'nice', reply_to: 1 })),
    record(chat, 4, body({ type: 'text', text: 'and this', reply_to: 2 })),
  );
  const [, , picture, report] = await listed(stage);
  assert.deepEqual([report?.type, report?.text, report?.forwarded, report?.replyTo?.text], ['file', '', 2, 'nice']);
  assert.deepEqual([picture?.text, picture?.file?.look], ['The lake', 'image']);
  const quotes = (await listed(stage)).slice(0, 2).map(({ replyTo }) => replyTo);
  assert.deepEqual(
    quotes.map((quote) => [quote?.text, quote?.look, quote?.name]),
    [
      ['The lake', 'image', 'a.pdf'],
      ['Report.pdf', 'file', 'Report.pdf'],
    ],
  );
  const found = async (words: string) => (await stage.client.search(words)).map(({ seq, text }) => `${seq} ${text}`);
  assert.deepEqual([await found('report'), await found('LAKE pdf')], [['1 Report.pdf'], ['2 The lake']]);
  const last = () => stage.conversation().snapshot.last;
  await stage.push(record(chat, 5, body({ ...file, name: 'Report.pdf', look: 'voice' })));
  assert.deepEqual([last()?.type, last()?.text, last()?.look], ['file', 'Report.pdf', 'voice']);
  await stage.push(record(chat, 6, body({ ...file, look: 'image', text: 'The lake' })));
  assert.deepEqual([last()?.text, last()?.look, last()?.name], ['The lake', 'image', 'a.pdf']);
  const sending = await sentPhoto(stage, sample(10), { seq: 7, more: { replyTo: 5 } });
  assert.equal(sending.body.reply_to, 5);
  assert.deepEqual([last()?.own, last()?.text, last()?.look], [true, 'photo.jpg', 'image']);
  await assert.rejects(stage.conversation().edit(7, 'another'), codeIs('message.unknown'));
  await stage.close();
});

test('[MED29] a file on its way is shown at once as it will be', async () => {
  const { stage } = await openWithFiles();
  const timeline = stage.conversation().timeline();
  await stage.conversation().sendFile(photo(sample(10), { text: 'Look' }));
  await settle();
  const [view] = timeline.snapshot.items;
  const shown = [view?.state, view?.type, view?.file?.name, view?.text];
  assert.deepEqual(shown, ['pending', 'file', 'photo.jpg', 'Look']);
  await stage.close();
});

test('[MED30] a forwarded file is sealed with another key for another place, and keeps what was said with it', async () => {
  const { stage, bytes } = await openWithFiles();
  const plain = sample(150_000);
  const { body: first } = await sentPhoto(stage, plain, { more: { text: 'Look', replyTo: 1 } });
  await stage.conversation().forward(1, [group, chat]);
  await settle();
  const frames = stage.outgoing.slice(-2);
  const bodies = frames.map(({ content }) => JSON.parse(content ?? '') as FileBody);
  assert.deepEqual(
    frames.map(({ conversation_id, blobs }) => [conversation_id, blobs]),
    [
      [group, [bodies[0]?.blob]],
      [chat, [bodies[1]?.blob]],
    ],
  );
  assert.equal(new Set([first, ...bodies].map((one) => one.key)).size, 3);
  assert.equal(bytes.blobs.size, 3);
  for (const { key: _k, blob: _b, ...rest } of bodies) {
    const { key: _key, blob: _blob, reply_to: _reply, ...before } = first;
    assert.deepEqual(rest, { ...before, forwarded: 1 });
  }
  const [, again] = frames;
  assert.ok(again);
  await stage.push(stage.confirm(again, 2));
  assert.deepEqual(await all(stage.conversation().openFile(2)), plain);
  await stage.close();
});

test('[MED30] where it cannot be fetched or put, forwarding says so, and nothing is sent', async () => {
  const { stage, bytes } = await openWithFiles();
  const { body: first } = await sentPhoto(stage, sample(100_000));
  const before = stage.outgoing.length;
  const asked = bytes.asked.length;
  await assert.rejects(stage.conversation().forward(1, [group, room]), codeIs('blob.room'));
  assert.equal(bytes.asked.length, asked);
  const kept = bytes.blobs.get(first.blob);
  assert.ok(kept);
  bytes.blobs.set(first.blob, Uint8Array.from(kept).fill(0, 70_000, 70_001));
  await assert.rejects(stage.conversation().forward(1, [group]), codeIs('client.altered_file'));
  bytes.blobs.delete(first.blob);
  await assert.rejects(stage.conversation().forward(1, [group]), codeIs('blob.unknown'));
  assert.equal(stage.outgoing.length, before);
  await stage.close();
});

test('[MED31] of a file that was deleted nothing is left on this device, and it does not open', async () => {
  const { stage, bytes } = await openWithFiles();
  await sentPhoto(stage, sample(1_000), { more: { text: 'Look' } });
  const gone: Partial<Envelope> = { kind: 'delete', sender: ana, targets: [1], content: undefined as never };
  await stage.push(record(chat, 2, gone), record(chat, 3, { content: 'a text' }));
  const asked = bytes.asked.length;
  await assert.rejects(all(stage.conversation().openFile(1)), codeIs('blob.unknown'));
  await assert.rejects(all(stage.conversation().openFile(3)), codeIs('message.unknown'));
  assert.equal(bytes.asked.length, asked);
  const view = (await listed(stage)).at(-1);
  assert.deepEqual([view?.type, view?.file, view?.text], ['deleted', null, '']);
  assert.doesNotMatch(JSON.stringify([...stage.disk.tables.values()]), /photo\.jpg|"key":"/);
  assert.deepEqual(await stage.client.search('photo'), []);
  await stage.close();
});
