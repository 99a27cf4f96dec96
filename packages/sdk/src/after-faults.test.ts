// What the simulation has found in the client, step by step.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ana, ben, chat, group, Stage, wire } from './client-fixture.ts';
import { Desk } from './desk-fixture.ts';
import { settle } from './fixture.ts';

test('[SYN6] [INB9] own messages that survive a restore are not unread afterwards', async () => {
  const desk = new Desk();
  desk.open(chat);
  const stage = await Stage.open();
  await stage.up(desk.list());
  await stage.push(desk.say(chat), desk.say(chat, { sender: ana }), desk.say(chat, { sender: ana }));
  assert.equal(stage.conversation().snapshot.unread, 1);
  desk.cut(chat, 2);
  await stage.reconnect(desk.list(), { epoch: 2 });
  await desk.serve(stage);
  assert.equal(stage.conversation().snapshot.unread, 1);
  await stage.close();
});

const members = {
  items: [
    { account: ana, role: 'owner', joined_seq: 1 },
    { account: ben, role: 'member', joined_seq: 1 },
  ],
  has_more: false,
};
const route = `GET /v1/conversations/${group}/members`;

test('[SYN8] a list that could not be read before the connection broke is read on the next one', async () => {
  const stage = await Stage.open();
  const items = [wire(group, { kind: 'group' })];
  await stage.up(items);
  stage.conversation(group).timeline();
  await settle();
  assert.equal(stage.conversation(group).members.snapshot.loaded, false);
  stage.http.on(route, members);
  await stage.reconnect(items);
  assert.equal(stage.conversation(group).members.snapshot.items.length, 2);
  await stage.close();
});

test('[SYN6] [SYN8] the members of a group are read again after a restore', async () => {
  const desk = new Desk();
  desk.open(group, { kind: 'group' });
  const stage = await Stage.open();
  stage.http.on(route, members);
  await stage.up(desk.list());
  await stage.conversation(group).members.load();
  await stage.reconnect(desk.list(), { epoch: 2 });
  await desk.serve(stage);
  assert.equal(stage.conversation(group).members.snapshot.items.length, 2);
  await stage.close();
});
