import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '@parley/protocol';
import { defaultInviteMs, secretLimit } from '../kernel/limits.ts';
import { directConversation } from '../sequencer/conversation-ids.ts';
import { rfc3339 } from '../sequencer/rfc3339.ts';
import { goodPassword, groupOf, type SignedIn, TestAccounts } from './fixture.ts';

const make = async (server: TestAccounts, by: SignedIn, body = {}) => {
  const { secret, ...invite } = await server.get('createInvite', { by, body });
  assert.ok(secret !== undefined);
  return { secret, invite };
};

test('[ACC29] an invitation is for one and for seven days unless asked otherwise', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  const now = server.clock.now();
  const { secret, invite } = await make(server, ana);
  assert.match(secret, /^[A-Za-z0-9_-]{43}$/);
  const { invite_id } = invite;
  const times = { created_at: rfc3339(now), expires_at: rfc3339(now + defaultInviteMs) };
  assert.deepEqual(invite, { invite_id, ...times, uses: 0, max_uses: 1 });
  server.clock.advance(1);
  const { invite: long } = await make(server, ana, { max_uses: 9, expires_in_ms: 60_000 });
  assert.deepEqual([long.max_uses, long.expires_at], [9, rfc3339(now + 1 + 60_000)]);
  assert.deepEqual((await server.get('listInvites', { by: ana })).items, [invite, long], 'without the secret');
});

test('[MEM12] a link of a group is looked at by its public key; guessing is limited', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  const body = { conversation_id: groupOf('walks'), key: 'K'.repeat(43) };
  for (let n = 0; n < secretLimit.count; n++)
    assert.equal(await server.refusal('inspectLink', { body }), 'invite.invalid');
  const target = { inviter: ana.account, approval: true, memberN: 4, memberHead: 'H'.repeat(43) } as const;
  server.conversations.groupLinks.set(`${body.conversation_id}.${body.key}`, target);
  assert.equal(await server.refusal('inspectLink', { body }), 'rate.limited');
  const seen = await server.get('inspectLink', { body, address: '192.0.2.9' });
  const { inviter, ...rest } = seen;
  assert.deepEqual(
    [inviter.account, rest],
    [ana.account, { kind: 'conversation', approval: true, signup: true, member_n: 4, member_head: 'H'.repeat(43) }],
  );
});

test('[ACC29] an account has at most fifty open ones, and revokes its own only', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  const ben = await server.join('ben');
  const { secret, invite } = await make(server, ana);
  for (let n = 1; n < limits.maxInvitesPerAccount; n++) await make(server, ana);
  assert.equal(await server.refusal('createInvite', { by: ana, body: {} }), 'invite.too_many');
  const { invite_id } = invite;
  assert.equal(await server.refusal('revokeInvite', { by: ben, params: { invite_id } }), 'not_found');
  await server.get('revokeInvite', { by: ana, params: { invite_id } });
  assert.equal(await server.refusal('revokeInvite', { by: ana, params: { invite_id } }), 'not_found');
  assert.equal(await server.refusal('inspectInvite', { body: { secret } }), 'invite.invalid');
  await make(server, ana);
});

test('[ACC13] [ACC29] nobody invites where nobody may sign up, and guests never do', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  const guest = await server.guest();
  assert.equal(await server.refusal('createInvite', { by: guest, body: {} }), 'account.guest');
  server.policy.signup = 'closed';
  assert.equal(await server.refusal('createInvite', { by: ana, body: {} }), 'signup.closed');
});

test('[ACC30] inspecting says who invites, and uses nothing up', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  const { secret } = await make(server, ana);
  const inviter = { account: ana.account, handle: 'ana', name: 'Name of ana', kind: 'person' };
  for (let n = 0; n < 2 * secretLimit.count; n++)
    assert.deepEqual(await server.get('inspectInvite', { body: { secret } }), {
      kind: 'account',
      inviter,
      signup: true,
    });
  server.policy.signup = 'closed';
  assert.equal((await server.get('inspectInvite', { body: { secret } })).signup, false);
  assert.equal((await server.get('listInvites', { by: ana })).items[0]?.uses, 0);
  const link = 'a-link-into-the-group';
  server.conversations.links.set(link, { inviter: ana.account, title: 'Walks', left: 1 });
  const found = await server.get('inspectInvite', { body: { secret: link } });
  assert.deepEqual(found, { kind: 'conversation', inviter, title: 'Walks', signup: false });
});

