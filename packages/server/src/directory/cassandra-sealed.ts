// What an account keeps sealed in Cassandra: small items with the account itself; the device that receives while others
// are off, whose keys are laid out first and count once the account names it.
import { type AccountId, limits as wire } from '@parley/protocol';
import { type Account, accountOf, type Ends, endDehydrated, isHere, keysEntry } from './cassandra-account.ts';
import type { Due } from './cassandra-dues.ts';
import type { List } from './cassandra-list.ts';
import { accountOwner } from './cassandra-names.ts';
import type { Owners } from './cassandra-owners.ts';
import type { Pools } from './cassandra-pools.ts';
import type { Settle } from './cassandra-settle.ts';
import type { SignUps } from './cassandra-signups.ts';
import type { AccountRow } from './directory.ts';
import type { Dehydrated, DehydratedRow, OneTimeKeyRow, Vault, VaultItem } from './keys.ts';

export class CassandraVault implements Vault {
  readonly #owners: Owners;

  constructor(owners: Owners) {
    this.#owners = owners;
  }

  async all(account: AccountId): Promise<readonly VaultItem[]> {
    return (await this.#owners.slices.kinds(accountOwner(account), ['vault'])).map(({ value }) => value as VaultItem);
  }

  async put(account: AccountId, items: readonly VaultItem[]): Promise<'done' | 'conflict'> {
    return this.#owners.change<'done' | 'conflict'>(accountOwner(account), async (root) => {
      const row = root?.value as AccountRow | undefined;
      if (row === undefined || !isHere(row)) return { answer: 'conflict' };
      const versions = new Map((await this.all(account)).map((item) => [item.name, item.version]));
      for (const { name, version } of items) {
        if (version !== (versions.get(name) ?? 0) + 1) return { answer: 'conflict' };
        versions.set(name, version);
      }
      const newest = new Map(items.map((item) => [item.name, item]));
      const put = [...newest.values()].map((value) => ({ kind: 'vault', key: value.name, value }));
      return { answer: 'done', write: { root: row, put } };
    });
  }
}

/** What that device is kept with. */
export interface DehydratedParts {
  readonly owners: Owners;
  readonly settle: Settle;
  readonly signUps: SignUps;
  readonly pools: Pools;
  readonly changes: List;
}

export class CassandraDehydrated implements Dehydrated {
  readonly #parts: DehydratedParts;

  constructor(parts: DehydratedParts) {
    this.#parts = parts;
  }

  async put(
    account: AccountId,
    row: DehydratedRow,
    keys: {
      readonly json: string;
      readonly oneTime: readonly OneTimeKeyRow[];
      readonly fallback: OneTimeKeyRow | null;
    },
  ): Promise<'done' | 'taken' | 'gone'> {
    const { owners, settle, signUps, pools, changes } = this.#parts;
    const owner = accountOwner(account);
    const before = (await owners.slices.root(owner))?.value as AccountRow | undefined;
    if (!isHere(before)) return 'gone';
    if (!(await signUps.claimDevice(row.device, account))) return 'taken';
    const known = await this.#known(owner, row);
    if (known !== null && known !== keys.json) return 'taken';
    if (known === null) {
      const filled = await pools.fill(row.device, keys.oneTime, keys.fallback, wire.maxOneTimeKeys);
      if (filled !== 'done') return 'taken';
    }
    const from = await changes.bucket();
    return settle.change<'done' | 'taken' | 'gone'>(owner, async (root) => {
      if (root === null || !isHere(root.value as AccountRow)) return { answer: 'gone' };
      const now = await accountOf(owners, owner, root);
      const dehydrated = { kind: 'dehydrated', key: '', value: row };
      if (now.dehydrated?.device === row.device) {
        const isSame = now.keys.some(({ device, json }) => device === row.device && json === keys.json);
        return isSame ? { answer: 'done', write: { root: now.row, put: [dehydrated] } } : { answer: 'taken' };
      }
      if (await this.#isUsed(owner, now, row)) return { answer: 'taken' };
      const end = withoutRow(endDehydrated(now, from));
      const stored = { device: row.device, json: keys.json, state: 'present', turn: root.version + 1 } as const;
      const due: readonly Due[] = [...end.due, { type: 'change', from, account, change: 'device' }];
      const put = [...end.put, dehydrated, keysEntry(stored)];
      return { answer: 'done', write: { root: now.row, put, remove: end.remove, due } };
    });
  }

  async get(account: AccountId): Promise<DehydratedRow | undefined> {
    return (await this.#parts.owners.slices.one(accountOwner(account), 'dehydrated', '')) as DehydratedRow | undefined;
  }

  async drop(account: AccountId): Promise<void> {
    const { owners, settle, changes } = this.#parts;
    const owner = accountOwner(account);
    const from = await changes.bucket();
    await settle.change(owner, async (root) => {
      if (root === null) return { answer: null };
      const now = await accountOf(owners, owner, root);
      if (now.dehydrated === null) return { answer: null };
      return { answer: null, write: { root: now.row, ...endDehydrated(now, from) } };
    });
  }

  /** The keys that this very device has now, or null: it is new. */
  async #known(owner: string, { device }: DehydratedRow): Promise<string | null> {
    const rows = await this.#parts.owners.slices.named(owner, [['keys', device]]);
    return (rows.get(`keys ${device}`) as { json: string } | undefined)?.json ?? null;
  }

  /** Was this id a device's before? */
  async #isUsed(owner: string, now: Account, { device }: DehydratedRow): Promise<boolean> {
    if ([...now.keys, ...now.devices].some((each) => each.device === device)) return true;
    return (await this.#parts.owners.slices.one(owner, 'spent', device)) !== undefined;
  }
}

/** Another one takes the row's place at once. */
function withoutRow(end: Ends): Ends {
  return { ...end, remove: end.remove.filter(([kind]) => kind !== 'dehydrated') };
}
