// Invitations on the page, over a real client whose server is the test: the list, the card, and what becomes of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client, Entrance } from '@parley/sdk';
import { ben, changes, group, room, Stage, type WireChanges, wire } from '../../../sdk/src/client-fixture.ts';
import { Desk } from '../../../sdk/src/desk-fixture.ts';
import { settle } from '../../../sdk/src/fixture.ts';
import { rfc3339 } from '../../../sdk/src/time.ts';
import { createApp } from './app.ts';
import { createChatList } from './chat-list.ts';
import { invitationLine } from './invitation.ts';
import { arrive, HandHost } from './page-fixture.ts';

const person = { kind: 'person', created_at: '2026-11-01T00:00:00.000Z' };

function invited(more: WireChanges = {}) {
  const { role: _, peer: _peer, ...rest } = wire(group, { kind: 'group', contact: false, member_count: 12 });
  return {
    ...rest,
    joined_seq: 0,
    membership: 'invited' as const,
    invited_by: ben,
    asked_at: rfc3339(Date.UTC(2026, 10, 25, 8)),
    expires_at: rfc3339(Date.UTC(2027, 0, 25, 8)),
    ...more,
  };
}

async function openPage(more: WireChanges = {}) {
  const stage = await Stage.open();
  stage.http.on('POST /v1/accounts/lookup', { items: [{ ...person, account: ben, handle: 'ben', name: 'Ben Odd' }] });
  await stage.up([invited(more)]);
  const host = new HandHost(stage.clock);
  const connect = async (): Promise<Client> => stage.client;
  const app = createApp({ entrance: {} as Entrance, connect }, host);
  await settle();
  const chats = () => (app.snapshot.screen === 'chats' ? app.snapshot : assert.fail(app.snapshot.screen));
  return { stage, host, app, chats, desk: new Desk() };
}

test('[WEB31] an invitation stands among the requests, and says who invites into what', async () => {
  const { stage, host } = await openPage();
  const list = createChatList(stage.client, host);
  assert.deepEqual([list.snapshot.requests, list.snapshot.chats.length], [1, 0]);
  list.setFilter('requests');
  const [chat = assert.fail()] = list.snapshot.chats;
  const name = stage.client.people.get(ben)?.name ?? 'Unknown';
  assert.deepEqual(invitationLine(stage.client, chat), {
    title: name,
    text: 'Invites you to a group · 12 people',
  });
  const named = { ...chat, kind: 'room', title: 'Help desk', memberCount: 1 } as const;
  assert.deepEqual(invitationLine(stage.client, named), {
    title: 'Help desk',
    text: `${name.split(' ')[0]} invites you · 1 person`,
  });
  await stage.push(changes([invited({ membership: 'ended' })], { since: 's2' }));
  assert.deepEqual([list.snapshot.filter, list.snapshot.requests], ['all', 0], 'there is nothing left to answer');
  list.close();
  await stage.close();
});

test('[WEB31] opening it shows a card, reads nothing, and accepting opens the chat with the cursor in it', async () => {
  const { stage, app, chats, desk } = await openPage();
  app.show(group);
  await settle();
  assert.equal(chats().open, null);
  const card = chats().invitation?.snapshot ?? assert.fail();
  assert.match(card.title, / invites you to a group with 12 people$/);
  assert.equal(card.state, 'invited');
  const asked = [
    ...stage.http.asked.map(({ path }) => path).filter((path) => path.includes(group)),
    ...stage.socket.of('sync').filter(({ conversation_id }) => conversation_id !== undefined),
  ];
  assert.deepEqual(asked, []);
  stage.http.on(`POST /v1/conversations/${group}/accept`, wire(group, { kind: 'group', peer: undefined as never }));
  await chats().invitation?.accept();
  await arrive(desk, stage);
  assert.equal(chats().invitation, null);
  assert.equal(chats().open?.conversation.id, group);
  assert.equal(chats().open?.composer.snapshot.focus, 1);
  await stage.close();
});

