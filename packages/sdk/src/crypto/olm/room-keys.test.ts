// Room keys to the backup and back, and the device that collects them while the others are off.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RoomKeyRow } from '../key-machine.ts';
import { conversationOf, loginOf, Person, people } from './person-fixture.ts';

const chat = conversationOf('chat');

test('[ENC112] what never arrived opens by the backup, and is told to be readable', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const said = await ana.say(chat, joined, 'lost and found');
  const second = await ben.link(loginOf(server, 'ben', 'ben2'));
  await ben.sync();
  server.queues.delete(second.device);
  assert.equal(await second.read(said), 'no_key');
  const outcome = await second.machine.importRoomKeys(await ben.takeRoomKeys());
  assert.deepEqual(outcome, { imported: 1, refused: 0 });
  assert.deepEqual(second.readable, [said.content.split('.')[1]]);
  assert.equal(await second.read(said), 'lost and found');
  await second.sync();
  assert.equal(await second.read(said), 'lost and found');
});

test('[ENC112] the oldest message opens on a new device after its sender signed out, set up afresh and is known anew', async () => {
  const { server, joined } = await people('ana', 'ben', 'mal');
  const [ana, ben, mal] = joined as [Person, Person, Person];
  const said = await ana.say(chat, joined, 'long ago');
  await ben.sync();
  const rows = await ben.takeRoomKeys();
  const again = await Person.join(server, 'ana', 'ana2');
  await again.machine.resetIdentity('correct', 'lost');
  server.revoke(ana.account, ana.device);
  const second = await ben.link(loginOf(server, 'ben', 'ben2'));
  await second.machine.importRoomKeys(rows);
  assert.equal(await second.read(said), 'long ago');
  await again.say(chat, [again, ben, mal], 'here I am');
  await mal.say(chat, [again, ben, mal], 'and me');
  await second.sync();
  assert.equal(await second.read(said), 'long ago');
  assert.equal(await second.read({ ...said, sender: mal.account, device: mal.device }), 'altered');
  assert.equal(await second.read({ ...said, device: again.device }), 'altered');
  assert.equal(await second.read({ ...said, sender: mal.account }), 'altered');
});

test('[ENC112] a record that contradicts its key, its name or what came live is refused', async () => {
  const { server, joined } = await people('ana', 'ben', 'mal');
  const [ana, ben, mal] = joined as [Person, Person, Person];
  const said = await ana.say(chat, joined, 'by ana');
  const other = await mal.say(chat, joined, 'by mal');
  await ben.sync();
  const rows = await ben.takeRoomKeys();
  const [byAna, byMal] = [said, other].map((one) => rows.find((row) => row.session === one.content.split('.')[1]));
  assert.ok(byAna && byMal);
  const second = await ben.link(loginOf(server, 'ben', 'ben2'));
  const { account, device } = byMal.origin;
  const wrong: RoomKeyRow[] = [
    { ...byAna, session: byMal.session },
    { ...byAna, exported: byMal.exported },
    { ...byAna, origin: { ...byAna.origin, curve25519: byMal.origin.curve25519 } },
    { ...byAna, origin: { ...byAna.origin, ed25519: byMal.origin.ed25519 } },
    { ...byAna, exported: '{}' },
    { ...byAna, exported: 'no json' },
  ];
  assert.deepEqual(await second.machine.importRoomKeys(wrong), { imported: 0, refused: 6 });
  assert.equal(await second.read(said), 'no_key');
  const stolen = { ...byAna, origin: { ...byAna.origin, account, device } };
  assert.deepEqual(await ben.machine.importRoomKeys([stolen]), { imported: 0, refused: 1 });
  assert.deepEqual(await second.machine.importRoomKeys([stolen]), { imported: 1, refused: 0 });
  assert.equal(await second.read(said), 'altered');
  assert.equal(await second.read({ ...said, sender: mal.account, device: mal.device }), 'altered');
});

test('[ENC113] room keys are taken once, with their records, and all of them again in a new epoch', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  for (let n = 0; n < 120; n += 1) await ana.say(conversationOf(`chat${n}x`), joined, `number ${n}`);
  await ben.say(chat, joined, 'own');
  await ben.sync();
  const first = await ben.machine.takeRoomKeys();
  assert.equal(first?.rows.length, 100);
  assert.deepEqual(await ben.machine.takeRoomKeys(), first);
  const all = await ben.takeRoomKeys();
  assert.equal(all.length, 121);
  assert.equal(await ben.machine.takeRoomKeys(), null);
  assert.equal(all.filter((row) => row.origin.account === ana.account && row.origin.device === ana.device).length, 120);
  assert.equal(all.filter((row) => row.origin.account === ben.account).length, 1);
  assert.ok(all.every((row) => row.firstIndex === 0 && row.origin.session === row.session));
  await ana.say(chat, joined, 'one more');
  await ben.sync();
  assert.equal((await ben.takeRoomKeys()).length, 1);
  await ben.machine.restartBackup();
  assert.equal((await ben.takeRoomKeys()).length, 122);
  const second = await ben.link(loginOf(server, 'ben', 'ben2'));
  assert.equal((await second.machine.importRoomKeys(all)).imported, 121);
  assert.equal(await second.machine.takeRoomKeys(), null);
});

test('[ENC114] what is said while every device is off is read through the dehydrated one', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const key = new Uint8Array(32).fill(7);
  assert.equal(await ben.machine.rehydrate(key), 0);
  const device = await ben.machine.dehydrate(key);
  assert.match(device, /^[A-Za-z0-9+/]{43}$/);
  const secrets = await ben.machine.exportSecrets();
  server.revoke(ben.account, ben.device);
  await ana.sync();
  const said = await ana.say(chat, joined, 'while you were away');
  const back = await Person.join(server, 'ben', 'ben2');
  assert.ok(secrets);
  await back.machine.importSecrets(secrets);
  await assert.rejects(back.machine.rehydrate(new Uint8Array(32).fill(8)), { code: 'keys.invalid' });
  assert.equal(await back.machine.rehydrate(key), 1);
  assert.equal(await back.read(said), 'while you were away');
  assert.deepEqual(back.readable, [said.content.split('.')[1]]);
  assert.equal((await back.takeRoomKeys())[0]?.origin.device, ana.device);
  assert.equal((await back.machine.ownDevices()).find((one) => one.dehydrated)?.linked, true);
  await back.machine.dehydrate(key);
  await ana.sync();
  const next = await ana.say(chat, joined, 'welcome back');
  assert.equal(await back.machine.rehydrate(key), 1);
  assert.equal(await back.read(next), 'welcome back');
});
