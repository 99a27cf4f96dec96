import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MessageId, type RouteBody, limits as wire } from '@parley/protocol';
import { idempotencyMs } from '../kernel/limits.ts';
import { directConversation, madeConversation } from '../sequencer/conversation-ids.ts';
import { accountOf } from '../sequencer/stage.ts';
import { ana, ben, cem, Desk, dia } from './rest-fixture.ts';
import { wordsIn } from './sealed-fixture.ts';

const direct = (account: typeof ana) => ({ body: { kind: 'direct', account } }) as const;
const dayMs = 24 * 3_600_000;

test('[CNV22] both sides that open a direct conversation at once, and again later, get the same one', async () => {
  await using desk = await Desk.open();
  const [a, b] = await Promise.all([
    desk.get('createConversation', ana, direct(ben)),
    desk.get('createConversation', ben, direct(ana)),
  ]);
  assert.equal(a.conversation_id, b.conversation_id);
  assert.deepEqual([a.peer, b.peer], [ben, ana]);
  assert.deepEqual([a.head, b.head, a.member_count], [1, 1, 2], 'it was made once');
  assert.deepEqual([a.accepted, a.requested_by, a.contact], [false, ana, false]);
  const records = desk.length;
  assert.deepEqual(await desk.get('createConversation', ben, direct(ana)), b);
  assert.equal(desk.length, records, 'nothing was written for what is there');
});

test('[CNV22] a direct conversation with oneself is the notes, and asks nobody', async () => {
  await using desk = await Desk.open();
  const notes = await desk.get('createConversation', ana, direct(ana));
  assert.equal(notes.conversation_id, directConversation(ana, ana));
  assert.deepEqual(
    [notes.accepted, notes.requested_by, notes.member_count, notes.peer],
    [true, undefined, 1, undefined],
  );
});

test('[CNV22] with somebody who blocks it looks as with anybody else, and nothing that is said arrives', async () => {
  await using desk = await Desk.open();
  await desk.set(ben, `block/${ana}`, '1');
  const open = await desk.get('createConversation', cem, direct(ben));
  const blocked = await desk.get('createConversation', ana, direct(ben));
  const plain = ({ conversation_id: _id, requested_by: _by, ...rest }: typeof open) => rest;
  assert.deepEqual(plain(blocked), plain(open));
  const params = { conversation_id: blocked.conversation_id };
  await desk.say(ana, blocked.conversation_id, 'Hello?');
  const contents = async (account: typeof ana) =>
    (await desk.get('listMessages', account, { params })).items.map(({ content }) => wordsIn(content));
  assert.deepEqual(await contents(ana), [undefined, 'Hello?']);
  assert.deepEqual(await contents(ben), [undefined]);
});

test('[CNV23] an account opens conversations with 20 strangers a day, and with more the day after', async () => {
  await using desk = await Desk.open();
  for (let n = 0; n < wire.newPeoplePerDay; n++)
    assert.equal(await desk.code('createConversation', ana, direct(accountOf(100 + n))), 'ok');
  assert.equal(await desk.code('createConversation', ana, direct(accountOf(200))), 'request.limit');
  assert.equal(await desk.code('createConversation', ana, direct(accountOf(100))), 'ok', 'known ones do not count');
  assert.equal(await desk.code('createConversation', ana, direct(ana)), 'ok', 'notes do not count');
  assert.equal(await desk.code('createConversation', ben, direct(ana)), 'ok', 'others do not count for it');
  desk.clock.advance(dayMs - 1);
  assert.equal(await desk.code('createConversation', ana, direct(accountOf(200))), 'request.limit');
  desk.clock.advance(1);
  assert.equal(await desk.code('createConversation', ana, direct(accountOf(200))), 'ok');
});

test('[CNV23] strangers that are asked all at once are counted one by one', async () => {
  await using desk = await Desk.open();
  const codes = await Promise.all(
    Array.from({ length: 30 }, (_, n) => desk.code('createConversation', ana, direct(accountOf(100 + n)))),
  );
  assert.equal(codes.filter((code) => code === 'ok').length, wire.newPeoplePerDay);
  assert.equal(codes.filter((code) => code === 'request.limit').length, 30 - wire.newPeoplePerDay);
});

test('[CNV23] a restart forgets nobody who was asked today; who came by a link was not asked', async () => {
  await using first = await Desk.open();
  await first.befriend(ana, ben);
  for (let n = 0; n < wire.newPeoplePerDay; n++) await first.get('createConversation', ana, direct(accountOf(100 + n)));
  await using again = await Desk.open({ store: first.store, log: first.log });
  assert.equal(await again.code('createConversation', ana, direct(accountOf(200))), 'request.limit');
});

test('[CNV23] who does not exist is unknown; nothing is written, and no stranger is counted', async () => {
  await using desk = await Desk.open();
  desk.missing.add(ben);
  const records = desk.length;
  for (let n = 0; n < wire.newPeoplePerDay + 1; n++)
    assert.equal(await desk.code('createConversation', ana, direct(ben)), 'account.unknown');
  assert.equal(desk.length, records);
  assert.equal(await desk.code('createConversation', ana, direct(cem)), 'ok');
});

