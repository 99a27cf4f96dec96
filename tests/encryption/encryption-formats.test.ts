// The formats of docs/protocol/encryption.md that the crypto library makes and takes, against real machines: a stranger
// who follows the document, with `node:crypto` alone, talks with them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, ConversationId, DeviceId, MessageId } from '@parley/protocol';
import { openBackup } from '../../packages/sdk/src/crypto/backup-blob.ts';
import type { Pairing } from '../../packages/sdk/src/crypto/key-machine.ts';
import { KeyServer } from '../../packages/sdk/src/crypto/olm/key-server-fixture.ts';
import { loginOf, Person } from '../../packages/sdk/src/crypto/olm/person-fixture.ts';
import { words } from '../../packages/sdk/src/crypto/primitives.ts';
import { settle } from '../../packages/sdk/src/fixture.ts';
import { meetAgainMs } from '../../packages/sdk/src/limits.ts';
import { agreed, b64, derived, opened, publicOf, rising, sealed } from './by-hand.ts';
import * as given from './encryption-example.ts';

test('[ENC353] a device takes the session of the example out of its blob, and reads the message', async () => {
  const example = given.example(words);
  const conversation = given.conversation as ConversationId;
  const name = { conversation, session: given.session, firstIndex: 0 };
  const place = { ...name, account: given.lin as AccountId, epoch: 1 };
  const reading = await openBackup(given.keys.epoch, place, example.backup);
  assert.ok(reading.ok);
  const ana = await Person.join(new KeyServer(), 'ana');
  assert.deepEqual(await ana.machine.importRoomKeys([{ ...name, ...reading.value }]), { imported: 1, refused: 0 });
  const envelope = {
    conversation,
    id: given.message as MessageId,
    sender: given.lin as AccountId,
    device: given.device as DeviceId,
    content: example.content,
  };
  assert.equal(await ana.read(envelope), 'Hello, Noor');
  assert.equal(await ana.read({ ...envelope, id: given.message.replace(/1$/, '2') as MessageId }), 'altered');
  assert.equal(await ana.read({ ...envelope, sender: given.noor as AccountId }), 'altered');
});

test('[ENC354] a dehydrated device opens by hand as the document lays it out', async () => {
  const server = new KeyServer();
  const ana = await Person.join(server, 'ana');
  const key = rising(60);
  const id = await ana.machine.dehydrate(key);
  const data = JSON.parse(server.dehydrated.get(ana.account)?.data ?? '') as Record<string, string>;
  assert.equal(data.algorithm, 'org.matrix.msc3814.v2');
  const [pickle, nonce] = [data.device_pickle, data.nonce].map((each) => Buffer.from(each ?? '', 'base64'));
  const bytes = opened('chacha20-poly1305', { key, nonce: nonce ?? key }, pickle ?? key);
  const stored = server.devices.get(ana.account)?.get(id);
  const at = (from: number) => bytes.subarray(from, from + 32);
  assert.equal(bytes.readUInt32BE(0), 1);
  assert.equal(b64(publicOf('X25519', at(4))), id);
  assert.equal(b64(publicOf('Ed25519', at(36))), stored?.keys.keys[`ed25519:${id}`]);
  const count = bytes.readUInt32BE(68);
  const halves = Array.from({ length: count }, (_, n) => b64(publicOf('X25519', at(72 + 32 * n))));
  assert.deepEqual(halves.toSorted(), stored?.oneTime.map(({ key: one }) => one.key).toSorted());
  const end = 72 + 32 * count;
  assert.equal(bytes[end], 1);
  assert.equal(b64(publicOf('X25519', at(end + 1))), stored?.fallback?.key.key);
  assert.equal(bytes.length, end + 33);
});

