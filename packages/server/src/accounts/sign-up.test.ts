import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits, linkSignUpText, type RouteBody } from '@parley/protocol';
import { defaultInviteMs, secretLimit, signUpLimit } from '../kernel/limits.ts';
import { directConversation } from '../sequencer/conversation-ids.ts';
import { goodPassword, groupOf, repeatableRandom, TestAccounts } from './fixture.ts';

const person = (changes: Partial<RouteBody<'createAccount'>> = {}): RouteBody<'createAccount'> => ({
  handle: 'ana',
  name: 'Ana',
  password: goodPassword,
  device_name: 'Firefox',
  ...changes,
});

test('[ACC11] the set-up link makes the owner, once', async () => {
  const server = new TestAccounts();
  const link = await server.accounts.setupLink();
  assert.equal(link?.expiresAt, server.clock.now() + limits.setupLinkMs);
  const session = await server.get('createOwner', { body: { ...person({ handle: 'admin' }), secret: link.secret } });
  assert.deepEqual([session.me.handle, session.me.admin, session.me.kind], ['admin', true, 'person']);
  assert.equal(await server.accounts.setupLink(), null, 'there is an owner');
  const again = { ...person({ handle: 'ben' }), secret: link.secret };
  assert.equal(await server.refusal('createOwner', { body: again }), 'setup.done');
  assert.equal(server.hasher.hashed, 2, 'the owner’s and the one of nobody');
});

test('[ACC11] a link ends after 15 minutes, and with the next one', async () => {
  const server = new TestAccounts();
  const old = await server.accounts.setupLink();
  const link = await server.accounts.setupLink();
  assert.ok(old !== null && link !== null);
  const make = (secret: string) => server.call('createOwner', { body: { ...person(), secret } });
  assert.deepEqual(await make(old.secret), { ok: false, code: 'setup.done' });
  server.clock.advance(limits.setupLinkMs);
  assert.deepEqual(await make(link.secret), { ok: false, code: 'setup.done' });
  const fresh = await server.accounts.setupLink();
  assert.ok(fresh !== null);
  server.clock.advance(limits.setupLinkMs - 1);
  assert.equal((await make(fresh.secret)).ok, true);
});

test('[ACC11] of several who use a link at once one is the owner', async () => {
  const server = new TestAccounts();
  const link = await server.accounts.setupLink();
  assert.ok(link !== null);
  const make = (handle: string) => server.call('createOwner', { body: { ...person({ handle }), secret: link.secret } });
  const outcomes = await Promise.all(['aaa', 'bbb', 'ccc'].map(make));
  assert.deepEqual(outcomes.map((each) => (each.ok ? 'owner' : each.code)).sort(), [
    'owner',
    'setup.done',
    'setup.done',
  ]);
});

test('[ACC11] no other secret is good for set-up, and guessing is limited', async () => {
  const server = new TestAccounts();
  await server.accounts.setupLink();
  const ben = await server.join('ben');
  const { secret = '' } = await server.get('createInvite', { by: ben, body: {} });
  const make = (wrong: string) => server.refusal('createOwner', { body: { ...person(), secret: wrong } });
  for (const wrong of [secret, 'x'.repeat(43)]) assert.equal(await make(wrong), 'setup.done');
  for (let n = 2; n < secretLimit.count; n++) await make('x'.repeat(43));
  assert.equal(await make('x'.repeat(43)), 'rate.limited');
});

test('[ACC10] the operator decides who may sign up', async () => {
  const server = new TestAccounts();
  const ben = await server.join('ben');
  const { secret = '' } = await server.get('createInvite', { by: ben, body: { max_uses: 2 } });
  const make = (body: RouteBody<'createAccount'>) => server.call('createAccount', { body });
  server.policy.signup = 'closed';
  const closed = { ok: false, code: 'signup.closed' };
  assert.deepEqual(await make(person()), closed);
  assert.deepEqual(await make(person({ invite: secret })), closed);
  server.policy.signup = 'invite';
  assert.deepEqual(await make(person()), closed);
  assert.deepEqual(await make(person({ invite: 'x'.repeat(43) })), { ok: false, code: 'invite.invalid' });
  assert.equal((await make(person({ invite: secret }))).ok, true);
  server.policy.signup = 'open';
  assert.equal((await make(person({ handle: 'cleo' }))).ok, true);
});