test('[CNV25] a group or room under the same id is the same one, also when both calls are under way', async () => {
  await using desk = await Desk.open();
  await desk.set(ben, 'privacy/add', 'everyone');
  const bodies: readonly RouteBody<'createConversation'>[] = [
    { kind: 'group', id: desk.id(), members: [ben, ben, ana] },
    { kind: 'room', id: desk.id(), title: 'Tea', topic: 'Leaves', access: 'open' },
  ];
  for (const body of bodies) {
    const [one, two] = await Promise.all([
      desk.get('createConversation', ana, { body }),
      desk.get('createConversation', ana, { body }),
    ]);
    assert.deepEqual(one, two);
    assert.equal(one.conversation_id, madeConversation(body.kind as 'group' | 'room', ana, body.id as MessageId));
    assert.deepEqual([one.role, one.head, one.member_count], ['owner', 1, body.kind === 'group' ? 2 : 1]);
    const others = body.kind === 'group' ? { ...body, members: [] } : body;
    const other = await desk.get('createConversation', cem, { body: others });
    assert.notEqual(other.conversation_id, one.conversation_id, 'the id of somebody else is not theirs');
  }
});

test('[CNV25] an Idempotency-Key makes one group for at least a day, and another for another account', async () => {
  await using desk = await Desk.open();
  const body = { kind: 'group' } as const;
  const made = await desk.get('createConversation', ana, { body, key: 'once' });
  desk.clock.advance(idempotencyMs - 1);
  assert.equal(
    (await desk.get('createConversation', ana, { body, key: 'once' })).conversation_id,
    made.conversation_id,
  );
  const others = [
    await desk.get('createConversation', ana, { body, key: 'twice' }),
    await desk.get('createConversation', ben, { body, key: 'once' }),
    await desk.get('createConversation', ana, { body }),
  ];
  assert.equal(new Set([made, ...others].map((each) => each.conversation_id)).size, 4);
});

test('[CNV24] who may be a founder is for each to say: contacts by default, everyone, or nobody', async () => {
  await using desk = await Desk.open();
  await desk.befriend(ana, ben);
  await desk.set(cem, 'privacy/add', 'everyone');
  const founders = async (...members: readonly (typeof ana)[]) => {
    const result = await desk.call('createConversation', ana, { body: { kind: 'group', members: [...members] } });
    return result.ok ? 'ok' : `${result.code} ${String(result.details?.path)}`;
  };
  assert.equal(await founders(ben, cem), 'ok');
  const pendingIn = async (...members: readonly (typeof ana)[]) => {
    const made = await desk.get('createConversation', ana, { body: { kind: 'group', members: [...members] } });
    const { items } = await desk.get('listPending', ana, { params: { conversation_id: made.conversation_id } });
    return [made.member_count, ...items.map(({ account }) => account)];
  };
  assert.deepEqual(await pendingIn(ben, dia), [2, dia], 'a stranger is invited');
  const records = desk.length;
  desk.missing.add(dia);
  assert.equal(await founders(dia, ben), 'account.unknown /members/0');
  assert.equal(await founders(ben, dia), 'account.unknown /members/1', 'nobody: the same');
  assert.equal(desk.length, records, 'no group was made');
  await desk.set(cem, `block/${ana}`, '1');
  await desk.set(ben, 'privacy/add', 'nobody');
  assert.deepEqual(await pendingIn(cem, ben), [1, cem, ben], 'one who blocks, and a contact who wants to be asked');
});

test('[CNV26] at the bound nobody makes, opens or is drawn into another conversation', async () => {
  await using desk = await Desk.open();
  await desk.befriend(ana, ben);
  const rows = Array.from({ length: wire.maxConversationsPerAccount - 1 }, (_, n) => ({
    table: 'memberships' as const,
    row: { account: ana, conversation: madeConversation('group', dia, `${n}` as never), left: false },
  }));
  await desk.store.commit(rows, null);
  const group = { body: { kind: 'group' } } as const;
  const room = { body: { kind: 'room', title: 'Tea' } } as const;
  for (const body of [group, room, direct(cem)])
    assert.equal(await desk.code('createConversation', ana, body), 'conversation.too_many');
  assert.equal(await desk.code('createConversation', cem, direct(ana)), 'account.unknown');
  assert.equal(
    await desk.code('createConversation', ben, { body: { kind: 'group', members: [ana] } }),
    'account.unknown',
  );
  const [freed] = rows;
  if (freed !== undefined) await desk.store.commit([{ ...freed, row: { ...freed.row, left: true } }], null);
  assert.equal(await desk.code('createConversation', ana, group), 'ok', 'one that was left makes room');
  assert.equal(await desk.code('createConversation', ana, group), 'conversation.too_many');
});

test('[CNV3] fields that say nothing about a kind are refused, and what a kind needs is required', async () => {
  await using desk = await Desk.open();
  for (const [path, body] of [
    ['/account', { kind: 'direct' }],
    ['/title', { kind: 'direct', account: ben, title: 'Tea' }],
    ['/title', { kind: 'group', title: 'Tea' }],
    ['/account', { kind: 'group', account: ben }],
    ['/title', { kind: 'room' }],
    ['/members', { kind: 'room', title: 'Tea', members: [ben] }],
  ] as const) {
    const result = await desk.call('createConversation', ana, { body: { ...body } as never });
    assert.deepEqual(result, { ok: false, code: 'frame.invalid', details: { path } });
  }
});

test('[CNV40] a guest joins rooms, and neither makes a conversation nor is put into one', async () => {
  await using desk = await Desk.open();
  desk.guests.add(dia);
  assert.equal(await desk.code('createConversation', dia, direct(ana)), 'account.guest');
  assert.equal(await desk.code('createConversation', dia, { body: { kind: 'group' } }), 'account.guest');
  assert.equal(await desk.code('createConversation', ana, direct(dia)), 'account.unknown');
  await desk.set(dia, 'privacy/add', 'everyone');
  assert.equal(
    await desk.code('createConversation', ana, { body: { kind: 'group', members: [dia] } }),
    'account.unknown',
  );
  const room = await desk.get('createConversation', ana, { body: { kind: 'room', title: 'Lobby', access: 'open' } });
  await desk.join(room, dia);
});
