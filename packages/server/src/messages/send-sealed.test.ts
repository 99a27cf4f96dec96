// What is checked of something sealed before it is appended: its shape, and that it was sealed for who is there now.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits as wire } from '@parley/protocol';
import { ana, ben, cem, dia, Exchange } from './fixture.ts';

const sealed = (bytes = 93) =>
  `1.${'s'.repeat(43)}.${Buffer.concat([Buffer.of(3), Buffer.alloc(bytes - 1, 7)])
    .toString('base64')
    .replace(/=+$/, '')}`;
const format = 'sealed' as const;

test('[ENC33] what says that it is sealed must look so, and never in a room', async () => {
  await using exchange = await Exchange.open();
  const direct = await exchange.direct(ana, ben);
  const room = await exchange.make('room', [ana, ben]);
  const codeOf = (conversation_id: typeof direct, more: object) =>
    exchange.codeOf(ana, { conversation_id, format, ...more });
  assert.equal(await codeOf(direct, { content: sealed() }), 'ok');
  assert.equal(await codeOf(direct, { content: sealed(), kind: 'quiet' }), 'ok');
  assert.equal(await codeOf(direct, { content: 'Hello' }), 'frame.invalid');
  assert.equal(await codeOf(direct, { content: 'Hello', kind: 'quiet' }), 'frame.invalid');
  assert.equal(await codeOf(direct, { content: '' }), 'frame.invalid');
  assert.equal(await codeOf(direct, { content: `${sealed()}A` }), 'frame.invalid');
  assert.equal(await codeOf(room, { content: sealed() }), 'frame.invalid');
  assert.equal(await codeOf(direct, { content: 'Hello', format: 'text' }), 'message.encrypted_only');
});

test('[ENC241] what is sealed and does not say for which members and devices is refused', async () => {
  await using exchange = await Exchange.open();
  const direct = await exchange.direct(ana, ben);
  const frame = { conversation_id: direct, format, content: sealed() };
  for (const missing of ['member_n', 'keys_n'] as const)
    assert.equal(await exchange.codeOf(ana, { ...frame, [missing]: undefined }), 'frame.invalid', missing);
  assert.equal(await exchange.codeOf(ana, { ...frame, member_n: 1, keys_n: 0 }), 'ok');
});

test('[ENC32] a message that was sealed before a member came or went is refused, and nothing is appended', async () => {
  await using exchange = await Exchange.open();
  const group = await exchange.make('group', [ana, ben, cem]);
  const frame = { conversation_id: group, format, content: sealed(), member_n: 1, keys_n: 0 };
  assert.equal(await exchange.codeOf(ana, frame), 'ok');
  await exchange.change(group, cem, { action: 'leave' });
  const before = exchange.log.end(0);
  assert.equal(await exchange.codeOf(ana, frame), 'members.stale');
  assert.equal(exchange.log.end(0), before);
  const now = exchange.sequencer.rows.conversation(group)?.memberN ?? 0;
  assert.equal(await exchange.codeOf(ana, { ...frame, member_n: now }), 'ok');
});

test('[ENC32] a message that was sealed before a device of a member ended is refused, and nothing is appended', async () => {
  await using exchange = await Exchange.open();
  const group = await exchange.make('group', [ana, ben]);
  const frame = { conversation_id: group, format, content: sealed(), keys_n: 7 };
  exchange.deviceEnds.set(dia, 9);
  assert.equal(await exchange.codeOf(ana, frame), 'ok', 'no member');
  exchange.deviceEnds.set(ben, 8);
  const before = exchange.log.end(0);
  assert.equal(await exchange.codeOf(ana, frame), 'devices.stale');
  exchange.deviceEndsFrom = 8;
  assert.equal(await exchange.codeOf(ana, frame), 'devices.stale', 'asked of the directory');
  assert.equal(exchange.log.end(0), before);
  assert.equal(await exchange.codeOf(ana, { ...frame, keys_n: 8 }), 'ok');
});

test('[ENC32] own devices count, and what was accepted once stays so', async () => {
  await using exchange = await Exchange.open();
  const direct = await exchange.direct(ana, ben);
  const id = exchange.id();
  const frame = { id, conversation_id: direct, format, content: sealed(), keys_n: 7 } as const;
  const seq = await exchange.say(ana, direct, frame);
  exchange.deviceEnds.set(ana, 8);
  assert.equal(await exchange.codeOf(ana, { ...frame, id: exchange.id() }), 'devices.stale');
  assert.equal(await exchange.say(ana, direct, frame), seq);
});

test('[ENC32] what waits for the directory keeps its place in the order of the socket', async () => {
  await using exchange = await Exchange.open();
  const direct = await exchange.direct(ana, ben);
  exchange.deviceEndsFrom = 100;
  const first = await exchange.say(ana, direct, { format, content: sealed(), keys_n: 7 });
  assert.equal(await exchange.say(ana, direct), first + 1);
});

test('[ENC33] a stranger may send as much sealed text as readable', async () => {
  await using exchange = await Exchange.open();
  const request = await exchange.direct(ana, ben, false);
  const frame = { conversation_id: request, format } as const;
  // 4,096 bytes of text, padded to 5,120, with what Megolm adds.
  assert.equal(await exchange.codeOf(ana, { ...frame, content: sealed(5_120 + 16 + 92) }), 'ok');
  assert.equal(await exchange.codeOf(ana, { ...frame, content: sealed(wire.requestSealedBytes) }), 'request.limit');
});