test('[ACC10] without an invitation sign-ups are limited by address, those that fail too', async () => {
  const server = new TestAccounts();
  await server.join('ana');
  for (let n = 1; n < signUpLimit.count; n++)
    assert.equal(await server.refusal('createAccount', { body: person() }), 'handle.taken');
  assert.equal((await server.call('createAccount', { body: person({ handle: 'ben' }) })).ok, true);
  assert.equal(await server.refusal('createAccount', { body: person({ handle: 'cleo' }) }), 'rate.limited');
  assert.equal(await server.refusal('createGuest', { body: { name: 'Dora' } }), 'rate.limited');
  const body = person({ handle: 'cleo' });
  assert.equal((await server.call('createAccount', { body, address: '192.0.2.9' })).ok, true);
});

test('[ACC12] a new account has its device, its conversations and the one who invited it', async () => {
  const server = new TestAccounts();
  const ben = await server.join('ben');
  const { secret = '' } = await server.get('createInvite', { by: ben, body: {} });
  server.notices();
  const session = await server.get('createAccount', { body: person({ invite: secret }) });
  const { me, token = '' } = session;
  const { account } = me;
  assert.deepEqual(me, {
    account,
    handle: 'ana',
    name: 'Ana',
    kind: 'person',
    device: me.device,
    admin: false,
    ...server.conversations.own(account),
    created_at: new Date(server.clock.now()).toISOString(),
  });
  assert.equal(session.conversation_id, directConversation(account, ben.account));
  assert.ok(server.conversations.opened.has(account));
  assert.deepEqual(await server.conversations.contactsOf(ben.account), [account]);
  assert.equal(await server.tokenState(token), 'good');
  assert.deepEqual(server.notices(), [{ to: [account, ben.account], notice: { type: 'notice', topic: 'contacts' } }]);
  const late = person({ handle: 'late', invite: secret });
  assert.equal(await server.refusal('createAccount', { body: late }), 'invite.invalid');
});

test('[ACC12] whom nobody invited the bot greets', async () => {
  const server = new TestAccounts();
  const bot = await server.accounts.createBot({ handle: 'echo', name: 'Echo', login: false });
  assert.ok(bot.ok);
  server.greeter = bot.value.account;
  const owner = await server.owner();
  assert.equal(owner.session.conversation_id, directConversation(owner.account, bot.value.account));
  const ana = await server.join('ana');
  assert.equal(ana.session.conversation_id, directConversation(ana.account, bot.value.account));
  const { secret } = await server.get('createInvite', { by: ana, body: {} });
  const ben = await server.join('ben', secret);
  assert.deepEqual(await server.conversations.contactsOf(ben.account), [ana.account]);
  const guest = await server.guest();
  assert.equal(guest.session.conversation_id, undefined);
});

test('[ACC12] when its conversations cannot be opened now the account is given all the same', async () => {
  const server = new TestAccounts();
  const ben = await server.join('ben');
  const { secret } = await server.get('createInvite', { by: ben, body: {} });
  server.conversations.failing = true;
  const ana = await server.join('ana', secret);
  assert.equal(ana.session.conversation_id, undefined);
  assert.equal(await server.tokenState(ana.token), 'good');
  server.conversations.failing = false;
  assert.equal(await server.accounts.intents.finish(), 0);
  assert.deepEqual(await server.conversations.contactsOf(ana.account), [ben.account]);
});

test('[ACC1] [ACC2] a handle that is none or not free is refused, and uses up no invitation', async () => {
  const server = new TestAccounts();
  const ben = await server.join('ben');
  const { secret = '', invite_id } = await server.get('createInvite', { by: ben, body: {} });
  const make = (handle: string) => server.refusal('createAccount', { body: person({ handle, invite: secret }) });
  assert.equal(await make('bеn'), 'handle.invalid', 'with a letter of another script');
  for (const taken of ['ben', 'BEN', 'admin', 'everyone', 'guest_x']) assert.equal(await make(taken), 'handle.taken');
  await server.join('marni');
  assert.equal(await make('mami'), 'handle.taken');
  const [invite] = (await server.get('listInvites', { by: ben })).items;
  assert.deepEqual([invite?.invite_id, invite?.uses], [invite_id, 0]);
});

