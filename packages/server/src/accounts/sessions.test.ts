import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits, type RouteBody } from '@parley/protocol';
import { loginLimits } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { goodPassword, TestAccounts } from './fixture.ts';

const login = (changes: Partial<RouteBody<'createSession'>> = {}): RouteBody<'createSession'> => ({
  handle: 'ana',
  password: goodPassword,
  device_name: 'Phone',
  ...changes,
});

test('[ACC17] signing in makes a device with a token of its own', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  server.notices();
  const session = await server.get('createSession', { body: login({ handle: 'Ana' }) });
  assert.equal(session.me.account, ana.account);
  assert.notEqual(session.me.device, ana.device);
  assert.equal(await server.tokenState(session.token ?? ''), 'good');
  assert.equal(await server.tokenState(ana.token), 'good');
  assert.deepEqual(server.notices(), [{ to: [ana.account], notice: { type: 'notice', topic: 'devices' } }]);
});

test('[S8] [ACC6] every wrong sign-in gets the same answer at the cost of one comparison', async () => {
  const server = new TestAccounts();
  await server.join('ana');
  await server.guest();
  const bot = await server.accounts.createBot({ handle: 'echo', name: 'Echo', login: true });
  assert.ok(bot.ok);
  const wrong = [
    login({ password: 'not-her-Password9' }),
    login({ handle: 'nobody' }),
    login({ handle: 'not a handle!' }),
    login({ handle: 'echo', password: '' }),
    login({ handle: 'a11' }),
  ];
  for (const body of wrong) {
    const before = [server.hasher.compared, server.hasher.hashed] as const;
    const answer = await server.call('createSession', { body });
    assert.equal(JSON.stringify(answer), '{"ok":false,"code":"auth.refused"}', body.handle);
    assert.deepEqual([server.hasher.compared, server.hasher.hashed], [before[0] + 1, before[1]], body.handle);
  }
});

test('[ACC6] [ACC24] who is leaving or gone is a handle that nobody has', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  server.conversations.failing = true;
  await server.get('deleteMe', { by: ana, body: { password: goodPassword } });
  assert.equal(await server.refusal('createSession', { body: login() }), 'auth.refused');
  server.conversations.failing = false;
  await server.accounts.intents.finish();
  assert.equal(await server.refusal('createSession', { body: login() }), 'auth.refused');
});

test('[S8] [ACC7] a known and an unknown handle are limited alike', async () => {
  const server = new TestAccounts();
  await server.join('ana');
  const answers = async (handle: string) => {
    const codes: unknown[] = [];
    for (let n = 0; n <= loginLimits.pair.count; n++)
      codes.push(await server.call('createSession', { body: login({ handle, password: 'wrong' }), address: handle }));
    return codes;
  };
  assert.deepEqual(await answers('ana'), await answers('nobody'));
  const body = login();
  assert.equal(await server.refusal('createSession', { body, address: 'ana' }), 'rate.limited');
  assert.equal((await server.call('createSession', { body, address: 'home' })).ok, true);
});

test('[S11] [ACC8] when the limiter cannot count nothing is compared', async () => {
  const failing = { take: async () => Promise.reject(new Unavailable('counter')), give: async () => {} };
  const server = new TestAccounts({ limiter: failing });
  const { compared } = server.hasher;
  await assert.rejects(server.call('createSession', { body: login() }), Unavailable);
  await assert.rejects(server.call('inspectInvite', { body: { secret: 'x'.repeat(43) } }), Unavailable);
  await assert.rejects(server.call('createAccount', { body: { ...login(), name: 'Ana' } }), Unavailable);
  assert.equal(server.hasher.compared, compared);
});

test('[ACC17] there are at most eight devices, and only the right password hears of it', async () => {
  const server = new TestAccounts();
  await server.join('ana');
  for (let n = 1; n < limits.maxDevices; n++) await server.signIn('ana');
  assert.equal(await server.refusal('createSession', { body: login() }), 'device.too_many');
  assert.equal(await server.refusal('createSession', { body: login({ password: 'x' }) }), 'auth.refused');
});

test('[ACC17] that an account is disabled is told to the right password only', async () => {
  const server = new TestAccounts();
  const owner = await server.owner();
  const { account } = await server.join('ana');
  await server.get('adminUpdateAccount', { by: owner, params: { account }, body: { disabled: true } });
  assert.equal(await server.refusal('createSession', { body: login() }), 'account.disabled');
  assert.equal(await server.refusal('createSession', { body: login({ password: 'x' }) }), 'auth.refused');
});

test('[ACC18] nobody comes in with a password that was changed while it was compared', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  const { promise, resolve } = Promise.withResolvers<void>();
  server.hasher.gate = promise;
  const attempt = server.call('createSession', { body: login() });
  await new Promise((next) => setImmediate(next));
  server.hasher.gate = null;
  const body = { old_password: goodPassword, new_password: 'another-Horse9', sign_out_others: true };
  await server.get('changePassword', { by: ana, body });
  resolve();
  assert.deepEqual(await attempt, { ok: false, code: 'auth.refused' });
  assert.equal((await server.get('listDevices', { by: ana })).items.length, 1);
  await server.signIn('ana', 'another-Horse9');
});

