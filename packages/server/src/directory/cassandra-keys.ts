// Public keys in Cassandra: they stand with their account, and each change of them is due in the list of changes. Ids of
// devices belong to one account for ever.
import type { AccountId, DeviceId } from '@parley/protocol';
import { numbersPerEpoch } from '../kernel/limits.ts';
import { type Account, accountOf, isHere, keysEntry, type StoredKeys } from './cassandra-account.ts';
import { eachOf } from './cassandra-accounts.ts';
import type { Due, KeyChange } from './cassandra-dues.ts';
import type { List, Numbered } from './cassandra-list.ts';
import { accountOwner, wholeOwner } from './cassandra-names.ts';
import { asBefore, type Owners, type Root, type Write } from './cassandra-owners.ts';
import type { CassandraPeople } from './cassandra-people.ts';
import type { Pools } from './cassandra-pools.ts';
import type { Settle } from './cassandra-settle.ts';
import type { Whole } from './cassandra-whole.ts';
import type { AccountRow } from './directory.ts';
import type { DeviceKeysRow, IdentityRow, KeyChangeRow, Keys, OneTimeKeyRow, SignedRow } from './keys.ts';

/** What keys are kept with. */
export interface KeysParts {
  readonly owners: Owners;
  readonly settle: Settle;
  readonly changes: List;
  readonly pools: Pools;
  readonly people: CassandraPeople;
}

export class CassandraKeys implements Keys {
  readonly #parts: KeysParts;

  constructor(parts: KeysParts) {
    this.#parts = parts;
    parts.settle.finishes('whole', () => this.#finishRestore());
  }

  async putDevice({
    account,
    device,
    json,
  }: Omit<DeviceKeysRow, 'former'>): Promise<'done' | 'same' | 'changed' | 'gone'> {
    return this.#change(
      account,
      async (now, version, from) => {
        const before = now.keys.find((each) => each.device === device);
        if (before?.state === 'present') return { answer: before.json === json ? 'same' : 'changed' };
        const isOwn = now.devices.some((each) => each.device === device);
        if (before !== undefined || !isOwn) return { answer: 'gone' };
        const keys: StoredKeys = { device, json, state: 'present', turn: version };
        return { answer: 'done', write: { put: [keysEntry(keys)], due: [noted(account, 'device', from)] } };
      },
      'gone',
    );
  }

  async devices(accounts: readonly AccountId[]): Promise<readonly DeviceKeysRow[]> {
    const rows = await eachOf(accounts, async (account) => {
      const keys = await this.#parts.owners.slices.kinds(accountOwner(account), ['keys']);
      return keys
        .map(({ value }) => value as StoredKeys)
        .sort((a, b) => a.turn - b.turn)
        .map(({ device, json, state }) => ({ account, device, json, former: state === 'former' }));
    });
    return rows.flat();
  }

