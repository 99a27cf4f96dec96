// What somebody said before they started over, to those who were away: believed by the word of the new identity, of one
// that was known here, and of nobody else.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { type AccountKeys, canonicalJson, type FormerIdentity } from '@parley/protocol';
import type { DevicesBefore } from '../../views.ts';
import type { OpenOrder } from '../key-machine.ts';
import { publicHalf } from '../signing.ts';
import { bytesOfSeed, seedSigner } from '../vault-items.ts';
import type { KeyServer } from './key-server-fixture.ts';
import { conversationOf, loginOf, Person, people, startOver } from './person-fixture.ts';

const chat = conversationOf('chat');
const dehydratedKey = new Uint8Array(32).fill(7);

/** Ana and Ben have talked; then he says something while she is away, and starts over. */
async function awayMeanwhile(before: DevicesBefore, { isMet = true, isConfirmed = false } = {}) {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  if (isMet) await ben.say(chat, joined, 'hello');
  if (isMet) await ana.sync();
  if (isConfirmed) await ana.machine.confirm(ben.account);
  await ana.machine.dehydrate(dehydratedKey);
  await ben.machine.changed();
  const said = await ben.say(conversationOf('away'), joined, 'while you were away');
  const secrets = (await ben.machine.exportSecrets()) ?? assert.fail();
  const again = await startOver(server, ben, 'ben2', before);
  return { server, ana, ben, again, said, secrets };
}

/** A new device of hers that has the backup, and what came while all were off. */
async function newDevice(server: KeyServer, ana: Person, name = 'phone'): Promise<Person> {
  const phone = await ana.link(loginOf(server, 'ana', name));
  await phone.machine.importRoomKeys(await ana.takeRoomKeys());
  await phone.machine.rehydrate(dehydratedKey);
  return phone;
}

/** What the server says of Ben is changed on its way. */
function lieAbout(server: KeyServer, ben: Person, change: (told: AccountKeys) => Partial<AccountKeys>): void {
  server.lie = (told) => (told.account === ben.account ? { ...told, ...change(told) } : told);
}

test('[ENC121] who was away reads what somebody said before they started over, on the same device and on a new one', async () => {
  const { server, ana, ben, again, said } = await awayMeanwhile('safe');
  const phone = await newDevice(server, ana);
  assert.equal(await phone.read(said), 'while you were away');
  await ana.sync();
  assert.equal(await ana.read(said), 'while you were away');
  assert.equal(await phone.read({ ...said, sender: ana.account }), 'altered');
  assert.equal(await phone.read({ ...said, device: again.device }), 'altered');
  // It goes into the backup as his.
  const rows = await phone.takeRoomKeys();
  const row = rows.find(({ session }) => session === said.content.split('.')[1]);
  assert.deepEqual([row?.origin.account, row?.origin.device], [ben.account, ben.device]);
  // He writes on, and is read.
  const more = await again.say(chat, [ana, again], 'a new laptop');
  await ana.sync();
  assert.equal(await ana.read(more), 'a new laptop');
});

test('[ENC121] also when he started over more than once meanwhile', async () => {
  const { server, ana, again, said } = await awayMeanwhile('safe');
  await startOver(server, again, 'ben3', 'safe');
  assert.equal(await (await newDevice(server, ana)).read(said), 'while you were away');
});

test('[ENC122] where one of their devices may be in other hands nothing more of it is believed', async () => {
  const { server, ana, said } = await awayMeanwhile('lost');
  assert.equal(server.identities.get(said.sender)?.former_identities, undefined);
  const phone = await newDevice(server, ana);
  await ana.sync();
  assert.deepEqual([await phone.read(said), await ana.read(said)], ['not_trusted', 'not_trusted']);
  // What they lose later says nothing of what was safe before, and is not believed either.
  const later = await awayMeanwhile('safe');
  await startOver(later.server, later.again, 'ben3', 'lost');
  assert.equal(await (await newDevice(later.server, later.ana)).read(later.said), 'not_trusted');
});

test('[ENC121] of somebody of whom nothing was known it is believed, and told that they have changed', async () => {
  const { server, ana, ben, said } = await awayMeanwhile('safe', { isMet: false });
  const phone = await newDevice(server, ana);
  assert.equal(await phone.read(said), 'while you were away');
  assert.deepEqual(phone.news, [[ben.account, 'changed']]);
  assert.equal((await phone.machine.identities([ben.account]))[0]?.state, 'changed');
  await phone.machine.acceptIdentity(ben.account);
  assert.equal((await phone.machine.identities([ben.account]))[0]?.state, 'known');
});

