// The part of the directory's contract that is about public keys, one-time keys and the list of changes.
import assert from 'node:assert/strict';
import { type AccountId, type DeviceId, limits as wire } from '@parley/protocol';
import fc from 'fast-check';
import { maxGivenKeys, numbersPerEpoch } from '../kernel/limits.ts';
import type { Rule } from './devices.contract.ts';
import type { Directory } from './directory.ts';
import type { OneTimeKeyRow } from './keys.ts';
import { accountId, all, deviceId, identityRow, intentRow, login, oneTimeKeys, signUp } from './sample-rows.ts';

const ana = accountId('ana');
const ben = accountId('ben');
const ana1 = deviceId('ana1');
const ben1 = deviceId('ben1');

/** Two people with a device each, which has keys. */
async function people(directory: Directory): Promise<void> {
  for (const handle of ['ana', 'ben']) {
    await directory.accounts.signUp(signUp(handle));
    await putKeys(directory, accountId(handle), `${handle}1`);
  }
}

function putKeys({ keys }: Directory, account: AccountId, name: string, json = `keys of ${name}`) {
  return keys.putDevice({ account, device: deviceId(name), json });
}

/** A change, without its number. */
const told = async (directory: Directory, after: number) =>
  (await directory.keys.changes(after, 1_000)).rows.map(({ account, change }) => `${account} ${change}`);

/** The promises about keys, as tests. */
export function keysContract(rule: Rule): void {
  deviceKeys(rule);
  identities(rule);
  oneTime(rule);
  changes(rule);
  restoring(rule);
}

function deviceKeys(rule: Rule): void {
  rule('[ENC1] keys of a device are written once, by its own account, and never change', async (directory) => {
    await people(directory);
    assert.equal(await putKeys(directory, ana, 'ana1'), 'same');
    assert.equal(await putKeys(directory, ana, 'ana1', 'other keys'), 'changed');
    assert.equal(await putKeys(directory, ana, 'ben1', 'keys of ben1'), 'gone');
    assert.equal(await putKeys(directory, ana, 'nobody'), 'gone');
    assert.deepEqual(await directory.keys.devices([ben, ana]), [
      { account: ben, device: ben1, json: 'keys of ben1', former: false },
      { account: ana, device: ana1, json: 'keys of ana1', former: false },
    ]);
  });

  rule('[ENC1] of two keys that come for a device at once one is kept', async (directory) => {
    await directory.accounts.signUp(signUp('ana'));
    const outcomes = await Promise.all(['x', 'y', 'z'].map((json) => putKeys(directory, ana, 'ana1', json)));
    assert.deepEqual([...outcomes].sort(), ['changed', 'changed', 'done']);
    const [row] = await directory.keys.devices([ana]);
    assert.equal(row?.json, ['x', 'y', 'z'][outcomes.indexOf('done')]);
  });

  rule('[ENC2] keys of a device that was signed out stay readable, and take nothing more', async (directory) => {
    await people(directory);
    await directory.devices.add(login(ana, 'second'), 8);
    await putKeys(directory, ana, 'second');
    await directory.keys.addOneTime(ana1, oneTimeKeys('ana1', 3), 100);
    await directory.keys.setFallback(ana1, { id: 'f', json: 'fallback' });
    await directory.devices.end(ana, all('disabled'));
    assert.deepEqual(await directory.keys.counts(ana1), { oneTime: 3, fallbackUnused: true }, 'disabled: all stay');
    await directory.devices.end(ana, all('revoked', { device: ana1 }));
    assert.deepEqual(
      (await directory.keys.devices([ana])).map((row) => [row.device, row.json, row.former]),
      [
        [ana1, 'keys of ana1', true],
        [deviceId('second'), 'keys of second', false],
      ],
    );
    assert.deepEqual(await directory.keys.claim([ana1]), [null]);
    assert.equal(await putKeys(directory, ana, 'ana1'), 'gone');
    assert.equal(await directory.keys.addOneTime(ana1, oneTimeKeys('ana1', 1), 100), 'gone');
    assert.equal(await directory.keys.setFallback(ana1, { id: 'g', json: 'another' }), 'gone');
    assert.deepEqual(await directory.keys.counts(ana1), { oneTime: 0, fallbackUnused: false });
  });

  rule('[ENC2] keys and identity of a deleted account stay readable', async (directory) => {
    await people(directory);
    await directory.keys.putIdentity(identityRow(ana, 1));
    await directory.accounts.change(ana, { state: 'leaving' }, { intent: intentRow('delete', ana) });
    await directory.accounts.erase(ana, intentRow('delete', ana).intent);
    assert.deepEqual(await directory.keys.devices([ana]), [
      { account: ana, device: ana1, json: 'keys of ana1', former: true },
    ]);
    assert.deepEqual(await directory.keys.identities([ana]), [identityRow(ana, 1)]);
    assert.deepEqual(await told(directory, 0), [`${ana} device`, `${ben} device`, `${ana} identity`, `${ana} revoked`]);
  });

  rule('[ENC2] of former devices the newest are told, up to a bound', async (directory) => {
    await directory.accounts.signUp(signUp('ana'));
    await putKeys(directory, ana, 'ana1');
    for (let i = 0; i < wire.maxFormerDevices + 2; i++) {
      await directory.devices.add(login(ana, `old${i}`), 8);
      await putKeys(directory, ana, `old${i}`);
      await directory.devices.end(ana, all('revoked', { device: deviceId(`old${i}`) }));
    }
    const rows = await directory.keys.devices([ana]);
    assert.deepEqual(
      rows.map((row) => row.device),
      [ana1, ...Array.from({ length: wire.maxFormerDevices }, (_, i) => deviceId(`old${i + 2}`))],
    );
  });

  rule('[ENC4] signatures are added to what they were made from, all or none', async (directory) => {
    await people(directory);
    await directory.keys.putIdentity(identityRow(ana, 1));
    const { head } = await directory.keys.changes(null, 1);
    const { master } = identityRow(ana, 1);
    const device = { account: ana, target: ana1, json: 'signed keys', before: 'keys of ana1' } as const;
    const stale = { account: ana, target: 'master', json: 'signed master', before: 'something else' } as const;
    const foreign = { account: ben, target: ana1, json: 'signed by ben', before: 'keys of ana1' } as const;
    assert.equal(await directory.keys.addSignatures([device, stale]), 'conflict');
    assert.equal(await directory.keys.addSignatures([device, foreign]), 'conflict');
    assert.deepEqual(await told(directory, head), []);
    assert.equal((await directory.keys.devices([ana]))[0]?.json, 'keys of ana1');
    assert.equal(await directory.keys.addSignatures([device, { ...stale, before: master }]), 'done');
    assert.equal(await directory.keys.addSignatures([device]), 'conflict', 'that does not stand any more');
    assert.equal((await directory.keys.devices([ana]))[0]?.json, 'signed keys');
    assert.deepEqual(await directory.keys.identities([ana]), [{ ...identityRow(ana, 1), master: 'signed master' }]);
    assert.deepEqual(await told(directory, head), [`${ana} device`]);
    await directory.devices.end(ana, all('revoked'));
    const late = { ...device, before: 'signed keys', json: 'signed twice' };
    assert.equal(await directory.keys.addSignatures([late]), 'conflict', 'a former device is not signed');
  });
}

