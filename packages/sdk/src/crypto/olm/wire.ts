// The library's requests and their answers in Matrix's JSON, and ours in arrays: both ways, without any state.
// What comes from the server is copied as it is: the library checks every signature itself.
import type {
  AccountId,
  AccountKeys,
  DeviceId,
  DeviceKeys,
  IdentityKey,
  KeyCounts,
  OneTimeKey,
  RouteBody,
  RouteResult,
} from '@parley/protocol';
import * as limits from '@parley/protocol/limits';
import { idInName, nameOfAccount } from './names.ts';

type ByName<T> = Readonly<Record<string, T>>;

const algorithm = 'signed_curve25519';

/** Keys that a device publishes. */
export interface UploadJson {
  readonly device_keys?: DeviceKeys;
  readonly one_time_keys?: ByName<OneTimeKey>;
  readonly fallback_keys?: ByName<OneTimeKey>;
}

export function uploadBody(json: UploadJson): RouteBody<'uploadKeys'> {
  const fallback = listOf(json.fallback_keys)[0];
  const oneTime = listOf(json.one_time_keys);
  return {
    ...(json.device_keys && { device_keys: json.device_keys }),
    ...(oneTime.length > 0 && { one_time_keys: oneTime }),
    ...(fallback && { fallback_key: fallback }),
  };
}

export function listOf(keys: ByName<OneTimeKey> | undefined): { id: string; key: OneTimeKey }[] {
  return Object.entries(keys ?? {}).map(([id, key]) => ({ id, key }));
}

export function countsJson(counts: KeyCounts): unknown {
  return { one_time_key_counts: { [algorithm]: counts.one_time_keys } };
}

/** What the library wants to hear of the keys that are left: counts, and which kinds were never given out. */
export function leftKeys(counts: KeyCounts): { readonly oneTime: Map<string, number>; readonly fallback: Set<string> } {
  return {
    oneTime: new Map([[algorithm, counts.one_time_keys]]),
    fallback: new Set(counts.fallback_unused ? [algorithm] : []),
  };
}

/** Accounts that a query names. */
export function queriedAccounts(json: { readonly device_keys: ByName<unknown> }): AccountId[] {
  return Object.keys(json.device_keys)
    .map((name) => idInName<AccountId>(name))
    .filter((account) => account !== null);
}

/** The answer to a query of `accounts`: who is not in it has no devices. `also`: devices that count as present. */
export function queryJson(
  accounts: readonly AccountId[],
  items: readonly AccountKeys[],
  also: (item: AccountKeys) => readonly DeviceKeys[] = () => [],
): unknown {
  const devices: Record<string, Record<string, DeviceKeys>> = {};
  const keys: Record<'master' | 'self' | 'user', Record<string, IdentityKey>> = { master: {}, self: {}, user: {} };
  for (const account of accounts) devices[nameOfAccount(account)] = {};
  for (const item of items) {
    const name = nameOfAccount(item.account);
    devices[name] = Object.fromEntries([...item.devices, ...also(item)].map((device) => [device.device_id, device]));
    if (item.master_key) keys.master[name] = item.master_key;
    if (item.self_signing_key) keys.self[name] = item.self_signing_key;
    if (item.user_signing_key) keys.user[name] = item.user_signing_key;
  }
  return {
    device_keys: devices,
    master_keys: keys.master,
    self_signing_keys: keys.self,
    user_signing_keys: keys.user,
    failures: {},
  };
}

/** Devices that a claim names. */
export function claimedDevices(json: {
  readonly one_time_keys: ByName<ByName<string>>;
}): { account: AccountId; device: DeviceId }[] {
  return Object.entries(json.one_time_keys).flatMap(([name, devices]) => {
    const account = idInName<AccountId>(name);
    return account === null ? [] : Object.keys(devices).map((device) => ({ account, device: device as DeviceId }));
  });
}

export function claimJson(items: RouteResult<'claimKeys'>['items']): unknown {
  const keys: Record<string, Record<string, unknown>> = {};
  for (const { account, device, id, key } of items) {
    const name = nameOfAccount(account);
    keys[name] ??= {};
    keys[name][device] = { [id]: key };
  }
  return { one_time_keys: keys, failures: {} };
}

export type ToDeviceMessage = RouteBody<'sendToDevice'>['messages'][number];

/** One message a device; `everyDevice` stands for `*`. */
export function messagesOf(
  messages: ByName<ByName<unknown>>,
  everyDevice: (account: AccountId) => readonly string[],
): ToDeviceMessage[] {
  return Object.entries(messages).flatMap(([name, byDevice]) => {
    const account = idInName<AccountId>(name);
    if (account === null) return [];
    return Object.entries(byDevice).flatMap(([device, content]) => {
      const text = JSON.stringify(content);
      const devices = device === '*' ? everyDevice(account) : [device];
      return devices.map((one) => ({ account, device: one as DeviceId, content: text }));
    });
  });
}

/** Bytes around one message in a body, at most. */
const aroundMessage = 160;

/** Parts that fit into one call each, the same ones every time. */
export function chunksOf(messages: readonly ToDeviceMessage[]): ToDeviceMessage[][] {
  const chunks: ToDeviceMessage[][] = [];
  let bytes = 0;
  for (const message of messages) {
    // The content is text inside JSON: its quotes and backslashes take a byte more. It is ASCII, as all that is sealed.
    const size = JSON.stringify(message.content).length + aroundMessage;
    const last = chunks.at(-1);
    if (last && last.length < limits.maxToDeviceMessages && bytes + size <= limits.maxToDeviceBodyBytes - 1_024) {
      last.push(message);
      bytes += size;
    } else {
      chunks.push([message]);
      bytes = size;
    }
  }
  return chunks;
}

/** What the account signs of its own: devices, and its master key. What it signs of others never leaves. */
export function ownSignatures(account: AccountId, json: ByName<ByName<Signed>>): RouteBody<'uploadSignatures'> | null {
  const signed = Object.values(json[nameOfAccount(account)] ?? {});
  const devices = signed.filter((one): one is DeviceKeys => 'device_id' in one);
  const masters = signed.filter((one): one is IdentityKey => !('device_id' in one));
  if (signed.length === 0) return null;
  return { ...(devices.length > 0 && { devices }), ...(masters.length > 0 && { master_keys: masters }) };
}

export type Signed = DeviceKeys | IdentityKey;
