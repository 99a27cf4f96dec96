// Ids of direct conversations, and a server that calls one by another name at first sight.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ana, ben, chat, cleo, record, room, Stage, wire } from './client-fixture.ts';
import { directId } from './direct-id.ts';

test('[ENC245] a chat that the server shows with another person is not taken', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat, { peer: cleo }), wire(room, { kind: 'room', title: 'Town' })]);
  assert.equal(stage.client.conversation(chat), null);
  assert.equal(stage.client.conversation(room)?.snapshot.kind, 'room');
  await stage.close();
});

test('[ENC245] a chat that the server calls a room is a chat as soon as the other one speaks in it', async () => {
  const stage = await Stage.open();
  const { peer: _, ...nobody } = wire(chat, { kind: 'room', title: 'Ben' });
  await stage.up([nobody]);
  await stage.push(record(chat, 1, { content: 'come here' }));
  const { kind, peer } = stage.conversation().snapshot;
  assert.deepEqual([kind, peer], ['direct', ben]);
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