test('[WEB31] declining leads back to the list, and what is refused is said on the card', async () => {
  const { stage, host, app, chats } = await openPage();
  app.show(group);
  const refusal = { code: 'rate.limited', advice: 'wait', title: 'Wait' };
  stage.http.on(`POST /v1/conversations/${group}/decline`, refusal, 429);
  await chats().invitation?.decline();
  await settle();
  assert.notEqual(chats().invitation?.snapshot.error, null);
  assert.equal(chats().invitation?.snapshot.busy, false);
  stage.http.on(`POST /v1/conversations/${group}/decline`, {});
  await chats().invitation?.decline();
  assert.equal(chats().invitation, null);
  assert.equal(host.place().path, '/');
  assert.deepEqual(stage.client.conversations.snapshot, []);
  await stage.close();
});

test('[WEB31] blocking says no first', async () => {
  const { stage, app, chats } = await openPage();
  app.show(group);
  stage.http.on(`POST /v1/conversations/${group}/decline`, {});
  await chats().invitation?.block();
  await settle();
  assert.deepEqual(stage.client.settings.snapshot.blocked, [ben]);
  assert.ok(stage.http.asked.some(({ path }) => path.endsWith('/decline')));
  assert.equal(chats().invitation, null);
  await stage.close();
});

test('[WEB31] what is taken back while it is looked at says so, and may come again', async () => {
  const { stage, app, chats } = await openPage();
  app.show(group);
  await stage.push(changes([invited({ membership: 'ended' })], { since: 's2' }));
  assert.equal(chats().invitation?.snapshot.title, 'This invitation is not there any more.');
  assert.equal(chats().invitation?.snapshot.state, 'over');
  await stage.push(changes([invited()], { since: 's3' }));
  assert.equal(chats().invitation?.snapshot.state, 'invited');
  app.leave();
  assert.equal(chats().invitation, null);
  await stage.close();
});

test('[WEB34] who waits to be let in sees that in a chat of its own, which opens when they are', async () => {
  const { invited_by: _, ...waiting } = invited({ membership: 'waiting' });
  const stage = await Stage.open();
  await stage.up([waiting]);
  const host = new HandHost(stage.clock, `/c/${group}`);
  const app = createApp({ entrance: {} as Entrance, connect: async () => stage.client }, host);
  await settle();
  const chats = () => (app.snapshot.screen === 'chats' ? app.snapshot : assert.fail(app.snapshot.screen));
  assert.equal(chats().invitation?.snapshot.title, 'Waiting to be let in');
  const list = createChatList(stage.client, host);
  assert.deepEqual([list.snapshot.requests, list.snapshot.chats.length], [0, 1], 'it is no request');
  const [row = assert.fail()] = list.snapshot.chats;
  assert.deepEqual(invitationLine(stage.client, row), { title: 'Group', text: 'Waiting to be let in' });
  await stage.push(changes([wire(group, { kind: 'group', peer: undefined as never })], { since: 's2' }));
  assert.equal(chats().open?.conversation.id, group);
  assert.equal(chats().open?.composer.snapshot.focus, 1);
  list.close();
  await stage.close();
});

test('[WEB31] whoever was in a group before and is invited again is asked, also while it is open', async () => {
  const { stage, app, chats, desk } = await openPage({ conversation_id: room });
  const before = { kind: 'group', peer: undefined as never, role: undefined as never, left_seq: 4, head: 4 } as const;
  await stage.push(changes([wire(group, before)], { since: 's2' }));
  app.show(group);
  await arrive(desk, stage);
  assert.equal(chats().open?.composer.snapshot.obstacle, 'left');
  await stage.push(changes([invited({ left_seq: 4, joined_seq: 1, head: 4 })], { since: 's3' }));
  assert.equal(chats().open, null);
  assert.equal(chats().invitation?.snapshot.state, 'invited');
  await stage.close();
});
