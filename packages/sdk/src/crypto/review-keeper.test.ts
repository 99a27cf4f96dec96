// Whom one device of an account confirmed, or accepted after a change, on all of its devices: those that are there, those
// that come later by another one or by the recovery key, and whatever the server shows them of the list.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reviewsKey } from '@parley/protocol/settings';
import * as limits from '../limits.ts';
import { Device, Safe, talk, until } from './key-keeper-fixture.ts';
import type { Review } from './key-machine.ts';
import { conversationOf, loginOf, Person } from './olm/person-fixture.ts';

const chat = conversationOf('chat');

/** Ana's phone, with which Ben and Cleo talk. */
async function known() {
  const safe = new Safe();
  const phone = await Device.first(safe);
  const ben = await Person.join(safe.server, 'ben');
  const cleo = await Person.join(safe.server, 'cleo');
  await ben.say(chat, [ben, cleo, phone.person], 'hello');
  await cleo.say(chat, [ben, cleo, phone.person], 'hello');
  await phone.sync();
  return { safe, phone, ben, cleo };
}

const stateOn = async ({ person }: Device, { account }: Person) =>
  (await person.machine.identities([account]))[0]?.state;
const isOn = (device: Device, other: Person, state: string) => async () => (await stateOn(device, other)) === state;

async function decides(device: Device, { account }: Person, what: Review['what']): Promise<void> {
  const { machine } = device.person;
  const key = what === 'confirmed' ? await machine.confirm(account) : await machine.acceptIdentity(account);
  await device.keeper.reviewed({ account, key, what });
}

/** A device with nothing but the recovery key. */
async function recovered(safe: Safe, from: Device, name = 'tablet'): Promise<Device> {
  const login = loginOf(safe.server, 'ana', name);
  const tablet = new Device(safe, login, await Person.join(safe.server, 'ana', name));
  await tablet.keeper.load();
  await tablet.keeper.recover(from.keeper.vault.key()?.groups ?? assert.fail('it is shown'));
  return tablet;
}

const isHanded = (to: Device) => () => to.keeper.vault.isCurrent;

/** Two linked devices, on one of which somebody was confirmed. */
async function confirmedOnBoth() {
  const { safe, phone, ben } = await known();
  const laptop = await phone.link(safe, 'laptop');
  laptop.keeper.ready();
  await until(isHanded(laptop), phone, laptop);
  await decides(phone, ben, 'confirmed');
  await until(isOn(laptop, ben, 'confirmed'), phone, laptop);
  return { safe, phone, laptop, ben };
}

test('[ENC164] whom one device confirmed all others believe, also those that are linked later', async () => {
  const { safe, phone, ben } = await confirmedOnBoth();
  const tablet = await phone.link(safe, 'tablet');
  assert.equal(await stateOn(tablet, ben), 'known');
  tablet.keeper.ready();
  await until(isOn(tablet, ben, 'confirmed'), phone, tablet);
});

test('[ENC164] whose change one device accepted all others accept, unless they have compared codes', async () => {
  const { safe, phone, laptop, ben } = await confirmedOnBoth();
  await ben.machine.resetIdentity('correct', 'lost');
  await until(isOn(laptop, ben, 'left_out'), phone, laptop);
  await decides(phone, ben, 'accepted');
  await until(isOn(laptop, ben, 'known'), phone, laptop);
  assert.deepEqual(laptop.person.news.at(-1), [ben.account, null]);
  // Another key than the one that was accepted is not.
  await ben.machine.resetIdentity('correct', 'lost');
  await until(isOn(laptop, ben, 'changed'), phone, laptop);
  await decides(laptop, ben, 'confirmed');
  laptop.isOff = true;
  await until(isOn(phone, ben, 'confirmed'), phone);
  await decides(phone, ben, 'accepted');
  laptop.isOff = false;
  safe.setSetting(reviewsKey(0), safe.settings.get(reviewsKey(0)) ?? '');
  await talk(phone, laptop);
  assert.deepEqual([await stateOn(phone, ben), await stateOn(laptop, ben)], ['confirmed', 'confirmed']);
});

