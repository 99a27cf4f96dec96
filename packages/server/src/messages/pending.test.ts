import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountId, type ConversationId, limits as wire } from '@parley/protocol';
import type { Change } from '../sequencer/record.ts';
import { accountOf, deviceOf } from '../sequencer/stage.ts';
import { ana, ben, cem, Desk, dia } from './rest-fixture.ts';
import { wordsIn } from './sealed-fixture.ts';

const dayMs = 24 * 3_600_000;

const at = (conversation: ConversationId, account?: AccountId) => ({
  params: { conversation_id: conversation, ...(account && { account }) } as never,
});

function add(desk: Desk, conversation: ConversationId, account: AccountId, role?: 'admin') {
  return desk.get('addMember', ana, { ...at(conversation), body: { account, ...(role && { role }) } });
}

/** What the account is told of one conversation, from the beginning. */
async function told(desk: Desk, account: AccountId, conversation: ConversationId, since?: string) {
  const page = await desk.get('sync', account, {
    query: since === undefined ? { timeout_ms: 0 } : { since, timeout_ms: 0 },
  });
  return { item: page.items.find((each) => each.conversation_id === conversation), since: page.since };
}

async function names(desk: Desk, conversation: ConversationId): Promise<readonly string[]> {
  const { items } = await desk.get('listPending', ana, at(conversation));
  return items.map(({ account, state, by }) => `${account} ${state} ${by === ana ? 'by ana' : ''}`.trim());
}

test('[CNV45] who is invited sees who invites, the size and what a room is called, and nothing else of it', async () => {
  await using desk = await Desk.open();
  for (const kind of ['group', 'room'] as const) {
    const conversation = await desk.make(kind, [ana, cem], kind === 'room' ? { topic: 'Leaves', access: 'open' } : {});
    await desk.say(ana, conversation, 'Before');
    const before = await told(desk, ben, conversation);
    assert.equal(before.item, undefined);
    const asked = desk.clock.now();
    assert.deepEqual(await add(desk, conversation, ben), { account: ben, role: 'member', membership: 'invited' });
    const { item, since } = await told(desk, ben, conversation, before.since);
    const shown = await desk.get('getConversation', ben, at(conversation));
    assert.deepEqual(item, shown);
    const { membership, invited_by, asked_at, expires_at, member_count, head, role, title } = shown;
    assert.deepEqual(
      [
        membership,
        invited_by,
        Date.parse(asked_at ?? ''),
        Date.parse(expires_at ?? ''),
        member_count,
        head,
        role,
        title,
      ],
      ['invited', ana, asked, asked + wire.pendingMs, 2, 0, undefined, kind === 'room' ? 'Tea' : undefined],
    );
    for (const name of ['listMembers', 'listMessages', 'listPending'] as const)
      assert.equal(await desk.in(name, ben, conversation), 'conversation.denied');
    const { items } = await desk.get('listConversations', ben);
    assert.ok(items.some((each) => each.conversation_id === conversation && each.membership === 'invited'));
    await desk.say(ana, conversation, 'Meanwhile');
    assert.equal((await told(desk, ben, conversation, since)).item, undefined, 'what is said there is no news to it');
  }
});

test('[CNV47] accepting makes a member, who reads from there on; declining ends it for all devices', async () => {
  await using desk = await Desk.open();
  const group = await desk.make('group', [ana]);
  await desk.say(ana, group, 'Before');
  await add(desk, group, ben, 'admin');
  const accepted = await desk.get('acceptConversation', ben, at(group));
  assert.deepEqual([accepted.role, accepted.membership, accepted.member_count], ['admin', undefined, 2]);
  await desk.say(ana, group, 'After');
  const { items } = await desk.get('listMessages', ben, at(group));
  assert.deepEqual(
    items.map(({ content }) => wordsIn(content)).filter((each) => each !== undefined),
    ['After'],
  );
  assert.equal(await desk.in('acceptConversation', ben, group), 'ok', 'again: it is in');
  await add(desk, group, cem);
  const { since } = await told(desk, cem, group);
  assert.equal(await desk.in('declineConversation', cem, group), 'ok');
  const { item } = await told(desk, cem, group, since);
  assert.deepEqual([item?.membership, item?.member_count, item?.head], ['ended', 0, 0]);
  assert.equal((await told(desk, cem, group)).item, undefined, 'a new device is told nothing');
  for (const name of ['getConversation', 'acceptConversation', 'declineConversation'] as const)
    assert.equal(await desk.in(name, cem, group), 'conversation.denied');
  assert.equal(await desk.in('addMember', ana, group, { body: { account: cem } }), 'members.declined');
});

