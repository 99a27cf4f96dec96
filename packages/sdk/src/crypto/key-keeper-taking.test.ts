// What the recovery key opens comes to a new device, however often that is broken off.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as limits from '../limits.ts';
import { arrivals, Device, Safe, talk, until } from './key-keeper-fixture.ts';
import { conversationOf, loginOf, Person } from './olm/person-fixture.ts';

test('[ENC332] what the recovery key opens is taken in until it is whole, before another device receives for the account', async () => {
  for (const [down, restarts] of [
    ['/v1/backup', false],
    ['/v1/backup', true],
    [arrivals, false],
    [arrivals, true],
  ] as const) {
    const safe = new Safe();
    const phone = await Device.first(safe);
    const words = phone.keeper.vault.key()?.words.join(' ');
    assert.ok(words !== undefined);
    phone.keeper.close();
    const login = loginOf(safe.server, 'ana', 'tablet');
    const tablet = new Device(safe, login, await Person.join(safe.server, 'ana', 'tablet'));
    safe.down = down;
    const recovering = tablet.keeper.recover(words);
    if (down === '/v1/backup') await assert.rejects(recovering, { code: 'client.unreachable' });
    // The newest room keys are here: it can be used.
    else await recovering;
    const receives = () => safe.server.dehydrated.get(tablet.person.account)?.device;
    const before = receives();
    assert.ok(before !== undefined);
    if (restarts) {
      tablet.restart();
      await tablet.keeper.load();
      tablet.keeper.ready();
    }
    await talk(tablet);
    assert.equal(receives(), before, 'the device that received is still there');
    const listed = safe.listed;
    await tablet.person.clock.advance(limits.retryMaxMs);
    await talk(tablet);
    // What is here is not asked for again.
    assert.equal(safe.listed > listed, down === '/v1/backup');
    safe.down = null;
    await tablet.person.clock.advance(limits.retryMaxMs);
    await until(() => receives() !== before, tablet);
    assert.equal(tablet.keeper.vault.isCurrent, true);
  }
});

test('[ENC331] what the newest page of the backup opens is tried at once, and all of it when the rest is here', async () => {
  const safe = new Safe();
  const phone = await Device.first(safe);
  const ben = await Person.join(safe.server, 'ben');
  await ben.say(conversationOf('chat'), [ben, phone.person], 'before the tablet');
  await phone.sync();
  await phone.keeper.saved();
  const words = phone.keeper.vault.key()?.words.join(' ') ?? '';
  const login = loginOf(safe.server, 'ana', 'tablet');
  const tablet = new Device(safe, login, await Person.join(safe.server, 'ana', 'tablet'));
  await assert.rejects(tablet.keeper.recover('abandon'), { code: 'recovery.invalid' });
  assert.equal(tablet.keeper.takingIn, null);
  await tablet.keeper.recover(words);
  await until(() => tablet.keeper.takingIn === null, tablet);
  assert.deepEqual(tablet.taking, [
    ['keys', 'newest'],
    ['ready', 'rest'],
    ['ready', null],
  ]);
});

test('[ENC363] the device that receives is only replaced once all that it had received is in the backup', async () => {
  const safe = new Safe();
  const phone = await Device.first(safe);
  const words = phone.keeper.vault.key()?.words.join(' ') ?? '';
  await phone.keeper.saved();
  phone.keeper.close();
  const ben = await Person.join(safe.server, 'ben');
  await ben.say(conversationOf('chat'), [ben, phone.person], 'while all were off');
  const receives = () => safe.server.dehydrated.get(phone.person.account)?.device;
  const before = receives();
  const login = loginOf(safe.server, 'ana', 'tablet');
  const tablet = new Device(safe, login, await Person.join(safe.server, 'ana', 'tablet'));
  // What is put into the backup does not arrive.
  safe.refuse = 'POST /v1/backup';
  await tablet.keeper.recover(words);
  await tablet.person.clock.advance(limits.retryMaxMs);
  await talk(tablet);
  assert.deepEqual([receives(), safe.backup.length], [before, 0]);
  safe.refuse = null;
  await tablet.person.clock.advance(limits.retryMaxMs);
  await until(() => receives() !== before, tablet);
  assert.equal(safe.backup.length, 1);
});
