// What every directory must do with the device that receives while the others of an account are off.
import assert from 'node:assert/strict';
import type { Rule } from './devices.contract.ts';
import { accountId, dehydratedId, dehydratedRow, oneTimeKeys } from './sample-rows.ts';
import { ana, ben, erase, people, sent, waiting } from './sealed-fixture.ts';

/** Its promises, as tests. */
export function dehydratedContract(rule: Rule): void {
  const keys = (name: string) => ({
    json: `keys of ${name}`,
    oneTime: oneTimeKeys(name, 2),
    fallback: { id: 'f', json: `fallback of ${name}` },
  });

  rule('[ENC12] the device that receives while others are off has keys and a queue like any', async (directory) => {
    await people(directory);
    const port = directory.dehydrated;
    assert.equal(await port.get(ana), undefined);
    assert.equal(await port.put(ana, dehydratedRow('one'), keys('one')), 'done');
    assert.deepEqual(await port.get(ana), dehydratedRow('one'));
    const device = dehydratedId('one');
    assert.deepEqual(await directory.keys.devices([ana]), [
      { account: ana, device, json: 'keys of one', former: false },
    ]);
    assert.deepEqual(await directory.keys.claim([device, device, device]), [
      ...keys('one').oneTime,
      keys('one').fallback,
    ]);
    await directory.toDevice.enqueue([sent('one', device)], 10, 0);
    assert.deepEqual(await waiting(directory, device), ['one']);
    assert.equal((await directory.devices.list(ana)).length, 1, 'it is nobody who could sign in');
    const resealed = { ...dehydratedRow('one'), data: 'sealed anew' };
    assert.equal(await port.put(ana, resealed, keys('one')), 'done');
    assert.deepEqual(await port.get(ana), resealed);
    assert.deepEqual(await waiting(directory, device), ['one']);
    assert.equal((await directory.keys.counts(device)).oneTime, 0, 'keys that were given out do not come back');
    assert.equal(await port.put(ana, dehydratedRow('one'), keys('other')), 'taken');
    assert.equal(await port.put(ben, dehydratedRow('one'), keys('one')), 'taken');
    assert.equal(await port.put(accountId('nobody'), dehydratedRow('two'), keys('two')), 'gone');
  });

  rule('[ENC12] it is replaced or dropped with all that was its own, and never comes back', async (directory) => {
    await people(directory);
    const port = directory.dehydrated;
    const device = dehydratedId('one');
    await port.put(ana, dehydratedRow('one'), keys('one'));
    await directory.toDevice.enqueue([sent('one', device)], 10, 0);
    const { head } = await directory.keys.changes(null, 1);
    assert.equal(await port.put(ana, dehydratedRow('two'), keys('two')), 'done');
    assert.deepEqual(await directory.keys.claim([device]), [null]);
    assert.deepEqual(await waiting(directory, device), []);
    assert.deepEqual(await directory.keys.revokedAfter([ana], head), [ana]);
    assert.deepEqual(
      (await directory.keys.devices([ana])).map((row) => row.device),
      [dehydratedId('two')],
    );
    assert.equal(await port.put(ana, dehydratedRow('one'), keys('one')), 'taken');
    assert.equal(await directory.keys.addOneTime(device, oneTimeKeys('more', 1), 9), 'gone');
    await port.drop(ana);
    await port.drop(ana);
    assert.equal(await port.get(ana), undefined);
    assert.deepEqual(await directory.keys.devices([ana]), []);
    assert.equal(await port.put(ana, dehydratedRow('three'), keys('three')), 'done');
    await erase(directory);
    assert.equal(await port.get(ana), undefined);
    assert.deepEqual(await directory.keys.claim([dehydratedId('three')]), [null]);
    assert.equal(await port.put(ana, dehydratedRow('four'), keys('four')), 'gone');
  });
}
