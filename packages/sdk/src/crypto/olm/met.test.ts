// A new device that sees people for the first time, whom other devices of its account have known: by records of the
// backup, by what was accepted there, or not at all.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RoomKeyRow } from '../key-machine.ts';
import { KeyServer } from './key-server-fixture.ts';
import { maxMetKeys } from './limits.ts';
import { conversationOf, loginOf, Person } from './person-fixture.ts';

const chat = conversationOf('chat');

/** What is in the backup of a device. */
async function backedUp(person: Person): Promise<readonly RoomKeyRow[]> {
  const rows: RoomKeyRow[] = [];
  for (let taken = await person.machine.takeRoomKeys(); taken !== null; taken = await person.machine.takeRoomKeys()) {
    rows.push(...taken.rows);
    await person.machine.confirmRoomKeys(taken.batch);
  }
  return rows;
}

/** Ana's laptop has heard from Ben, who then set up afresh. */
async function metBefore() {
  const server = new KeyServer();
  const ana = await Person.join(server, 'ana');
  const ben = await Person.join(server, 'ben');
  await ben.say(chat, [ana, ben], 'hello');
  await ana.sync();
  const rows = await backedUp(ana);
  const again = await Person.join(server, 'ben', 'ben2');
  await again.machine.resetIdentity('correct', 'lost');
  return { server, ana, ben: again, rows, phone: await ana.link(loginOf(server, 'ana', 'phone')) };
}

const stateOn = async (device: Person, { account }: Person) => (await device.machine.identities([account]))[0]?.state;

for (const order of ['before their keys', 'after their keys', 'after a message of theirs'])
  test(`[ENC128] whom the account has met by another key only has changed, also where that is known ${order}`, async () => {
    const { phone, ben, rows } = await metBefore();
    if (order === 'after their keys') assert.equal(await stateOn(phone, ben), 'known');
    else if (order === 'after a message of theirs') {
      await ben.sync();
      const said = await ben.say(chat, [phone, ben], 'it is me');
      await phone.sync();
      assert.equal(await phone.read(said), 'it is me');
    }
    await phone.machine.importRoomKeys(rows);
    assert.equal(await stateOn(phone, ben), 'changed');
    assert.deepEqual(phone.news, [[ben.account, 'changed']]);
    const said = await phone.seal({ ...phone.order(chat, [phone, ben], 'who is it?'), kind: 'direct' });
    await ben.sync();
    assert.equal(await ben.read(said), 'who is it?');
    await phone.sync();
    await phone.machine.importRoomKeys(rows);
    assert.equal(phone.news.length, 1);
    await phone.machine.acceptIdentity(ben.account);
    await phone.machine.importRoomKeys(rows);
    assert.deepEqual([await stateOn(phone, ben), phone.news.length], ['known', 1]);
  });

test('[ENC128] whom the account has met by this key, too, has not changed, nor who was not met', async () => {
  const { server, ana, ben, rows } = await metBefore();
  const cleo = await Person.join(server, 'cleo');
  await ana.sync();
  await ben.say(chat, [ana, ben], 'hello again');
  await ana.sync();
  const more = await backedUp(ana);
  const tablet = await ana.link(loginOf(server, 'ana', 'tablet'));
  await tablet.machine.importRoomKeys([...more, ...rows]);
  assert.deepEqual([await stateOn(tablet, ben), await stateOn(tablet, cleo), tablet.news], ['known', 'known', []]);
});

test('[ENC128] whose record with the present key comes later is told of no more', async () => {
  const { ana, ben, rows, phone } = await metBefore();
  await ana.sync();
  await ben.say(chat, [ana, ben], 'hello again');
  await ana.sync();
  assert.equal(await stateOn(phone, ben), 'known');
  await phone.machine.importRoomKeys(rows);
  await phone.machine.importRoomKeys(await backedUp(ana));
  assert.deepEqual(phone.news, [
    [ben.account, 'changed'],
    [ben.account, null],
  ]);
});

test('[ENC128] whose present key another device accepted has not changed, and whose other one it accepted has', async () => {
  for (const isSame of [true, false]) {
    const { ana, ben, rows, phone } = await metBefore();
    await ana.sync();
    const key = await ana.machine.acceptIdentity(ben.account);
    await phone.machine.review([{ account: ben.account, key, what: 'accepted' }]);
    if (isSame) await phone.machine.importRoomKeys(rows);
    else await ben.machine.resetIdentity('correct', 'lost');
    assert.equal(await stateOn(phone, ben), isSame ? 'known' : 'changed');
  }
});

test('[ENC128] a bounded number of keys is remembered of each, the newest of a backup', async () => {
  const { server, ana, ben, rows } = await metBefore();
  const [row] = rows.filter(({ origin }) => origin.account === ben.account);
  assert.ok(row);
  await ana.sync();
  const said = await ben.say(chat, [ana, ben], 'hello again');
  await ana.sync();
  const present = (await backedUp(ana)).filter(({ session }) => session === said.content.split('.')[1]);
  assert.equal(present.length, 1);
  const tablet = await ana.link(loginOf(server, 'ana', 'tablet'));
  await tablet.machine.importRoomKeys(present);
  for (let n = 0; n < maxMetKeys; n += 1) {
    const conversation = conversationOf(`chat${n}`);
    const origin = { ...row.origin, master_key: row.origin.master_key.replace(/^./, String(n)) };
    await tablet.machine.importRoomKeys([{ ...row, conversation, origin }]);
  }
  assert.deepEqual([await stateOn(tablet, ben), tablet.news], ['known', []]);
});

test('[ENC128] who has the key that a link named has not changed, whatever key the account met them by', async () => {
  const { ben, rows, phone } = await metBefore();
  const [own] = await ben.machine.identities([ben.account]);
  await phone.machine.expectIdentity(ben.account, own?.fingerprint ?? '');
  await phone.machine.importRoomKeys(rows);
  assert.deepEqual([await stateOn(phone, ben), phone.news], ['known', []]);
});
