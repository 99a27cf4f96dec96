// Devices of one account that hand each other what they know of the vault, over real machines and a server in memory.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import * as limits from '../limits.ts';
import { Device, Safe, talk, until } from './key-keeper-fixture.ts';
import { conversationOf, loginOf, Person } from './olm/person-fixture.ts';

const chat = conversationOf('chat');

const isHanded = (from: Device, to: Device) => () =>
  to.keeper.vault.isCurrent && isDeepStrictEqual(to.keeper.vault.share(), from.keeper.vault.share());

const vaultWords = ({ person }: Device) => person.told.filter(([, text]) => text.startsWith('{"say":"vault"')).length;

test('[ENC161] a linked device is handed the vault by another one, and reads what that one reads', async () => {
  const safe = new Safe();
  const phone = await Device.first(safe);
  const ben = await Person.join(safe.server, 'ben');
  const old = await ben.say(chat, [ben, phone.person], 'before the laptop');
  await phone.sync();
  phone.keeper.keysMade();
  await phone.person.clock.advance(limits.backupDelayMs);
  await until(() => safe.backup.length > 0, phone);
  const laptop = await phone.link(safe, 'laptop');
  assert.equal(await laptop.person.read(old), 'no_key');
  laptop.keeper.ready();
  await until(isHanded(phone, laptop), phone, laptop);
  // The key may be here before those of its maker are.
  await until(async () => (await laptop.person.read(old)) === 'before the laptop', laptop);
  assert.equal(laptop.keeper.vault.key(), null);
  assert.deepEqual([phone.recovery.at(-1), laptop.recovery.at(-1)], ['offered', 'confirmed']);
});

