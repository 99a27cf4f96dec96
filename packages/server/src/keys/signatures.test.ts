// Signatures are added, by whom they may come from, to what stands there, and to nothing else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceKeys, IdentityKey } from '@parley/protocol';
import { type Person, pair, signedBy, TestDevice, TestIdentity, TestKeys } from './fixture.ts';

async function set() {
  const keys = new TestKeys();
  const ana = await keys.person('ana');
  const identity = new TestIdentity(ana.account);
  await keys.get('uploadIdentity', { by: ana, body: identity.body() });
  const send = (devices: readonly DeviceKeys[], masters: readonly IdentityKey[] = [], by: Person = ana) =>
    keys.code('uploadSignatures', { by, body: { devices: [...devices], master_keys: [...masters] } });
  const seen = async () => {
    const { items } = await keys.get('queryKeys', { by: ana, body: { accounts: [ana.account] } });
    return items[0] ?? (undefined as never);
  };
  return { keys, ana, identity, send, seen };
}

test('[ENC21] the identity vouches for a device, and a device for the identity', async () => {
  const { ana, identity, send, seen } = await set();
  const vouched = identity.vouch(ana.keys.keys());
  const master = ana.keys.sign(identity.body().master_key);
  assert.equal(await send([vouched], [master]), 'ok');
  assert.deepEqual((await seen()).devices, [vouched]);
  assert.deepEqual((await seen()).master_key, master);
  assert.equal(await send([ana.keys.keys()]), 'ok', 'nothing new takes nothing away');
  assert.deepEqual((await seen()).devices, [vouched]);
});

test('[ENC21] other text, a bad signature or a device that is not there refuses all of it', async () => {
  const { keys, ana, identity, send, seen } = await set();
  const ben = await keys.person('ben');
  const good = identity.vouch(ana.keys.keys());
  const hostile: readonly (readonly [string, DeviceKeys])[] = [
    ['other text', { ...good, algorithms: ['m.other'] }],
    ['signed by nobody', signedBy(ana.keys.keys(), ana.keys.user, identity.selfSigning.text, pair())],
    ['of somebody else', ben.keys.keys()],
    ['not there', new TestDevice(ana).keys({ device_id: 'd_'.padEnd(24, 'x') })],
  ];
  for (const [why, device] of hostile) assert.equal(await send([good, device]), 'keys.invalid', why);
  assert.equal(await send([], [new TestIdentity(ana.account).body().master_key]), 'keys.invalid');
  assert.deepEqual((await seen()).devices, [ana.keys.keys()]);
});

test('[ENC21] signatures of unknown keys are left out', async () => {
  const { ana, identity, send, seen } = await set();
  const stranger = pair();
  const mixed = signedBy(identity.vouch(ana.keys.keys()), ana.keys.user, stranger.text, stranger);
  assert.equal(await send([mixed]), 'ok');
  assert.deepEqual((await seen()).devices, [identity.vouch(ana.keys.keys())]);
});

test('[ENC21] whom somebody has verified is not told to the server: keys of other people are refused', async () => {
  const { keys, ana, identity, send } = await set();
  const ben = await keys.person('ben');
  keys.meet(ana, ben);
  const others = new TestIdentity(ben.account);
  await keys.get('uploadIdentity', { by: ben, body: others.body() });
  const signed = signedBy(others.body().master_key, identity.user, identity.userSigning.text, identity.userSigning);
  assert.equal(await send([], [signed]), 'keys.invalid');
});

test('[ENC21] a device that was signed out is vouched for no more', async () => {
  const { keys, ana, identity, send } = await set();
  const second = await keys.another('ana');
  await keys.revoke(second);
  assert.equal(await send([identity.vouch(second.keys.keys())], [], ana), 'keys.invalid');
});
