// Ids of conversations, and a server that calls one by another name at first sight.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accountLog, ana, ben, chat, cleo, group, messages, record, room, Stage, wire } from './client-fixture.ts';
import { directId, roomId } from './direct-id.ts';
import { messageId } from './fixture.ts';

const isRoom = { kind: 'room', title: 'Ben' } as const;

test('[ENC245] a chat that the server shows with another person is not taken', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat, { peer: cleo }), wire(room, { kind: 'room', title: 'Town' })]);
  assert.equal(stage.client.conversation(chat), null);
  assert.equal(stage.client.conversation(room)?.snapshot.kind, 'room');
  await stage.close();
});

test('[ENC251] what the server calls a room without the making that its id commits to is not taken', async () => {
  const stage = await Stage.open();
  const made = { by: ana, as: messageId(9) };
  const { peer: _, ...nobody } = wire(chat, isRoom);
  await stage.up([
    nobody,
    { ...nobody, made },
    wire(group, { ...isRoom, made }),
    wire(room, { ...isRoom, made }),
    wire(roomId({ ...made, by: ben }), { ...isRoom, made }),
  ]);
  await stage.push(record(chat, 1, { content: 'come here' }));
  for (const id of [chat, group, room]) assert.equal(stage.client.conversation(id), null);
  assert.equal(stage.client.conversations.snapshot.length, 0);
  await stage.up([wire(roomId(made), { ...isRoom, made }), wire(group, { kind: 'group' }), wire(chat)]);
  assert.deepEqual(
    [roomId(made), group, chat].map((id) => stage.client.conversation(id)?.snapshot.kind),
    ['room', 'group', 'direct'],
  );
  await stage.close();
});

test('[ENC251] nor is another log than one’s own, nor what no client knows', async () => {
  const stage = await Stage.open();
  const strange = { kind: 'channel' as never };
  await stage.up([wire(chat, { kind: 'account' }), wire(group, strange), wire(accountLog, { kind: 'account' })]);
  await stage.push(messages(group, 1, 1, [record(group, 1)]));
  for (const id of [chat, group]) assert.equal(stage.client.conversation(id), null);
  await stage.close();
});

test('[ENC245] who begins a chat gets that chat, or nothing', async () => {
  const stage = await Stage.open();
  await stage.up([]);
  for (const lie of [
    wire(room, { kind: 'room', title: 'Ben' }),
    wire(chat, { peer: cleo }),
    wire(directId(ana, cleo), { peer: ben }),
  ]) {
    stage.http.on('POST /v1/conversations', lie, 201);
    await assert.rejects(stage.client.createDirect(ben), { code: 'client.unexpected' });
  }
  stage.http.on('POST /v1/conversations', wire(chat), 201);
  assert.equal((await stage.client.createDirect(ben)).id, chat);
  await stage.close();
});
