// The list of chats and the searches, over a real client whose server is the test.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ana, chat, group, room, Stage, type WireChanges } from '../../../sdk/src/client-fixture.ts';
import { Desk } from '../../../sdk/src/desk-fixture.ts';
import { directId } from '../../../sdk/src/direct-id.ts';
import { accountId } from '../../../sdk/src/fixture.ts';
import { createChatList } from './chat-list.ts';
import { deleteChat } from './deleted-chats.ts';
import { createFinder } from './finder.ts';
import { titleOf } from './names.ts';
import { arrive, HandHost, openPage } from './page-fixture.ts';

async function openList(chats: readonly (readonly [typeof chat, WireChanges])[]) {
  const desk = new Desk();
  for (const [id, more] of chats) {
    desk.open(id, more);
    desk.say(id);
  }
  const stage = await Stage.open();
  await stage.up(desk.list());
  await arrive(desk, stage);
  const host = new HandHost(stage.clock);
  return { desk, stage, host, list: createChatList(stage.client, host) };
}

test('[WEB9] requests and archived chats stand apart, and the unread of what is loud is on the title', async () => {
  const request = { accepted: false, requested_by: 'a_someone' as never };
  const { desk, stage, host, list } = await openList([
    [chat, request],
    [group, { kind: 'group', member_count: 3 }],
    [room, { kind: 'room', title: 'Help desk', access: 'open' }],
  ]);
  const kinds = () => list.snapshot.chats.map(({ kind }) => kind).sort();
  assert.deepEqual(kinds(), ['group', 'room']);
  assert.equal(list.snapshot.requests, 1);
  list.setFilter('requests');
  assert.deepEqual(kinds(), ['direct']);
  list.setFilter('rooms');
  assert.deepEqual(kinds(), ['room']);
  list.setFilter('all');
  assert.equal(host.unread, 2);
  await stage.conversation(room).archive(true);
  await arrive(desk, stage);
  assert.deepEqual(kinds(), ['group']);
  assert.equal(host.unread, 1);
  list.setFilter('archived');
  assert.deepEqual(kinds(), ['room']);
  await stage.conversation(group).mute(stage.clock.now() + 1_000_000);
  await arrive(desk, stage);
  assert.equal(host.unread, 0);
  list.close();
  await stage.close();
});

test('[WEB129] a deleted chat is nowhere in the list until something new is said in it', async () => {
  const { desk, stage, list } = await openList([[chat, {}]]);
  const isListed = () => list.snapshot.chats.some(({ id }) => id === chat);
  const conversation = stage.conversation();
  await conversation.clear();
  await arrive(desk, stage);
  assert.ok(isListed(), 'one that was cleared stays');
  desk.say(chat);
  await stage.push(desk.say(chat));
  await arrive(desk, stage);
  await deleteChat(stage.client, conversation);
  await arrive(desk, stage);
  assert.equal(isListed(), false);
  list.setQuery(titleOf(conversation.snapshot));
  assert.equal(isListed(), false);
  list.setQuery('');
  await stage.push(desk.say(chat));
  await arrive(desk, stage);
  assert.ok(isListed());
  await conversation.clear();
  await arrive(desk, stage);
  assert.ok(isListed(), 'cleared once more, it was not deleted again');
  list.close();
  await stage.close();
});

test('[WEB106] who was blocked asks no more, and is found by their name', async () => {
  const { desk, stage, host, list } = await openList([[chat, { accepted: false, requested_by: 'a_someone' as never }]]);
  list.setFilter('requests');
  await stage.conversation().block(true);
  await arrive(desk, stage);
  const { filter, requests, chats } = list.snapshot;
  assert.deepEqual([filter, requests, chats.length, host.unread], ['all', 0, 0, 0]);
  list.setQuery(titleOf(stage.conversation().snapshot));
  assert.deepEqual(
    list.snapshot.chats.map(({ id, blocked }) => [id, blocked]),
    [[chat, true]],
  );
  list.setQuery('');
  await stage.conversation().block(false);
  await arrive(desk, stage);
  assert.equal(list.snapshot.requests, 1);
  list.close();
  await stage.close();
});

