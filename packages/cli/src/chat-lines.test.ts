import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ben, chat, Desk, group, named, person, record, trip, wire } from './fixture.ts';
import { Keys } from './keys-fixture.ts';

/** A chat in line mode that is open and waits for lines. */
async function chatting(t: Parameters<typeof Desk.open>[0], ...args: readonly string[]) {
  const desk = await Desk.open(t, [wire(chat), trip]);
  await desk.client.push(record(chat, 1), named(trip, 'River trip'));
  const { ended } = await desk.begin(['chat', '--plain', ...args], () => desk.output.text.includes('\n'));
  await desk.waits();
  /** Types a line and waits until it is obeyed. */
  const type = async (line: string) => {
    desk.input.write(`${line}\n`);
    await desk.waits();
  };
  const leave = () => {
    desk.input.end();
    return desk.pass(ended);
  };
  return { desk, ended, type, leave };
}

const textsOf = (desk: Desk) => desk.client.outgoing.map(({ content }) => content);

test('[CLI14] what is typed is sent, what comes is printed, and what is seen is read', async (t) => {
  const { desk, type, leave } = await chatting(t, chat);
  assert.match(desk.output.text, /^— Ben — end-to-end encrypted —\n {4}1 .*Ben: text 1\n$/);
  assert.deepEqual(desk.client.receipts('read'), [[chat, 1]]);
  await type('Hello Ben');
  assert.deepEqual(textsOf(desk), ['Hello Ben']);
  const [frame] = desk.client.outgoing;
  assert.ok(frame);
  await desk.client.push(desk.client.confirm(frame, 2), record(chat, 3, { content: 'Hello Ana' }));
  await desk.waits();
  assert.match(desk.output.text, / {4}2 .*you: Hello Ben ✓\n {4}3 .*Ben: Hello Ana\n$/);
  assert.equal(await leave(), 0);
});

test('[CLI14] lines of other chats say where they are from, and are not read by that', async (t) => {
  const { desk, leave } = await chatting(t, chat);
  await desk.client.push(record(trip.conversation_id, 2, { content: 'to all' }));
  await desk.waits();
  assert.match(desk.output.text, /\[River trip\] Ben: to all\n$/);
  assert.deepEqual(desk.client.receipts('read'), [[chat, 1]]);
  assert.equal(await leave(), 0);
});

test('[CLI14] commands begin with a slash; an unknown one shows them all', async (t) => {
  const { desk, type, leave } = await chatting(t, chat);
  await type('/reply 1 an answer');
  await type('/react 1 👍');
  const bodies = textsOf(desk).map((content) => JSON.parse(content ?? '') as Record<string, unknown>);
  assert.deepEqual(bodies, [
    { type: 'text', text: 'an answer', reply_to: 1 },
    { type: 'reaction', target: 1, emoji: '👍' },
  ]);
  await type('/list');
  assert.match(desk.output.text, new RegExp(`${trip.conversation_id} {2}River trip`));
  await type('/nonsense');
  assert.match(desk.output.text, /\/open TO .*\n(.*\n)+\/quit {10}leave\n$/);
  await type('/older');
  assert.match(desk.output.text, /This is the beginning\.\n$/);
  assert.equal(await leave(), 0);
});

test('[CLI14] what goes wrong is said, and the chat goes on', async (t) => {
  const { desk, type, leave } = await chatting(t);
  await type('to nobody');
  await type('/reply x y');
  await type('/open #nowhere');
  await type('/open ben');
  assert.deepEqual(desk.chatter.lines, [
    'No chat is open. /open TO',
    'Say which message: its number stands at the beginning of its line.',
    'conversation.denied: you are in no group or room called #nowhere; see "parley conversations" and "parley room list"',
    '"ben" is no recipient: use @handle, #room, a conversation id, or me',
  ]);
  await type('/open #river trip');
  await type('Hello');
  assert.deepEqual(textsOf(desk), ['Hello']);
  assert.equal(await leave(), 0);
});

test('[CLI14] /quit leaves, Ctrl-C as well, and what waits is not lost silently', async (t) => {
  const { ended, type } = await chatting(t, chat);
  await type('/quit');
  assert.equal(await ended, 0);
  const other = await chatting(t, chat);
  await other.type('too late');
  other.desk.interrupt();
  await other.desk.waits();
  other.desk.deadlines.at(-1)?.abort();
  assert.equal(await other.ended, 0);
  assert.match(other.desk.chatter.text, /Some messages wait and go out next time\.\n$/);
});

test('[CLI20] without the server a chat with somebody known opens, and what is said waits', async (t) => {
  const desk = await Desk.open(t, [wire(chat)]);
  const { http, socket } = desk.client;
  http.on('GET /v1/handles/ben', person(ben, 'ben', 'Ben'));
  await desk.client.client.people.find('@ben');
  await desk.client.push(record(chat, 1));
  http.answers.clear();
  socket.dropped();
  const { ended } = await desk.begin(['chat', '--plain', '@ben'], () => desk.deadlines.length > 0);
  desk.deadlines[0]?.abort();
  await desk.waits();
  assert.match(desk.chatter.text, /^Not connected\. What you write waits/);
  assert.match(desk.output.text, / 1 .*Ben: text 1\n/);
  desk.input.write('Are you there?\n');
  desk.input.end();
  await desk.waits();
  desk.deadlines.at(-1)?.abort();
  assert.equal(await ended, 0);
  assert.match(desk.chatter.text, /Some messages wait and go out next time\.\n$/);
});

