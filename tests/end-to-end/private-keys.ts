// Every private key of a person, as its owner could take it out: from the key store of a Node client, from the account's
// vault, and from the dehydrated device. What is not known as a public half counts as private.
import assert from 'node:assert/strict';
import { createDecipheriv } from 'node:crypto';
import { join } from 'node:path';
import type { AccountId, RouteResult } from '@parley/protocol';
import { readRecoveryKey } from '../../packages/sdk/src/crypto/recovery-text.ts';
import { publicHalf } from '../../packages/sdk/src/crypto/signing.ts';
import { openVault } from '../../packages/sdk/src/crypto/vault-open.ts';
import type { LogRecord } from '../../packages/sdk/src/platform/keys-database.ts';
import { openKeyLog } from '../../packages/sdk/src/platform/node-keys-log.ts';
import { nodeKeyHost, recordsFrom } from '../../packages/sdk/src/platform/node-keys-records.ts';
import type { Secrets } from './leaks.ts';
import { call } from './rest.ts';

/** Where in the library's pickles each kind of private key stands; each must be found. */
const kinds: Readonly<Record<string, RegExp>> = {
  'device signs': /core\/account\/pickle\/signing_key\/Normal$/,
  'device agrees': /core\/account\/pickle\/diffie_hellman_key$/,
  'one-time': /core\/account\/pickle\/one_time_keys\/private_keys\/\d+$/,
  fallback: /core\/account\/pickle\/fallback_keys\/fallback_key\/key$/,
  identity: /core\/private_identity\/keys\/\w+\/pickle$/,
  'Olm root': /session\/pickle\/sending_ratchet\/(active_ratchet\/root_key|root_key\/key)$/,
  'Olm ratchet': /session\/pickle\/sending_ratchet\/active_ratchet\/ratchet_key$/,
  'Olm chain': /session\/pickle\/.*(symmetric_key_ratchet|hkdf_ratchet)\/key$/,
  'Megolm sends': /outbound_group_sessions\/pickle\/ratchet\/inner$/,
  'Megolm signs': /outbound_group_sessions\/pickle\/signing_key\/Normal$/,
  'Megolm reads': /inbound_group_sessions\d\/pickled_session\/pickle\/initial_ratchet\/inner$/,
};
/** Lists of bytes that everybody may know. */
const publicOnes =
  /(\/public_keys\/\d+|\/session_keys\/\w+|\/sender_key|\/pickle\/signing_key|sending_ratchet\/ratchet_key|parent_ratchet_key|receiving_chains\/inner\/\d+\/ratchet_key)$/;
/** Of a Megolm ratchet each part is a key. */
const keyBytes = 32;
const mostKeyBytes = 4 * keyBytes;

/** What the log of a client's keys ever held, the one-time keys that are used up too. The client is closed. */
export async function keysOfDevice(name: string, folder: string): Promise<Secrets> {
  const { log, records } = openKeyLog(join(folder, 'keys.wal'));
  await log.close();
  return keysOfRecords(name, recordsFrom(records), (packed) => nodeKeyHost.unpack(packed));
}

/** The same of records whose values are packed in a way of their own. */
export function keysOfRecords(
  name: string,
  records: Iterable<LogRecord>,
  unpack: (packed: unknown) => unknown,
): Secrets {
  const names = new Map<string, string>();
  const seen = new Set<string>();
  for (const [, changes] of records)
    for (const change of changes ?? []) {
      if (change[0] !== 'put') continue;
      const [, table, key, packed] = change;
      const place = table === 'core' ? `${table}/${String(key)}` : table;
      for (const [path, bytes] of byteLists(unpack(packed), place)) {
        if (publicOnes.test(path)) continue;
        const kind = Object.keys(kinds).find((one) => kinds[one]?.test(path)) ?? path;
        seen.add(kind);
        for (let at = 0; at < bytes.length; at += keyBytes)
          names.set(bytes.subarray(at, at + keyBytes).toString('hex'), kind);
      }
    }
  assert.deepEqual(
    Object.keys(kinds).filter((kind) => !seen.has(kind)),
    [],
    'each kind of key is there',
  );
  return Object.fromEntries([...names].map(([hex, kind], n) => [`${name}: ${kind} ${n}`, Buffer.from(hex, 'hex')]));
}