function identities(rule: Rule): void {
  rule('[ENC3] an identity follows the one before, and of several at once one is written', async (directory) => {
    await people(directory);
    assert.equal(await directory.keys.putIdentity(identityRow(ana, 2)), 'conflict');
    const attempts = ['x', 'y', 'z'].map((master) => ({ ...identityRow(ana, 1), master }));
    const outcomes = await Promise.all(attempts.map((row) => directory.keys.putIdentity(row)));
    assert.deepEqual([...outcomes].sort(), ['conflict', 'conflict', 'done']);
    assert.deepEqual(await directory.keys.identities([ben, ana]), [attempts[outcomes.indexOf('done')]]);
    assert.equal(await directory.keys.putIdentity(identityRow(ana, 2)), 'done');
    assert.equal(await directory.keys.putIdentity(identityRow(ana, 2)), 'conflict');
    assert.deepEqual(await directory.keys.identities([ana]), [identityRow(ana, 2)]);
    await directory.accounts.change(ben, { state: 'leaving' });
    assert.equal(await directory.keys.putIdentity(identityRow(ben, 1)), 'conflict');
    assert.equal(await directory.keys.putIdentity(identityRow(accountId('nobody'), 1)), 'conflict');
  });
}

function oneTime(rule: Rule): void {
  rule('[ENC5] one-time keys are added up to a bound; what is known already adds nothing', async (directory) => {
    await people(directory);
    const five = oneTimeKeys('ana1', 5);
    const counted = async () => (await directory.keys.counts(ana1)).oneTime;
    assert.equal(await directory.keys.addOneTime(ana1, five.slice(0, 3), 4), 'done');
    assert.equal(await directory.keys.addOneTime(ana1, five, 4), 'full');
    assert.equal(await counted(), 3);
    assert.equal(await directory.keys.addOneTime(ana1, five.slice(0, 4), 4), 'done');
    assert.equal(await directory.keys.addOneTime(ana1, five.slice(0, 4), 4), 'done');
    assert.equal(await counted(), 4);
    const other = [{ id: 'new', json: 'new' }, ...five.slice(0, 1).map(({ id }) => ({ id, json: 'other' }))];
    assert.equal(await directory.keys.addOneTime(ana1, other, 100), 'changed');
    assert.equal(await counted(), 4);
    assert.equal(await directory.keys.addOneTime(deviceId('nobody'), five, 100), 'gone');
    assert.deepEqual(await directory.keys.counts(ben1), { oneTime: 0, fallbackUnused: false });
  });

  rule('[ENC5] an upload that comes again brings back no key that was given out', async (directory) => {
    await people(directory);
    const added = oneTimeKeys('ana1', 3);
    await directory.keys.addOneTime(ana1, added, 100);
    assert.deepEqual(await directory.keys.claim([ana1, ana1]), added.slice(0, 2));
    assert.equal(await directory.keys.addOneTime(ana1, added, 100), 'done');
    assert.equal((await directory.keys.counts(ana1)).oneTime, 1);
    const other = added.slice(0, 1).map(({ id }) => ({ id, json: 'other' }));
    assert.equal(await directory.keys.addOneTime(ana1, other, 100), 'changed');
  });

  rule('[ENC5] what was given out is remembered up to a bound, the newest of it', async (directory) => {
    await people(directory);
    const added = oneTimeKeys('ana1', maxGivenKeys + 2);
    await directory.keys.addOneTime(ana1, added, added.length);
    await directory.keys.claim(added.map(() => ana1));
    await directory.keys.addOneTime(ana1, [{ id: 'last', json: 'last' }], 1);
    assert.deepEqual(await directory.keys.claim([ana1]), [{ id: 'last', json: 'last' }]);
    assert.equal(await directory.keys.addOneTime(ana1, added.slice(2), 200), 'done');
    assert.equal((await directory.keys.counts(ana1)).oneTime, 0);
  });

  rule('[ENC6] a one-time key is given out once, however many ask at once; then the fallback', async (directory) => {
    await people(directory);
    const [oneTimeOfAna, oneTimeOfBen] = [oneTimeKeys('ana1', 40), oneTimeKeys('ben1', 25)];
    await directory.keys.addOneTime(ana1, oneTimeOfAna, 100);
    await directory.keys.addOneTime(ben1, oneTimeOfBen, 100);
    const fallback = { id: 'f', json: 'fallback' };
    await directory.keys.setFallback(ben1, fallback);
    const asked = [ben1, deviceId('nobody'), ana1];
    const answers = await Promise.all(Array.from({ length: 50 }, () => directory.keys.claim(asked)));
    assert.ok(answers.every(([, nobody]) => nobody === null));
    const given = (at: number) => answers.map((answer) => answer[at]);
    const isOwn = (key: OneTimeKeyRow | null | undefined) => key?.json !== fallback.json && key !== null;
    assert.deepEqual(given(2).filter(isOwn).sort(byId), [...oneTimeOfAna].sort(byId));
    assert.equal(given(2).filter((key) => key === null).length, 10);
    assert.deepEqual(given(0).filter(isOwn).sort(byId), [...oneTimeOfBen].sort(byId));
    assert.equal(given(0).filter((key) => key?.json === fallback.json).length, 25);
    assert.deepEqual(await directory.keys.counts(ben1), { oneTime: 0, fallbackUnused: false });
    await directory.keys.setFallback(ben1, fallback);
    assert.equal((await directory.keys.counts(ben1)).fallbackUnused, false, 'the same again is as used as it was');
    await directory.keys.setFallback(ben1, { id: 'g', json: 'another' });
    assert.equal((await directory.keys.counts(ben1)).fallbackUnused, true);
    assert.deepEqual(await directory.keys.claim([ben1]), [{ id: 'g', json: 'another' }]);
  });

  rule('[ENC6] whatever is uploaded and claimed, and again: oldest first, each key once', async (directory) => {
    await people(directory);
    const step = fc.oneof(
      fc.record({ add: fc.uniqueArray(fc.nat(60), { minLength: 1, maxLength: 12 }) }),
      fc.record({ claim: fc.integer({ min: 1, max: 6 }) }),
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const device = await freshDevice(directory, run++);
        const key = (n: number) => ({ id: `k${n}`, json: `key ${n} of ${device}` });
        const waiting: number[] = [];
        const known = new Set<number>();
        for (const each of steps) {
          if ('add' in each) {
            assert.equal(await directory.keys.addOneTime(device, each.add.map(key), 100), 'done');
            for (const n of each.add) if (!known.has(n)) waiting.push(n);
            for (const n of each.add) known.add(n);
          } else {
            const expected = waiting.splice(0, each.claim).map(key);
            const claimed = await directory.keys.claim(Array.from({ length: each.claim }, () => device));
            assert.deepEqual(
              claimed.filter((one) => one !== null),
              expected,
            );
          }
          assert.equal((await directory.keys.counts(device)).oneTime, waiting.length);
        }
      }),
      { numRuns: 15 },
    );
  });
}