test('[ACC18] a hash of older costs is renewed, and two who do it at once both come in', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  const stored = async () => (await server.directory.accounts.get([ana.account]))[0]?.passwordHash;
  server.hasher.cost = 2;
  const both = await Promise.all([1, 2].map(() => server.call('createSession', { body: login() })));
  assert.deepEqual(
    both.map((each) => each.ok),
    [true, true],
  );
  assert.match((await stored()) ?? '', /^fast 2 /);
  const { hashed } = server.hasher;
  await server.signIn('ana');
  assert.equal(server.hasher.hashed, hashed, 'once is enough');
});

test('[ACC18] renewing a hash does not undo a change of the password', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  server.hasher.cost = 2;
  const hash = server.hasher.hash.bind(server.hasher);
  server.hasher.hash = async (password) => {
    server.hasher.hash = hash;
    const body = { old_password: goodPassword, new_password: 'another-Horse9' };
    await server.get('changePassword', { by: ana, body });
    return hash(password);
  };
  await server.signIn('ana');
  await server.signIn('ana', 'another-Horse9');
  assert.equal(await server.refusal('createSession', { body: login() }), 'auth.refused');
});

test('[ACC5] who has gone away is not counted as a failed sign-in', async () => {
  const server = new TestAccounts();
  await server.join('ana');
  for (let n = 0; n < 2 * loginLimits.pair.count; n++) {
    const refused = await server.refusal('createSession', { body: login(), signal: AbortSignal.abort() });
    assert.equal(refused, 'server.overloaded');
  }
  await server.signIn('ana');
});

test('[ACC3] the name of a device must be seen', async () => {
  const server = new TestAccounts();
  const { compared } = server.hasher;
  assert.equal(await server.refusal('createSession', { body: login({ device_name: ' ' }) }), 'frame.invalid');
  assert.equal(server.hasher.compared, compared);
});

test('[ACC19] signing out ends this session and tells the others', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  const phone = await server.signIn('ana');
  server.hints.length = 0;
  const { position } = await server.accounts.revokedSince(null);
  assert.deepEqual(await server.get('deleteSession', { by: phone }), {});
  assert.deepEqual(
    [await server.tokenState(phone.token), await server.tokenState(ana.token)],
    ['auth.required', 'good'],
  );
  assert.deepEqual(server.revoked(), [phone.device]);
  assert.deepEqual((await server.accounts.revokedSince(position)).devices, [phone.device]);
  assert.deepEqual(server.notices(), [{ to: [ana.account], notice: { type: 'notice', topic: 'devices' } }]);
  assert.deepEqual(await server.get('deleteSession', { by: phone }), {}, 'again is no error');
});

test('[ACC13] a guest who signs out is gone', async () => {
  const server = new TestAccounts();
  const guest = await server.guest();
  await server.get('deleteSession', { by: guest });
  assert.equal(await server.tokenState(guest.token), 'auth.required');
  assert.equal(await server.accounts.accountExists(guest.account), false);
  assert.ok(server.conversations.left.has(guest.account));
  await server.get('deleteSession', { by: guest });
});

test('[ACC16] a lost answer costs no device: the old token lives until the new one is used', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  const { token: lost = '' } = await server.get('replaceToken', { by: ana });
  const { token: next = '' } = await server.get('replaceToken', { by: ana });
  assert.equal(await server.tokenState(ana.token), 'good');
  assert.equal(await server.tokenState(lost), 'auth.required');
  assert.equal(await server.tokenState(next), 'good');
  server.notices();
  assert.equal(await server.tokenState(ana.token), 'auth.required');
  assert.deepEqual(server.notices(), [{ to: [ana.account], notice: { type: 'notice', topic: 'devices' } }]);
  const [device] = (await server.get('listDevices', { by: ana })).items;
  assert.equal(device?.old_token_used_at, new Date(server.clock.now()).toISOString());
  assert.equal(await server.tokenState(next), 'good', 'the device itself stays signed in');
});

test('[ACC16] a device that was signed out gets no new token', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  await server.get('deleteSession', { by: ana });
  assert.equal(await server.refusal('replaceToken', { by: ana }), 'auth.required');
});

test('[OBS105] a wrong password leaves a line with the account that it was tried for, where there is one', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  const lines: unknown[] = [];
  server.events.audit = (...entry) => void lines.push(entry);
  for (const body of [login({ password: 'not-her-Password9' }), login({ handle: 'not-her-Password9' })])
    assert.equal(await server.refusal('createSession', { body, address: '192.0.2.1' }), 'auth.refused');
  assert.deepEqual(lines, [
    ['sign_in_refused', { address: '192.0.2.1', account: ana.account }],
    ['sign_in_refused', { address: '192.0.2.1', account: undefined }],
  ]);
  await server.signIn('ana', goodPassword);
  assert.equal(lines.length, 2);
});
