// Publishing keys: what is a device's own is taken once and for ever; everything else is refused and leaves no trace.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceId, DeviceKeys, OneTimeKey } from '@parley/protocol';
import { limits as wire } from '@parley/protocol';
import { type Person, pair, signedBy, TestDevice, TestIdentity, TestKeys } from './fixture.ts';

const zero = 'A'.repeat(43);
const deviceKeysOf = async (keys: TestKeys, person: Person) => {
  const { items } = await keys.get('queryKeys', { by: person, body: { accounts: [person.account] } });
  return items[0]?.devices ?? [];
};

test('[ENC13] a device publishes its keys; the same again changes nothing, others are refused', async () => {
  const keys = new TestKeys();
  const by = await keys.accounts.join('ana');
  const device = new TestDevice(by);
  const body = { device_keys: device.keys() };
  assert.deepEqual(await keys.get('uploadKeys', { by, body }), { one_time_keys: 0, fallback_unused: false });
  assert.equal(await keys.code('uploadKeys', { by, body }), 'ok');
  const person = { ...by, keys: device };
  assert.deepEqual(await deviceKeysOf(keys, person), [device.keys()]);
  assert.equal(await keys.code('uploadKeys', { by, body: { device_keys: new TestDevice(by).keys() } }), 'keys.changed');
  assert.deepEqual(await deviceKeysOf(keys, person), [device.keys()]);
});

test('[ENC13] what names another account or device, lacks a key, or is signed by nobody or somebody else is refused', async () => {
  const keys = new TestKeys();
  const ana = await keys.accounts.join('ana');
  const ben = await keys.accounts.join('ben');
  const device = new TestDevice(ana);
  const good = device.keys();
  const other = new TestDevice(ben);
  const { [`curve25519:${ana.device}`]: curve, ...without } = good.keys;
  const named = (name: string, key: string) => device.keys({ keys: { ...good.keys, [name]: key } });
  const hostile: readonly (readonly [string, DeviceKeys])[] = [
    ['another account', device.keys({ user_id: other.user })],
    ['the keys of another', other.keys()],
    ['another device', device.keys({ device_id: `d_${'x'.repeat(22)}` as DeviceId })],
    ['no curve key', device.keys({ keys: { ...without, 'curve25519:other': curve } })],
    ['no signature', { ...good, signatures: {} }],
    ['a signature of another device', signedBy({ ...good, signatures: {} }, device.user, ana.device, other.signing)],
    ['a signature under another name', { ...good, signatures: { [other.user]: good.signatures[device.user] ?? {} } }],
    ['another text', { ...good, algorithms: ['m.other'] }],
    ['a text with more', { ...good, extra: true } as DeviceKeys],
    ['a signature swapped', { ...good, signatures: device.keys({ algorithms: ['m.other'] }).signatures }],
    ['another key beside', { ...good, keys: { ...good.keys, [`ed25519:${ana.device}`]: other.signing.text } }],
    ['fractions', device.keys({ algorithms: ['a'] }) && ({ ...good, extra: 0.5 } as DeviceKeys)],
    ['too much', device.keys({ extra: 'x'.repeat(5_000) })],
    ['a zero curve key', named(`curve25519:${ana.device}`, zero)],
    ['a key spelt otherwise', named(`curve25519:${ana.device}`, `${'A'.repeat(42)}B`)],
  ];
  for (const [why, device_keys] of hostile)
    assert.equal(await keys.code('uploadKeys', { by: ana, body: { device_keys } }), 'keys.invalid', why);
  assert.deepEqual(await keys.directory.keys.devices([ana.account, ben.account]), []);
  assert.equal(await keys.code('uploadKeys', { by: ana, body: { device_keys: good } }), 'ok');
});

test('[ENC14] keys of small order are refused wherever they stand, and nothing of the upload is kept', async () => {
  const keys = new TestKeys();
  const by = await keys.accounts.join('ana');
  const device = new TestDevice(by);
  const one = `AQ${'A'.repeat(41)}`;
  for (const weak of [zero, one]) {
    const signing = device.keys({
      keys: { [`curve25519:${by.device}`]: device.identity.text, [`ed25519:${by.device}`]: weak },
    });
    assert.equal(await keys.code('uploadKeys', { by, body: { device_keys: signing } }), 'keys.invalid');
    const oneTime = { device_keys: device.keys(), one_time_keys: [device.oneTime(), device.oneTime({ key: weak })] };
    assert.equal(await keys.code('uploadKeys', { by, body: oneTime }), 'keys.invalid');
    const fallback = { device_keys: device.keys(), fallback_key: device.oneTime({ key: weak, fallback: true }) };
    assert.equal(await keys.code('uploadKeys', { by, body: fallback }), 'keys.invalid');
  }
  assert.deepEqual(await keys.directory.keys.devices([by.account]), []);
});