function changes(rule: Rule): void {
  rule('[ENC8] what changes is in the list, in order; of equal entries the last', async (directory) => {
    await people(directory);
    const { rows, head } = await directory.keys.changes(0, 10);
    assert.deepEqual(
      rows.map(({ account, change }) => [account, change]),
      [
        [ana, 'device'],
        [ben, 'device'],
      ],
    );
    assert.equal(rows.at(-1)?.n, head);
    assert.deepEqual(await directory.keys.changes(null, 10), { rows: [], head });
    assert.deepEqual((await directory.keys.changes(0, 1)).rows, rows.slice(0, 1));
    await putKeys(directory, ana, 'ana1');
    assert.equal((await directory.keys.changes(null, 1)).head, head, 'the same again changes nothing');
    await directory.devices.add(login(ana, 'without'), 8);
    await directory.devices.end(ana, all('revoked', { device: deviceId('without') }));
    await directory.devices.end(ben, all('disabled'));
    assert.equal((await directory.keys.changes(null, 1)).head, head, 'a device without keys never had any');
    await directory.devices.add(login(ana, 'second'), 8);
    await putKeys(directory, ana, 'second');
    await directory.keys.putIdentity(identityRow(ben, 1));
    await directory.devices.end(ana, all('revoked', { device: ana1 }));
    assert.deepEqual(await told(directory, 0), [`${ben} device`, `${ana} device`, `${ben} identity`, `${ana} revoked`]);
    const now = (await directory.keys.changes(null, 1)).head;
    assert.deepEqual(await directory.keys.revokedAfter([ben, ana], head), [ana]);
    assert.deepEqual(await directory.keys.revokedAfter([ben, ana], now), []);
    assert.deepEqual(await directory.keys.revokedAfter([ben], 0), []);
  });
}

