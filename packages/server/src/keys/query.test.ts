// Asking for keys: of those who share a conversation, and of nobody else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import { limits as wire } from '@parley/protocol';
import { TestIdentity, TestKeys } from './fixture.ts';

const nobody = `a_${'n'.repeat(22)}` as AccountId;

test('[ENC16] a stranger is answered as an account that does not exist, byte for byte', async () => {
  const keys = new TestKeys();
  const ana = await keys.person('ana');
  const ben = await keys.person('ben');
  await keys.get('uploadIdentity', { by: ben, body: new TestIdentity(ben.account).body() });
  const ask = async (accounts: readonly AccountId[]) =>
    JSON.stringify(await keys.call('queryKeys', { by: ana, body: { accounts: [...accounts] } }));
  assert.equal(await ask([ben.account]), await ask([nobody]));
  assert.equal(await ask([ana.account, ben.account]), await ask([ana.account, nobody]));
  keys.meet(ana, ben);
  assert.notEqual(await ask([ben.account]), await ask([nobody]));
});

test('[ENC16] who shares a conversation gets the keys, former devices newest first, who shared one still does', async () => {
  const keys = new TestKeys();
  const ana = await keys.person('ana');
  const ben = await keys.person('ben');
  const [second, third] = [await keys.another('ben'), await keys.another('ben')];
  keys.meet(ana, ben);
  await keys.revoke(ben);
  await keys.revoke(third);
  const query = async () =>
    (await keys.get('queryKeys', { by: ana, body: { accounts: [ben.account, ben.account] } })).items;
  const expected = {
    account: ben.account,
    devices: [second.keys.keys()],
    former_devices: [third.keys.keys(), ben.keys.keys()],
    identity_version: 0,
  };
  assert.deepEqual(await query(), [expected]);
  keys.part(ana, ben);
  assert.deepEqual(await query(), [expected]);
});

test('[ENC17] the key with which somebody signs other people is shown to the own devices only', async () => {
  const keys = new TestKeys();
  const ana = await keys.person('ana');
  const ben = await keys.person('ben');
  keys.meet(ana, ben);
  const identity = new TestIdentity(ben.account);
  await keys.get('uploadIdentity', { by: ben, body: identity.body() });
  const seen = async (by: typeof ana) =>
    (await keys.get('queryKeys', { by, body: { accounts: [ben.account] } })).items[0];
  const [own, others] = [await seen(ben), await seen(ana)];
  assert.deepEqual(own?.user_signing_key, identity.body().user_signing_key);
  assert.ok(others !== undefined && !('user_signing_key' in others));
  assert.deepEqual(others.self_signing_key, identity.body().self_signing_key);
  assert.equal(others.identity_version, 1);
});

test('[ENC17] of devices that were signed out at most sixty-four are told', async () => {
  const keys = new TestKeys();
  const ana = await keys.person('ana');
  const gone = [];
  for (let n = 0; n <= wire.maxFormerDevices; n++) {
    const device = await keys.another('ana');
    await keys.revoke(device);
    gone.unshift(device.device);
  }
  const { items } = await keys.get('queryKeys', { by: ana, body: { accounts: [ana.account] } });
  const told = items[0]?.former_devices.map(({ device_id }) => device_id);
  assert.deepEqual(told, gone.slice(0, wire.maxFormerDevices));
});
