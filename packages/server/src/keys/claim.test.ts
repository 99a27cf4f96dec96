// Keys that are given out: once each, to acquaintances, and not too often.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, DeviceId } from '@parley/protocol';
import { maxClaimsPerPairADay } from '../kernel/limits.ts';
import { type Person, TestKeys } from './fixture.ts';

const named = ({ account, device }: { account: AccountId; device: DeviceId }) => ({ account, device });

async function set(oneTime: number) {
  const keys = new TestKeys();
  const ana = await keys.person('ana');
  const ben = await keys.publish(await keys.accounts.join('ben'), oneTime);
  const claim = async (by: Person, ...devices: readonly { account: AccountId; device: DeviceId }[]) =>
    (await keys.get('claimKeys', { by, body: { devices: devices.map(named) } })).items;
  return { keys, ana, ben, claim };
}

test('[ENC18] each key is given out once, then the fallback, which the counters tell', async () => {
  const { keys, ana, ben, claim } = await set(2);
  keys.meet(ana, ben);
  await keys.get('uploadKeys', { by: ben, body: { fallback_key: ben.keys.fallback() } });
  const ids = [];
  for (let n = 0; n < 4; n++) ids.push(...(await claim(ana, ben)).map(({ id }) => id));
  assert.equal(new Set(ids).size, 3);
  assert.equal(ids[2], ids[3]);
  assert.deepEqual(
    keys.counted.filter((word) => !word.startsWith('refused')),
    ['one_time', 'one_time', 'fallback', 'fallback'],
  );
});

test('[ENC18] a stranger, a device under another name, one without keys and one that is not there are all left out', async () => {
  const { keys, ana, ben, claim } = await set(1);
  const cem = await keys.publish(await keys.accounts.join('cem'), 1);
  keys.meet(ana, cem);
  const nowhere = { account: cem.account, device: `d_${'x'.repeat(22)}` as DeviceId };
  assert.deepEqual(await claim(ana, ben), []);
  assert.deepEqual(await claim(ana, { account: cem.account, device: ben.device }, nowhere), []);
  assert.deepEqual((await keys.directory.keys.counts(ben.device)).oneTime, 1);
  const [item, ...more] = await claim(ana, nowhere, cem, ben, cem);
  assert.deepEqual(more, []);
  assert.equal(item?.device, cem.device);
  assert.deepEqual(await claim(ana, cem), [], 'none is left');
});

test('[ENC18] a device that was signed out gives no keys, and one of the account itself does', async () => {
  const { keys, ana, ben, claim } = await set(2);
  keys.meet(ana, ben);
  const second = await keys.publish(await keys.accounts.signIn('ana'), 1);
  assert.equal((await claim(ana, second)).length, 1);
  await keys.revoke(ben);
  assert.deepEqual(await claim(ana, ben), []);
});

test('[ENC244] of who has not accepted a request one key a day is given', async () => {
  const { keys, ana, ben, claim } = await set(5);
  keys.meet(ana, ben);
  keys.asking.set(ana.account, new Set([ben.account]));
  assert.equal((await claim(ana, ben)).length, 1);
  assert.deepEqual(await claim(ana, ben), []);
  keys.asking.clear();
  assert.equal((await claim(ana, ben)).length, 1, 'they have accepted');
});

test('[ENC19] who asks too often is left out, and no key of the other is lost', async () => {
  const { keys, ana, ben, claim } = await set(20);
  keys.meet(ana, ben);
  for (let n = 0; n < maxClaimsPerPairADay; n++) assert.equal((await claim(ana, ben)).length, 1);
  keys.counted.length = 0;
  assert.deepEqual(await claim(ana, ben), []);
  assert.deepEqual(keys.counted, ['refused 1']);
  assert.equal((await keys.directory.keys.counts(ben.device)).oneTime, 20 - maxClaimsPerPairADay);
  keys.clock.advance(24 * 3_600_000);
  assert.equal((await claim(ana, ben)).length, 1);
});