test('[ACC3] [ACC4] names that cannot be seen and weak passwords are refused with what is wrong', async () => {
  const server = new TestAccounts();
  const make = (changes: Partial<RouteBody<'createAccount'>>) =>
    server.call('createAccount', { body: person(changes) });
  const invalid = (path: string) => ({ ok: false, code: 'frame.invalid', details: { path } });
  assert.deepEqual(await make({ name: '\u200b' }), invalid('/name'));
  assert.deepEqual(await make({ device_name: '\u202e' }), invalid('/device_name'));
  const weak = await make({ password: 'password1' });
  assert.ok(!weak.ok && weak.code === 'password.weak' && weak.details?.path === '/password');
  const session = await server.get('createAccount', { body: person({ name: ' Ana\u202e\tB ' }) });
  assert.equal(session.me.name, 'Ana B');
});

test('[ACC5] when too many passwords wait nobody signs up', async () => {
  const server = new TestAccounts();
  const gone = AbortSignal.abort();
  assert.equal(await server.refusal('createAccount', { body: person(), signal: gone }), 'server.overloaded');
  assert.equal((await server.directory.people.counts()).accounts, 0);
});

test('[ACC32] a link into a group makes an account and lets it in', async () => {
  const server = new TestAccounts();
  const ben = await server.join('ben');
  server.policy.signup = 'invite';
  const secret = 'a-link-into-the-group';
  server.conversations.links.set(secret, { inviter: ben.account, title: 'Walks', left: 1 });
  const ana = await server.get('createAccount', { body: person({ invite: secret }) });
  assert.equal(ana.conversation_id, groupOf(secret));
  assert.deepEqual(await server.conversations.contactsOf(ana.me.account), [], 'a group makes no contact');
  const late = person({ handle: 'late', invite: secret });
  assert.equal(await server.refusal('createAccount', { body: late }), 'invite.invalid');
  server.policy.signup = 'closed';
  server.conversations.links.set(secret, { inviter: ben.account, left: 1 });
  assert.equal(await server.refusal('createAccount', { body: late }), 'signup.closed');
});

test('[ACC32] when the group takes nobody any more the account stays', async () => {
  const server = new TestAccounts();
  const ben = await server.join('ben');
  const secret = 'a-link-into-the-group';
  server.conversations.links.set(secret, { inviter: ben.account, left: 1 });
  const accept = server.conversations.acceptInvite.bind(server.conversations);
  server.conversations.acceptInvite = async (account) => accept(account, 'another');
  const ana = await server.get('createAccount', { body: person({ invite: secret }) });
  assert.equal(ana.conversation_id, undefined);
  assert.equal(await server.tokenState(ana.token ?? ''), 'good');
  server.conversations.acceptInvite = async () => Promise.reject(new Error('away'));
  const cleo = await server.get('createAccount', { body: person({ handle: 'cleo', invite: secret }) });
  assert.equal(cleo.conversation_id, undefined);
  assert.equal(server.faults.length, 1);
});

test('[ACC32] accounts made by links into groups are limited by address as uninvited ones are', async () => {
  const server = new TestAccounts();
  const ben = await server.join('ben');
  const invite = 'a-link-into-the-group';
  server.conversations.links.set(invite, { inviter: ben.account, left: 1_000 });
  for (let n = 0; n < signUpLimit.count; n++)
    await server.get('createAccount', { body: person({ handle: `person${n}`, invite }) });
  assert.equal(await server.refusal('createAccount', { body: person({ invite }) }), 'rate.limited');
});