test('[ENC162] what is not the vault that stands there is not kept, and a device is answered once in a while', async () => {
  const safe = new Safe();
  const phone = await Device.first(safe);
  const laptop = await phone.link(safe, 'laptop');
  const [vault, identity] = [phone.keeper.vault.share(), await phone.person.machine.exportSecrets()];
  assert.ok(vault !== null);
  const foreign = (half: object) => JSON.stringify({ say: 'vault', vault: { ...vault, half }, identity });
  const { x25519, ed25519 } = vault.half;
  for (const half of [{ ...vault.half, x25519: ed25519 }, { ...vault.half, ed25519: x25519 }, {}])
    laptop.keeper.heard(phone.person.device, foreign(half));
  laptop.keeper.heard(phone.person.device, 'nonsense');
  await talk(laptop);
  assert.equal(laptop.keeper.vault.isOpen, false);
  // The server shows a vault that somebody else has signed.
  const real = safe.vault;
  safe.vault = real.map((item) => ({ ...item, value: item.value.replace(/"signature":"../, '"signature":"AA') }));
  laptop.keeper.heard(phone.person.device, foreign(vault.half));
  await talk(laptop);
  assert.equal(laptop.keeper.vault.isOpen, false);
  safe.vault = real;
  for (let time = 0; time < 2; time += 1) phone.keeper.heard(laptop.person.device, '{"say":"ask"}');
  await until(() => laptop.keeper.vault.isOpen, phone, laptop);
  await talk(phone, laptop);
  assert.equal(vaultWords(laptop), 1);
  phone.person.clock.jump(limits.answerVaultAgainMs);
  phone.keeper.heard(laptop.person.device, '{"say":"ask"}');
  await until(() => vaultWords(laptop) === 2, phone, laptop);
});

test('[ENC162] a device whose first answer was lost has the next one, however late that first one came', async () => {
  const safe = new Safe();
  const phone = await Device.first(safe);
  const laptop = await phone.link(safe, 'laptop');
  const lateMs = 500;
  laptop.keeper.ready();
  await talk(phone);
  safe.server.queues.clear();
  await talk(laptop);
  assert.deepEqual([vaultWords(laptop), laptop.keeper.vault.isOpen], [0, false]);
  await laptop.person.clock.advance(limits.askVaultMinMs);
  await phone.person.clock.advance(limits.askVaultMinMs - lateMs);
  await until(isHanded(phone, laptop), phone, laptop);
});

test('[ENC163] a new recovery key reaches the other devices, and they may make the next one', async () => {
  const safe = new Safe();
  const phone = await Device.first(safe);
  const laptop = await phone.link(safe, 'laptop');
  laptop.keeper.ready();
  await until(isHanded(phone, laptop), phone, laptop);
  await phone.keeper.renew('correct');
  await assert.rejects(laptop.keeper.renew('correct'), { code: 'keys.conflict' });
  await until(isHanded(phone, laptop), phone, laptop);
  const next = await laptop.keeper.renew('correct');
  await until(isHanded(laptop, phone), laptop, phone);
  assert.equal(phone.keeper.vault.key(), null);
  assert.deepEqual(laptop.keeper.vault.key(), next);
});

test('[ENC163] a device that was shut out puts nothing into an old epoch, and goes on when it is linked again', async () => {
  const safe = new Safe();
  const phone = await Device.first(safe);
  const laptop = await phone.link(safe, 'laptop');
  laptop.keeper.ready();
  await until(isHanded(phone, laptop), phone, laptop);
  await phone.keeper.shutOut('correct');
  await laptop.sync();
  assert.equal(laptop.person.states.at(-1), 'needs_linking');
  laptop.keeper.locked();
  const put = safe.backup.length;
  laptop.keeper.keysMade();
  await laptop.person.clock.advance(limits.backupDelayMs);
  await talk(laptop);
  assert.deepEqual([laptop.keeper.vault.epoch, safe.backup.length], [null, put]);
  const secrets = await phone.person.machine.exportSecrets();
  assert.ok(secrets !== null);
  await laptop.person.machine.importSecrets(secrets);
  phone.person.clock.jump(limits.answerVaultAgainMs);
  laptop.keeper.ready();
  await until(isHanded(phone, laptop), phone, laptop);
  assert.equal(laptop.keeper.vault.epoch?.epoch, 2);
});

test('[ENC163] a device to which nobody answers begins an epoch of its own after a while', async () => {
  const safe = new Safe();
  const phone = await Device.first(safe);
  const laptop = await phone.link(safe, 'laptop');
  laptop.keeper.ready();
  await until(isHanded(phone, laptop), phone, laptop);
  await phone.keeper.renew('correct');
  // The phone is gone, and what it said was lost.
  safe.server.queues.clear();
  laptop.restart();
  await laptop.keeper.load();
  laptop.keeper.ready();
  for (let ask = 0; ask < limits.asksBeforeAlone + 2; ask += 1) {
    assert.equal(laptop.keeper.vault.epoch, null);
    await laptop.person.clock.advance(limits.askVaultMinMs * 2 ** ask);
    await talk(laptop);
    if (laptop.keeper.vault.isCurrent) break;
  }
  assert.equal(laptop.keeper.vault.epoch?.epoch, 2);
});

test('[ENC364] who is cut off between the new identity and the vault puts nothing into the old epoch, and a new recovery key ends it', async () => {
  for (const restarts of [false, true]) {
    const safe = new Safe();
    const phone = await Device.first(safe);
    const before = phone.keeper.vault.key();
    safe.refuse = 'POST /v1/vault';
    await assert.rejects(phone.keeper.shutOut('correct'), { code: 'client.unreachable' });
    if (restarts) {
      phone.restart();
      await phone.keeper.load();
      phone.keeper.ready();
    }
    await talk(phone);
    assert.deepEqual([phone.keeper.vault.epoch, phone.keeper.vault.isCurrent], [null, false]);
    safe.refuse = null;
    const key = await phone.keeper.renew('correct');
    assert.deepEqual([phone.keeper.vault.isCurrent, phone.keeper.vault.epoch?.epoch], [true, 2]);
    assert.notDeepEqual(key, before);
    const login = loginOf(safe.server, 'ana', 'tablet');
    const tablet = new Device(safe, login, await Person.join(safe.server, 'ana', 'tablet'));
    await assert.rejects(tablet.keeper.recover(before?.groups ?? ''), { code: 'recovery.wrong' });
    await tablet.keeper.recover(key.groups);
  }
});

test('[ENC364] who is cut off while starting over makes the vault with a new recovery key', async () => {
  const safe = new Safe();
  const phone = await Device.first(safe);
  phone.keeper.close();
  const login = loginOf(safe.server, 'ana', 'tablet');
  const tablet = new Device(safe, login, await Person.join(safe.server, 'ana', 'tablet'));
  safe.refuse = 'POST /v1/vault';
  await assert.rejects(tablet.keeper.startOver('correct', 'lost'), { code: 'client.unreachable' });
  tablet.keeper.ready();
  await until(() => tablet.recovery.at(-1) === 'unfinished', tablet);
  safe.refuse = null;
  const key = await tablet.keeper.renew('correct');
  assert.deepEqual([tablet.recovery.at(-1), tablet.keeper.vault.isCurrent], ['offered', true]);
  await until(() => safe.server.dehydrated.get(tablet.person.account) !== undefined, tablet);
  const desk = loginOf(safe.server, 'ana', 'desk');
  const third = new Device(safe, desk, await Person.join(safe.server, 'ana', 'desk'));
  await third.keeper.recover(key.groups);
});
