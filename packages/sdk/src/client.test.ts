// A client as a whole: from its store without a network, and to its end without a trace.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ben, chat, cleo, group, me, record, Stage, wire } from './client-fixture.ts';
import { seenByHost, settle } from './fixture.ts';
import * as limits from './limits.ts';

test('[LOC7] a client opens from its store without a network and shows everything that is kept', async () => {
  const before = await Stage.open();
  await before.up([wire(chat)]);
  await before.push(record(chat, 1), record(chat, 2));
  await before.close();
  const stage = await Stage.open(before, 2, { offline: true });
  assert.deepEqual(stage.http.asked, []);
  assert.equal(stage.client.me.snapshot.handle, 'ana');
  assert.deepEqual(await stage.shown(), ['text 1:received', 'text 2:received']);
  const found: number[] = [];
  for await (const { seq } of stage.conversation().history()) found.push(seq ?? 0);
  assert.deepEqual(found, [2, 1]);
  assert.equal((await stage.client.search('TEXT 2')).length, 1);
  await stage.conversation().send('later');
  assert.deepEqual(await stage.shown(), ['text 1:received', 'text 2:received', 'later:pending']);
  await stage.close();
});

test('[LOC7] a new device without a network is refused, and the store can be opened again', async () => {
  const stage = Stage.make();
  stage.http.answers.clear();
  await assert.rejects(stage.connect(), { code: 'client.unreachable' });
  // Nobody was left holding the lead.
  const again = await Stage.open(stage, 2);
  assert.equal(again.client.leads.snapshot, true);
  await again.close();
});

test('[LOC7] a store of another account is refused, by the login and by the welcome', async () => {
  const before = await Stage.open();
  await before.close();
  const other = Stage.make(before, 2);
  await assert.rejects(other.connect({ login: { account: cleo, device: me.device } }), {
    code: 'client.other_account',
  });
  const stage = await Stage.open(before, 3);
  stage.socket.opened();
  await stage.welcome({ account: ben });
  assert.deepEqual(stage.client.state.snapshot, { phase: 'ended', code: 'client.other_account', advice: 'give_up' });
  assert.equal(stage.socket.closedWith, 1000);
  await stage.close();
});

test('[LOC7] a new login of the same account takes over the store, with its new device', async () => {
  const before = await Stage.open();
  await before.up([wire(chat)]);
  await before.push(record(chat, 1));
  await before.close();
  const stage = Stage.make(before, 2);
  const device = `d_${'B'.repeat(22)}` as typeof me.device;
  stage.http.on('GET /v1/me', { ...me, device });
  await stage.connect({ login: { account: me.account, device } });
  assert.equal(stage.client.me.snapshot.device, device);
  assert.deepEqual(await stage.shown(), ['text 1:received']);
  await stage.close();
});

test('[LOC10] a client that is closed leaves no timer, no socket, no lock and no call behind', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat, { head: 3, ord: 3 }), wire(group, { kind: 'group', member_n: 2 })]);
  await stage.push(record(chat, 5), { type: 'typing', conversation_id: chat, sender: ben });
  stage.client.presence.watch([ben], [chat]);
  stage.client.people.get(ben);
  stage.conversation().setDraft('half a');
  await stage.conversation().send('on its way');
  stage.http.stall(`GET /v1/conversations/${group}/members`);
  const members = assert.rejects(stage.conversation(group).members.load(), { code: 'client.closed' });
  await settle();
  await stage.close();
  await members;
  assert.equal(stage.clock.pending, 0);
  assert.equal(stage.socket.closedWith, 1000);
  const asked = stage.http.asked.length;
  const written = JSON.stringify([...stage.disk.tables]);
  stage.socket.say(record(chat, 6));
  await stage.clock.advance(120_000);
  assert.equal(stage.http.asked.length, asked);
  assert.equal(stage.sockets.all.length, 1);
  assert.equal(JSON.stringify([...stage.disk.tables]), written);
  await assert.rejects(stage.conversation().send('late'), { code: 'client.closed' });
  await assert.rejects(stage.client.people.find('@ben'), { code: 'client.closed' });
  await stage.client.close();
  const next = await Stage.open(stage, 2);
  assert.equal(next.client.leads.snapshot, true);
  await next.close();
});

test('[LOC10] a client that is closed while it opens, or while it waits to lead, leaves nothing behind', async () => {
  const leader = await Stage.open();
  const follower = await Stage.open(leader, 2);
  await follower.close();
  await leader.close();
  assert.equal(leader.clock.pending, 0);
  const next = await Stage.open(leader, 3);
  assert.equal(next.client.leads.snapshot, true);
  await next.close();
});

test('[LOC12] a listener that throws shows where the host sees it, and nothing else notices', async (t) => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  const seen = seenByHost(t);
  const heard: string[] = [];
  const failure = new Error('the app is broken');
  stage.client.conversations.subscribe(() => {
    throw failure;
  });
  stage.client.onMessage(() => {
    throw failure;
  });
  stage.client.onMessage((message) => heard.push(message.text));
  await stage.push(record(chat, 1));
  await stage.push(record(chat, 2));
  await stage.conversation().send('still working');
  await settle();
  assert.deepEqual(heard, ['text 1', 'text 2']);
  assert.equal(stage.outgoing.length, 1);
  assert.ok(seen.length >= 4 && seen.every((error) => error === failure));
  await stage.close();
});

test('[LOC12] a network that dies under anything that is waited for ends it with an error of the SDK', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat, { head: 200, ord: 200 })]);
  const timeline = stage.conversation().timeline();
  await settle();
  stage.http.answers.clear();
  const { client } = stage;
  const all = [
    client.createDirect('@ben'),
    client.createGroup('Tea', [ben]),
    client.createRoom({ title: 'Tea' }),
    client.people.load([cleo]),
    client.people.search('be'),
    client.devices.list(),
    client.invites.create(),
    client.rooms.list(),
    client.updateMe({ name: 'Ana' }),
    stage.conversation().accept(),
    stage.conversation().leave(),
    stage.conversation().message(7),
    timeline.jumpTo(9),
  ];
  const ends = all.map((one) => assert.rejects(one, (error: { code?: string }) => error.code === 'client.unreachable'));
  await settle();
  stage.socket.dropped();
  await Promise.all(ends);
  await stage.clock.advance(limits.requestTimeoutMs);
  await stage.close();
});

test('[CNV11] a room is open unless it is made by invitation', async () => {
  const stage = await Stage.open();
  await stage.up();
  const making = [{ title: 'Tea' }, { title: 'Cabinet', access: 'invite' as const }].map((room) =>
    assert.rejects(stage.client.createRoom(room)),
  );
  await Promise.all(making);
  const bodies = stage.http.asked.map(
    ({ body }) => body as { readonly title?: string; readonly access?: string } | undefined,
  );
  assert.deepEqual(
    bodies.flatMap((body) => (body?.title === undefined ? [] : [[body.title, body.access]])),
    [
      ['Tea', 'open'],
      ['Cabinet', 'invite'],
    ],
  );
  await stage.close();
});
