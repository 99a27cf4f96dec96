import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountId, type ConversationId, limits } from '@parley/protocol';
import { madeConversation } from './conversation-ids.ts';
import type { Change, Verdict } from './record.ts';
import { accountOf, creation, members, Stage } from './stage.ts';

const [ana, ben, cem, dia] = [accountOf(1), accountOf(2), accountOf(3), accountOf(4)];
const dayMs = 24 * 3_600_000;

function refused(code: string): Verdict {
  return { state: 'rejected', code, repeat: false };
}

const ask = (subject: AccountId, more: object = {}) => ({ action: 'ask', subject, role: 'member', ...more }) as const;
const come = { action: 'join', inviteHash: '' } as const;
const link = {
  action: 'invite',
  inviteId: 'i_1' as never,
  secretHash: 'hash',
  expiresAt: null,
  uses: 1,
  approval: true,
} as const;
const knock = { action: 'knock', inviteHash: 'hash' } as const;

async function accepted(verdict: Promise<Verdict>): Promise<void> {
  const { state, ...rest } = await verdict;
  assert.equal(state, 'accepted', JSON.stringify(rest));
}

function pending(stage: Stage, conversation: ConversationId): readonly string[] {
  return stage.state(conversation).pending.map(({ account, state }) => `${account} ${state}`);
}

async function membership(stage: Stage, account: AccountId, conversation: ConversationId) {
  const row = await stage.overlay.get('memberships', [account, conversation]);
  return row === undefined ? null : { left: row.left, open: row.asked?.open ?? null };
}

test('[CNV47] an invitation makes no member; the own join does, with the role of the invitation', async () => {
  for (const kind of ['group', 'room'] as const) {
    const stage = new Stage();
    const conversation = await stage.make(kind, [ana]);
    await accepted(stage.change(conversation, ana, ask(ben, { role: 'admin' })));
    const invited = stage.state(conversation);
    assert.deepEqual(
      [invited.memberCount, invited.memberN, invited.members?.has(ben)],
      [1, 2, kind === 'group' ? false : undefined],
    );
    assert.deepEqual(await membership(stage, ben, conversation), { left: true, open: true });
    assert.deepEqual(await stage.overlay.list('members', { prefix: [conversation, ben], limit: 9 }), []);
    const hint = stage.hints.find((each) => each.type === 'envelope' && each.seq === 2);
    if (kind === 'group') assert.deepEqual(hint?.type === 'envelope' && hint.recipients, [ana]);
    assert.deepEqual(
      stage.hints.filter(({ type }) => type === 'changed'),
      [{ type: 'changed', accounts: [ben] }],
    );
    assert.deepEqual(await stage.say(conversation, ben), refused('conversation.denied'));
    assert.deepEqual(await stage.change(conversation, cem, come), refused('conversation.denied'));
    await accepted(stage.change(conversation, ben, come));
    const joined = stage.state(conversation);
    assert.deepEqual([joined.memberCount, joined.memberN, joined.pending], [2, 3, []]);
    const [row] = await stage.overlay.list('members', { prefix: [conversation, ben], limit: 9 });
    assert.deepEqual([row?.role, row?.joinedSeq], ['admin', joined.seq]);
    assert.deepEqual(await membership(stage, ben, conversation), { left: false, open: null });
    await accepted(stage.say(conversation, ben));
    await accepted(stage.change(conversation, ben, { action: 'leave' }));
    assert.deepEqual(await stage.change(conversation, ben, come), refused('conversation.denied'), 'it is used up');
  }
});

test('[CNV47] administrators invite, as members or administrators, whom nothing binds to it yet', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana, ben]);
  assert.deepEqual(await stage.change(group, ben, ask(cem)), refused('conversation.role'));
  assert.deepEqual(await stage.change(group, dia, ask(cem)), refused('conversation.denied'));
  assert.deepEqual(await stage.change(group, ana, ask(cem, { role: 'owner' })), refused('conversation.role'));
  assert.deepEqual(await stage.change(group, ana, ask(ben)), refused('members.conflict'));
  await accepted(stage.change(group, ana, ask(cem)));
  assert.deepEqual(await stage.change(group, ana, ask(cem)), refused('members.conflict'));
  const direct = await stage.direct(ana, ben);
  assert.deepEqual(await stage.change(direct, ana, ask(cem)), refused('conversation.role'));
  await accepted(stage.change(group, ana, { action: 'add', subject: cem, role: 'member' }));
  assert.deepEqual(pending(stage, group), []);
});

