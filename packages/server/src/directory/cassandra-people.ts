// Lists of accounts in Cassandra: shelves by the first character of a handle or name, read in pages from where one
// begins, and held against the accounts themselves. How many there are is counted where handles stand, a count for each
// first character.
import type { AccountId } from '@parley/protocol';
import { foundReads } from '../kernel/engine-limits.ts';
import { rowOf } from './cassandra-account.ts';
import { eachOf } from './cassandra-accounts.ts';
import { foundOf, shelfOf, shelfOfOperators } from './cassandra-dues.ts';
import { accountOwner, handlesOwner } from './cassandra-names.ts';
import type { Owners } from './cassandra-owners.ts';
import type { Settle } from './cassandra-settle.ts';
import type { Shelves } from './cassandra-shelves.ts';
import type { Slice } from './cassandra-slices.ts';
import type { AccountRow, IntentRow, Intents, People } from './directory.ts';

/** What a handle can begin with. */
const beginnings = 'abcdefghijklmnopqrstuvwxyz'.split('');

export class CassandraPeople implements People {
  readonly #owners: Owners;
  readonly #shelves: Shelves;
  readonly #settle: Settle;

  constructor(owners: Owners, shelves: Shelves, settle: Settle) {
    this.#owners = owners;
    this.#shelves = shelves;
    this.#settle = settle;
  }

  async search(prefix: string, limit: number): Promise<readonly AccountRow[]> {
    if (prefix === '' || limit <= 0) return [];
    await this.#settle.others();
    const found = await Promise.all([
      this.#found(shelfOf('handle', prefix), prefix, limit),
      this.#found(shelfOf('name', prefix), prefix, limit),
    ]);
    const rows = new Map(found.flat().map((row) => [row.account, row]));
    return [...rows.values()].sort(byHandle).slice(0, limit);
  }

  async page(after: string, limit: number): Promise<readonly (AccountRow & { readonly devices: number })[]> {
    await this.#settle.others();
    const found: (AccountRow & { readonly devices: number })[] = [];
    for (const first of beginnings) {
      const owner = handlesOwner(first);
      for (let above = after; found.length < limit && owner >= handlesOwner(after || first); ) {
        const read = await this.#owners.slices.stretch(owner, 'handle', { above, limit: foundReads });
        const rows = await eachOf(read, (slice) => this.#listed(slice));
        found.push(...rows.filter((row) => row !== undefined));
        if (read.length < foundReads) break;
        above = read.at(-1)?.key ?? above;
      }
    }
    return found.slice(0, limit);
  }

  async counts(): Promise<{ readonly accounts: number; readonly admins: number }> {
    await this.#settle.others();
    const counts = await Promise.all(
      beginnings.map(async (first) => {
        const root = await this.#owners.slices.root(handlesOwner(first));
        return (root?.value as { count: number } | undefined)?.count ?? 0;
      }),
    );
    const { rows } = await this.#shelves.found(shelfOfOperators, '', null, foundReads);
    const operators = await eachOf(rows, ({ account }) => rowOf(this.#owners, String(account) as AccountId));
    return {
      accounts: counts.reduce((sum, count) => sum + count, 0),
      admins: operators.filter((row) => row?.admin === true && row.state === 'active').length,
    };
  }

  /** Every account that is not deleted. */
  async *everybody(): AsyncIterable<AccountId> {
    for (const first of beginnings) {
      for (let above = ''; ; ) {
        const read = await this.#owners.slices.stretch(handlesOwner(first), 'handle', { above, limit: foundReads });
        for (const { value } of read) yield value as AccountId;
        if (read.length < foundReads) break;
        above = read.at(-1)?.key ?? above;
      }
    }
  }

  /** Those on a shelf that are found there still. */
  async #found(shelf: string, prefix: string, limit: number): Promise<readonly AccountRow[]> {
    const found: AccountRow[] = [];
    for (let from: string | null = null; ; ) {
      const { rows, next } = await this.#shelves.found(shelf, prefix, from, Math.max(limit, foundReads));
      const accounts = await eachOf(rows, ({ account }) => rowOf(this.#owners, String(account) as AccountId));
      for (const [at, row] of accounts.entries())
        if (row !== undefined && foundOf(row).some(([on, key]) => on === shelf && key === rows[at]?.key))
          found.push(row);
      if (next === null || found.length >= limit) return found.slice(0, limit);
      from = next;
    }
  }

  async #listed({ value }: Slice): Promise<(AccountRow & { readonly devices: number }) | undefined> {
    const owner = accountOwner(value as AccountId);
    const rows = await this.#owners.slices.kinds(owner, ['device', 'root']);
    const row = rows.find(({ kind }) => kind === 'root')?.value as AccountRow | undefined;
    return row === undefined || row.handle === '' ? undefined : { ...row, devices: rows.length - 1 };
  }
}

export class CassandraIntents implements Intents {
  readonly #shelves: Shelves;
  readonly #settle: Settle;

  constructor(shelves: Shelves, settle: Settle) {
    this.#shelves = shelves;
    this.#settle = settle;
  }

  async open(limit: number): Promise<readonly IntentRow[]> {
    await this.#settle.others();
    const intents = [...(await this.#shelves.intents())];
    return intents.sort((a, b) => a.createdAt - b.createdAt || (a.intent < b.intent ? -1 : 1)).slice(0, limit);
  }

  close(intent: string): Promise<void> {
    return this.#shelves.closeIntent(intent);
  }
}

function byHandle(a: AccountRow, b: AccountRow): number {
  return a.handle < b.handle ? -1 : a.handle > b.handle ? 1 : 0;
}
