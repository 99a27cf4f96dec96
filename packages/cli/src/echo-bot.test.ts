import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FrameDown } from '@parley/protocol';
import { messages } from '../../sdk/src/client-fixture.ts';
import { settle } from '../../sdk/src/fixture.ts';
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

test('[CLI17] it ends when the server ends its session', async (t) => {
  const { stage, over } = await bot(t);
  const rejected = assert.rejects(over, { code: 'device.revoked' });
  await stage.push({ type: 'error', code: 'device.revoked', advice: 'sign_in' } as FrameDown);
  stage.socket.dropped(4401);
  await settle();
  await rejected;
});