test('[CNV42] what is taken back, or has run out, is over for who was invited', async () => {
  await using desk = await Desk.open();
  const group = await desk.make('group', [ana]);
  for (const account of [ben, cem]) await add(desk, group, account);
  assert.deepEqual(await names(desk, group), [`${ben} invited by ana`, `${cem} invited by ana`]);
  const { since } = await told(desk, ben, group);
  assert.equal(await desk.in('removePending', ana, group, { account: ben }), 'ok');
  assert.equal(await desk.in('removePending', ana, group, { account: ben }), 'members.conflict');
  assert.equal((await told(desk, ben, group, since)).item?.membership, 'ended');
  desk.clock.advance(wire.pendingMs);
  assert.deepEqual(await names(desk, group), []);
  for (const name of ['getConversation', 'acceptConversation'] as const)
    assert.equal(await desk.in(name, cem, group), 'conversation.denied');
  assert.equal((await add(desk, group, cem)).membership, 'invited', 'it can be made again');
});

test('[CNV42] a former member who declines keeps what it could read', async () => {
  await using desk = await Desk.open();
  const group = await desk.make('group', [ana, ben]);
  await desk.say(ana, group, 'Then');
  await desk.in('removeMember', ben, group, { account: ben });
  await desk.set(ben, 'privacy/add', 'nobody');
  await add(desk, group, ben);
  const invited = await desk.get('getConversation', ben, at(group));
  assert.deepEqual([invited.membership, invited.left_seq, invited.head], ['invited', 3, 3]);
  assert.equal(await desk.in('declineConversation', ben, group), 'ok');
  const { membership, left_seq } = await desk.get('getConversation', ben, at(group));
  assert.deepEqual([membership, left_seq], [undefined, 3]);
  const { items } = await desk.get('listMessages', ben, at(group));
  assert.ok(items.some(({ content }) => wordsIn(content) === 'Then'));
});

test('[CNV43] a link with approval lets nobody in before an administrator does', async () => {
  await using desk = await Desk.open();
  const group = await desk.make('group', [ana]);
  const { secret, approval } = await desk.get('createConversationInvite', ana, {
    ...at(group),
    body: { approval: true, max_uses: 2 },
  });
  assert.equal(approval, true);
  assert.deepEqual(await desk.accounts.inspectInvite(secret), { inviter: ana, approval: true });
  const waiting = { ok: true, value: { conversation_id: group, waiting: true } };
  for (const account of [ben, ben, cem]) assert.deepEqual(await desk.accounts.acceptInvite(account, secret), waiting);
  assert.deepEqual(await names(desk, group), [`${ben} waiting`, `${cem} waiting`]);
  const { membership, invited_by } = await desk.get('getConversation', ben, at(group));
  assert.deepEqual([membership, invited_by], ['waiting', undefined]);
  assert.equal(await desk.in('acceptConversation', ben, group), 'conversation.denied');
  await desk.set(ben, 'privacy/add', 'nobody');
  assert.equal((await add(desk, group, ben)).membership, 'member', 'it asked itself');
  assert.equal(await desk.in('removePending', ana, group, { account: cem }), 'ok');
  assert.deepEqual(await desk.accounts.acceptInvite(cem, secret), { ok: false, code: 'members.declined' });
  const { items } = await desk.get('listConversationInvites', ana, at(group));
  assert.deepEqual(
    items.map((each) => [each.uses_left, each.approval]),
    [[1, true]],
  );
  await add(desk, group, dia);
  assert.deepEqual(await desk.accounts.acceptInvite(dia, secret), { ok: true, value: { conversation_id: group } });
  assert.equal((await desk.get('getConversation', dia, at(group))).role, 'member', 'who is invited needs no approval');
});