test('[MEM13] whom the link of a group signs for signs up by it; what became of the group is told elsewhere', async () => {
  const server = new TestAccounts();
  const ben = await server.join('ben');
  server.policy.signup = 'invite';
  const ref = { conversation_id: groupOf('walks'), key: 'K'.repeat(43) };
  const link = { ...ref, signature: `${ref.key} ${linkSignUpText(ref, 'Ana')}` };
  const body = person({ handle: 'Ana', link });
  assert.equal(await server.refusal('createAccount', { body }), 'invite.invalid');
  const target = { inviter: ben.account, memberN: 4, memberHead: 'H'.repeat(43) };
  server.conversations.groupLinks.set(`${ref.conversation_id}.${ref.key}`, target);
  const unsigned = { ...link, signature: 'S'.repeat(86) };
  assert.equal(await server.refusal('createAccount', { body: { ...body, link: unsigned } }), 'invite.invalid');
  assert.equal(await server.refusal('createAccount', { body: { ...body, handle: 'eve' } }), 'invite.invalid');
  assert.equal(await server.refusal('createAccount', { body: { ...body, invite: 'x'.repeat(43) } }), 'frame.invalid');
  const ana = await server.get('createAccount', { body });
  assert.deepEqual([ana.me.handle, ana.conversation_id], ['ana', undefined]);
  assert.deepEqual(await server.conversations.contactsOf(ana.me.account), []);
  server.policy.signup = 'closed';
  assert.equal(await server.refusal('createAccount', { body: { ...body, handle: 'late' } }), 'signup.closed');
});

test('[MEM13] accounts made by the link of a group are limited by address as uninvited ones are', async () => {
  const server = new TestAccounts();
  const ben = await server.join('ben');
  const ref = { conversation_id: groupOf('walks'), key: 'K'.repeat(43) };
  const target = { inviter: ben.account, memberN: 4, memberHead: 'H'.repeat(43) };
  server.conversations.groupLinks.set(`${ref.conversation_id}.${ref.key}`, target);
  const bodyOf = (handle: string) => {
    const signature = `${ref.key} ${linkSignUpText(ref, handle)}`;
    return person({ handle, link: { ...ref, signature } });
  };
  for (let n = 0; n < signUpLimit.count; n++) await server.get('createAccount', { body: bodyOf(`person${n}`) });
  assert.equal(await server.refusal('createAccount', { body: bodyOf('late') }), 'rate.limited');
});

test('[ACC13] guests are let in only where the operator allows it', async () => {
  const server = new TestAccounts();
  const guest = await server.guest(' Ann\u202e ');
  assert.deepEqual([guest.session.me.kind, guest.session.me.name], ['guest', 'Ann']);
  assert.match(guest.handle, /^guest_[a-z2-9]{8}$/);
  assert.ok(server.conversations.opened.has(guest.account));
  assert.equal(await server.refusal('createGuest', { body: { name: ' ' } }), 'frame.invalid');
  server.policy.guests = false;
  assert.equal(await server.refusal('createGuest', { body: { name: 'Ann' } }), 'signup.closed');
});

test('[ACC13] a handle of chance that is taken is made anew, a few times', async () => {
  const random = repeatableRandom();
  let sameHandles = 0;
  const server = new TestAccounts({
    random: { bytes: (length) => (length === 8 && sameHandles-- > 0 ? new Uint8Array(8) : random.bytes(length)) },
  });
  sameHandles = 1;
  const { handle } = await server.guest();
  sameHandles = 2;
  assert.notEqual((await server.guest()).handle, handle);
  sameHandles = 3;
  assert.equal(await server.refusal('createGuest', { body: { name: 'Ann' } }), 'handle.taken');
});

test('[ACC10] an invitation that ends while the password is hashed makes no account', async () => {
  const server = new TestAccounts();
  const ben = await server.join('ben');
  const { secret = '' } = await server.get('createInvite', { by: ben, body: {} });
  const hash = server.hasher.hash.bind(server.hasher);
  server.hasher.hash = async (password) => {
    server.clock.advance(defaultInviteMs);
    return hash(password);
  };
  assert.equal(await server.refusal('createAccount', { body: person({ invite: secret }) }), 'invite.invalid');
  assert.equal((await server.directory.people.counts()).accounts, 1);
});