test("[CLI14] a stranger's request is shown with what one may do, and not read before it is accepted", async (t) => {
  const desk = await Desk.open(t, [wire(chat, { accepted: false, contact: false })]);
  await desk.client.push(record(chat, 1));
  desk.client.http.on(`POST /v1/conversations/${chat}/accept`, wire(chat, { head: 2, ord: 2 }));
  desk.client.http.on('GET /v1/handles/ben', person(ben, 'ben', 'Ben'));
  const { ended } = await desk.begin(['chat', '--plain', '@ben'], () => desk.output.text.includes('/accept'));
  await desk.client.push(record(chat, 2));
  await desk.waits();
  assert.deepEqual(desk.client.receipts('read'), []);
  desk.input.write('/accept\n');
  await desk.waits();
  await desk.client.push(record(chat, 3));
  await desk.waits();
  assert.deepEqual(desk.client.receipts('read'), [[chat, 3]]);
  desk.input.end();
  assert.equal(await desk.pass(ended), 0);
});

test('[CLI31] what is wrong with the open chat is printed when it turns out, once, and again when it is opened', async (t) => {
  const membership = { sign: async () => null, ownKey: async () => null, keysOf: async () => new Map() };
  const desk = await Desk.open(t, [trip], { membership });
  const { client, http } = desk.client;
  http.on(`GET /v1/conversations/${group}/entries`, { items: [], has_more: false });
  http.on(`GET /v1/conversations/${group}/members`, { items: [], has_more: false });
  const { ended } = await desk.begin(['chat', '--plain', group], () => desk.output.text.includes('\n'));
  await desk.waits();
  const said = () => desk.output.text.split('Nobody signed who is in this group').length - 1;
  assert.equal(said(), 0);
  await client.conversation(group)?.members.load();
  await desk.waits();
  assert.equal(client.conversation(group)?.snapshot.listFault, 'unsigned');
  await desk.client.push(record(group, 1, { content: 'hello' }));
  await desk.waits();
  assert.equal(said(), 1);
  desk.input.write(`/open ${group}\n`);
  await desk.waits();
  assert.equal(said(), 2);
  desk.input.end();
  assert.equal(await desk.pass(ended), 0);
});

const laptop = `d_${'L'.repeat(22)}`;
const asked = { flow: 'f1', device: laptop, state: 'asked', emoji: [] } as const;

/** Somebody chats at a device that reads the chats, and another one asks. */
async function askedWhileChatting(t: Parameters<typeof Desk.open>[0], isTTY: boolean) {
  const keys = new Keys({ phase: 'ready', recovery: 'confirmed' });
  const desk = await Desk.open(t, [wire(chat)], keys.provider);
  const more = { created_at: '2026-11-25T00:00:00.000Z', current: false, online: true };
  desk.client.http.on('GET /v1/me/devices', {
    items: [{ device: laptop, name: 'Laptop\u001b', ...more }],
    has_more: false,
  });
  desk.client.http.on('POST /v1/me/confirm', {});
  if (isTTY) Object.assign(desk.input, { isTTY, setRawMode: () => {} });
  const until = (isSo: () => boolean) => desk.until(isSo);
  const { ended } = await desk.begin(['chat', '--plain', chat], () => desk.output.text.includes('\n'));
  keys.change({ comparison: asked });
  keys.change({ comparison: asked });
  await until(() => desk.output.text.includes('asks to read all your chats'));
  return { keys, desk, ended, until };
}

test('[CLI32] a new device that asks is told of once; /link answers it and leads back into the chat', async (t) => {
  const { keys, desk, ended, until } = await askedWhileChatting(t, true);
  assert.equal(desk.output.text.match(/^Laptop\ufffd asks to read all your chats\. Only if .*: \/link$/gm)?.length, 1);
  assert.deepEqual(keys.done, [], 'nothing is begun by that');
  desk.input.write('/link\n');
  await until(() => desk.chatter.text.includes('Password: '));
  keys.answers.joinComparison = () => keys.change({ comparison: { ...asked, state: 'compare' } });
  desk.input.write('correct horse\r');
  await until(() => desk.chatter.text.includes('(y/n)'));
  assert.deepEqual(keys.done[0], ['joinComparison', 'f1', 'correct horse']);
  keys.answers.endComparison = () => keys.change({ comparison: { ...asked, state: 'done' } });
  desk.input.write('y\r');
  await until(() => desk.output.text.includes('is linked and can read your chats.'));
  desk.input.write('back again\n');
  await until(() => textsOf(desk).includes('back again'));
  desk.input.write('/quit\n');
  assert.equal(await desk.pass(ended), 0);
});

test('[CLI32] where nobody can be asked, /link says where to do it, and the chat goes on', async (t) => {
  const { keys, desk, ended, until } = await askedWhileChatting(t, false);
  desk.input.write('/link\n');
  await until(() => desk.chatter.text.includes('at a terminal: parley devices link'));
  assert.deepEqual(keys.done, []);
  desk.input.write('/quit\n');
  assert.equal(await desk.pass(ended), 0);
});