/** The side of a new device, by hand. */
class Stranger {
  readonly #secret = rising(70);
  readonly key = publicOf('X25519', this.#secret);
  readonly #ask: (method: 'GET' | 'PATCH' | 'POST' | 'DELETE', path: string, body?: unknown) => Promise<unknown>;
  #name = '';
  #shared: Buffer = Buffer.alloc(0);
  #theirs = '';
  #said = 0;
  #heard = 0;

  constructor(server: KeyServer, of: Person) {
    const call = server.callOf(of.account, of.device);
    this.#ask = async (method, path, body) => (await call({ method, path, body })).body;
  }

  async show(address: string): Promise<string> {
    const place = (await this.#ask('POST', '/v1/rendezvous', { data: 'parley.link.v1' })) as { rendezvous: string };
    this.#name = place.rendezvous;
    const long = (text: string) =>
      Buffer.concat([Buffer.from([text.length >> 8, text.length & 255]), Buffer.from(text)]);
    const head = Buffer.from('IO_ELEMENT_MSC4388\u0003\u0000');
    return `parley-link:${b64(Buffer.concat([head, this.key, long(this.#name), long(address)]))}`;
  }

  async hear(): Promise<string> {
    const { data } = (await this.#ask('GET', `/v1/rendezvous/${this.#name}`)) as { data: string };
    const [ciphertext = '', theirs] = data.split('|');
    if (theirs !== undefined) {
      this.#theirs = theirs;
      this.#shared = agreed(this.#secret, Buffer.from(theirs, 'base64'));
    }
    const aead = { key: this.#of('ENCKEY_S'), nonce: counter(this.#heard++) };
    return opened('chacha20-poly1305', aead, Buffer.from(ciphertext, 'base64')).toString();
  }

  async say(version: number, fields: object): Promise<void> {
    const aead = { key: this.#of('ENCKEY_G'), nonce: counter(this.#said++) };
    const data = b64(sealed('chacha20-poly1305', aead, JSON.stringify(fields)));
    await this.#ask('PATCH', `/v1/rendezvous/${this.#name}`, { data, version });
  }

  check(): string {
    return String(this.#of('CHECKCODE', 2).readUInt16BE()).padStart(5, '0');
  }

  leave(): Promise<unknown> {
    return this.#ask('DELETE', `/v1/rendezvous/${this.#name}`);
  }

  #of(what: string, length = 32): Buffer {
    return derived(this.#shared, `MATRIX_QR_CODE_LOGIN_${what}|${b64(this.key)}|${this.#theirs}`, length, 'sha512');
  }
}

function counter(value: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt8(value);
  return nonce;
}

/** Lets time pass until the linked device has come to this. */
async function until(device: Person, state: Pairing['state']): Promise<Pairing> {
  for (let turn = 0; turn < 200; turn += 1) {
    const pairing = device.pairings.at(-1);
    if (pairing?.state === state) return pairing;
    await settle();
    await device.clock.advance(meetAgainMs);
  }
  return assert.fail(`it is ${JSON.stringify(device.pairings.at(-1))}`);
}

test('[ENC355] a new device that does by hand what the document says is linked over a code', async () => {
  const server = new KeyServer();
  const phone = await Person.join(server, 'ana', 'phone');
  const laptop = await Person.open(loginOf(server, 'ana', 'laptop'));
  await laptop.machine.start();
  const stranger = new Stranger(server, laptop);
  await phone.machine.scanPairing(await stranger.show('https://parley.example'));
  await settle();
  assert.equal(await stranger.hear(), 'parley.link.v1');
  const { ed25519 } = (await laptop.machine.ownDevices()).find(({ current }) => current) ?? {};
  await stranger.say(3, { device: laptop.device, ed25519 });
  const { digits } = await until(phone, 'digits');
  assert.equal(digits?.slice(0, 5), stranger.check());
  await stranger.say(4, { drawn: digits?.slice(5) });
  await until(phone, 'working');
  await settle();
  const { identity } = JSON.parse(await stranger.hear()) as {
    identity: Parameters<typeof laptop.machine.importSecrets>[0];
  };
  assert.deepEqual(identity, await phone.machine.exportSecrets());
  await laptop.machine.importSecrets(identity);
  await stranger.leave();
  await until(phone, 'done');
});
