// Identities: the first is free, another one needs the password, and each key is what it says it is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FormerIdentity } from '@parley/protocol';
import { confirmLimit } from '../kernel/limits.ts';
import { type Person, pair, password, signedBy, TestIdentity, TestKeys } from './fixture.ts';

const versionOf = async (keys: TestKeys, { account }: Person) =>
  (await keys.directory.keys.identities([account]))[0]?.version ?? 0;

test('[ENC20] the first identity needs nothing; another one needs the password, and the next version', async () => {
  const keys = new TestKeys();
  const ana = await keys.person('ana');
  const send = (body: object) => keys.code('uploadIdentity', { by: ana, body: body as never });
  const [first, second] = [new TestIdentity(ana.account), new TestIdentity(ana.account)];
  assert.equal(await send(first.body(2)), 'keys.conflict');
  assert.equal(await send(first.body()), 'ok');
  assert.equal(await send(first.body()), 'ok', 'its answer was lost');
  assert.equal(await send(second.body(2)), 'auth.refused');
  assert.equal(await send({ ...second.body(2), password: 'wrong' }), 'auth.refused');
  assert.equal(await versionOf(keys, ana), 1);
  assert.equal(await send({ ...second.body(1), password }), 'keys.conflict');
  assert.equal(await send({ ...second.body(2), password }), 'ok');
  assert.equal(await versionOf(keys, ana), 2);
});

test('[ENC20] the password can be guessed a few times only', async () => {
  const keys = new TestKeys();
  const ana = await keys.person('ana');
  const { account } = ana;
  await keys.get('uploadIdentity', { by: ana, body: new TestIdentity(account).body() });
  const body = new TestIdentity(account).body(2);
  const guess = (guessed: string) => keys.code('uploadIdentity', { by: ana, body: { ...body, password: guessed } });
  for (let n = 0; n < confirmLimit.count; n++) assert.equal(await guess(`guess ${n}`), 'auth.refused');
  assert.equal(await guess(password), 'rate.limited');
});

test('[ENC20] who has no password has nothing to confirm it with but the session', async () => {
  const keys = new TestKeys();
  const guest = await keys.publish(await keys.accounts.guest());
  const send = (version: number) =>
    keys.code('uploadIdentity', { by: guest, body: new TestIdentity(guest.account).body(version) });
  assert.deepEqual([await send(1), await send(2)], ['ok', 'ok']);
});

test('[ENC20] keys of another account or purpose, or not signed by the master key, are refused', async () => {
  const keys = new TestKeys();
  const ana = await keys.person('ana');
  const ben = await keys.person('ben');
  const identity = new TestIdentity(ana.account);
  const good = identity.body();
  const other = new TestIdentity(ana.account).body();
  const zero = 'A'.repeat(43);
  const { signatures: _, ...unsigned } = good.self_signing_key;
  const hostile: readonly (readonly [string, object])[] = [
    ['of another account', new TestIdentity(ben.account).body()],
    ['signed by another master key', { ...good, self_signing_key: other.self_signing_key }],
    ['another master key', { ...good, master_key: other.master_key }],
    ['not signed', { ...good, self_signing_key: unsigned }],
    [
      'signatures swapped',
      { ...good, self_signing_key: { ...good.self_signing_key, signatures: good.user_signing_key.signatures } },
    ],
    ['purposes swapped', { ...good, self_signing_key: good.user_signing_key, user_signing_key: good.self_signing_key }],
    ['no master', { ...good, master_key: { ...good.master_key, usage: ['self_signing'] } }],
    [
      'a name that is not its key',
      { ...good, master_key: { ...good.master_key, keys: { [`ed25519:${pair().text}`]: identity.master.text } } },
    ],
    ['a zero key', { ...good, master_key: { ...good.master_key, keys: { [`ed25519:${zero}`]: zero } } }],
    [
      'a bad signature of the device',
      { ...good, master_key: signedBy(good.master_key, identity.user, ana.device, pair()) },
    ],
  ];
  for (const [why, body] of hostile)
    assert.equal(await keys.code('uploadIdentity', { by: ana, body: body as never }), 'keys.invalid', why);
  assert.equal(await versionOf(keys, ana), 0);
});

test('[ENC20] one key for two purposes is refused', async () => {
  const keys = new TestKeys();
  const ana = await keys.person('ana');
  const identity = new TestIdentity(ana.account);
  const good = identity.body();
  const twice = signedBy(
    { ...good.self_signing_key, usage: ['user_signing'], signatures: {} },
    identity.user,
    identity.master.text,
    identity.master,
  );
  const body = { ...good, user_signing_key: twice };
  assert.equal(await keys.code('uploadIdentity', { by: ana, body }), 'keys.invalid');
});

test('[ENC35] a new identity may name those before it, which are told with it, and go with the next that does not', async () => {
  const keys = new TestKeys();
  const ana = await keys.person('ana');
  const [first, second, third] = [1, 2, 3].map(() => new TestIdentity(ana.account)) as [
    TestIdentity,
    TestIdentity,
    TestIdentity,
  ];
  const put = (identity: TestIdentity, version: number, former: readonly FormerIdentity[]) =>
    keys.code('uploadIdentity', {
      by: ana,
      body: { ...identity.body(version), password, ...(former.length > 0 && { former_identities: [...former] }) },
    });
  const told = async () =>
    (await keys.get('queryKeys', { by: ana, body: { accounts: [ana.account] } })).items[0]?.former_identities;
  assert.equal(await put(first, 1, []), 'ok');
  assert.equal(await told(), undefined);
  const before = first.formerOf(ana.account, second);
  assert.equal(await put(second, 2, [before]), 'ok');
  assert.deepEqual(await told(), [before]);
  const both = [second.formerOf(ana.account, third), first.formerOf(ana.account, third)];
  assert.equal(await put(third, 3, both), 'ok');
  assert.deepEqual(await told(), both);
  assert.equal(await put(new TestIdentity(ana.account), 4, []), 'ok');
  assert.equal(await told(), undefined);
});

test('[ENC35] one before it that the new identity did not sign for, or whose keys are not its own, is refused', async () => {
  const keys = new TestKeys();
  const ana = await keys.person('ana');
  const ben = await keys.person('ben');
  const [before, other, next] = [1, 2, 3].map(() => new TestIdentity(ana.account)) as [
    TestIdentity,
    TestIdentity,
    TestIdentity,
  ];
  assert.equal(await keys.code('uploadIdentity', { by: ana, body: before.body() }), 'ok');
  const good = before.formerOf(ana.account, next);
  const zero = 'A'.repeat(43);
  const hostile: readonly (readonly [string, FormerIdentity])[] = [
    ['signed by another identity', before.formerOf(ana.account, other)],
    ['signed for another account', before.formerOf(ben.account, next)],
    ['another master key', { ...good, master_key: other.master.text }],
    ['a zero key', { ...good, master_key: zero }],
    ['another self-signing key', { ...good, self_signing_key: other.body().self_signing_key }],
    ['a key for another purpose', { ...good, self_signing_key: before.body().user_signing_key }],
    ['of another account', { ...good, self_signing_key: new TestIdentity(ben.account).body().self_signing_key }],
  ];
  for (const [why, one] of hostile) {
    const body = { ...next.body(2), password, former_identities: [one] };
    assert.equal(await keys.code('uploadIdentity', { by: ana, body }), 'keys.invalid', why);
  }
  assert.equal(await versionOf(keys, ana), 1);
});
