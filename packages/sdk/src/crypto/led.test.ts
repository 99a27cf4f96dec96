import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxLedTimes } from '../limits.ts';
import { followed, Pen, signer } from './membership-fixture.ts';

const [ana, ben, cleo] = await Promise.all([signer('ana'), signer('ben'), signer('cleo')]);

/** Ana with Ben in it, Cleo invited. */
async function begun(): Promise<Pen> {
  const pen = new Pen();
  const named = ({ account, key }: typeof ana) => [{ account, key }];
  await pen.write(ana, { action: 'create', members: named(ben), invited: named(cleo) });
  return pen;
}

const all = (pen: Pen) => followed(pen.conversation, pen.entries);

test('[ENC273] a list says who led it from which record to which, also who does no longer', async () => {
  const pen = await begun();
  await pen.write(ana, { action: 'role', subject: ben.account, role: 'admin' });
  await pen.write(ana, { action: 'role', subject: ben.account, role: 'owner' });
  await pen.write(ana, { action: 'leave' });
  await pen.write(cleo, { action: 'join' });
  await pen.write(ben, { action: 'leave' });
  const { chain } = await all(pen);
  const [create, toAdmin, , leaves, , last] = pen.entries.map(({ seq }) => seq);
  assert.deepEqual(chain?.led, [
    { account: ana.account, from: create, to: leaves },
    { account: ben.account, from: toAdmin, to: last },
    { account: cleo.account, from: last },
  ]);
  const again = await followed(pen.conversation, pen.entries.slice(0, 3));
  assert.deepEqual(again.chain?.led, [
    { account: ana.account, from: create },
    { account: ben.account, from: toAdmin },
  ]);
});

test('[ENC273] of times that are over a bounded number is remembered, and of those that last all', async () => {
  const pen = await begun();
  const turns = 3;
  for (let turn = 0; turn < turns + maxLedTimes; turn++) {
    await pen.write(ana, { action: 'role', subject: ben.account, role: 'admin' });
    await pen.write(ana, { action: 'role', subject: ben.account, role: 'member' });
  }
  const led = (await all(pen)).chain?.led ?? [];
  assert.equal(led.length, maxLedTimes + 1);
  assert.deepEqual(led.at(-1), { account: ana.account, from: pen.entries[0]?.seq });
  assert.equal(led[0]?.from, pen.entries[1 + 2 * turns]?.seq);
});
