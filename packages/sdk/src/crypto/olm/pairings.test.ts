// A new device shows a code, a linked one scans it and shows digits, and somebody types them on the new one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits as wire } from '@parley/protocol';
import { ChatError } from '../../error.ts';
import { settle } from '../../fixture.ts';
import { meetAgainMs } from '../../limits.ts';
import type { Pairing } from '../key-machine.ts';
import { KeyServer } from './key-server-fixture.ts';
import { conversationOf, loginOf, Person } from './person-fixture.ts';

const chat = conversationOf('chat');
const address = 'https://parley.example';

async function twoDevices() {
  const server = new KeyServer();
  const phone = await Person.join(server, 'ana', 'phone');
  const laptop = await Person.join(server, 'ana', 'laptop');
  assert.deepEqual(laptop.states, ['needs_linking']);
  return { server, phone, laptop };
}

const last = (device: Person): Pairing | undefined => device.pairings.at(-1);

/** Lets time pass until it has come to this. */
async function until(device: Person, state: Pairing['state'], others: readonly Person[] = []): Promise<Pairing> {
  for (let turn = 0; turn < 200; turn += 1) {
    const pairing = last(device);
    if (pairing?.state === state) return pairing;
    await settle();
    for (const each of [device, ...others]) await each.clock.advance(meetAgainMs);
  }
  return assert.fail(`it is ${JSON.stringify(last(device))}`);
}

/** As far as the digits, which stand on the linked device and are asked for on the new one. */
async function scanned(old: Person, fresh: Person): Promise<string> {
  const { text } = await fresh.machine.showPairing(address);
  await old.machine.scanPairing(text ?? '');
  const { digits } = await until(old, 'digits', [fresh]);
  await until(fresh, 'digits', [old]);
  return digits ?? '';
}

const codeOf = (error: unknown) => (error instanceof ChatError ? error.code : String(error));

test('[ENC220] a device that shows its code before its keys are on the server is linked all the same', async () => {
  const server = new KeyServer();
  const phone = await Person.join(server, 'ana', 'phone');
  const login = loginOf(server, 'ana', 'laptop');
  const published = Promise.withResolvers<void>();
  const call: typeof login.call = async (request) => {
    if (request.path === '/v1/keys/upload') await published.promise;
    return login.call(request);
  };
  const laptop = await Person.open({ ...login, call });
  const started = laptop.machine.start();
  while (laptop.states.at(-1) !== 'needs_linking') await settle();
  const shown = laptop.machine.showPairing(address);
  await settle();
  assert.equal(last(laptop), undefined, 'the other one would not know it yet');
  published.resolve();
  const { text } = await shown;
  await phone.machine.scanPairing(text ?? '');
  const { digits } = await until(phone, 'digits', [laptop]);
  await until(laptop, 'digits', [phone]);
  await laptop.machine.typePairing(digits ?? '');
  await until(laptop, 'done', [phone]);
  await started;
});

test('[ENC220] the digits that a linked device shows, typed on the new one, link it, and it has the seeds', async () => {
  const { server, phone, laptop } = await twoDevices();
  const ben = await Person.join(server, 'ben');
  const digits = await scanned(phone, laptop);
  assert.match(digits, /^\d{9}$/);
  assert.equal(last(phone)?.device, laptop.device);
  assert.equal(await laptop.machine.exportSecrets(), null, 'nothing has left yet');
  await laptop.machine.typePairing(`${digits.slice(0, 3)} ${digits.slice(3)}`);
  await until(laptop, 'done', [phone]);
  await until(phone, 'done', [laptop]);
  assert.deepEqual(laptop.states, ['needs_linking', 'ready']);
  assert.deepEqual(await laptop.machine.exportSecrets(), await phone.machine.exportSecrets());
  assert.equal(server.places.size, 0);
  await ben.sync();
  const said = await ben.say(chat, [ben, phone], 'to both');
  await laptop.sync();
  assert.equal(await laptop.read(said), 'to both');
});

test('[ENC221] digits may be mistyped; a third time ends it for both, and nothing has left', async () => {
  const { phone, laptop } = await twoDevices();
  const digits = await scanned(phone, laptop);
  const other = `${(Number(digits[0]) + 1) % 10}${digits.slice(1)}`;
  for (const wrong of [other, digits.slice(1)]) {
    await laptop.machine.typePairing(wrong);
    await settle();
    assert.deepEqual([last(laptop)?.state, last(laptop)?.problem], ['digits', 'mistyped']);
  }
  await laptop.machine.typePairing(other);
  assert.equal((await until(laptop, 'ended', [phone])).problem, 'wrong');
  assert.equal((await until(phone, 'ended', [laptop])).problem, 'gone');
  assert.deepEqual(laptop.states, ['needs_linking']);
});