test('[ENC164] an acceptance counts also where it is heard of before the key that was accepted', async () => {
  const { safe, phone, ben } = await known();
  const laptop = await phone.link(safe, 'laptop');
  laptop.keeper.ready();
  await until(isHanded(laptop), phone, laptop);
  assert.equal(await stateOn(laptop, ben), 'known');
  await ben.machine.resetIdentity('correct', 'lost');
  await phone.sync();
  await decides(phone, ben, 'accepted');
  await talk(phone);
  laptop.person.news.length = 0;
  await talk(laptop);
  assert.deepEqual([await stateOn(laptop, ben), laptop.person.news], ['known', []]);
});

test('[ENC164] what was decided while the vault was closed is told when it is open, also after a restart', async () => {
  const { safe, phone, ben } = await known();
  const laptop = await phone.link(safe, 'laptop');
  await laptop.person.sync();
  await decides(laptop, ben, 'confirmed');
  assert.equal(safe.written, 0);
  laptop.restart();
  await laptop.keeper.load();
  laptop.keeper.ready();
  await until(isHanded(laptop), phone, laptop);
  await laptop.person.clock.advance(limits.writeReviewsMinMs);
  await until(isOn(phone, ben, 'confirmed'), phone, laptop);
});

test('[ENC124] reviews stand sealed in one setting of one size, whose name is of nobody', async () => {
  const { safe, phone, ben, cleo } = await known();
  await decides(phone, ben, 'confirmed');
  await until(() => safe.written === 1, phone);
  const [[name, first] = []] = safe.settings;
  await decides(phone, cleo, 'accepted');
  await until(() => safe.written === 2, phone);
  assert.deepEqual([...safe.settings.keys()], [reviewsKey(0)]);
  assert.equal(name, reviewsKey(0));
  assert.equal(safe.settings.get(reviewsKey(0))?.length, first?.length);
});

test('[ENC125] a device that was opened with the recovery key holds who was confirmed by another key', async () => {
  const { safe, phone, ben, cleo } = await known();
  await decides(phone, ben, 'confirmed');
  await decides(phone, cleo, 'confirmed');
  await until(() => safe.written === 2, phone);
  phone.keeper.close();
  await ben.machine.resetIdentity('correct', 'lost');
  const tablet = await recovered(safe, phone);
  const order = tablet.person.order(chat, [ben, tablet.person], 'for whom?');
  const outcome = await tablet.person.machine.seal({ ...order, kind: 'direct' });
  assert.deepEqual(outcome, { content: null, reason: 'identity_changed' });
  await ben.sync();
  const claim = await ben.say(chat, [ben, tablet.person], 'it is me');
  await tablet.sync();
  assert.equal(await tablet.person.read(claim), 'not_trusted');
  assert.deepEqual([await stateOn(tablet, ben), await stateOn(tablet, cleo)], ['left_out', 'confirmed']);
  tablet.person.readable.length = 0;
  await decides(tablet, ben, 'accepted');
  assert.ok(tablet.person.readable.includes(claim.content.split('.')[1] ?? ''));
  assert.equal(await tablet.person.read(claim), 'it is me');
  await until(() => safe.written === 3, tablet);
  const desk = await recovered(safe, phone, 'desk');
  assert.deepEqual([await stateOn(desk, ben), await stateOn(desk, cleo)], ['known', 'confirmed']);
});

test('[ENC126] of two devices that decide at once neither loses what it has decided', async () => {
  const { safe, phone, ben, cleo } = await known();
  const laptop = await phone.link(safe, 'laptop');
  laptop.keeper.ready();
  await until(isHanded(laptop), phone, laptop);
  await laptop.person.sync();
  [phone.isOff, laptop.isOff] = [true, true];
  await decides(phone, ben, 'confirmed');
  await until(() => safe.written === 1, phone);
  const first = safe.settings.get(reviewsKey(0)) ?? '';
  // Hers goes out before she has heard of his.
  safe.settings.clear();
  await decides(laptop, cleo, 'confirmed');
  await until(() => safe.written === 2, laptop);
  const second = safe.settings.get(reviewsKey(0)) ?? '';
  [phone.isOff, laptop.isOff] = [false, false];
  safe.setSetting(reviewsKey(0), first);
  await talk(phone, laptop);
  safe.setSetting(reviewsKey(0), second);
  await talk(phone, laptop);
  await phone.person.clock.advance(limits.writeReviewsMinMs);
  await until(() => safe.written === 3, phone, laptop);
  await laptop.person.clock.advance(limits.writeReviewsMinMs);
  await talk(phone, laptop);
  assert.equal(safe.written, 3, 'nobody lacks anything');
  assert.deepEqual([await stateOn(laptop, ben), await stateOn(phone, cleo)], ['confirmed', 'confirmed']);
});

