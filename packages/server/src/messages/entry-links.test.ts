import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountId, type ConversationId, limits as wire } from '@parley/protocol';
import { linkId } from '../sequencer/entry-hash.ts';
import { keyPair, signedBy } from './entry-fixture.ts';
import { ana, ben, cem, Desk, dia } from './rest-fixture.ts';
import { SignedGroup } from './signed-group-fixture.ts';

const at = (conversation_id: ConversationId) => ({ params: { conversation_id } });
const link = keyPair(200);

async function opened() {
  const desk = await Desk.open();
  const [a, b, c] = [desk.people.publish(ana), desk.people.publish(ben), desk.people.publish(cem)];
  const group = await SignedGroup.found(desk, a);
  const made = (more: object = {}) => {
    const expires_at = desk.clock.now() + 3_600_000;
    return group.entry(a, { action: 'link', link_key: link.key, expires_at, uses: 2, ...more });
  };
  return { desk, a, b, c, group, made };
}

const join = { action: 'join', link_key: link.key } as const;
const knock = { action: 'knock', link_key: link.key } as const;

test('[MEM12] a link is a key: who comes by it signs with it too, its uses are counted, and it ends by an entry', async () => {
  const { desk, a, b, c, group, made } = await opened();
  await using _ = desk;
  assert.equal(await group.change(b, join, link), 'invite.invalid');
  assert.equal(await group.append(a, made()), 'ok');
  const { items } = await desk.get('listConversationInvites', ana, at(group.id));
  assert.deepEqual(
    items.map(({ invite_id, uses_left, created_by }) => [invite_id, uses_left, created_by]),
    [[linkId(link.key), 2, ana]],
  );
  assert.equal(await group.change(b, join), 'members.unsigned', 'without the key of the link');
  assert.equal(await group.change(b, join, keyPair(201)), 'members.unsigned');
  assert.equal(await group.change(b, { action: 'join' }), 'conversation.denied');
  assert.equal(await group.change(b, { ...join, link_key: keyPair(201).key }, keyPair(201)), 'invite.invalid');
  assert.equal(await group.change(b, join, link), 'ok');
  assert.equal(await group.change(b, join, link), 'members.conflict');
  assert.equal(await group.change(b, { action: 'end_link', link_key: link.key }), 'conversation.role');
  assert.equal(await group.change(c, knock, link), 'invite.invalid', 'it needs no approval');
  assert.equal(await group.append(a, made()), 'members.conflict');
  assert.equal(await group.change(a, { action: 'end_link', link_key: link.key }), 'ok');
  assert.equal(await group.change(a, { action: 'end_link', link_key: link.key }), 'not_found');
  assert.equal(await group.change(c, join, link), 'invite.invalid');
  assert.equal(await group.append(a, made({ uses: 1 })), 'ok', 'the same key again');
  assert.equal(await group.change(c, join, link), 'ok');
  assert.deepEqual((await desk.get('listConversationInvites', ana, at(group.id))).items, []);
});

test('[MEM12] by a link that needs an approval one waits until an entry adds or refuses', async () => {
  const { desk, a, b, c, group, made } = await opened();
  await using _ = desk;
  assert.equal(await group.append(a, made({ approval: true, uses: 1 })), 'ok');
  assert.equal(await group.change(b, join, link), 'invite.invalid');
  assert.equal(await group.change(b, knock, link), 'ok');
  assert.equal(await group.change(b, knock, link), 'members.conflict');
  assert.equal((await desk.get('getConversation', ben, at(group.id))).membership, 'waiting');
  assert.equal(await group.change(a, { action: 'add', subject: ben, role: 'member', subject_key: b.master.key }), 'ok');
  assert.equal(await group.change(c, knock, link), 'invite.invalid', 'its use is spent');
  assert.equal(await group.append(a, made({ approval: true })), 'ok');
  assert.equal(await group.change(c, knock, link), 'ok');
  assert.equal(await group.change(a, { action: 'refuse', subject: cem }), 'ok');
  assert.equal(await group.change(c, knock, link), 'members.declined');
});

test('[MEM12] a link lives at most 90 days, and ends at its time', async () => {
  const { desk, a, b, group, made } = await opened();
  await using _ = desk;
  const now = desk.clock.now();
  for (const expires_at of [now, now + wire.maxInviteMs + 1])
    assert.equal(await group.append(a, made({ expires_at })), 'frame.invalid');
  const noEnd = signedBy(a, { ...made().entry, approval: true });
  const { expires_at: _at, ...endless } = noEnd.entry;
  assert.equal(await group.append(a, signedBy(a, endless)), 'frame.invalid');
  assert.equal(await group.append(a, made()), 'ok');
  desk.clock.advance(3_600_000);
  assert.equal(await group.change(b, join, link), 'invite.invalid');
  assert.equal(await desk.accounts.inspectLink({ conversation_id: group.id, key: link.key }), null);
});