test('[ENC15] one-time keys and the fallback are signed by the device, each for its own use', async () => {
  const keys = new TestKeys();
  const ana = await keys.person('ana');
  const ben = await keys.person('ben');
  const swapped = (): { id: string; key: OneTimeKey } => {
    const [one, other] = [ana.keys.oneTime(), ana.keys.oneTime()];
    return { id: one.id, key: { ...one.key, signatures: other.key.signatures } };
  };
  const bodies = [
    ['another device', { one_time_keys: [ben.keys.oneTime()] }],
    ['a signature swapped', { one_time_keys: [swapped()] }],
    ['no signature', { one_time_keys: [{ ...ana.keys.oneTime(), key: { key: pair('x25519').text, signatures: {} } }] }],
    ['a fallback among them', { one_time_keys: [ana.keys.fallback()] }],
    ['none as fallback', { fallback_key: ana.keys.oneTime() }],
    ['one of many', { one_time_keys: [ana.keys.oneTime(), swapped(), ana.keys.oneTime()] }],
    [
      'one id twice',
      {
        one_time_keys: [
          { ...ana.keys.oneTime(), id: 'signed_curve25519:X' },
          { ...ana.keys.oneTime(), id: 'signed_curve25519:X' },
        ],
      },
    ],
  ] as const;
  for (const [why, body] of bodies)
    assert.equal(await keys.code('uploadKeys', { by: ana, body: body as never }), 'keys.invalid', why);
  const body = { one_time_keys: [ana.keys.oneTime(), ana.keys.oneTime()], fallback_key: ana.keys.fallback() };
  assert.deepEqual(await keys.get('uploadKeys', { by: ana, body }), { one_time_keys: 2, fallback_unused: true });
});

test('[ENC15] a device without keys can publish none to begin sessions with', async () => {
  const keys = new TestKeys();
  const by = await keys.accounts.join('ana');
  const body = { one_time_keys: [new TestDevice(by).oneTime()] };
  assert.equal(await keys.code('uploadKeys', { by, body }), 'keys.invalid');
});

test('[ENC15] an id keeps its key, and there are at most a hundred', async () => {
  const keys = new TestKeys();
  const ana = await keys.person('ana');
  const first = ana.keys.oneTime();
  const upload = (one_time_keys: readonly { id: string; key: OneTimeKey }[]) =>
    keys.code('uploadKeys', { by: ana, body: { one_time_keys: [...one_time_keys] } });
  assert.equal(await upload([first]), 'ok');
  assert.equal(await upload([first]), 'ok');
  assert.equal(await upload([{ ...ana.keys.oneTime(), id: first.id }]), 'keys.changed');
  const more = Array.from({ length: wire.maxOneTimeKeys }, () => ana.keys.oneTime());
  assert.equal(await upload(more), 'keys.too_many');
  assert.equal(await upload(more.slice(1)), 'ok');
});

test('[ENC13] an identity that stands vouches in the same call; a signature of nobody known is left out', async () => {
  const keys = new TestKeys();
  const first = await keys.person('ana');
  const identity = new TestIdentity(first.account);
  await keys.get('uploadIdentity', { by: first, body: identity.body() });
  const by = await keys.accounts.signIn('ana');
  const device = new TestDevice(by);
  const vouched = identity.vouch(device.keys());
  const stranger = signedBy(vouched, device.user, 'unknown', pair());
  assert.equal(await keys.code('uploadKeys', { by, body: { device_keys: stranger } }), 'ok');
  const shown = (await deviceKeysOf(keys, first)).find(({ device_id }) => device_id === by.device);
  assert.deepEqual(shown, vouched);
  const forged = signedBy(device.keys(), device.user, identity.selfSigning.text, pair());
  assert.equal(await keys.code('uploadKeys', { by, body: { device_keys: forged } }), 'keys.invalid');
});

test('[ENC13] a device that was signed out meanwhile publishes nothing', async () => {
  const keys = new TestKeys();
  const by = await keys.accounts.join('ana');
  await keys.accounts.signIn('ana');
  await keys.revoke(by);
  const body = { device_keys: new TestDevice(by).keys() };
  assert.equal(await keys.code('uploadKeys', { by, body }), 'auth.required');
});
