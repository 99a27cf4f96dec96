import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, ConversationId, Role } from '@parley/protocol';
import { maxListedRows } from '../kernel/limits.ts';
import { madeConversation } from '../sequencer/conversation-ids.ts';
import { accountOf, messageOf } from '../sequencer/stage.ts';
import { ana, ben, cem, Desk, dia } from './rest-fixture.ts';
import { inShape } from './sealed-fixture.ts';

const eve = accountOf(5);
const unknown = madeConversation('group', eve, messageOf(999));

/** Roles by account, as a member sees them. */
async function rolesIn(desk: Desk, viewer: AccountId, conversation: ConversationId): Promise<Record<string, Role>> {
  const page = await desk.get('listMembers', viewer, { params: { conversation_id: conversation } });
  return Object.fromEntries(page.items.map(({ account, role }) => [account, role]));
}

/** A group with an owner, an administrator and a member; somebody who left; somebody who never was in it. */
async function staffed(desk: Desk, kind: 'group' | 'room'): Promise<ConversationId> {
  const conversation = await desk.make(kind, [ana, ben, cem, dia], kind === 'room' ? { access: 'open' } : {});
  await desk.get('updateMember', ana, {
    params: { conversation_id: conversation, account: ben },
    body: { role: 'admin' },
  });
  await desk.get('removeMember', dia, { params: { conversation_id: conversation, account: dia } });
  await desk.set(eve, 'privacy/add', 'everyone');
  return conversation;
}

type Try = readonly [name: string, does: (desk: Desk, who: AccountId, where: ConversationId) => Promise<string>];

const tries: readonly Try[] = [
  ['look', (desk, who, where) => desk.in('getConversation', who, where)],
  ['list members', (desk, who, where) => desk.in('listMembers', who, where)],
  ['read', (desk, who, where) => desk.in('listMessages', who, where)],
  [
    'write',
    async (desk, who, where) => {
      const kind = (await desk.sequencer.rows.get('conversations', [where]))?.kind;
      return desk.in('createMessage', who, where, { body: inShape(kind, { content: 'Hello' }) });
    },
  ],
  ['set history', (desk, who, where) => desk.in('updateConversation', who, where, { body: { history: 'all' } })],
  ['add', (desk, who, where) => desk.in('addMember', who, where, { body: { account: eve } })],
  ['promote', (desk, who, where) => desk.in('updateMember', who, where, { account: cem, body: { role: 'admin' } })],
  ['hand over', (desk, who, where) => desk.in('updateMember', who, where, { account: cem, body: { role: 'owner' } })],
  [
    'demote the owner',
    (desk, who, where) => desk.in('updateMember', who, where, { account: ana, body: { role: 'member' } }),
  ],
  ['remove a member', (desk, who, where) => desk.in('removeMember', who, where, { account: cem })],
  ['remove the owner', (desk, who, where) => desk.in('removeMember', who, where, { account: ana })],
  ['list links', (desk, who, where) => desk.in('listConversationInvites', who, where)],
  ['make a link', (desk, who, where) => desk.in('createConversationInvite', who, where, { body: {} })],
  [
    'revoke a link',
    (desk, who, where) => desk.in('revokeConversationInvite', who, where, { invite: `i_${'x'.repeat(22)}` }),
  ],
  ['accept', (desk, who, where) => desk.in('acceptConversation', who, where)],
  ['clear', (desk, who, where) => desk.in('clearConversation', who, where, { body: { seq: 1 } })],
];

const role = 'conversation.role';
const denied = 'conversation.denied';

/** What comes of it for: the owner, an administrator, a member, one who has left, a stranger. */
const outcomes: Record<string, readonly string[]> = {
  look: ['ok', 'ok', 'ok', 'ok', denied],
  'list members': ['ok', 'ok', 'ok', denied, denied],
  read: ['ok', 'ok', 'ok', 'ok', denied],
  write: ['ok', 'ok', 'ok', 'conversation.read_only', denied],
  'set history': ['ok', 'ok', role, denied, denied],
  add: ['ok', 'ok', role, denied, denied],
  promote: ['ok', 'ok', role, denied, denied],
  'hand over': ['ok', role, role, denied, denied],
  'demote the owner': [role, role, role, denied, denied],
  'remove a member': ['ok', 'ok', 'ok', denied, denied],
  'remove the owner': ['ok', role, role, denied, denied],
  'list links': ['ok', 'ok', role, denied, denied],
  'make a link': ['ok', 'ok', role, denied, denied],
  'revoke a link': ['not_found', 'not_found', role, denied, denied],
  accept: ['ok', 'ok', 'ok', denied, denied],
  clear: ['ok', 'ok', 'ok', 'ok', denied],
};