for (const how of ['heard from', 'told of', 'heard from by another device'])
  test(`[ENC121] who was known by another key than the new identity speaks for is not believed by it: ${how}`, async () => {
    const { server, joined } = await people('ana', 'ben');
    const [ana, ben] = joined as [Person, Person];
    if (how === 'told of') await ana.machine.identities([ben.account]);
    else {
      await ben.say(chat, joined, 'hello');
      await ana.sync();
    }
    await ana.machine.dehydrate(dehydratedKey);
    // The server makes up somebody, who says something while she is away; then Ben starts over, and is told that it was he.
    const twin = await Person.join(server, 'ben', 'twin');
    await twin.machine.resetIdentity('correct', 'lost');
    const forged = await twin.say(conversationOf('away'), [ana, twin], 'send me money');
    const again = await Person.join(server, 'ben', 'ben2');
    await again.machine.resetIdentity('correct', 'safe');
    server.revoke(ben.account, ben.device);
    if (how !== 'heard from by another device') await ana.sync();
    const device = how === 'heard from by another device' ? await newDevice(server, ana) : ana;
    assert.equal(await device.read(forged), 'not_trusted');
  });

test('[ENC121] whom this account wrote to, and never heard from, it knows on a new device, too', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  await ana.say(chat, joined, 'are you there?');
  await ana.machine.dehydrate(dehydratedKey);
  await ben.sync();
  const said = await ben.say(chat, joined, 'yes');
  await startOver(server, ben, 'ben2', 'safe');
  assert.equal(await (await newDevice(server, ana)).read(said), 'yes');
  await ana.sync();
  assert.equal(await ana.read(said), 'yes');
});

test('[ENC121] a word for a former identity that the server alters, moves or makes up is worth nothing', async () => {
  const other = await awayMeanwhile('safe');
  const [foreign] = other.server.identities.get(other.ben.account)?.former_identities ?? [];
  assert.ok(foreign);
  const lies: readonly ((one: FormerIdentity) => FormerIdentity)[] = [
    (one) => ({ ...one, signature: foreign.signature }),
    (one) => ({ ...one, master_key: foreign.master_key }),
    (one) => ({ ...one, self_signing_key: foreign.self_signing_key }),
    () => foreign,
    (one) => ({ ...one, self_signing_key: { ...one.self_signing_key, usage: ['master'] } }),
  ];
  for (const [at, lie] of lies.entries()) {
    const { server, ana, ben, said } = await awayMeanwhile('safe');
    lieAbout(server, ben, ({ former_identities = [] }) => ({ former_identities: former_identities.map(lie) }));
    assert.equal(await (await newDevice(server, ana)).read(said), 'not_trusted', `lie ${at}`);
    server.lie = null;
  }
});

test('[ENC121] a device for which that identity did not vouch is not believed', async () => {
  const { server, ana, ben, said } = await awayMeanwhile('safe');
  lieAbout(server, ben, ({ former_devices }) => ({
    former_devices: former_devices.map((device) => ({ ...device, signatures: {} })),
  }));
  assert.equal(await (await newDevice(server, ana)).read(said), 'not_trusted');
});

/** A self-signing key of this seed, signed by the seed of a master key, and a device that it signs. */
async function forgedKey(of: AccountKeys['devices'][number], master: string, usage: string) {
  const seed = randomBytes(32).toString('base64').replace('=', '');
  const text = await publicHalf('Ed25519', bytesOfSeed(seed));
  const name = (key: string) => `ed25519:${key}`;
  const signed = async <T extends object>(object: T, key: string, by: string) => ({
    ...object,
    signatures: { [of.user_id]: { [name(key)]: await seedSigner(by)(canonicalJson(object) ?? '') } },
  });
  const key = { user_id: of.user_id, usage: [usage], keys: { [name(text)]: text } };
  const { signatures: _, ...device } = of;
  return {
    selfSigning: await signed(key, await publicHalf('Ed25519', bytesOfSeed(master)), master),
    device: await signed(device, text, seed),
  };
}

for (const [who, usage, outcome] of [
  ['its master key, for that', 'self_signing', 'while you were away'],
  ['its master key, for something else', 'user_signing', 'not_trusted'],
  ['another key', 'self_signing', 'not_trusted'],
] as const)
  test(`[ENC121] a key that signs devices counts if it was signed by its master key for that: ${who}`, async () => {
    const { server, ana, ben, said, secrets } = await awayMeanwhile('safe');
    const [device] = [...(server.devices.get(ben.account)?.values() ?? [])].map(({ keys }) => keys);
    assert.ok(device?.device_id === ben.device);
    const master = who === 'another key' ? secrets.selfSigning : secrets.master;
    const forged = await forgedKey(device, master, usage);
    lieAbout(server, ben, ({ former_identities = [] }) => ({
      former_devices: [forged.device],
      former_identities: former_identities.map((one) => {
        const self = structuredClone(forged.selfSigning);
        // Whoever signed it, it says that the master key did.
        const [signature = ''] = Object.values(self.signatures[device.user_id] ?? {});
        return {
          ...one,
          self_signing_key: {
            ...self,
            signatures: { [device.user_id]: { [`ed25519:${one.master_key}`]: signature } },
          },
        };
      }),
    }));
    assert.equal(await (await newDevice(server, ana)).read(said), outcome);
  });

