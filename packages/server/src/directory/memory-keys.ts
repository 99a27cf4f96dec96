// Public keys in memory. Every method does all of its work before it yields, so it is atomic: a key that two ask for at
// once goes to one of them.
import { type AccountId, type DeviceId, limits as wire } from '@parley/protocol';
import { maxGivenKeys } from '../kernel/limits.ts';
import type { DeviceKeysRow, Keys, OneTimeKeyRow, SignedRow } from './keys.ts';
import type { KeyRows, StoredKeys } from './memory-key-rows.ts';
import type { Rows } from './memory-rows.ts';

/** The part of a directory in memory that is about public keys. */
export function memoryKeys(rows: Rows): Keys {
  const { keys } = rows;
  return {
    putDevice: async ({ account, device, json }) => {
      const before = keys.devices.get(device);
      if (before?.state === 'present' && before.account === account) return before.json === json ? 'same' : 'changed';
      if (rows.devices.get(device)?.account !== account) return 'gone';
      keys.devices.set(device, { account, device, json, state: 'present' });
      keys.note(account, 'device');
      return 'done';
    },
    devices: async (accounts) => accounts.flatMap((account) => devicesOf(keys, account)),
    putIdentity: async (row) => {
      const present = keys.identities.get(row.account)?.version ?? 0;
      if (row.version !== present + 1 || !rows.isHere(row.account)) return 'conflict';
      keys.identities.set(row.account, row);
      keys.note(row.account, 'identity');
      return 'done';
    },
    identities: async (accounts) => accounts.flatMap((account) => keys.identities.get(account) ?? []),
    addSignatures: async (signed) => {
      if (!signed.every((row) => stands(keys, row))) return 'conflict';
      for (const row of signed) sign(keys, row);
      return 'done';
    },
    ...oneTime(rows),
    restored: async (epoch) =>
      keys.restored(
        epoch,
        [...rows.accounts.values()].filter((row) => row.state !== 'deleted').map((row) => row.account),
      ),
    changes: async (after, limit) => ({
      rows: [...keys.changes.values()].filter((row) => after !== null && row.n > after).slice(0, limit),
      head: keys.head,
    }),
    revokedAfter: async (accounts, n) =>
      accounts.filter((account) => (keys.changes.get(`${account} revoked`)?.n ?? 0) > n),
  };
}

function oneTime(rows: Rows): Pick<Keys, 'addOneTime' | 'setFallback' | 'counts' | 'claim'> {
  const { keys } = rows;
  const isHere = (device: DeviceId) => rows.devices.has(device) || keys.isDehydrated(device);
  return {
    addOneTime: async (device, added, most) => {
      if (!isHere(device)) return 'gone';
      const { free, given } = keys.pool(device);
      const fresh = new Map<string, string>();
      for (const { id, json } of added) {
        const known = free.get(id) ?? given.get(id) ?? fresh.get(id);
        if (known !== undefined && known !== json) return 'changed';
        if (known === undefined) fresh.set(id, json);
      }
      if (fresh.size > 0 && free.size + fresh.size > most) return 'full';
      for (const [id, json] of fresh) free.set(id, json);
      for (const id of [...given.keys()].slice(0, -maxGivenKeys)) given.delete(id);
      return 'done';
    },
    setFallback: async (device, key) => {
      if (!isHere(device)) return 'gone';
      const pool = keys.pool(device);
      if (pool.fallback?.key.id !== key.id || pool.fallback.key.json !== key.json)
        pool.fallback = { key, isUsed: false };
      return 'done';
    },
    counts: async (device) => {
      const { free, fallback } = keys.pool(device);
      return { oneTime: free.size, fallbackUnused: fallback?.isUsed === false };
    },
    claim: async (devices) => devices.map((device) => claim(keys, device)),
  };
}

function claim(keys: KeyRows, device: DeviceId): OneTimeKeyRow | null {
  const { free, given, fallback } = keys.pool(device);
  for (const [id, json] of free) {
    free.delete(id);
    given.set(id, json);
    return { id, json };
  }
  if (fallback === null) return null;
  fallback.isUsed = true;
  return fallback.key;
}

function devicesOf(keys: KeyRows, account: AccountId): DeviceKeysRow[] {
  const told = [...keys.devices.values()].filter((row) => row.account === account && row.state !== 'spent');
  const oldest = new Set(told.filter(isFormer).slice(0, -wire.maxFormerDevices));
  return told
    .filter((row) => !oldest.has(row))
    .map((row) => ({ account, device: row.device, json: row.json, former: isFormer(row) }));
}

function isFormer({ state }: StoredKeys): boolean {
  return state === 'former';
}

function stands(keys: KeyRows, { account, target, before }: SignedRow): boolean {
  if (target === 'master') return keys.identities.get(account)?.master === before;
  const row = keys.devices.get(target);
  return row?.account === account && row.state === 'present' && row.json === before;
}

function sign(keys: KeyRows, { account, target, json }: SignedRow): void {
  const identity = keys.identities.get(account);
  const row = target === 'master' ? undefined : keys.devices.get(target);
  if (row !== undefined) keys.devices.set(row.device, { ...row, json });
  else if (identity !== undefined) keys.identities.set(account, { ...identity, master: json });
  keys.note(account, 'device');
}
