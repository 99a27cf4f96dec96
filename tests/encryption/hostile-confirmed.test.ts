// A hostile server against a device that was opened with the recovery key: whom this account has confirmed on devices that
// are gone the server cannot swap there, nor make it forget.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { pair, reads, shown, there } from './town.ts';
import { roomKeysOf, serve, swap, twinOf } from './twin.ts';

/** Ana has talked, and perhaps compared codes, with Ben on a device that is gone, and has her recovery key. */
async function once(t: TestContext, { isConfirmed }: { readonly isConfirmed: boolean }) {
  const { town, ana, ben, withBen, withAna } = await pair(t);
  if (isConfirmed) await town.done(ana.client.encryption.confirmIdentity(ben.account));
  await town.done(ana.client.flushed());
  await town.done(ana.client.encryption.saved());
  const key = (await town.done(ana.client.encryption.recoveryKey()))?.groups ?? '';
  await town.done(ana.client.close());
  return { town, ana, ben, withBen, withAna, key };
}

test('[ENC125] the identity of somebody who was confirmed that the server swaps for a recovered device holds the chat there', async (t) => {
  const { town, ben, withBen, withAna, key } = await once(t, { isConfirmed: true });
  const phone = await town.signIn('ana');
  const made = await twinOf(ben);
  serve(phone, made);
  swap(phone, ben.account, () => made.keys);
  const chat = await there(town, phone, withBen);
  // Waits since before there were keys.
  const first = await town.done(chat.send('for Ben only'));
  await town.done(phone.client.encryption.recover(key));
  await town.pass(5_000);
  assert.deepEqual(roomKeysOf(made), []);
  assert.equal(first.state, 'pending');
  assert.deepEqual(phone.client.encryption.snapshot.changed, [{ account: ben.account, what: 'left_out' }]);
  phone.man.honest();
  swap(phone, ben.account, (item) => item);
  await reads(town, withAna, 'for Ben only');
  assert.deepEqual(phone.client.encryption.snapshot.changed, []);
  assert.equal((await town.done(phone.client.encryption.identity(ben.account))).state, 'confirmed');
  assert.ok(!(await shown(town, chat)).some((text) => text.startsWith('(')));
});

test('[ENC128] the identity of somebody who was only met that the server swaps for a recovered device is told there', async (t) => {
  const { town, ben, withBen, withAna, key } = await once(t, { isConfirmed: false });
  const phone = await town.signIn('ana');
  const made = await twinOf(ben);
  serve(phone, made);
  swap(phone, ben.account, () => made.keys);
  await town.done(phone.client.encryption.recover(key));
  const chat = await there(town, phone, withBen);
  assert.equal((await town.done(phone.client.encryption.identity(ben.account))).state, 'changed');
  await town.until(() => phone.client.encryption.snapshot.changed.length > 0, 'it is told');
  assert.deepEqual(phone.client.encryption.snapshot.changed, [{ account: ben.account, what: 'changed' }]);
  await town.done((await chat.send('who are you?')).reached('sent'));
  phone.man.honest();
  swap(phone, ben.account, (item) => item);
  await town.done(phone.client.encryption.acceptIdentity(ben.account));
  assert.deepEqual(phone.client.encryption.snapshot.changed, []);
  await town.done((await chat.send('there you are')).reached('sent'));
  await reads(town, withAna, 'there you are');
});