test('[CNV47] a group begins with invitations beside its founders, each once and none of a founder', async () => {
  const stage = new Stage();
  const invited = [{ account: ben }, { account: cem }, { account: cem, hidden: true as const }, { account: ana }];
  const group = await stage.make('group', [ana], { invited } as never);
  assert.deepEqual(pending(stage, group), [`${ben} invited`, `${cem} invited`]);
  assert.equal(stage.state(group).memberCount, 1);
  const row = await stage.overlay.get('messages', [group, 1]);
  assert.match(
    Buffer.from(row?.tail ?? []).toString(),
    new RegExp(`"members":\\["${ana}"\\],"invited":\\["${ben}","${cem}"\\]`),
  );
  assert.deepEqual(await membership(stage, ben, group), { left: true, open: true });
  assert.equal(await membership(stage, cem, group), null, 'the last word on it: hidden');
  const id = stage.id();
  const many = Array.from({ length: limits.maxFoundingMembers + 1 }, (_, n) => ({ account: accountOf(n + 10) }));
  const create = { ...creation('group', [ana]), invited: many };
  const made = await stage.apply(members(madeConversation('group', ana, id), ana, id, create));
  assert.deepEqual(made, refused('conversation.full'));
});

test('[CNV42] the invited one says no, once, and is not asked again for a day', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana]);
  assert.deepEqual(await stage.change(group, ben, { action: 'decline' }), refused('conversation.denied'));
  await accepted(stage.change(group, ana, ask(ben)));
  await accepted(stage.change(group, ben, { action: 'decline' }));
  assert.deepEqual(await membership(stage, ben, group), { left: true, open: false });
  assert.deepEqual(await stage.change(group, ben, { action: 'decline' }), refused('conversation.denied'));
  assert.deepEqual(await stage.change(group, ben, come), refused('conversation.denied'));
  assert.deepEqual(await stage.change(group, ana, ask(ben)), refused('members.declined'));
  assert.deepEqual(await stage.change(group, ana, ask(ben), dayMs - 10), refused('members.declined'));
  await accepted(stage.change(group, ana, ask(ben), 20));
});

test('[CNV42] an administrator takes an invitation back, and may make it again', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana, cem]);
  await accepted(stage.change(group, ana, ask(ben)));
  assert.deepEqual(await stage.change(group, cem, { action: 'withdraw', subject: ben }), refused('conversation.role'));
  assert.deepEqual(await stage.change(group, ana, { action: 'refuse', subject: ben }), refused('members.conflict'));
  await accepted(stage.change(group, ana, { action: 'withdraw', subject: ben }));
  assert.deepEqual(await stage.change(group, ana, { action: 'withdraw', subject: ben }), refused('members.conflict'));
  assert.deepEqual(await stage.change(group, ben, come), refused('conversation.denied'));
  await accepted(stage.change(group, ana, ask(ben)));
});

test('[CNV42] an invitation ends after 30 days, and when nobody is left', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana]);
  await accepted(stage.change(group, ana, ask(ben)));
  await accepted(stage.change(group, ana, ask(cem), 1_000));
  assert.deepEqual(await stage.change(group, ben, come, limits.pendingMs - 1_000), refused('conversation.denied'));
  await accepted(stage.change(group, ana, ask(dia)));
  assert.deepEqual(pending(stage, group), [`${cem} invited`, `${dia} invited`], 'what has run out goes');
  assert.deepEqual(await membership(stage, ben, group), { left: true, open: false });
  await accepted(stage.change(group, ana, { action: 'leave' }));
  assert.deepEqual(await membership(stage, dia, group), { left: true, open: false });
  assert.deepEqual(await stage.change(group, dia, come), refused('conversation.denied'));
});

test('[CNV43] by a link that needs an approval one waits; being added spends its use', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana]);
  await stage.change(group, ana, link);
  assert.deepEqual(await stage.change(group, ben, { action: 'join', inviteHash: 'hash' }), refused('invite.invalid'));
  assert.deepEqual(await stage.change(group, ben, { ...knock, inviteHash: 'guess' }), refused('invite.invalid'));
  await accepted(stage.change(group, ben, knock));
  await accepted(stage.change(group, cem, knock));
  assert.deepEqual(await stage.change(group, ben, knock), refused('members.conflict'));
  assert.deepEqual(await stage.change(group, ben, come), refused('conversation.denied'));
  assert.deepEqual(await stage.say(group, ben), refused('conversation.denied'));
  assert.equal(stage.state(group).invites[0]?.usesLeft, 1, 'none is spent yet');
  await accepted(stage.change(group, ana, { action: 'add', subject: ben, role: 'member' }));
  assert.deepEqual(stage.state(group).invites, []);
  assert.deepEqual(await stage.change(group, dia, knock), refused('invite.invalid'));
  await accepted(stage.change(group, ana, { action: 'add', subject: cem, role: 'member' }));
  assert.equal(stage.state(group).memberCount, 3);
});

