import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FrameDown, FramesUp } from '@parley/protocol';
import { ben, chat, Desk, desk as helpDesk, named, person, record, trip, wire } from '../fixture.ts';

const sent = (frame: FramesUp['message'] | undefined) => ({ type: 'sent', id: frame?.id }) as FrameDown;

/** Begins a `send` and waits until the message is on the wire. */
async function sending(desk: Desk, ...args: readonly string[]) {
  const { ended } = await desk.begin(['--json', 'send', ...args], () => desk.client.outgoing.length > 0);
  return { ended, frame: desk.client.outgoing.at(-1) };
}

test('[CLI10] send returns when the message is on the server, and says which it was', async (t) => {
  const desk = await Desk.open(t, [wire(chat)]);
  const { ended, frame } = await sending(desk, chat, 'Hello', 'Ben');
  assert.deepEqual([frame?.conversation_id, frame?.content], [chat, 'Hello Ben']);
  await desk.client.push(sent(frame));
  assert.equal(await ended, 0);
  assert.deepEqual(desk.objects, [{ id: frame?.id, conversation_id: chat, seq: null, state: 'sent' }]);
});

test('[CLI10] with --wait it returns when they have it', async (t) => {
  const desk = await Desk.open(t, [wire(chat)]);
  const { ended, frame } = await sending(desk, chat, 'Hello', '--wait', 'delivered');
  assert.ok(frame);
  await desk.client.push(sent(frame), desk.client.confirm(frame, 1));
  assert.equal(await Promise.race([ended, desk.waits()]), 'waits');
  await desk.client.push({ type: 'receipt', conversation_id: chat, account: ben, delivered: 1, read: 0 });
  assert.equal(await ended, 0);
  assert.deepEqual(desk.objects, [{ id: frame.id, conversation_id: chat, seq: 1, state: 'delivered' }]);
});

test('[CLI10] [CLI3] when the time is over it says that the message is kept, and exits with 3', async (t) => {
  const desk = await Desk.open(t, [wire(chat)]);
  const { ended, frame } = await sending(desk, chat, 'Hello');
  desk.deadlines.at(-1)?.abort();
  assert.equal(await ended, 3);
  assert.deepEqual(desk.objects, [{ id: frame?.id, conversation_id: chat, seq: null, state: 'pending' }]);
  assert.match(desk.chatter.text, /kept.*\nparley: client\.timeout: /);
});

test('[CLI3] [CLI4] a message that the server rejects exits with 1 and the code', async (t) => {
  const desk = await Desk.open(t, [wire(chat)]);
  const { ended, frame } = await sending(desk, chat, 'Hello');
  await desk.client.push({ type: 'error', id: frame?.id, code: 'request.limit', advice: 'give_up' } as FrameDown);
  assert.equal(await ended, 1);
  assert.match(desk.chatter.text, /^parley: request\.limit: /);
});

test('[CLI3] Ctrl-C exits with 130 and says nothing', async (t) => {
  const desk = await Desk.open(t, [wire(chat)]);
  const { ended } = await sending(desk, chat, 'Hello');
  desk.interrupt();
  assert.equal(await ended, 130);
  assert.equal(desk.chatter.text, '');
});

test('[CLI10] the text can come from standard input, lines and all', async (t) => {
  const desk = await Desk.open(t, [wire(chat)]);
  desk.input.end('two\nlines\n');
  const { ended, frame } = await sending(desk, chat, '-');
  assert.equal(frame?.content, 'two\nlines');
  await desk.client.push(sent(frame));
  assert.equal(await ended, 0);
});

test('[CLI30] a message to a group whose list is not in order is kept, and why it waits is said', async (t) => {
  const membership = { sign: async () => null, ownKey: async () => null, keysOf: async () => new Map() };
  const desk = await Desk.open(t, [trip], { membership });
  const { client, http } = desk.client;
  const nothing = { items: [], has_more: false };
  http.on(`GET /v1/conversations/${trip.conversation_id}/entries`, nothing);
  http.on(`GET /v1/conversations/${trip.conversation_id}/members`, nothing);
  await client.conversation(trip.conversation_id)?.members.load();
  const { ended } = await sending(desk, trip.conversation_id, 'Hello');
  desk.deadlines.at(-1)?.abort();
  assert.equal(await ended, 3);
  assert.match(desk.chatter.text, /is kept and goes out .*\nNobody signed who is in this group/);
});

test('[CLI3] nothing to send, too much to send, and no recipient are wrong usage', async (t) => {
  const desk = await Desk.open(t, [wire(chat)]);
  assert.equal(await desk.run('send', chat, ' '), 2);
  assert.equal(await desk.run('send', chat, 'x'.repeat(16_385)), 2);
  assert.equal(await desk.run('send', 'ben', 'Hello'), 2);
  assert.match(desk.chatter.text, /"ben" is no recipient/);
});

test('[CLI5] every way to say a recipient reaches its conversation', async (t) => {
  for (const [to, id] of [
    [chat, chat],
    ['#river TRIP', trip.conversation_id],
    ['#Help desk', helpDesk.conversation_id],
  ] as const) {
    const desk = await Desk.open(t, [wire(chat), trip, helpDesk]);
    await desk.client.push(named(trip, 'River trip'));
    const { ended, frame } = await sending(desk, to, 'Hello');
    assert.equal(frame?.conversation_id, id, to);
    await desk.client.push(sent(frame));
    assert.equal(await ended, 0);
  }
});

test('[CLI5] a handle reaches the chat with its account, and opens one where there is none', async (t) => {
  const known = await Desk.open(t, [wire(chat)]);
  await known.client.push(record(chat, 1));
  known.client.http.on('GET /v1/handles/ben', person(ben, 'ben', 'Ben'));
  const { ended, frame } = await sending(known, '@ben', 'Hello');
  assert.equal(frame?.conversation_id, chat);
  await known.client.push(sent(frame));
  assert.equal(await ended, 0);

  const fresh = await Desk.open(t, []);
  fresh.client.http.on('GET /v1/handles/ben', person(ben, 'ben', 'Ben'));
  fresh.client.http.on('POST /v1/conversations', wire(chat), 201);
  const made = await sending(fresh, '@Ben', 'Hello');
  assert.equal(made.frame?.conversation_id, chat);
  await fresh.client.push(sent(made.frame));
  assert.equal(await made.ended, 0);
});

test('[CLI8] when the server gives a handle to another account, nothing is sent', async (t) => {
  const desk = await Desk.open(t, [wire(chat)]);
  desk.client.http.on('GET /v1/handles/ben', person(ben, 'ben', 'Ben'));
  await desk.client.client.people.find('@ben');
  desk.client.http.on('GET /v1/handles/ben', person(`a_${'M'.repeat(22)}` as never, 'ben', 'Mallory'));
  assert.equal(await desk.run('send', '@ben', 'a secret'), 1);
  assert.match(desk.chatter.text, /^parley: client\.handle_changed: /);
  assert.deepEqual(desk.client.outgoing, []);
});
