import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FrameDown } from '@parley/protocol';
import { messages } from '../../sdk/src/client-fixture.ts';
import { photo, sample } from '../../sdk/src/files-fixture.ts';
import { settle } from '../../sdk/src/fixture.ts';
import { HandBytes } from '../../sdk/src/media/hand-bytes-fixture.ts';
import { runEchoBot } from './echo-bot.ts';
import { ana, chat, Desk, record, trip, wire } from './fixture.ts';

/** A running bot whose thinking the test ends. */
async function bot(t: Parameters<typeof Desk.open>[0]) {
  const desk = await Desk.open(t, [wire(chat), trip]);
  const thinking: (() => void)[] = [];
  const faults: unknown[] = [];
  const ended = new AbortController();
  const parts = {
    wait: () => new Promise<void>((resolve) => thinking.push(resolve)),
    fault: (error: unknown) => void faults.push(error),
  };
  const over = runEchoBot(desk.client.client, parts, ended.signal);
  await desk.waits();
  const think = async () => {
    thinking.shift()?.();
    await desk.waits();
  };
  return { desk, stage: desk.client, think, faults, ended, over };
}

const said = (desk: Desk) => desk.client.outgoing.map(({ conversation_id, content }) => [conversation_id, content]);

test('[CLI17] a new direct chat is greeted once; groups are not', async (t) => {
  const { desk, stage, ended, over, faults } = await bot(t);
  assert.deepEqual(
    said(desk).map(([id]) => id),
    [chat],
  );
  const [greeting] = stage.outgoing;
  assert.ok(greeting);
  await stage.push(stage.confirm(greeting, 1), record(chat, 2), record(trip.conversation_id, 1));
  assert.equal(said(desk).length, 1);
  ended.abort();
  await over;
  assert.deepEqual(faults, []);
});

for (const hasSpoken of [true, false])
  test(`[CLI17] a chat in which it has ${hasSpoken ? 'spoken is not' : 'only been written to is'} greeted, though this device knows nothing of it`, async (t) => {
    const desk = await Desk.open(t, [wire(chat, { head: 2, ord: 2 })]);
    const faults: unknown[] = [];
    const ended = new AbortController();
    const parts = { wait: () => Promise.resolve(), fault: (error: unknown) => void faults.push(error) };
    const over = runEchoBot(desk.client.client, parts, ended.signal);
    await desk.waits();
    const second = record(chat, 2, hasSpoken ? { sender: ana } : {});
    await desk.client.answer(desk.client.question(), messages(chat, 1, 2, [record(chat, 1), second]));
    await desk.waits();
    assert.equal(said(desk).length, hasSpoken ? 0 : 1);
    await desk.client.push(record(chat, 3, { content: 'hello' }));
    await desk.waits();
    const texts = said(desk).map(([, text]) => text);
    assert.match(texts.at(0) ?? '', hasSpoken ? /^hello$/ : /^The operator of this server can read/);
    assert.equal(texts.at(-1), 'hello');
    ended.abort();
    await over;
    assert.deepEqual(faults, []);
  });

test('[CLI17] every message is answered once and in order, after it was read and thought about', async (t) => {
  const { desk, stage, think, ended, over } = await bot(t);
  await stage.push(record(chat, 1), record(chat, 2, { content: 'and another' }), record(chat, 2));
  await desk.waits();
  assert.deepEqual(stage.receipts('read'), [[chat, 1]]);
  assert.equal(stage.socket.of('typing').length, 1);
  await think();
  await think();
  assert.deepEqual(said(desk).slice(1), [
    [chat, 'text 1'],
    [chat, 'and another'],
  ]);
  ended.abort();
  await over;
});

test('[CLI17] a poll and a file come back as copies; where a file cannot be sent back, it says so', async (t) => {
  const { desk, stage, think, faults, ended, over } = await bot(t);
  const bytes = new HandBytes();
  stage.bytes = bytes;
  // Its own file, as it would have come from somebody else.
  await stage.conversation().sendFile(photo(sample(900), { text: 'The lake' }));
  await settle();
  const content = stage.outgoing.at(-1)?.content ?? '';
  const poll = { type: 'poll', question: 'Lunch?', options: ['yes', 'no'], choose: 'one' };
  const asks = { format: 'body', content: JSON.stringify(poll) } as const;
  await stage.push(record(chat, 1, asks), record(chat, 2, { format: 'body', content }));
  await desk.waits();
  /** Files are sealed and opened in their own time. */
  const come = async (messages: number) => {
    for (let turn = 0; turn < 1_000 && said(desk).length < messages; turn++) await desk.waits();
    assert.equal(said(desk).length, messages);
  };
  await think();
  await come(3);
  await think();
  await come(4);
  const copies = said(desk).slice(-2);
  const [copiedPoll, copiedFile] = copies.map(
    ([, text]) => JSON.parse(text ?? '') as Readonly<Record<string, unknown>>,
  );
  assert.equal(copiedPoll?.question, 'Lunch?');
  assert.deepEqual([copiedFile?.text, copiedFile?.name, copiedFile?.forwarded], ['The lake', 'photo.jpg', 1]);
  assert.notEqual(copiedFile?.key, (JSON.parse(content) as Readonly<Record<string, unknown>>).key);
  bytes.refusal = { status: 403, body: { code: 'blob.quota' } };
  await stage.push(record(chat, 3, { format: 'body', content }));
  await desk.waits();
  await think();
  await come(5);
  assert.match(said(desk).at(-1)?.[1] ?? '', /could not send it back/);
  assert.deepEqual(
    faults.map((error) => (error as { code?: string }).code),
    ['blob.quota'],
  );
  ended.abort();
  await over;
});

test('[CLI17] it ends when the server ends its session', async (t) => {
  const { stage, over } = await bot(t);
  const rejected = assert.rejects(over, { code: 'device.revoked' });
  await stage.push({ type: 'error', code: 'device.revoked', advice: 'sign_in' } as FrameDown);
  stage.socket.dropped(4401);
  await settle();
  await rejected;
});