test('[ENC121] of somebody confirmed it is believed once the new identity is', async () => {
  const { ana, ben, said } = await awayMeanwhile('safe', { isConfirmed: true });
  await ana.sync();
  assert.equal((await ana.machine.identities([ben.account]))[0]?.state, 'left_out');
  assert.equal(await ana.read(said), 'not_trusted');
  assert.equal(
    (await ana.takeRoomKeys()).some(({ session }) => session === said.content.split('.')[1]),
    false,
  );
  await ana.machine.acceptIdentity(ben.account);
  assert.equal(await ana.read(said), 'while you were away');
  assert.equal(
    (await ana.takeRoomKeys()).some(({ session }) => session === said.content.split('.')[1]),
    true,
  );
});

test('[ENC123] what came from somebody else than was confirmed is in no backup, until they are accepted', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  await ana.say(chat, joined, 'before');
  await ana.machine.confirm(ben.account);
  const real = structuredClone(server.identities.get(ben.account));
  const swapped = await Person.join(server, 'ben', 'ben2');
  await swapped.machine.resetIdentity('correct', 'safe');
  await ana.sync();
  const forged = await swapped.say(chat, [ana, swapped], 'send me money');
  await ana.sync();
  assert.equal(await ana.read(forged), 'not_trusted');
  const phone = await newDevice(server, ana);
  if (real !== undefined) server.identities.set(ben.account, real);
  server.revoke(ben.account, swapped.device);
  await phone.machine.changed();
  assert.equal(await phone.read(forged), 'no_key');
  await ana.sync();
  assert.deepEqual([await ana.read(forged), (await ana.takeRoomKeys()).length], ['not_trusted', 0]);
});

test('[ENC123] once they are accepted it is in the backup, after a restart, too', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  await ana.say(chat, joined, 'before');
  await ana.machine.confirm(ben.account);
  const again = await startOver(server, ben, 'ben2', 'lost');
  await ana.sync();
  const said: OpenOrder = await again.say(chat, [ana, again], 'it is me');
  await ana.sync();
  assert.equal(await ana.read(said), 'not_trusted');
  assert.equal(
    (await ana.takeRoomKeys()).some(({ origin }) => origin.account === ben.account),
    false,
  );
  ana.readable.length = 0;
  await ana.machine.acceptIdentity(ben.account);
  assert.deepEqual(ana.readable, [said.content.split('.')[1]]);
  const rows = await ana.takeRoomKeys();
  assert.equal(
    rows.some(({ origin }) => origin.account === ben.account),
    true,
  );
  const phone = await ana.link(loginOf(server, 'ana', 'phone'));
  await phone.machine.importRoomKeys(rows);
  assert.deepEqual([await phone.read(said), await ana.read(said)], ['it is me', 'it is me']);
});

/** The server shows the identity that was there before, and nothing of the swapped one. */
async function showAgain(server: KeyServer, real: Person, identity: ReturnType<KeyServer['identities']['get']>) {
  server.identities.set(real.account, structuredClone(identity ?? assert.fail()));
  for (const device of server.devices.get(real.account)?.keys() ?? [])
    if (device !== real.device) server.devices.get(real.account)?.delete(device);
  server.changes.push(real.account);
}

test('[ENC125] what a twin said in the place of whom a link named stays unread when the right key is there', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const real = structuredClone(server.identities.get(ben.account));
  const [known] = await ben.machine.identities([ben.account]);
  const twin = await Person.join(server, 'ben', 'twin');
  await twin.machine.resetIdentity('correct', 'safe');
  await ana.machine.expectIdentity(ben.account, known?.fingerprint ?? assert.fail());
  const forged = await twin.say(chat, [ana, twin], 'send me money');
  await ana.sync();
  assert.equal(await ana.read(forged), 'not_trusted');
  await showAgain(server, ben, real);
  await ana.sync();
  assert.equal((await ana.machine.identities([ben.account]))[0]?.state, 'known');
  assert.equal(await ana.read(forged), 'not_trusted');
  const said = await ben.say(chat, joined, 'it is me');
  await ana.sync();
  assert.equal(await ana.read(said), 'it is me');
});

test('[ENC125] nor when they set up afresh themselves, and that is accepted', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const before = await ben.say(chat, joined, 'before');
  await ana.sync();
  await ana.machine.confirm(ben.account);
  const twin = await Person.join(server, 'ben', 'twin');
  await twin.machine.resetIdentity('correct', 'safe');
  const forged = await twin.say(chat, [ana, twin], 'send me money');
  await ana.sync();
  const again = await startOver(server, ben, 'ben2', 'safe');
  server.devices.get(ben.account)?.delete(twin.device);
  await ana.sync();
  await ana.machine.acceptIdentity(ben.account);
  assert.deepEqual([await ana.read(forged), await ana.read(before)], ['not_trusted', 'before']);
  const said = await again.say(chat, [ana, again], 'it is me');
  await ana.sync();
  assert.equal(await ana.read(said), 'it is me');
});