test('[ENC126] a list of before, nonsense and none un-confirm nobody, and are made good ever more rarely', async () => {
  const { safe, phone, ben } = await known();
  await decides(phone, ben, 'accepted');
  await until(() => safe.written === 1, phone);
  const old = safe.settings.get(reviewsKey(0)) ?? '';
  await ben.machine.resetIdentity('correct', 'lost');
  await phone.sync();
  await decides(phone, ben, 'confirmed');
  await until(() => safe.written === 2, phone);
  for (const [at, shown] of ['', 'nonsense', old].entries()) {
    safe.setSetting(reviewsKey(0), shown);
    await talk(phone);
    assert.equal(await stateOn(phone, ben), 'confirmed');
    const wait = limits.writeReviewsMinMs * 2 ** at;
    await phone.person.clock.advance(wait - 1);
    await talk(phone);
    assert.equal(safe.written, 2 + at);
    await phone.person.clock.advance(1);
    await until(() => safe.written === 3 + at, phone);
  }
  assert.equal(await stateOn(await recovered(safe, phone), ben), 'confirmed');
});

test('[ENC127] after a device was shut out the same people are confirmed, and what that device says of anybody counts for nothing', async () => {
  const { safe, phone, ben, cleo } = await known();
  const laptop = await phone.link(safe, 'laptop');
  laptop.keeper.ready();
  await until(isHanded(laptop), phone, laptop);
  await laptop.person.sync();
  await decides(phone, ben, 'confirmed');
  await until(isOn(laptop, ben, 'confirmed'), phone, laptop);
  laptop.isOff = true;
  // It knows the key of private settings; the server plays along.
  await decides(laptop, cleo, 'confirmed');
  await until(() => safe.written === 2, laptop);
  const forged = safe.settings.get(reviewsKey(0)) ?? '';
  safe.settings.clear();
  phone.isOff = true;
  await phone.keeper.shutOut('correct');
  await phone.person.clock.advance(limits.writeReviewsMinMs);
  await until(() => safe.written === 3, phone);
  assert.equal(await stateOn(phone, ben), 'confirmed');
  const mine = safe.settings.get(reviewsKey(0)) ?? '';
  assert.equal(await stateOn(await recovered(safe, phone), ben), 'confirmed');
  safe.settings.set(reviewsKey(0), forged);
  const desk = await recovered(safe, phone, 'desk');
  assert.deepEqual([await stateOn(desk, ben), await stateOn(desk, cleo)], ['known', 'known']);
  safe.setSetting(reviewsKey(0), mine);
  await until(isOn(desk, ben, 'confirmed'), desk);
});

test('[ENC127] whoever starts over on a device that knows whom they have confirmed has it on every other one', async () => {
  const { safe, phone, ben } = await known();
  await decides(phone, ben, 'confirmed');
  await until(() => safe.written === 1, phone);
  await phone.keeper.startOver('correct', 'lost');
  await phone.person.clock.advance(limits.writeReviewsMinMs);
  await until(() => safe.written === 2, phone);
  assert.equal(await stateOn(phone, ben), 'confirmed');
  assert.equal(await stateOn(await recovered(safe, phone), ben), 'confirmed');
});

test('[ENC164] what a device kept before there was one list for all counts on every device', async () => {
  const { safe, phone, ben, cleo } = await known();
  const fingerprint = async ({ account }: Person) =>
    (await phone.person.machine.identities([account]))[0]?.fingerprint ?? assert.fail('it has one');
  const key = JSON.stringify({ keys: { [`ed25519:${await fingerprint(ben)}`]: await fingerprint(ben) } });
  phone.kept.set('confirmed', [{ account: ben.account, key }]);
  phone.kept.set('accepted', [{ account: cleo.account, fingerprint: await fingerprint(cleo) }]);
  phone.keeper.close();
  phone.restart();
  await phone.keeper.load();
  assert.deepEqual([await stateOn(phone, ben), await stateOn(phone, cleo)], ['confirmed', 'known']);
  phone.keeper.ready();
  await talk(phone);
  await phone.person.clock.advance(limits.writeReviewsMinMs);
  await until(() => safe.written === 1, phone);
  assert.equal(await stateOn(await recovered(safe, phone), ben), 'confirmed');
});
