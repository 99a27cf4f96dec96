import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountId, type ConversationId, limits, type Role } from '@parley/protocol';
import { accountLog, directConversation, madeConversation } from './conversation-ids.ts';
import type { Change, Verdict } from './record.ts';
import { accountOf, creation, members, Stage } from './stage.ts';

const [ana, ben, cem, dia] = [accountOf(1), accountOf(2), accountOf(3), accountOf(4)];

function refused(code: string): Verdict {
  return { state: 'rejected', code, repeat: false };
}

function roles(stage: Stage, conversation: ConversationId): Record<string, Role> {
  return Object.fromEntries(
    [...(stage.state(conversation).members ?? [])].map(([account, { role }]) => [account, role]),
  );
}

test('[CNV1] the id of a conversation commits to how it is made; any other id is refused', async () => {
  const stage = new Stage();
  assert.equal(directConversation(ana, ben), directConversation(ben, ana));
  assert.notEqual(directConversation(ana, ana), accountLog(ana));
  const id = stage.id();
  const wrong: readonly (readonly [ConversationId, Change])[] = [
    [directConversation(ana, cem), creation('direct', [ana, ben])],
    [directConversation(ben, cem), creation('direct', [ben, cem])],
    [directConversation(ana, ben), creation('direct', [ana, ben, cem])],
    [accountLog(ben), creation('account', [ben])],
    [accountLog(ana), creation('direct', [ana])],
    [madeConversation('group', ben, id), creation('group', [ana])],
    [madeConversation('group', ana, stage.id()), creation('group', [ana])],
    [madeConversation('group', ana, id), creation('room', [ana])],
    [madeConversation('room', ana, id), creation('room', [ana, ben])],
    [madeConversation('group', ana, id), creation('group', [ben])],
    [madeConversation('group', ana, id), creation('group', [])],
  ];
  for (const [conversation, change] of wrong) {
    const verdict = await stage.apply(members(conversation, ana, stage.id(), change));
    assert.deepEqual(verdict, refused('conversation.denied'));
  }
  for (const [conversation, change] of [
    [directConversation(ana, ben), creation('direct', [ana, ben])],
    [directConversation(ana, ana), creation('direct', [ana, ana])],
    [accountLog(ana), creation('account', [ana])],
  ] as const)
    assert.equal((await stage.change(conversation, ana, change)).state, 'accepted');
});

test('[CNV2] creation is idempotent: both sides at once, and again, get the first verdict', async () => {
  const stage = new Stage();
  const conversation = directConversation(ana, ben);
  const first = members(conversation, ana, stage.id(), creation('direct', [ana, ben]));
  assert.deepEqual(await stage.apply(first), { state: 'accepted', seq: 1, repeat: false });
  const other = members(conversation, ben, stage.id(), creation('direct', [ben, ana]));
  const again = { state: 'accepted', seq: 1, repeat: true };
  assert.deepEqual(await stage.apply(other), again);
  assert.deepEqual(await stage.apply(other), again);
  assert.deepEqual(await stage.apply(first), again);
  const state = stage.state(conversation);
  assert.deepEqual([state.seq, state.requestedBy, state.accepted], [1, ana, false]);
});

test('[CNV3] a group begins with its founders, the creator as owner; a room with its creator', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana, ben, cem]);
  assert.deepEqual(roles(stage, group), { [ana]: 'owner', [ben]: 'member', [cem]: 'member' });
  const state = stage.state(group);
  assert.deepEqual([state.memberCount, state.memberN, state.seq, state.ord], [3, 1, 1, 0]);
  const room = await stage.make('room', [ana], { title: 'Tea', topic: 'Leaves', access: 'open' });
  const made = stage.state(room);
  assert.deepEqual([made.members, made.memberCount, made.title, made.topic], [null, 1, 'Tea', 'Leaves']);
  assert.equal((await stage.overlay.get('members', [room, ana, 1]))?.role, 'owner');
  assert.deepEqual(await stage.overlay.get('memberships', [ben, group]), {
    account: ben,
    conversation: group,
    left: false,
  });
});

test('[CNV3] founders beside the creator are at most 256', async () => {
  const stage = new Stage();
  const founders = Array.from({ length: limits.maxFoundingMembers + 2 }, (_, i) => accountOf(i + 1));
  const id = stage.id();
  const group = madeConversation('group', ana, id);
  assert.deepEqual(
    await stage.apply(members(group, ana, id, creation('group', founders))),
    refused('conversation.full'),
  );
  const largest = await stage.make('group', founders.slice(0, -1));
  assert.equal(stage.state(largest).memberCount, limits.maxFoundingMembers + 1);
});

