import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConversationId } from '@parley/protocol';
import { ana, ben, cem, Desk, dia } from './rest-fixture.ts';
import { SignedGroup } from './signed-group-fixture.ts';

const at = (conversation_id: ConversationId) => ({ params: { conversation_id } });

/** What each of them would change over the older routes. */
async function changes(desk: Desk, group: ConversationId, invite: string): Promise<readonly string[]> {
  return [
    await desk.in('addMember', ana, group, { body: { account: dia } }),
    await desk.in('updateMember', ana, group, { account: ben, body: { role: 'admin' } }),
    await desk.in('removeMember', ana, group, { account: ben }),
    await desk.in('removePending', ana, group, { account: cem }),
    await desk.in('createConversationInvite', ana, group, { body: {} }),
    await desk.in('revokeConversationInvite', ana, group, { invite }),
    await desk.in('acceptConversation', cem, group),
  ];
}

test('[MEM11] who has an identity changes no members over the older routes, but settings, and goes when it wants', async () => {
  await using desk = await Desk.open();
  const group = await desk.make('group', [ana, ben]);
  assert.equal(await desk.in('addMember', ana, group, { body: { account: cem } }), 'ok');
  const { invite_id, secret } = await desk.get('createConversationInvite', ana, { ...at(group), body: {} });
  for (const account of [ana, ben, cem]) desk.people.publish(account);
  const { length } = desk;
  assert.deepEqual(new Set(await changes(desk, group, invite_id)), new Set(['members.unsigned']));
  assert.equal(await desk.code('createConversation', ana, { body: { kind: 'group' } }), 'members.unsigned');
  desk.people.publish(dia);
  assert.deepEqual(await desk.accounts.acceptInvite(dia, secret), { ok: false, code: 'members.unsigned' });
  assert.equal(desk.length, length);
  assert.deepEqual(await desk.accounts.acceptInvite(ben, secret), { ok: true, value: { conversation_id: group } });
  assert.equal(await desk.in('updateConversation', ana, group, { body: { history: 'all' } }), 'ok');
  assert.equal(await desk.in('declineConversation', cem, group), 'ok');
  assert.equal(await desk.in('removeMember', ben, group, { account: ben }), 'ok');
  const { items } = await desk.get('listEntries', ana, at(group));
  assert.deepEqual(
    items.slice(-2).map(({ entry, signatures }) => [entry.action, entry.actor, signatures]),
    [
      ['decline', cem, undefined],
      ['leave', ben, undefined],
    ],
  );
  assert.equal(await desk.in('removeMember', ben, group, { account: ana }), 'conversation.denied');
});

test('[MEM11] in a group that was signed nobody spoils the list who cannot sign: who is invited needs an identity', async () => {
  await using desk = await Desk.open();
  await desk.befriend(ana, ben);
  const a = desk.people.publish(ana);
  const group = await SignedGroup.found(desk, a, { members: [{ account: ben }], invited: [{ account: cem }] });
  assert.equal(await group.change(a, { action: 'role', subject: ben, role: 'admin' }), 'ok');
  const { length } = desk;
  assert.equal(await desk.in('acceptConversation', cem, group.id), 'members.unsigned');
  assert.equal(await desk.in('addMember', ben, group.id, { body: { account: dia } }), 'members.unsigned');
  assert.equal(desk.length, length);
  const c = desk.people.publish(cem);
  assert.equal(await group.change(c, { action: 'join' }), 'ok');
  assert.equal(await desk.in('removeMember', ben, group.id, { account: ben }), 'ok');
});

test('[MEM11] rooms stay as they are, for everybody', async () => {
  await using desk = await Desk.open();
  for (const account of [ana, ben]) desk.people.publish(account);
  const room = await desk.make('room', [ana, ben], { access: 'open' });
  const { invite_id } = await desk.get('createConversationInvite', ana, { ...at(room), body: {} });
  assert.deepEqual(await changes(desk, room, invite_id), [
    'ok',
    'ok',
    'ok',
    'members.conflict',
    'ok',
    'ok',
    'conversation.denied',
  ]);
});