for (const kind of ['group', 'room'] as const)
  test(`[CNV27] each role in a ${kind} may do what it may, and nothing else`, async () => {
    for (const [name, does] of tries) {
      const found: string[] = [];
      for (const who of [ana, ben, cem, dia, eve]) {
        await using desk = await Desk.open();
        const conversation = await staffed(desk, kind);
        for (const account of [ana, ben, cem, dia, eve]) await desk.set(account, 'privacy/read_receipts', 'on');
        const records = desk.length;
        const code = await does(desk, who, conversation);
        found.push(code);
        if (code === denied || (code === role && who === cem))
          assert.equal(desk.length, records, `${name} writes nothing`);
      }
      const expected = outcomes[name]?.map((code) =>
        kind === 'room' && name === 'write' && code !== 'ok' ? denied : code,
      );
      assert.deepEqual(found, expected, name);
    }
  });

test('[S2] [CNV4] not a member and no such conversation are the same bytes, on every route', async () => {
  await using desk = await Desk.open();
  const group = await desk.make('group', [ana, ben]);
  const room = await desk.make('room', [ana], { access: 'invite' });
  const chat = await desk.befriend(ana, ben);
  const all: readonly Try[] = [...tries, ['join', (at, who, where) => at.in('joinRoom', who, where)]];
  for (const [name, does] of all)
    for (const [where, conversation] of Object.entries({ group, room, chat }))
      assert.deepEqual(await does(desk, cem, conversation), await does(desk, cem, unknown), `${name} in a ${where}`);
});

test('[CNV24] only who lets somebody is added at once; others are invited', async () => {
  await using desk = await Desk.open();
  const group = await desk.make('group', [ana]);
  const add = async (account: AccountId) => {
    const added = await desk.call('addMember', ana, { params: { conversation_id: group }, body: { account } });
    return added.ok ? added.value.membership : added.code;
  };
  await desk.befriend(ana, ben);
  assert.equal(await add(ben), 'member', 'a contact');
  assert.equal(await add(ben), 'members.conflict');
  assert.equal(await add(cem), 'invited', 'a stranger');
  const contact = accountOf(5);
  await desk.befriend(ana, contact);
  await desk.set(contact, 'privacy/add', 'nobody');
  assert.equal(await add(contact), 'invited', 'a contact who wants to be asked');
  const records = desk.length;
  desk.guests.add(accountOf(6));
  assert.equal(await add(accountOf(6)), 'account.unknown', 'a guest');
  assert.equal(desk.length, records);
  await desk.set(dia, 'privacy/add', 'everyone');
  desk.missing.add(dia);
  assert.equal(await add(dia), 'account.unknown', 'one who is leaving');
  desk.missing.delete(dia);
  const { items } = await desk.get('listMembers', ana, { params: { conversation_id: group } });
  const added = await desk.get('addMember', ana, {
    params: { conversation_id: group },
    body: { account: dia, role: 'admin' },
  });
  assert.deepEqual([items.length, added.role, added.membership, added.joined_seq], [2, 'admin', 'member', 5]);
});

test('[CNV29] who has left is told no members, and leaves again without a word', async () => {
  await using desk = await Desk.open();
  const group = await desk.make('group', [ana, ben]);
  const leave = () => desk.in('removeMember', ben, group, { account: ben });
  assert.equal(await leave(), 'ok');
  const records = desk.length;
  assert.equal(await leave(), 'ok');
  assert.equal(desk.length, records);
  assert.equal(await desk.in('listMembers', ben, group), denied);
  assert.equal(await desk.in('removeMember', cem, group, { account: cem }), denied, 'who never was in it');
  const view = await desk.get('getConversation', ben, { params: { conversation_id: group } });
  assert.deepEqual([view.role, view.left_seq, view.member_count], [undefined, 2, 1]);
});

test('[CNV9] an owner who leaves is followed by the longest-standing administrator', async () => {
  await using desk = await Desk.open();
  const group = await staffed(desk, 'group');
  assert.equal(await desk.in('removeMember', ana, group, { account: ana }), 'ok');
  assert.deepEqual(await rolesIn(desk, ben, group), { [ben]: 'owner', [cem]: 'member' });
});

test('[CNV8] ownership is handed over, and the one who had it stays an administrator', async () => {
  await using desk = await Desk.open();
  const group = await staffed(desk, 'group');
  const params = { conversation_id: group, account: cem };
  const member = await desk.get('updateMember', ana, { params, body: { role: 'owner' } });
  assert.deepEqual([member.account, member.role], [cem, 'owner']);
  assert.deepEqual(await rolesIn(desk, ben, group), { [ana]: 'admin', [ben]: 'admin', [cem]: 'owner' });
});