test('[MEM12] looking at a link needs its public half only, uses nothing up and tells what a join is signed over', async () => {
  const { desk, a, group, made } = await opened();
  await using _ = desk;
  const ref = { conversation_id: group.id, key: link.key };
  assert.equal(await desk.accounts.inspectLink(ref), null);
  assert.equal(await group.append(a, made({ approval: true })), 'ok');
  const room = await desk.make('room', [ana]);
  const { length } = desk;
  const { n: memberN, head: memberHead } = group.newest;
  const found = { inviter: ana, approval: true, memberN, memberHead };
  assert.deepEqual(await desk.accounts.inspectLink(ref), found);
  assert.equal(await desk.accounts.inspectLink({ ...ref, key: keyPair(201).key }), null);
  assert.equal(await desk.accounts.inspectLink({ ...ref, conversation_id: room }), null);
  const proof = { text: 'Lin signs up', signature: link.sign('Lin signs up') };
  assert.deepEqual(await desk.accounts.inspectLink(ref, proof), found);
  assert.equal(await desk.accounts.inspectLink(ref, { ...proof, text: 'Eve signs up' }), null);
  assert.equal(desk.length, length);
});

test('[MEM31] who sees an invitation comes by it, as what it says, and by no link', async () => {
  const { desk, a, b, group, made } = await opened();
  await using _ = desk;
  const other = keyPair(202);
  assert.equal(await group.append(a, made()), 'ok');
  assert.equal(await group.append(a, made({ link_key: other.key, approval: true })), 'ok');
  assert.equal(await group.change(a, { action: 'ask', subject: ben, role: 'admin' }), 'ok');
  const { length } = desk;
  assert.equal(await group.change(b, join, link), 'members.conflict');
  assert.equal(await group.change(b, { ...join, link_key: other.key }, other), 'members.conflict');
  assert.equal(await group.change(b, { ...knock, link_key: other.key }, other), 'members.conflict');
  assert.equal(desk.length, length);
  assert.equal(await group.change(b, { action: 'join' }), 'ok');
  assert.equal((await desk.get('getConversation', ben, at(group.id))).role, 'admin');
  const { items } = await desk.get('listConversationInvites', ana, at(group.id));
  assert.deepEqual(
    items.map(({ uses_left }) => uses_left),
    [2, 2],
  );
});

test('[MEM31] who does not see its invitation, or whose invitation has run out, comes by a link as a member', async () => {
  const { desk, a, b, c, group, made } = await opened();
  await using _ = desk;
  await desk.set(ben, `block/${ana}`, '1');
  for (const subject of [ben, cem])
    assert.equal(await group.change(a, { action: 'ask', subject, role: 'admin' }), 'ok');
  desk.clock.advance(wire.pendingMs);
  assert.equal(await group.append(a, made()), 'ok');
  assert.equal(await group.change(a, { action: 'ask', subject: ben, role: 'admin' }), 'ok');
  for (const one of [b, c]) {
    assert.equal(await group.change(one, { action: 'join' }), 'conversation.denied');
    assert.equal(await group.change(one, join, link), 'ok');
    assert.equal((await desk.get('getConversation', one.account, at(group.id))).role, 'member');
  }
  assert.deepEqual((await desk.get('listConversationInvites', ana, at(group.id))).items, [], 'both uses are spent');
});

test('[MEM4] an account that goes leaves by an entry that nobody signed, and the others go on from there', async () => {
  const { desk, a, b, group } = await opened();
  await using _ = desk;
  await desk.befriend(ana, ben);
  assert.equal(await group.change(a, { action: 'add', subject: ben, role: 'member' }), 'ok');
  assert.equal(await group.change(a, { action: 'ask', subject: cem, role: 'member' }), 'ok');
  const leave = (account: AccountId) =>
    desk.accounts.leaveEverything(account, {
      intent: account,
      kind: 'delete',
      account,
      inviter: null,
      createdAt: desk.clock.now(),
    });
  assert.ok((await leave(cem)).ok);
  assert.ok((await leave(ana)).ok);
  const { items } = await desk.get('listEntries', ben, at(group.id));
  assert.deepEqual(
    items.slice(-2).map(({ entry, signatures }) => [entry.actor, entry.action, signatures]),
    [
      [cem, 'decline', undefined],
      [ana, 'leave', undefined],
    ],
  );
  const { member_n, member_head = '', role } = await desk.get('getConversation', ben, at(group.id));
  assert.deepEqual([role, member_n], ['owner', items.length]);
  group.newest = { conversation: group.id, n: member_n, head: member_head };
  assert.equal(await group.change(b, { action: 'ask', subject: dia, role: 'member' }), 'ok');
});

test('[MEM12] who has made too many links waits as long as is said, and nothing was made', async () => {
  const { desk, a, group, made } = await opened();
  await using _ = desk;
  desk.linkWaitMs = 60_000;
  assert.equal(await group.append(a, made()), 'rate.limited');
  assert.deepEqual((await desk.get('listConversationInvites', ana, at(group.id))).items, []);
  desk.linkWaitMs = 0;
  assert.equal(await group.append(a, made()), 'ok');
});