test('[CNV44] an account invites 20 a day, strangers that it writes to among them, restarts notwithstanding', async () => {
  await using desk = await Desk.open();
  const group = await desk.make('group', [ana]);
  await desk.get('createConversation', ana, { body: { kind: 'direct', account: dia } });
  const many = Array.from({ length: wire.newPeoplePerDay - 2 }, (_, n) => accountOf(100 + n));
  await desk.get('createConversation', ana, { body: { kind: 'group', members: many } });
  await add(desk, group, ben);
  const another = () => desk.in('addMember', ana, group, { body: { account: cem } });
  assert.equal(await another(), 'request.limit');
  assert.equal(
    await desk.code('createConversation', ana, { body: { kind: 'group', members: [cem] } }),
    'request.limit',
  );
  await using again = await Desk.open({ store: desk.store, log: desk.log });
  assert.equal(await again.in('addMember', ana, group, { body: { account: cem } }), 'request.limit');
  desk.clock.advance(dayMs);
  assert.equal(await another(), 'ok');
});

test('[CNV44] 100 conversations are pending for an account at most', async () => {
  await using desk = await Desk.open();
  const ask: Change = { action: 'ask', subject: ben, role: 'member' };
  for (let n = 0; n < wire.maxPendingPerAccount; n++) {
    const conversation = await desk.make('group', [accountOf(100 + (n % 10))]);
    const act = { conversation, sender: accountOf(100 + (n % 10)), device: deviceOf(1) };
    assert.ok((await desk.messages.appender.change(act, ask)).ok);
  }
  const group = await desk.make('group', [ana]);
  assert.equal(await desk.in('addMember', ana, group, { body: { account: ben } }), 'account.unknown');
  const { secret } = await desk.get('createConversationInvite', ana, { ...at(group), body: { approval: true } });
  assert.deepEqual(await desk.accounts.acceptInvite(ben, secret), { ok: false, code: 'conversation.too_many' });
  desk.clock.advance(wire.pendingMs);
  assert.equal((await add(desk, group, ben)).membership, 'invited');
});

test('[CNV46] an invitation of somebody who blocks looks like any other, and reaches nobody', async () => {
  await using desk = await Desk.open();
  const group = await desk.make('group', [ana]);
  await desk.set(ben, `block/${ana}`, '1');
  const { since } = await told(desk, ben, group);
  for (const account of [ben, cem]) assert.equal((await add(desk, group, account)).membership, 'invited');
  assert.deepEqual(await names(desk, group), [`${ben} invited by ana`, `${cem} invited by ana`]);
  assert.equal((await told(desk, ben, group, since)).item, undefined);
  for (const name of ['getConversation', 'acceptConversation', 'declineConversation'] as const)
    assert.equal(await desk.in(name, ben, group), 'conversation.denied');
  assert.equal(await desk.in('addMember', ana, group, { body: { account: ben } }), 'members.conflict');
  assert.equal(await desk.in('removePending', ana, group, { account: ben }), 'ok');
});

test('[CNV37] an account that goes declines its invitations and waits for nothing', async () => {
  await using desk = await Desk.open();
  const [group, other] = [await desk.make('group', [ana]), await desk.make('group', [ana])];
  await add(desk, group, ben);
  const { secret } = await desk.get('createConversationInvite', ana, { ...at(other), body: { approval: true } });
  await desk.accounts.acceptInvite(ben, secret);
  const intent = { intent: 'leave ben', kind: 'leave', account: ben, inviter: null, createdAt: 0 } as never;
  assert.deepEqual(await desk.accounts.leaveEverything(ben, intent), { ok: true, value: null });
  assert.deepEqual([await names(desk, group), await names(desk, other)], [[], []]);
});

test('[CNV45] a long poll is answered when an invitation comes', async () => {
  await using desk = await Desk.open();
  const group = await desk.make('group', [ana]);
  const { since } = await told(desk, ben, group);
  const polled = desk.get('sync', ben, { query: { since, timeout_ms: 30_000 } });
  await new Promise((resolve) => setImmediate(resolve));
  await add(desk, group, ben);
  desk.clock.advance(1_000);
  const { items } = await polled;
  assert.deepEqual(
    items.map(({ membership }) => membership),
    ['invited'],
  );
});