test('[CNV5] leaving closes an interval, coming back opens another, a new role closes one and opens the next', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana, ben]);
  await stage.change(group, ana, { action: 'role', subject: ben, role: 'admin' });
  await stage.change(group, ben, { action: 'leave' });
  await stage.change(group, ana, { action: 'add', subject: ben, role: 'member' });
  const rows = await stage.overlay.list('members', { prefix: [group, ben], limit: 10 });
  assert.deepEqual(
    rows.map(({ joinedSeq, leftSeq, role }) => [joinedSeq, leftSeq, role]),
    [
      [1, 2, 'member'],
      [2, 3, 'admin'],
      [4, null, 'member'],
    ],
  );
  assert.deepEqual(stage.state(group).members?.get(ben), { role: 'member', joinedSeq: 4 });
});

test('[CNV5] the membership of an account says whether it has left', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana, ben]);
  const left = async (): Promise<boolean | undefined> => (await stage.overlay.get('memberships', [ben, group]))?.left;
  assert.equal(await left(), false);
  await stage.change(group, ben, { action: 'leave' });
  assert.equal(await left(), true);
  await stage.change(group, ana, { action: 'add', subject: ben, role: 'member' });
  assert.equal(await left(), false);
});

test('[CNV6] the version of the member list rises with each change of it, and with nothing else', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana, ben]);
  const versions: number[] = [];
  const note = (): number => versions.push(stage.state(group).memberN);
  for (const change of [
    { action: 'add', subject: cem, role: 'member' },
    { action: 'role', subject: cem, role: 'admin' },
    { action: 'remove', subject: ben },
    { action: 'settings', history: 'all' },
    { action: 'invite', inviteId: 'i_1' as never, secretHash: 'h', expiresAt: null, uses: null },
    { action: 'revoke_invite', inviteId: 'i_1' as never },
  ] as const) {
    assert.equal((await stage.change(group, ana, change)).state, 'accepted');
    note();
  }
  await stage.say(group, ana);
  note();
  assert.deepEqual(versions, [2, 3, 4, 4, 5, 6, 6]);
  assert.equal(stage.overlay.peek('messages', [group, 8])?.memberN, 6);
});

test('[CNV7] only administrators add, not the owner role, not twice, and not beyond 1,024', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana, ben]);
  const add = (actor: AccountId, subject: AccountId, role: Role = 'member') =>
    stage.change(group, actor, { action: 'add', subject, role });
  assert.deepEqual(await add(ben, cem), refused('conversation.role'));
  assert.deepEqual(await add(dia, cem), refused('conversation.denied'));
  assert.deepEqual(await add(ana, cem, 'owner'), refused('conversation.role'));
  assert.deepEqual(await add(ana, ben), refused('members.conflict'));
  assert.equal((await add(ana, cem, 'admin')).state, 'accepted');
  assert.equal((await add(cem, dia)).state, 'accepted');
  for (let n = 100; stage.state(group).memberCount < limits.maxGroupMembers; n++) await add(ana, accountOf(n));
  assert.deepEqual(await add(ana, accountOf(9_999)), refused('conversation.full'));
});

test('[CNV8] who may give and take roles: administrators among members, the owner alone hands over', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana, ben, cem, dia]);
  const role = (actor: AccountId, subject: AccountId, to: Role) =>
    stage.change(group, actor, { action: 'role', subject, role: to });
  const remove = (actor: AccountId, subject: AccountId) => stage.change(group, actor, { action: 'remove', subject });
  assert.deepEqual(await role(ben, cem, 'admin'), refused('conversation.role'));
  assert.deepEqual(await remove(ben, cem), refused('conversation.role'));
  assert.equal((await role(ana, ben, 'admin')).state, 'accepted');
  assert.deepEqual(await role(ana, ben, 'admin'), refused('members.conflict'));
  assert.deepEqual(await role(ben, cem, 'owner'), refused('conversation.role'));
  assert.deepEqual(await role(ben, ana, 'member'), refused('conversation.role'));
  assert.deepEqual(await remove(ben, ana), refused('conversation.role'));
  assert.deepEqual(await remove(ben, accountOf(77)), refused('members.conflict'));
  assert.deepEqual(await role(ana, ana, 'member'), refused('conversation.role'));
  assert.equal((await role(ben, cem, 'admin')).state, 'accepted');
  assert.equal((await role(ana, ben, 'owner')).state, 'accepted');
  assert.deepEqual(roles(stage, group), { [ana]: 'admin', [ben]: 'owner', [cem]: 'admin', [dia]: 'member' });
  assert.equal((await remove(cem, ana)).state, 'accepted');
  assert.equal((await remove(ben, cem)).state, 'accepted');
  assert.deepEqual(roles(stage, group), { [ben]: 'owner', [dia]: 'member' });
});