test('[ENC221] the half that the linked device has drawn is compared by it, in one try', async () => {
  const { phone, laptop } = await twoDevices();
  const digits = await scanned(phone, laptop);
  const drawn = (Number(digits.slice(5)) + 1) % 10_000;
  await laptop.machine.typePairing(digits.slice(0, 5) + String(drawn).padStart(4, '0'));
  assert.equal((await until(phone, 'ended', [laptop])).problem, 'wrong');
  assert.equal((await until(laptop, 'ended', [phone])).problem, 'wrong');
  assert.equal(await laptop.machine.exportSecrets(), null);
});

test('[ENC222] what is no code, is not good any more, or was used is refused before anything is said', async () => {
  const { server, phone, laptop } = await twoDevices();
  const refusal = (text: string) => phone.machine.scanPairing(text).then(() => 'taken', codeOf);
  const text = (await laptop.machine.showPairing(address)).text ?? '';
  assert.ok(text.startsWith('parley-link:'));
  for (const none of ['', 'https://elsewhere.example', 'parley-link:', text.slice(0, -9), text.slice(12)])
    assert.equal(await refusal(none), 'link.invalid', none);
  server.places.clear();
  assert.equal(await refusal(text), 'link.gone');
  const second = (await laptop.machine.showPairing(address)).text ?? '';
  const tablet = await Person.join(server, 'ana', 'tablet');
  assert.equal(await tablet.machine.scanPairing(second).then(String, codeOf), 'client.crypto', 'it has no seeds');
  assert.equal(await refusal(second), 'taken');
  assert.equal(await refusal(second), 'link.gone', 'it was scanned already');
});

test('[ENC222] a device of somebody else, and one with another key than is known of it, get nothing', async () => {
  const { server, phone } = await twoDevices();
  const ben = await Person.join(server, 'ben', 'bens');
  const { text } = await ben.machine.showPairing(address);
  await phone.machine.scanPairing(text ?? '');
  assert.equal((await until(phone, 'ended', [ben])).problem, 'refused');
  assert.equal((await until(ben, 'ended', [phone])).problem, 'gone');
});

test('[ENC223] words that somebody alters or makes up end it, and link nobody', async () => {
  for (const version of [2, 3, 4, 5]) {
    const { server, phone, laptop } = await twoDevices();
    server.meddle = (said) => (said.version === version ? flipped(said.data) : said.data);
    const { text } = await laptop.machine.showPairing(address);
    await phone.machine.scanPairing(text ?? '');
    for (let turn = 0; turn < 40 && last(laptop)?.state !== 'digits' && last(laptop)?.state !== 'ended'; turn += 1) {
      await settle();
      for (const each of [phone, laptop]) await each.clock.advance(meetAgainMs);
    }
    for (let turn = 0; turn < 40 && last(phone)?.state === 'waiting'; turn += 1) {
      await settle();
      for (const each of [phone, laptop]) await each.clock.advance(meetAgainMs);
    }
    await laptop.machine.typePairing(last(phone)?.digits ?? '');
    await until(laptop, 'ended', [phone]);
    await until(phone, 'ended', [laptop]);
    assert.deepEqual(laptop.states, ['needs_linking'], `word ${version}`);
    assert.equal(await laptop.machine.exportSecrets(), null);
  }
});

test('[ENC223] a code ends after two minutes, when another one is shown, and when it is put away', async () => {
  const { phone, laptop } = await twoDevices();
  const first = await laptop.machine.showPairing(address);
  const { text } = await laptop.machine.showPairing(address);
  await settle();
  assert.equal(await phone.machine.scanPairing(first.text ?? '').then(String, codeOf), 'link.gone');
  assert.equal(last(laptop)?.state, 'shown');
  await phone.machine.scanPairing(text ?? '');
  await until(laptop, 'digits', [phone]);
  await laptop.machine.endPairing();
  assert.equal((await until(laptop, 'ended', [phone])).problem, 'ended');
  assert.equal((await until(phone, 'ended', [laptop])).problem, 'gone');
  await laptop.machine.showPairing(address);
  await laptop.clock.advance(wire.rendezvousMs);
  assert.equal((await until(laptop, 'ended')).problem, 'gone');
});

/** Another ciphertext. */
function flipped(data: string): string {
  const at = data.length - 5;
  return data.slice(0, at) + (data[at] === 'A' ? 'B' : 'A') + data.slice(at + 1);
}