test('[CNV43] who is refused does not knock again for a day; who gives up may; a plain link takes nobody to wait', async () => {
  const stage = new Stage();
  const room = await stage.make('room', [ana]);
  await stage.change(room, ana, { ...link, uses: null });
  await accepted(stage.change(room, ben, knock));
  await accepted(stage.change(room, ben, { action: 'decline' }));
  await accepted(stage.change(room, ben, knock));
  assert.deepEqual(await stage.change(room, ana, { action: 'withdraw', subject: ben }), refused('members.conflict'));
  await accepted(stage.change(room, ana, { action: 'refuse', subject: ben }));
  assert.deepEqual(await stage.change(room, ben, knock), refused('members.declined'));
  await accepted(stage.change(room, ana, ask(ben)));
  await accepted(stage.change(room, ben, come));
  const { approval: _, ...plain } = link;
  await stage.change(room, ana, { ...plain, inviteId: 'i_2' as never, secretHash: 'plain' });
  assert.deepEqual(await stage.change(room, cem, { ...knock, inviteHash: 'plain' }), refused('invite.invalid'));
});

test('[CNV44] 256 are pending in a conversation at most; what has run out makes room', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana]);
  for (let n = 0; n < limits.maxPendingPerConversation; n++)
    await accepted(stage.change(group, ana, ask(accountOf(100 + n))));
  await stage.change(group, ana, link);
  assert.deepEqual(await stage.change(group, ana, ask(ben)), refused('invite.too_many'));
  assert.deepEqual(await stage.change(group, cem, knock), refused('invite.too_many'));
  await accepted(stage.change(group, ana, ask(ben), limits.pendingMs));
  assert.deepEqual(pending(stage, group), [`${ben} invited`]);
});

test('[CNV46] who blocks is told of nothing and cannot come in; administrators see an invitation like any other', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana]);
  await accepted(stage.change(group, ana, ask(ben, { hidden: true })));
  assert.equal(await membership(stage, ben, group), null);
  assert.deepEqual(
    stage.hints.filter(({ type }) => type === 'changed'),
    [],
  );
  const row = await stage.overlay.get('messages', [group, 2]);
  assert.doesNotMatch(Buffer.from(row?.tail ?? []).toString(), /hidden/);
  assert.deepEqual(await stage.change(group, ana, ask(ben)), refused('members.conflict'));
  for (const change of [come, { action: 'decline' } as const])
    assert.deepEqual(await stage.change(group, ben, change), refused('conversation.denied'));
  await accepted(stage.change(group, ana, { action: 'withdraw', subject: ben }));
  assert.equal(await membership(stage, ben, group), null);
});

test('[CNV6] every entry about who is pending has a version of the member list', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana]);
  const before = stage.state(group).memberN;
  for (const [actor, change] of [
    [ana, ask(ben)],
    [ben, { action: 'decline' }],
    [ana, ask(cem)],
    [ana, { action: 'withdraw', subject: cem }],
  ] as const)
    await accepted(stage.change(group, actor, change));
  await stage.change(group, ana, { ...link, uses: 9 });
  await accepted(stage.change(group, dia, knock));
  await accepted(stage.change(group, ana, { action: 'refuse', subject: dia }));
  assert.equal(stage.state(group).memberN, before + 7, 'with the link');
});

test('[SEQ13] wherever a reader is interrupted, who is pending comes out the same', async () => {
  const whole = new Stage();
  const id = whole.id();
  const group = madeConversation('group', ana, id);
  const deeds: readonly (readonly [AccountId, Change, number])[] = [
    [ana, { ...creation('group', [ana]), invited: [{ account: ben }, { account: dia, hidden: true }] }, 1],
    [ana, ask(cem), 1],
    [ben, come, 1],
    [cem, { action: 'decline' }, 1],
    [ana, link, 1],
    [cem, knock, dayMs],
    [ana, { action: 'add', subject: cem, role: 'admin' }, 1],
    [cem, ask(accountOf(9)), limits.pendingMs],
    [cem, { action: 'withdraw', subject: accountOf(9) }, 1],
  ];
  const records = deeds.map(([actor, change], n) => members(group, actor, n === 0 ? id : whole.id(), change));
  const cells = async (stage: Stage) => ({
    state: await stage.overlay.get('conversations', [group]),
    memberships: await Promise.all(
      [ana, ben, cem, dia, accountOf(9)].map((account) => stage.overlay.get('memberships', [account, group])),
    ),
  });
  for (const [n, record] of records.entries()) await accepted(whole.apply(record, deeds[n]?.[2]));
  const expected = await cells(whole);
  for (let at = 0; at < records.length; at++) {
    let stage = new Stage();
    for (const [n, record] of records.entries()) {
      await accepted(stage.apply(record, deeds[n]?.[2]));
      if (n !== at) continue;
      await stage.commit();
      stage = stage.restart();
    }
    assert.deepEqual(await cells(stage), expected);
  }
});