/** All that the recovery key opens, and itself. */
export async function keysOfAccount(
  name: string,
  url: string,
  owner: { readonly token: string; readonly account: AccountId; readonly words: string },
): Promise<Secrets> {
  const { token, account, words } = owner;
  const typed = readRecoveryKey(words);
  assert.ok(typed.ok);
  const { items } = await call<RouteResult<'getVault'>>(url, 'GET', '/v1/vault', { token });
  const values = Object.fromEntries(items.map(({ name: item, value }) => [item, value]));
  const vault = await openVault(account, typed.key, { values, masterKey: null });
  assert.ok(vault.ok);
  const { identity, epochs, dehydrated, settings } = vault.contents;
  assert.ok(dehydrated !== null && settings !== null && epochs.length > 0);
  const asleep = await call<RouteResult<'getDehydratedDevice'>>(url, 'GET', '/v1/dehydrated-device', { token });
  const keys: Secrets = {
    ...Object.fromEntries(Object.entries<string>({ ...identity }).map(([one, seed]) => [one, fromBase64(seed)])),
    ...Object.fromEntries(epochs.map(({ epoch, key }) => [`backup ${epoch}`, key])),
    ...(await keysOfDehydrated(asleep, dehydrated)),
    ...{ dehydrated, settings, 'recovery key': typed.key, 'recovery words': words },
  };
  return Object.fromEntries(Object.entries(keys).map(([one, key]) => [`${name}: ${one}`, key]));
}

/** The device that the server keeps, sealed to this key: a version, two keys, the one-time keys, the fallback key. */
async function keysOfDehydrated(
  { data, device }: RouteResult<'getDehydratedDevice'>,
  key: Uint8Array,
): Promise<Secrets> {
  const { device_pickle, nonce } = JSON.parse(data) as { device_pickle: string; nonce: string };
  const pickle = fromBase64(device_pickle);
  const opener = createDecipheriv('chacha20-poly1305', key, fromBase64(nonce), { authTagLength: 16 });
  opener.setAuthTag(pickle.subarray(-16));
  const opened = Buffer.concat([opener.update(pickle.subarray(0, -16)), opener.final()]);
  const keyAt = (at: number) => opened.subarray(at, at + keyBytes);
  assert.equal(await publicHalf('X25519', keyAt(4)), device, 'it is named after its public key');
  const oneTime = Array.from({ length: opened.readUInt32BE(68) }, (_, n) => keyAt(72 + n * keyBytes));
  const found = [keyAt(4), keyAt(36), ...oneTime, keyAt(opened.length - keyBytes)];
  return Object.fromEntries(found.map((one, n) => [`dehydrated device ${n}`, one]));
}

/** Every list of bytes in a value, with where it stands; what is pickled is JSON in base64. */
function* byteLists(value: unknown, path: string): Iterable<readonly [string, Buffer]> {
  if (typeof value === 'string' && value.startsWith('eyJ')) {
    yield* byteLists(JSON.parse(fromBase64(value).toString()), path);
  } else if (isByteList(value)) {
    const bytes = Buffer.from(value);
    // Longer than any key is what asks own devices for something, as JSON.
    if (bytes.length > mostKeyBytes) yield* byteLists(JSON.parse(bytes.toString()), path);
    else yield [path, bytes];
  } else if (value !== null && typeof value === 'object') {
    for (const [name, one] of Object.entries(value)) yield* byteLists(one, `${path}/${name}`);
  }
}

function isByteList(value: unknown): value is readonly number[] {
  return (
    Array.isArray(value) &&
    value.length >= keyBytes &&
    value.every((one) => Number.isInteger(one) && one >= 0 && one < 256)
  );
}

function fromBase64(text: string): Buffer {
  return Buffer.from(text, 'base64');
}
