// What an account keeps sealed, in memory: small items by name, room keys, and the device that receives while the
// others are off. Every method does all of its work before it yields, so it is atomic.
import type { AccountId } from '@parley/protocol';
import type { Backup, BackupRow, Dehydrated, Vault } from './keys.ts';
import type { Rows } from './memory-rows.ts';

/** Sealed things by name. */
export function memoryVault(rows: Rows): Vault {
  const { vaults } = rows.keys;
  return {
    all: async (account) => [...(vaults.get(account)?.values() ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1)),
    put: async (account, items) => {
      const vault = new Map(vaults.get(account));
      for (const item of items) {
        if (item.version !== (vault.get(item.name)?.version ?? 0) + 1) return 'conflict';
        vault.set(item.name, item);
      }
      if (!rows.isHere(account)) return 'conflict';
      vaults.set(account, vault);
      return 'done';
    },
  };
}

/** Room keys. */
export function memoryBackup(rows: Rows): Backup {
  const { backups } = rows.keys;
  const of = (account: AccountId) => [...(backups.get(account)?.values() ?? [])];
  return {
    put: async (account, written, most) => {
      if (!rows.isHere(account)) return 'gone';
      const held = backups.get(account)?.size ?? 0;
      const backup = new Map(backups.get(account));
      let head = Math.max(0, ...of(account).map((row) => row.n));
      for (const row of written) {
        const before = backup.get(row.session);
        if (before === undefined) backup.set(row.session, { ...row, n: ++head });
        else if (isBetter(row, before)) backup.set(row.session, { ...row, n: before.n });
      }
      if (backup.size > held && backup.size > most) return 'full';
      backups.set(account, backup);
      return 'done';
    },
    page: async (account, before, limit) =>
      of(account)
        .filter((row) => before === null || row.n < before)
        .sort((a, b) => b.n - a.n)
        .slice(0, limit),
    get: async (account, sessions) => sessions.flatMap((session) => bare(backups.get(account)?.get(session))),
    count: async (account) => backups.get(account)?.size ?? 0,
    dropBelow: async (account, epoch) => {
      for (const row of of(account)) if (row.epoch < epoch) backups.get(account)?.delete(row.session);
    },
    drop: async (account, sessions) => {
      for (const session of sessions) backups.get(account)?.delete(session);
    },
  };
}

/** The device that only receives. */
export function memoryDehydrated(rows: Rows): Dehydrated {
  const { keys } = rows;
  return {
    put: async (account, row, { json, oneTime, fallback }) => {
      if (!rows.isHere(account)) return 'gone';
      const known = keys.devices.get(row.device);
      if (known !== undefined) {
        if (keys.dehydrated.get(account)?.device !== row.device || known.json !== json) return 'taken';
        keys.dehydrated.set(account, row);
        return 'done';
      }
      keys.endDehydrated(account);
      keys.dehydrated.set(account, row);
      keys.devices.set(row.device, { account, device: row.device, json, state: 'present' });
      const pool = keys.pool(row.device);
      for (const { id, json: key } of oneTime) pool.free.set(id, key);
      if (fallback !== null) pool.fallback = { key: fallback, isUsed: false };
      keys.note(account, 'device');
      return 'done';
    },
    get: async (account) => keys.dehydrated.get(account),
    drop: async (account) => keys.endDehydrated(account),
  };
}

function isBetter(row: BackupRow, before: BackupRow): boolean {
  return row.firstIndex === before.firstIndex ? row.epoch >= before.epoch : row.firstIndex < before.firstIndex;
}

function bare(row: (BackupRow & { readonly n: number }) | undefined): readonly BackupRow[] {
  if (row === undefined) return [];
  const { n: _, ...rest } = row;
  return [rest];
}
