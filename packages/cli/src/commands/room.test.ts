import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Desk, desk as helpDesk, room } from '../fixture.ts';

test('[CLI18] rooms are listed, joined by their title, made and left', async (t) => {
  const desk = await Desk.open(t, []);
  const rooms = { items: [{ conversation_id: room, title: 'Help\ndesk', topic: '', member_count: 7, member: false }] };
  desk.client.http.on('GET /v1/rooms', { ...rooms, has_more: false });
  assert.equal(await desk.run('room', 'list'), 0, desk.chatter.text);
  assert.equal(desk.output.text, `${room}  #Help desk  7 members\n`);

  const joining = await Desk.open(t, []);
  joining.client.http.on('GET /v1/rooms', { items: [{ ...rooms.items[0], title: 'Help desk' }], has_more: false });
  joining.client.http.on(`POST /v1/conversations/${room}/join`, helpDesk);
  assert.equal(await joining.pass(joining.run('room', 'join', '#HELP desk')), 0, joining.chatter.text);
  assert.equal(joining.output.text, `${room}\n`);

  const nowhere = await Desk.open(t, []);
  nowhere.client.http.on('GET /v1/rooms', { items: [], has_more: false });
  assert.equal(await nowhere.run('room', 'join', '#nowhere'), 1);
  assert.match(nowhere.chatter.text, /^parley: conversation\.denied: there is no open room called #nowhere/);
});
