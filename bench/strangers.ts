// Accounts that somebody is to write to for the first time, on the key server of the tests: each with an identity, a
// device and the device that receives while it is off, all signed as the crypto library signs. They are made with the
// host's own primitives, a hundred times as fast as whole devices; what they are sent is counted, and read by nobody.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { AccountId, DeviceId, DeviceKeys, IdentityKey, OneTimeKey } from '@parley/protocol';
import { canonicalJson } from '@parley/protocol/canonical-json';
import type { KeyServer } from '../packages/sdk/src/crypto/olm/key-server-fixture.ts';
import { accountOf, deviceOf } from '../packages/sdk/src/crypto/olm/person-fixture.ts';

/** An account, and the devices on which it can be written to. */
export interface Stranger {
  readonly account: AccountId;
  readonly devices: readonly string[];
}

/** More than a sender ever claims of one device in a round. */
const oneTimeKeys = 3;
const algorithms = ['m.olm.v1.curve25519-aes-sha2', 'm.megolm.v1.aes-sha2'];

/** Registers a new account under this name. */
export function makeStranger(server: KeyServer, name: string): Stranger {
  const account = accountOf(name);
  const user = `@${account}:parley`;
  const [master, selfSigning, userSigning] = [ed25519(), ed25519(), ed25519()];
  const vouch = (usage: 'master' | 'self_signing' | 'user_signing', key: Pair): IdentityKey =>
    signed({ user_id: user, usage: [usage], keys: { [`ed25519:${key.text}`]: key.text } }, user, [
      [master.text, master],
    ]);
  server.identities.set(account, {
    version: 1,
    master_key: vouch('master', master),
    self_signing_key: vouch('self_signing', selfSigning),
    user_signing_key: vouch('user_signing', userSigning),
  });
  const live = makeDevice(user, selfSigning, deviceOf(name));
  const dehydrated = makeDevice(user, selfSigning, null);
  const devices = new Map([live, dehydrated].map((device) => [device.keys.device_id as string, device]));
  server.devices.set(account, devices);
  return { account, devices: [...devices.keys()] };
}

interface Pair {
  /** The public half, base64 without padding. */
  readonly text: string;
  readonly secret: KeyObject;
}

type StoredDevice = NonNullable<ReturnType<KeyServer['devices']['get']>> extends Map<string, infer D> ? D : never;

/** Null as its id: a dehydrated device, named after its own key. */
function makeDevice(user: string, selfSigning: Pair, given: DeviceId | null): StoredDevice {
  const own = ed25519();
  const agreeing = curve25519();
  const id = given ?? agreeing;
  const unsigned = {
    user_id: user,
    device_id: id as DeviceId,
    algorithms,
    keys: { [`curve25519:${id}`]: agreeing, [`ed25519:${id}`]: own.text },
    ...(given === null && { dehydrated: true }),
  };
  const keys: DeviceKeys = signed(unsigned, user, [
    [id, own],
    [selfSigning.text, selfSigning],
  ]);
  const oneTime = Array.from({ length: oneTimeKeys }, (_, n) => ({
    id: `signed_curve25519:AAAAAAAAAA${n}`,
    key: signed({ key: curve25519() }, user, [[id, own]]) as OneTimeKey,
  }));
  return { keys, former: false, oneTime, fallback: null };
}

type Signatures = Record<string, Record<string, string>>;

/** The same with a signature by each of these keys, named as the library names them. */
function signed<T extends object>(
  value: T,
  user: string,
  keys: readonly (readonly [name: string, key: Pair])[],
): T & { signatures: Signatures } {
  const text = Buffer.from(canonicalJson(value) ?? '');
  const by = keys.map(([name, { secret }]) => [`ed25519:${name}`, base64(sign(null, text, secret))] as const);
  return { ...value, signatures: { [user]: Object.fromEntries(by) } };
}

/** A key to sign with. */
export function ed25519(): Pair {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { text: publicHalf(publicKey), secret: privateKey };
}

function curve25519(): string {
  return publicHalf(generateKeyPairSync('x25519').publicKey);
}

function publicHalf(key: KeyObject): string {
  const { x = '' } = key.export({ format: 'jwk' });
  return base64(Buffer.from(x, 'base64url'));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}
