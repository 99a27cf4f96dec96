import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountId, type ConversationId, limits } from '@parley/protocol';
import { openRoomPrefix } from '../store/store.ts';
import { accountLog } from './conversation-ids.ts';
import type { Verdict } from './record.ts';
import { accountOf, Stage } from './stage.ts';

const [ana, ben, cem, dia] = [accountOf(1), accountOf(2), accountOf(3), accountOf(4)];

function refused(code: string): Verdict {
  return { state: 'rejected', code, repeat: false };
}

const link = { action: 'invite', inviteId: 'i_1' as never, secretHash: 'hash', expiresAt: null, uses: null } as const;

test('[CNV10] a link counts its uses; the last one closes it', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana]);
  await stage.change(group, ana, { ...link, uses: 2 });
  const join = (account: AccountId, inviteHash = 'hash') =>
    stage.change(group, account, { action: 'join', inviteHash });
  assert.deepEqual(await join(ben, 'guess'), refused('invite.invalid'));
  assert.equal((await join(ben)).state, 'accepted');
  assert.deepEqual(await join(ben), refused('members.conflict'), 'no use is spent on a member');
  assert.equal((await join(cem)).state, 'accepted');
  assert.deepEqual(await join(dia), refused('invite.invalid'));
  assert.deepEqual(stage.state(group).invites, []);
});

test('[CNV10] a link ends at its time by append time, by being revoked, and is bounded in number', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana]);
  const join = (account: AccountId, afterMs: number) =>
    stage.change(group, account, { action: 'join', inviteHash: 'hash' }, afterMs);
  await stage.change(group, ana, { ...link, expiresAt: stage.time + 1_000 });
  assert.equal((await join(ben, 998)).state, 'accepted');
  assert.deepEqual(await join(cem, 1), refused('invite.invalid'));
  await stage.change(group, ana, link);
  assert.equal(
    (await stage.change(group, ana, { action: 'revoke_invite', inviteId: 'i_1' as never })).state,
    'accepted',
  );
  assert.deepEqual(await join(cem, 1), refused('invite.invalid'));
  const revoke = { action: 'revoke_invite', inviteId: 'i_9' as never } as const;
  assert.deepEqual(await stage.change(group, ana, revoke), refused('not_found'));
  for (let n = 0; n < limits.maxInvitesPerConversation; n++)
    await stage.change(group, ana, { ...link, inviteId: `i_${n}` as never, expiresAt: stage.time + 50_000 });
  assert.deepEqual(await stage.change(group, ana, link), refused('invite.too_many'));
  assert.equal((await stage.change(group, ana, link, 60_000)).state, 'accepted', 'the expired ones make room');
});

test('[CNV10] links are made by administrators, with uses in bounds, and never show their hash', async () => {
  const stage = new Stage();
  const group = await stage.make('group', [ana, ben]);
  assert.deepEqual(await stage.change(group, ben, link), refused('conversation.role'));
  for (const uses of [0, limits.maxInviteUses + 1])
    assert.deepEqual(await stage.change(group, ana, { ...link, uses }), refused('frame.invalid'));
  await stage.change(group, ana, { ...link, secretHash: 'canary' });
  const rows = await stage.overlay.list('messages', { prefix: [group], limit: 10 });
  assert.ok(rows.every((row) => !Buffer.from(row.tail).includes('canary')));
});

test('[CNV11] an open room is joined without a link, others are not; who finds it empty owns it', async () => {
  const stage = new Stage();
  const open = await stage.make('room', [ana], { access: 'open', title: 'Tea' });
  const closed = await stage.make('room', [ana], { access: 'invite', title: 'Tea' });
  const group = await stage.make('group', [ana]);
  const direct = await stage.direct(ana, cem);
  const join = (conversation: ConversationId) => stage.change(conversation, ben, { action: 'join', inviteHash: '' });
  assert.equal((await join(open)).state, 'accepted');
  assert.deepEqual(await join(open), refused('members.conflict'));
  for (const conversation of [closed, group, direct, accountLog(ana)])
    assert.deepEqual(await join(conversation), refused('conversation.denied'));
  assert.equal((await stage.say(open, ben)).state, 'accepted');
  await stage.change(open, ben, { action: 'leave' });
  assert.deepEqual(await stage.say(open, ben), refused('conversation.denied'));
  await stage.change(open, ana, { action: 'leave' });
  await join(open);
  assert.equal((await stage.overlay.list('members', { prefix: [open, ben], limit: 9 })).at(-1)?.role, 'owner');
});

test('[CNV20] open rooms stand in a list of their own from the record that opens them to the one that closes them', async () => {
  const stage = new Stage();
  const open = await stage.make('room', [ana], { access: 'open', title: 'Tea' });
  const closed = await stage.make('room', [ana], { access: 'invite', title: 'Tea' });
  await stage.make('group', [ana], { access: 'open' });
  const listed = async () => {
    const rows = await stage.overlay.list('facts', { prefix: [], after: [openRoomPrefix], limit: 9 });
    return rows.filter((row) => row.value === '1').map((row) => row.name.slice(openRoomPrefix.length));
  };
  assert.deepEqual(await listed(), [open]);
  await stage.commit();
  await stage.change(closed, ana, { action: 'settings', access: 'open' });
  assert.deepEqual(await listed(), [open, closed].sort());
  await stage.change(open, ana, { action: 'settings', title: 'Coffee' });
  await stage.change(open, ana, { action: 'settings', access: 'invite' });
  assert.deepEqual(await listed(), [closed]);
});
