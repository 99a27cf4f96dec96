// What was said while every device of somebody was off, by a device that is gone when they are back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pair, password, reads, say, shown, there } from './town.ts';

/** More than one session of keys: the first one came while somebody was there. */
const count = 55;
/** A new device ends no older one before. */
const dayMs = 25 * 3_600_000;

for (const end of ['deletes the account', 'signs that device out', 'starts over'])
  test(`[ENC362] what was said while all were off is read on a new device, also when its sender ${end}`, async (t) => {
    const { town, ana, ben, withBen, withAna } = await pair(t);
    await say(town, withAna, 'long ago');
    await reads(town, withBen, 'long ago');
    await town.done(ana.client.encryption.saved());
    const key = await town.done(ana.client.encryption.recoveryKey());
    const keyOfBen = await town.done(ben.client.encryption.recoveryKey());
    assert.ok(key && keyOfBen);
    await town.done(ana.client.close());
    for (let n = 0; n < count; n++) await town.done((await withAna.send(`off ${n}`)).reached('sent'));
    const { device } = ben.client.me.snapshot;
    if (end === 'deletes the account') await town.done(ben.client.deleteAccount(password));
    else if (end === 'starts over') {
      const second = await town.signIn('ben');
      await town.done(second.client.encryption.startOver(password, 'safe'));
      town.clock.advance(dayMs);
      await town.done(second.client.devices.revoke(device));
    } else {
      const second = await town.signIn('ben');
      await town.done(second.client.encryption.recover(keyOfBen.groups));
      town.clock.advance(dayMs);
      await town.done(second.client.devices.revoke(device));
    }

    const phone = await town.signIn('ana');
    await town.done(phone.client.encryption.recover(key.groups));
    const chat = await there(town, phone, withBen);
    await reads(town, chat, `off ${count - 1}`);
    const unreadable = (await shown(town, chat)).filter((text) => text.startsWith('('));
    assert.deepEqual(unreadable, []);
    // The keys of that device are in the backup, too: yet another one reads them.
    await town.done(phone.client.encryption.saved());
    await town.done(phone.client.close());
    const tablet = await town.signIn('ana');
    await town.done(tablet.client.encryption.recover(key.groups));
    await reads(town, await there(town, tablet, withBen), `off ${count - 1}`);
  });

test('[ENC122] what they said who then started over because a device was stolen waits, and says so', async (t) => {
  const { town, ana, withBen, withAna } = await pair(t);
  await say(town, withAna, 'long ago');
  await reads(town, withBen, 'long ago');
  await town.done(ana.client.encryption.saved());
  const key = await town.done(ana.client.encryption.recoveryKey());
  assert.ok(key);
  await town.done(ana.client.close());
  for (let n = 0; n < count; n++) await town.done((await withAna.send(`off ${n}`)).reached('sent'));
  const second = await town.signIn('ben');
  await town.done(second.client.encryption.startOver(password, 'lost'));
  const phone = await town.signIn('ana');
  await town.done(phone.client.encryption.recover(key.groups));
  const chat = await there(town, phone, withBen);
  // The session from before is hers already; of the next one nothing says that it is his.
  await reads(town, chat, '(no_key)');
  assert.ok((await shown(town, chat)).some((text) => text.startsWith('off ')));
});