test('[CNV25] the same key does the same thing once, and tells its first outcome again', async () => {
  await using desk = await Desk.open();
  const group = await desk.make('group', [ana, ben]);
  await desk.befriend(ana, cem);
  const params = { conversation_id: group };
  const input = { params, body: { account: cem }, key: 'add Cem' } as const;
  const first = await desk.get('addMember', ana, input);
  await desk.get('removeMember', ana, { params: { ...params, account: cem } });
  assert.deepEqual(await desk.get('addMember', ana, input), first);
  assert.equal(cem in (await rolesIn(desk, ana, group)), false, 'it was not done again');
  await desk.get('addMember', ana, { ...input, key: 'add Cem again' });
  assert.equal(cem in (await rolesIn(desk, ana, group)), true);
});

test('[CNV28] members of a room of hundreds come in pages that end, whole and without repeats', async () => {
  await using desk = await Desk.open();
  const people = Array.from({ length: 450 }, (_, n) => accountOf(1_000 + n));
  const room = await desk.make('room', [ana], { access: 'open' });
  await Promise.all(people.map((account) => desk.in('joinRoom', account, room)));
  const gone = people.filter((_, n) => n % 3 === 0);
  await Promise.all(gone.map((account) => desk.in('removeMember', account, room, { account })));
  const back = gone.slice(0, 20);
  await Promise.all(back.map((account) => desk.in('joinRoom', account, room)));
  const seen: AccountId[] = [];
  const sizes: number[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: 64, ...(cursor === undefined ? {} : { cursor }) };
    const page = await desk.get('listMembers', ana, { params: { conversation_id: room }, query });
    seen.push(...page.items.map(({ account }) => account));
    sizes.push(page.items.length);
    assert.equal(page.has_more, page.next_cursor !== undefined);
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  const expected = [ana, ...people.filter((account) => !gone.includes(account)), ...back].sort();
  assert.deepEqual(seen, expected);
  assert.deepEqual(sizes, [64, 64, 64, 64, 64, 1]);
  assert.equal(await desk.in('listMembers', ana, room, { query: { cursor: 'x' } }), 'frame.invalid');
});

test('[CNV28] a page looks at a bounded number of rows: past thousands who have left there is another page', async () => {
  await using desk = await Desk.open();
  const room = await desk.make('room', [ana, ben], { access: 'open' });
  const gone = Array.from({ length: maxListedRows + 5 }, (_, n) => ({
    table: 'members' as const,
    row: {
      conversation: room,
      account: `a_${n}-`.padEnd(24, '0') as AccountId,
      joinedSeq: 3,
      leftSeq: 4,
      role: 'member' as const,
    },
  }));
  await desk.store.commit(gone, null);
  const params = { conversation_id: room };
  const first = await desk.get('listMembers', ana, { params });
  assert.ok(first.has_more && first.next_cursor !== undefined);
  const rest = await desk.get('listMembers', ana, { params, query: { cursor: first.next_cursor } });
  assert.equal(rest.has_more, false);
  assert.deepEqual(
    [...first.items, ...rest.items].map(({ account }) => account),
    [ana, ben],
  );
});

test('[CNV28] members of a group stand there since they came, whatever roles they have had', async () => {
  await using desk = await Desk.open();
  const group = await desk.make('group', [ana, ben, cem]);
  const setRole = (account: AccountId, role: Role) =>
    desk.get('updateMember', ana, { params: { conversation_id: group, account }, body: { role } });
  await setRole(ben, 'admin');
  await setRole(ben, 'member');
  await desk.get('removeMember', cem, { params: { conversation_id: group, account: cem } });
  await desk.set(cem, 'privacy/add', 'everyone');
  await desk.get('addMember', ana, { params: { conversation_id: group }, body: { account: cem } });
  const { items } = await desk.get('listMembers', ana, { params: { conversation_id: group } });
  assert.deepEqual(
    new Map(items.map((item) => [item.account, item.joined_seq])),
    new Map([
      [ana, 1],
      [ben, 1],
      [cem, 5],
    ]),
  );
});

test('[CNV28] members of a group come in pages by account', async () => {
  await using desk = await Desk.open();
  const group = await desk.make('group', [dia, ben, ana, cem]);
  const params = { conversation_id: group };
  const first = await desk.get('listMembers', ben, { params, query: { limit: 3 } });
  assert.deepEqual([first.items.map(({ account }) => account), first.has_more], [[ana, ben, cem], true]);
  const rest = await desk.get('listMembers', ben, { params, query: { limit: 3, cursor: first.next_cursor ?? '' } });
  assert.deepEqual([rest.items.map(({ account }) => account), rest.has_more], [[dia], false]);
});
