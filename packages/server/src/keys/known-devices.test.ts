// Whose devices are: read once, remembered up to a bound, and never believed because somebody says so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import { limits as wire } from '@parley/protocol';
import { accountId, deviceId } from '../gateway/fixture.ts';
import { KnownDevices } from './known-devices.ts';

/** Everybody has the device of the same number. */
function set(most?: number) {
  const asked: AccountId[][] = [];
  const devices = async (accounts: readonly AccountId[]) => {
    asked.push([...accounts]);
    return accounts.map((account) => {
      const device = deviceId(Number(account.slice(2)));
      return { account, device, json: '{}', former: false };
    });
  };
  return { asked, known: new KnownDevices({ devices }, most) };
}
const own = (n: number) => ({ account: accountId(n), device: deviceId(n) });

test('[ENC18] a device under the name of another account is nobody, also when both are known', async () => {
  const { asked, known } = set();
  const lies = [{ account: accountId(1), device: deviceId(2) }];
  assert.deepEqual(await known.real([...lies, own(1)]), [own(1)]);
  assert.deepEqual(await known.real([own(2)]), [own(2)]);
  const { length } = asked;
  assert.deepEqual(await known.real([...lies, own(1), own(2)]), [own(1), own(2)]);
  assert.equal(asked.length, length, 'what was read is not read again');
});

test('[ENC18] many are read a hundred accounts at once, and beyond the bound the oldest are read again', async () => {
  const { asked, known } = set(150);
  const everybody = Array.from({ length: 250 }, (_, n) => own(n));
  assert.equal((await known.real(everybody)).length, 250);
  assert.deepEqual(
    asked.map(({ length }) => length),
    [wire.maxAccountsPerLookup, wire.maxAccountsPerLookup, 50],
  );
  assert.equal((await known.real([own(249)])).length, 1);
  assert.equal(asked.length, 3);
  assert.equal((await known.real([own(0)])).length, 1);
  assert.equal(asked.length, 4);
});
