import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConversationId, limits as wire } from '@parley/protocol';
import { maxListedRows } from '../kernel/limits.ts';
import { madeConversation } from '../sequencer/conversation-ids.ts';
import { openRoomPrefix } from '../store/store.ts';
import { ana, ben, cem, Desk, dia } from './rest-fixture.ts';

const open = { access: 'open' } as const;

test('[CNV28] open rooms are listed with their size and whether one is in; closed and empty ones are not', async () => {
  await using desk = await Desk.open();
  const tea = await desk.make('room', [ana, ben], { ...open, title: 'Tea', topic: 'Leaves' });
  await desk.make('room', [ana], { title: 'Secret' });
  await desk.make('group', [ana]);
  const empty = await desk.make('room', [ana], open);
  await desk.in('removeMember', ana, empty, { account: ana });
  const listed = { conversation_id: tea, title: 'Tea', topic: 'Leaves', member_count: 2 };
  assert.deepEqual(await desk.get('listRooms', ben), { items: [{ ...listed, member: true }], has_more: false });
  assert.deepEqual((await desk.get('listRooms', cem)).items, [{ ...listed, member: false }]);
  await desk.in('removeMember', ben, tea, { account: ben });
  assert.deepEqual((await desk.get('listRooms', ben)).items, [{ ...listed, member_count: 1, member: false }]);
  await desk.in('updateConversation', ana, tea, { body: { access: 'invite' } });
  assert.deepEqual((await desk.get('listRooms', ben)).items, []);
});

test('[CNV28] open rooms come in pages that end, whole and without repeats', async () => {
  await using desk = await Desk.open();
  const rooms: ConversationId[] = [];
  for (let n = 0; n < 23; n++) rooms.push(await desk.make('room', [ana], open));
  for (const room of rooms.slice(0, 3)) await desk.in('updateConversation', ana, room, { body: { access: 'invite' } });
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: 5, ...(cursor === undefined ? {} : { cursor }) };
    const page = await desk.get('listRooms', ben, { query });
    assert.equal(page.has_more, page.next_cursor !== undefined);
    seen.push(...page.items.map((item) => item.conversation_id));
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  assert.deepEqual(seen, rooms.slice(3).sort());
});

test('[CNV28] a page looks at a bounded number of rooms: past thousands that were closed there is another page', async () => {
  await using desk = await Desk.open();
  const room = await desk.make('room', [ana], open);
  const closed = Array.from({ length: maxListedRows + 5 }, (_, n) => ({
    table: 'facts' as const,
    row: { name: `${openRoomPrefix}c_!${n}`, value: '' },
  }));
  await desk.store.commit(closed, null);
  const first = await desk.get('listRooms', ben);
  assert.ok(first.has_more && first.next_cursor !== undefined);
  const rest = await desk.get('listRooms', ben, { query: { cursor: first.next_cursor } });
  assert.deepEqual(
    [first.items.length, rest.items.map((item) => item.conversation_id), rest.has_more],
    [0, [room], false],
  );
});

test('[CNV11] an open room is entered without a link, once; any other is as if it were not there', async () => {
  await using desk = await Desk.open();
  const tea = await desk.make('room', [ana], open);
  const closed = await desk.make('room', [ana]);
  const group = await desk.make('group', [ana]);
  const view = await desk.get('joinRoom', ben, { params: { conversation_id: tea } });
  assert.deepEqual([view.role, view.member_count, view.title], ['member', 2, 'Tea']);
  const records = desk.length;
  assert.deepEqual(await desk.get('joinRoom', ben, { params: { conversation_id: tea } }), view);
  const unknown = madeConversation('room', dia, desk.id());
  for (const conversation of [closed, group, unknown])
    assert.equal(await desk.in('joinRoom', ben, conversation), 'conversation.denied');
  assert.equal(desk.length, records, 'nothing was written');
});

test('[CNV26] a room is not entered at the bound of conversations', async () => {
  await using desk = await Desk.open();
  const tea = await desk.make('room', [ana], open);
  const rows = Array.from({ length: wire.maxConversationsPerAccount }, (_, n) => ({
    table: 'memberships' as const,
    row: { account: ben, conversation: madeConversation('group', dia, `${n}` as never), left: false },
  }));
  await desk.store.commit(rows, null);
  assert.equal(await desk.in('joinRoom', ben, tea), 'conversation.too_many');
});

test('[CNV7] a room takes 100,000 members and not one more', async () => {
  await using desk = await Desk.open();
  const tea = await desk.make('room', [ana], open);
  const state = desk.sequencer.rows.conversation(tea);
  assert.ok(state !== undefined);
  await using full = await Desk.open({ store: desk.store });
  await full.store.commit([{ table: 'conversations', row: { ...state, memberCount: wire.maxRoomMembers - 1 } }], null);
  assert.equal(await full.in('joinRoom', ben, tea), 'ok');
  assert.equal(await full.in('joinRoom', cem, tea), 'conversation.full');
});

test('[ENC251] a room says to members and to who is invited of what its id is a hash; nothing else does', async () => {
  const desk = await Desk.open();
  await using _ = desk;
  const as = desk.id();
  const body = { kind: 'room', id: as, title: 'Tea', access: 'invite' } as const;
  const { conversation_id: room, made } = await desk.get('createConversation', ana, { body });
  assert.deepEqual(made, { by: ana, as });
  assert.equal(room, madeConversation('room', ana, as));
  await desk.get('addMember', ana, { params: { conversation_id: room }, body: { account: ben, role: 'member' } });
  const seen = await desk.get('getConversation', ben, { params: { conversation_id: room } });
  assert.deepEqual([seen.membership, seen.made], ['invited', made]);
  const group = await desk.make('group', [ana, ben]);
  assert.equal((await desk.get('getConversation', ana, { params: { conversation_id: group } })).made, undefined);
  const direct = await desk.get('createConversation', ana, { body: { kind: 'direct', account: ben } });
  assert.equal(direct.made, undefined);
});