test('[CNV9] an owner who leaves passes ownership to the longest-standing administrator, else member', async () => {
  for (const kind of ['group', 'room'] as const) {
    const stage = new Stage();
    const conversation = await stage.make(kind, [ana], { title: 'Tea' });
    for (const subject of [dia, cem, ben])
      await stage.change(conversation, ana, { action: 'add', subject, role: subject === dia ? 'member' : 'admin' });
    await stage.commit();
    const owner = async (): Promise<readonly AccountId[]> => {
      const rows = await stage.overlay.list('members', { prefix: [conversation], limit: 100 });
      return rows.filter((row) => row.role === 'owner' && row.leftSeq === null).map((row) => row.account);
    };
    await stage.change(conversation, ana, { action: 'leave' });
    assert.deepEqual(await owner(), [cem], `${kind}: the first administrator`);
    const shown = Buffer.from(stage.overlay.peek('messages', [conversation, 5])?.tail ?? []).toString();
    assert.ok(shown.includes(`"change":{"action":"leave","subject":"${cem}","role":"owner"}`));
    await stage.change(conversation, ben, { action: 'remove', subject: ben });
    await stage.change(conversation, cem, { action: 'leave' });
    assert.deepEqual(await owner(), [dia], `${kind}: the last member`);
    await stage.change(conversation, dia, { action: 'leave' });
    assert.deepEqual(await owner(), []);
    assert.equal(stage.state(conversation).memberCount, 0);
  }
});

test('[CNV9] several owners leaving one after the other in one batch pass it on as they would one by one', async () => {
  const stage = new Stage();
  const room = await stage.make('room', [ana], { access: 'open', title: 'Tea' });
  for (const account of [ben, cem, dia]) await stage.change(room, account, { action: 'join', inviteHash: '' });
  await stage.commit();
  const actors = [ben, ana, cem];
  await stage.applyAll(actors.map((actor) => members(room, actor, stage.id(), { action: 'leave' })));
  const rows = await stage.overlay.list('members', { prefix: [room], limit: 100 });
  const open = rows.filter((row) => row.leftSeq === null).map(({ account, role }) => [account, role]);
  assert.deepEqual(open, [[dia, 'owner']]);
});

const link = { action: 'invite', inviteId: 'i_1' as never, secretHash: 'hash', expiresAt: null, uses: null } as const;

test('[CNV18] administrators set title, topic and access of rooms, and history of groups and rooms', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana, ben]);
  const room = await stage.make('room', [ana], { title: 'Tea' });
  const direct = await stage.direct(ana, ben);
  const set = (where: ConversationId, who: AccountId, what: object) =>
    stage.change(where, who, { action: 'settings', ...what });
  assert.deepEqual(await set(group, ben, { history: 'all' }), refused('conversation.role'));
  assert.deepEqual(await set(group, ana, { title: 'Tea' }), refused('conversation.role'));
  assert.deepEqual(await set(direct, ana, { history: 'all' }), refused('conversation.role'));
  const long = 'x'.repeat(limits.maxTitleCharacters + 1);
  assert.deepEqual(await set(room, ana, { title: long }), refused('frame.invalid'));
  assert.equal((await set(group, ana, { history: 'all' })).state, 'accepted');
  assert.equal((await set(room, ana, { title: 'Coffee', topic: 'Beans', access: 'open' })).state, 'accepted');
  const { title, topic, access, history } = stage.state(room);
  assert.deepEqual([title, topic, access, history], ['Coffee', 'Beans', 'open', 'all']);
  assert.equal(stage.state(group).history, 'all');
});

test('[CNV19] a room asks for the seat of who acts, also when the store alone knows it', async () => {
  const stage = new Stage();
  const room = await stage.make('room', [ana], { access: 'open', title: 'Tea' });
  await stage.change(room, ben, { action: 'join', inviteHash: '' });
  await stage.commit();
  const later = new Stage({ store: stage.store });
  later.counters.appliedOffset = stage.counters.appliedOffset;
  assert.equal((await later.say(room, ben, { id: accountMessage(1) })).state, 'accepted');
  assert.deepEqual(await later.say(room, cem, { id: accountMessage(2) }), refused('conversation.denied'));
  await later.change(room, ben, { action: 'leave' });
  assert.deepEqual(await later.say(room, ben, { id: accountMessage(3) }), refused('conversation.denied'));
  assert.equal(later.state(room).memberCount, 1);
});

function accountMessage(n: number): never {
  return `01990000-0000-7000-8000-00000000000${n}` as never;
}

test('[CNV5] direct chats and account logs have the members that they were made with', async () => {
  const stage = new Stage();
  const direct = await stage.direct(ana, ben);
  const log = accountLog(ana);
  await stage.change(log, ana, creation('account', [ana]));
  for (const conversation of [direct, log])
    for (const change of [
      { action: 'add', subject: cem, role: 'member' },
      { action: 'leave' },
      { action: 'remove', subject: ana },
      { action: 'role', subject: ana, role: 'admin' },
      link,
    ] as const)
      assert.deepEqual(await stage.change(conversation, ana, change), refused('conversation.role'));
});