  async putIdentity(row: IdentityRow): Promise<'done' | 'conflict'> {
    const { account, version } = row;
    return this.#change(
      account,
      async (now, _, from) => {
        const present = await this.#identity(account);
        if (version !== (present?.version ?? 0) + 1 || !isHere(now.row)) return { answer: 'conflict' };
        const put = [{ kind: 'identity', key: '', value: row }];
        return { answer: 'done', write: { put, due: [noted(account, 'identity', from)] } };
      },
      'conflict',
    );
  }

  async identities(accounts: readonly AccountId[]): Promise<readonly IdentityRow[]> {
    return (await eachOf(accounts, (account) => this.#identity(account))).filter((row) => row !== undefined);
  }

  async addSignatures(rows: readonly SignedRow[]): Promise<'done' | 'conflict'> {
    const account = rows[0]?.account;
    if (account === undefined) return 'done';
    if (rows.some((row) => row.account !== account)) return 'conflict';
    return this.#change(
      account,
      async (now, _, from) => {
        const identity = await this.#identity(account);
        const put = rows.map((row) => signed(row, now.keys, identity));
        if (put.includes(null)) return { answer: 'conflict' };
        const write = { put: put.filter((each) => each !== null), due: [noted(account, 'device', from)] };
        return { answer: 'done', write };
      },
      'conflict',
    );
  }

  addOneTime(
    device: DeviceId,
    keys: readonly OneTimeKeyRow[],
    most: number,
  ): Promise<'done' | 'changed' | 'full' | 'gone'> {
    return this.#parts.pools.add(device, keys, most);
  }

  setFallback(device: DeviceId, key: OneTimeKeyRow): Promise<'done' | 'gone'> {
    return this.#parts.pools.setFallback(device, key);
  }

  counts(device: DeviceId): Promise<{ readonly oneTime: number; readonly fallbackUnused: boolean }> {
    return this.#parts.pools.counts(device);
  }

  claim(devices: readonly DeviceId[]): Promise<readonly (OneTimeKeyRow | null)[]> {
    return this.#parts.pools.claim(devices);
  }

  async restored(epoch: number): Promise<void> {
    await this.#parts.settle.change(wholeOwner, async (root) => {
      const now = root?.value as Whole | undefined;
      if ((now?.epoch ?? 0) > epoch) return { answer: null };
      return { answer: null, write: { root: { epoch, noted: '' } satisfies Whole } };
    });
  }

  async changes(after: number | null, limit: number) {
    await this.#parts.settle.others();
    const { rows, head } = await this.#parts.changes.page(after, limit);
    return { rows: latestOf(rows), head };
  }

  async revokedAfter(accounts: readonly AccountId[], n: number): Promise<readonly AccountId[]> {
    const revoked = await eachOf(accounts, async (account) => {
      const rows = await this.#parts.owners.slices.kinds(accountOwner(account), ['change', 'due']);
      // What is due has no number yet, and will have one that nobody has seen.
      return rows.some(({ kind, key, value }) =>
        kind === 'change' ? key === 'revoked' && Number(value) > n : isRevocation(value as Due),
      );
    });
    return accounts.filter((_, i) => revoked[i]);
  }

  async #identity(account: AccountId): Promise<IdentityRow | undefined> {
    const found = await this.#parts.owners.slices.one(accountOwner(account), 'identity', '');
    const row = found as (Omit<IdentityRow, 'former'> & { readonly former?: string }) | undefined;
    // Rows of older versions name none before them.
    return row && { ...row, former: row.former ?? '[]' };
  }

  /** A change of an account's keys; `otherwise`: there is no such account. `version`: of the account when it is made. */
  async #change<T>(
    account: AccountId,
    decide: (
      now: Account,
      version: number,
      from: number,
    ) => Promise<{ readonly answer: T; readonly write?: Omit<Write, 'root'> }>,
    otherwise: T,
  ): Promise<T> {
    const { owners, settle, changes } = this.#parts;
    const owner = accountOwner(account);
    const from = await changes.bucket();
    return settle.change<T>(owner, async (root: Root | null) => {
      if (root === null) return { answer: otherwise };
      const { answer, write } = await decide(await accountOf(owners, owner, root), root.version + 1, from);
      return write === undefined ? { answer } : { answer, write: { ...write, root: asBefore(root) } };
    });
  }

  /** After a restore: numbers go on above all others, then the keys of everybody count as changed, handle by handle. */
  async #finishRestore(): Promise<void> {
    const { owners, settle, changes, people } = this.#parts;
    const whole = (await owners.root(wholeOwner))?.value as Partial<Whole> | undefined;
    if (whole?.epoch === undefined || whole.noted === null || whole.noted === undefined) return;
    const { epoch } = whole;
    await changes.jump(epoch * numbersPerEpoch);
    for await (const account of people.everybody()) {
      const owner = accountOwner(account);
      const from = await changes.bucket();
      await settle.change(owner, async (root) => {
        if (root === null || (root.value as AccountRow).state === 'deleted') return { answer: null };
        return { answer: null, write: { root: asBefore(root), due: [noted(account, 'device', from)] } };
      });
    }
    await owners.change(wholeOwner, async (root) => {
      const now = root?.value as Whole | undefined;
      if (now?.epoch !== epoch) return { answer: null };
      return { answer: null, write: { root: { epoch, noted: null } satisfies Whole } };
    });
  }
}

function noted(account: AccountId, change: KeyChange, from: number): Due {
  return { type: 'change', from, account, change };
}

function isRevocation(due: Due): boolean {
  return due.type === 'change' && due.change === 'revoked';
}

/** The row with its signatures, or null: what they were made from does not stand. */
function signed({ target, json, before }: SignedRow, keys: readonly StoredKeys[], identity: IdentityRow | undefined) {
  if (target === 'master') {
    if (identity?.master !== before) return null;
    return { kind: 'identity', key: '', value: { ...identity, master: json } };
  }
  const row = keys.find((each) => each.device === target);
  return row?.state === 'present' && row.json === before ? keysEntry({ ...row, json }) : null;
}

/** Of equal entries the last: the one before is there for a moment when another takes its place. */
function latestOf(rows: readonly Numbered[]): readonly KeyChangeRow[] {
  const latest = new Map<string, KeyChangeRow>();
  for (const { n, value } of rows) {
    const { account, change } = value as Omit<KeyChangeRow, 'n'>;
    const key = `${account} ${change}`;
    latest.delete(key);
    latest.set(key, { n, account, change });
  }
  return [...latest.values()];
}