test('[S8] [ACC30] whatever is wrong with a secret, the answer is the same bytes', async () => {
  const server = new TestAccounts();
  const setup = await server.accounts.setupLink();
  const owner = await server.owner();
  const [ana, gone, off] = [await server.join('ana'), await server.join('gone'), await server.join('off')];
  const { secret: used } = await make(server, ana);
  await server.join('ben', used);
  const { secret: revoked, invite } = await make(server, ana);
  await server.get('revokeInvite', { by: ana, params: { invite_id: invite.invite_id } });
  const { secret: expired } = await make(server, ana, { expires_in_ms: 60_000 });
  server.clock.advance(60_000);
  const { secret: orphaned } = await make(server, gone);
  await server.get('deleteMe', { by: gone, body: { password: goodPassword } });
  const { secret: held } = await make(server, off);
  await server.get('adminUpdateAccount', { by: owner, params: { account: off.account }, body: { disabled: true } });
  const secrets = ['x'.repeat(43), used, revoked, expired, orphaned, held, setup?.secret ?? ''];
  const by = await server.join('cleo');
  const person = { handle: 'dora', name: 'Dora', password: goodPassword, device_name: 'x' };
  const answers = new Set<string>();
  for (const secret of secrets) {
    answers.add(JSON.stringify(await server.call('inspectInvite', { body: { secret } })));
    answers.add(JSON.stringify(await server.call('acceptInvite', { by, body: { secret } })));
    answers.add(JSON.stringify(await server.call('createAccount', { body: { ...person, invite: secret } })));
  }
  assert.deepEqual([...answers], ['{"ok":false,"code":"invite.invalid"}']);
});

test('[ACC30] wrong secrets are limited by address, whatever they are tried for', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  const { secret } = await make(server, ana);
  const wrong = { secret: 'x'.repeat(43) };
  for (let n = 0; n < secretLimit.count; n += 2) {
    assert.equal(await server.refusal('inspectInvite', { body: wrong }), 'invite.invalid');
    assert.equal(await server.refusal('acceptInvite', { by: ana, body: wrong }), 'invite.invalid');
  }
  const refused = await server.call('inspectInvite', { body: { secret } });
  assert.equal(!refused.ok && refused.code, 'rate.limited', 'a right one tells nothing either');
  assert.equal((await server.call('inspectInvite', { body: { secret }, address: '192.0.2.2' })).ok, true);
});

test('[ACC31] whoever has an account becomes a contact, and gets the same chat when asked again', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  const ben = await server.join('ben');
  const { secret } = await make(server, ana);
  server.notices();
  const chat = { conversation_id: directConversation(ana.account, ben.account) };
  for (let n = 0; n < 3; n++) assert.deepEqual(await server.get('acceptInvite', { by: ben, body: { secret } }), chat);
  assert.deepEqual(await server.conversations.contactsOf(ben.account), [ana.account]);
  assert.equal(new Set(server.conversations.intents.slice(-3)).size, 1);
  const both = [ben.account, ana.account];
  assert.deepEqual(server.notices()[0], { to: both, notice: { type: 'notice', topic: 'contacts' } });
  const cleo = await server.join('cleo');
  assert.equal(await server.refusal('acceptInvite', { by: cleo, body: { secret } }), 'invite.invalid');
});

test('[ACC31] nobody uses their own, and a guest none to the server', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  const guest = await server.guest();
  const { secret } = await make(server, ana);
  for (const by of [ana, guest])
    assert.equal(await server.refusal('acceptInvite', { by, body: { secret } }), 'invite.invalid');
  assert.equal((await server.get('listInvites', { by: ana })).items[0]?.uses, 0);
});

test('[ACC31] when the chat cannot be opened now, asking again opens it', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  const ben = await server.join('ben');
  const { secret } = await make(server, ana);
  server.conversations.failing = true;
  assert.equal(await server.refusal('acceptInvite', { by: ben, body: { secret } }), 'unavailable');
  server.conversations.failing = false;
  const { conversation_id } = await server.get('acceptInvite', { by: ben, body: { secret } });
  assert.equal(conversation_id, directConversation(ana.account, ben.account));
  assert.equal(await server.accounts.intents.finish(), 0);
});

test('[ACC32] a link into a group lets an account in, a guest too', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  const guest = await server.guest();
  const secret = 'a-link-into-the-room';
  server.conversations.links.set(secret, { inviter: ana.account, left: 1 });
  assert.deepEqual(await server.get('acceptInvite', { by: guest, body: { secret } }), {
    conversation_id: groupOf(secret),
  });
  assert.equal(await server.refusal('acceptInvite', { by: ana, body: { secret } }), 'invite.invalid');
});