test('[WEB9] a search finds the beginnings of words in names, and messages on this device', async () => {
  const { desk, stage, list } = await openList([[room, { kind: 'room', title: 'The Help desk', access: 'open' }]]);
  list.setQuery('des');
  assert.equal(list.snapshot.chats.length, 1);
  assert.equal(list.snapshot.searching, true);
  list.setQuery('esk');
  assert.equal(list.snapshot.chats.length, 0);
  list.setQuery('text');
  await stage.clock.advance(200);
  await arrive(desk, stage);
  assert.equal(list.snapshot.searching, false);
  assert.deepEqual(
    list.snapshot.hits.map(({ text }) => text),
    ['text 1'],
  );
  list.setQuery('');
  assert.deepEqual(list.snapshot.hits, []);
  list.close();
  await stage.close();
});

test('[WEB9] the search within a chat goes from the newest hit to older ones and back, and ends quietly', async () => {
  const { stage, desk, host } = await openPage(12);
  const shown: number[] = [];
  const finder = createFinder(stage.client, stage.conversation(), { host, jump: (seq) => shown.push(seq) });
  finder.open();
  finder.setQuery('text 1');
  await stage.clock.advance(200);
  await arrive(desk, stage);
  assert.equal(finder.snapshot.hits.length, 4);
  finder.step(1);
  finder.step(-1);
  finder.step(-1);
  assert.deepEqual(shown, [12, 11, 12]);
  finder.setQuery('nothing like it');
  await stage.clock.advance(200);
  await arrive(desk, stage);
  assert.equal(finder.snapshot.at, -1);
  assert.equal(finder.snapshot.searching, false);
  finder.close();
  assert.equal(finder.snapshot.open, false);
  await stage.close();
});

test('[WEB22] a long list is put in order at most eight times a second, and not at all when somebody comes online', async () => {
  const peers = Array.from({ length: 450 }, (_, n) => accountId(1_000 + n));
  const ids = peers.map((peer) => directId(ana, peer));
  const { desk, stage, list } = await openList(peers.map((peer, n) => [ids[n] ?? chat, { peer }] as const));
  await stage.clock.advance(1_000);
  assert.equal(list.snapshot.chats.length, 450);
  let drawn = 0;
  list.subscribe(() => drawn++);
  const [first = chat, second = chat, third = chat] = ids;
  for (const id of [first, second, third]) await stage.push(desk.say(id));
  assert.equal(drawn, 1, 'the first change shows at once');
  assert.equal(list.snapshot.chats[0]?.head, 2);
  await stage.clock.advance(125);
  assert.equal(drawn, 2, 'and the others together');
  assert.equal(list.snapshot.chats.filter(({ head }) => head === 2).length, 3);
  const { peer } = list.snapshot.chats[0] ?? assert.fail();
  await stage.push({ type: 'presence', account: peer as never, state: 'online' });
  await stage.clock.advance(125);
  assert.equal(stage.client.presence.get(peer as never)?.state, 'online');
  assert.equal(drawn, 2);
  list.close();
  await stage.close();
});

test('[WEB19] while a pointer is down the rows keep their places, and say what is new', async () => {
  const { desk, stage, list } = await openList([
    [group, { kind: 'group', member_count: 3 }],
    [room, { kind: 'room', title: 'Help desk', access: 'open' }],
  ]);
  const order = () => list.snapshot.chats.map(({ id }) => id);
  const [top, other] = order();
  list.hold(true);
  await stage.push(
    desk.say(other as never, { stored_at: new Date(stage.clock.now() + 60_000).toISOString() as never }),
  );
  assert.deepEqual(order(), [top, other]);
  assert.equal(list.snapshot.chats[1]?.head, 2);
  list.hold(false);
  assert.deepEqual(order(), [other, top]);
  list.close();
  await stage.close();
});