function restoring(rule: Rule): void {
  rule('[ENC7] after a restore no one-time key is left, and numbers go on above all others', async (directory) => {
    await people(directory);
    const added = oneTimeKeys('ana1', 3);
    await directory.keys.addOneTime(ana1, added, 100);
    await directory.keys.setFallback(ana1, { id: 'f', json: 'fallback' });
    const sent = (txn: string) => ({ device: ana1, sender: ben, senderDevice: ben1, txn, type: 'x', content: txn });
    await directory.toDevice.enqueue([sent('before')], 10, 1_000);
    await directory.keys.restored(2);
    assert.deepEqual(await directory.keys.counts(ana1), { oneTime: 0, fallbackUnused: true });
    assert.equal(await directory.keys.addOneTime(ana1, added, 100), 'done');
    assert.equal((await directory.keys.counts(ana1)).oneTime, 0, 'they may have been given out');
    const { rows, head } = await directory.keys.changes(2 * numbersPerEpoch, 10);
    assert.deepEqual(rows.map((row) => row.account).sort(), [ana, ben]);
    await directory.toDevice.enqueue([sent('after'), { ...sent('first'), device: ben1 }], 10, 1_000);
    const page = await directory.toDevice.page(ana1, 0, 10);
    assert.deepEqual(
      page.map((row) => [row.content, row.n > 2 * numbersPerEpoch]),
      [
        ['before', false],
        ['after', true],
      ],
    );
    assert.ok((await directory.toDevice.page(ben1, 2 * numbersPerEpoch, 1)).length === 1);
    await directory.keys.restored(3);
    assert.ok((await directory.keys.changes(null, 1)).head > 3 * numbersPerEpoch);
    assert.ok(head < 3 * numbersPerEpoch);
  });
}

async function freshDevice(directory: Directory, run: number): Promise<DeviceId> {
  await directory.devices.end(ana, all('revoked'));
  await directory.devices.add(login(ana, `fresh${run}`), 8);
  return deviceId(`fresh${run}`);
}

function byId(a: OneTimeKeyRow | null | undefined, b: OneTimeKeyRow | null | undefined): number {
  return (a?.id ?? '') < (b?.id ?? '') ? -1 : 1;
}
