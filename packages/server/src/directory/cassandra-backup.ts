// Room keys of an account in Cassandra: a partition, by session and by the number in which each was first written. What
// a rotation drops is gone with one word in the root, and is cleared away after it, by this process or a later one.
import type { AccountId } from '@parley/protocol';
import { backupClearedAtOnce } from '../kernel/engine-limits.ts';
import { isHere, rowOf } from './cassandra-account.ts';
import { backupOwner } from './cassandra-names.ts';
import { type Owners, padded, type Root } from './cassandra-owners.ts';
import { isClosed } from './cassandra-settle.ts';
import type { Entry, Ref, Slice } from './cassandra-slices.ts';
import type { Backup, BackupRow } from './keys.ts';

/** Epochs below were dropped when the root had this version. */
interface Drop {
  readonly below: number;
  readonly at: number;
}

/** `held`: how many there are of each epoch. `drops`: what was not cleared away yet. */
interface BackupRoot {
  readonly head: number;
  readonly held: Readonly<Record<string, number>>;
  readonly drops: readonly Drop[];
}

/** A row with its number, and the version of the root that it came with. */
type Stored = BackupRow & { readonly n: number; readonly at: number };
/** The same without what it holds, in the order of numbers. */
type Place = Pick<Stored, 'session' | 'epoch' | 'at'>;

export class CassandraBackup implements Backup {
  readonly #owners: Owners;

  constructor(owners: Owners) {
    this.#owners = owners;
  }

  async put(account: AccountId, rows: readonly BackupRow[], most: number): Promise<'done' | 'full' | 'gone'> {
    if (!isHere(await rowOf(this.#owners, account))) return 'gone';
    const owner = backupOwner(account);
    const outcome = await this.#owners.change<'done' | 'full' | 'gone'>(owner, async (root) => {
      if (isClosed(root)) return { answer: 'gone' };
      const now = backupOf(root);
      const at = (root?.version ?? 0) + 1;
      const before = await this.#stored(owner, now, rows);
      const then = new Map(before);
      let { head } = now;
      for (const row of rows) {
        const present = then.get(row.session);
        if (present === undefined) then.set(row.session, { ...row, n: ++head, at });
        else if (isBetter(row, present)) then.set(row.session, { ...row, n: present.n, at });
      }
      const held = counted(now.held, [...before.values()], [...then.values()]);
      if (then.size > before.size && sum(held) > most) return { answer: 'full' };
      const changed = [...then.values()].filter((row) => row !== before.get(row.session));
      if (changed.length === 0) return { answer: 'done' };
      return { answer: 'done', write: { root: { ...now, head, held }, put: changed.flatMap(entriesOf) } };
    });
    await this.#clear(owner);
    return outcome;
  }

  async page(account: AccountId, before: number | null, limit: number) {
    const owner = backupOwner(account);
    const root = await this.#owners.root(owner);
    if (root === null || isClosed(root)) return [];
    const now = backupOf(root);
    const found: Stored[] = [];
    for (let below = before ?? now.head + 1; found.length < limit; ) {
      const asked = limit - found.length;
      const places = await this.#owners.slices.stretch(owner, 'n', {
        below: padded(below),
        limit: asked,
        order: 'newest',
      });
      const rows = await this.#stored(owner, now, places.map(placeOf));
      const numbers = new Set(places.map(({ key }) => Number(key)));
      found.push(...[...rows.values()].filter(({ n }) => numbers.has(n)).sort((a, b) => b.n - a.n));
      if (places.length < asked) break;
      below = Number(places.at(-1)?.key);
    }
    return found.map(numbered);
  }

  async get(account: AccountId, sessions: readonly string[]): Promise<readonly BackupRow[]> {
    const owner = backupOwner(account);
    const now = backupOf(await this.#owners.root(owner));
    const rows = await this.#stored(
      owner,
      now,
      sessions.map((session) => ({ session })),
    );
    return sessions.flatMap((session) => rows.get(session) ?? []).map(bare);
  }

  async count(account: AccountId): Promise<number> {
    return sum(backupOf(await this.#owners.slices.root(backupOwner(account))).held);
  }

  async dropBelow(account: AccountId, epoch: number): Promise<void> {
    const owner = backupOwner(account);
    await this.#owners.change(owner, async (root) => {
      if (root === null || isClosed(root)) return { answer: null };
      const now = backupOf(root);
      const held = Object.fromEntries(Object.entries(now.held).filter(([each]) => Number(each) >= epoch));
      const drops = [...now.drops, { below: epoch, at: root.version }];
      return { answer: null, write: { root: { ...now, held, drops } satisfies BackupRoot } };
    });
    await this.#clear(owner);
  }

  async drop(account: AccountId, sessions: readonly string[]): Promise<void> {
    const owner = backupOwner(account);
    await this.#owners.change(owner, async (root) => {
      if (root === null || isClosed(root)) return { answer: null };
      const now = backupOf(root);
      const asked = sessions.map((session) => ({ session }));
      const rows = [...(await this.#stored(owner, now, asked)).values()];
      if (rows.length === 0) return { answer: null };
      const remove = rows.flatMap(({ session, n }): Ref[] => [
        ['session', session],
        ['n', padded(n)],
      ]);
      return { answer: null, write: { root: { ...now, held: counted(now.held, rows, []) }, remove } };
    });
  }

  /** Rows of these sessions that were not dropped. */
  async #stored(
    owner: string,
    now: BackupRoot,
    rows: readonly Pick<BackupRow, 'session'>[],
  ): Promise<ReadonlyMap<string, Stored>> {
    const sessions = [...new Set(rows.map(({ session }) => session))];
    const found = await this.#owners.slices.named(
      owner,
      sessions.map((session): Ref => ['session', session]),
    );
    const stored = ([...found.values()] as Stored[]).filter((row) => !isDropped(now, row));
    return new Map(stored.map((row) => [row.session, row]));
  }

  /** Takes away what was dropped, then the word that it was. */
  async #clear(owner: string): Promise<void> {
    if (backupOf(await this.#owners.slices.root(owner)).drops.length === 0) return;
    for (let above = padded(0); ; ) {
      const places = await this.#owners.slices.stretch(owner, 'n', { above, limit: backupClearedAtOnce });
      await this.#owners.change(owner, async (root) => {
        if (root === null || isClosed(root)) return { answer: null };
        const now = backupOf(root);
        const remove = await this.#dropped(owner, now, places);
        const isLast = places.length < backupClearedAtOnce;
        // A later word stays: what it drops may stand where this has been already.
        const drops = isLast ? now.drops.slice(1) : now.drops;
        return { answer: null, write: { root: { ...now, drops }, remove } };
      });
      if (places.length < backupClearedAtOnce) break;
      above = places.at(-1)?.key ?? above;
    }
    return this.#clear(owner);
  }

  /** What of these places holds nothing now. A session that came again has another number. */
  async #dropped(owner: string, now: BackupRoot, places: readonly Slice[]): Promise<Ref[]> {
    const gone = places.filter(({ value }) => isDropped(now, value as Place));
    const refs = gone.map((slice): Ref => ['session', placeOf(slice).session]);
    const rows = await this.#owners.slices.named(owner, refs);
    const sessions = refs.filter(([, session]) => {
      const row = rows.get(`session ${session}`) as Stored | undefined;
      return row !== undefined && isDropped(now, row);
    });
    return [...gone.map(({ key }): Ref => ['n', key]), ...sessions];
  }
}

function backupOf(root: Root | null): BackupRoot {
  if (root === null || isClosed(root)) return { head: 0, held: {}, drops: [] };
  return root.value as BackupRoot;
}

function isDropped({ drops }: BackupRoot, row: Pick<Place, 'epoch' | 'at'>): boolean {
  return drops.some(({ below, at }) => row.epoch < below && row.at <= at);
}

function entriesOf(row: Stored): readonly Entry[] {
  const { session, epoch, at } = row;
  return [
    { kind: 'session', key: session, value: row },
    { kind: 'n', key: padded(row.n), value: { session, epoch, at } satisfies Place },
  ];
}

function counted(
  held: BackupRoot['held'],
  before: readonly Stored[],
  then: readonly Stored[],
): Readonly<Record<string, number>> {
  const counts: Record<string, number> = { ...held };
  for (const { epoch } of before) counts[epoch] = (counts[epoch] ?? 0) - 1;
  for (const { epoch } of then) counts[epoch] = (counts[epoch] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}

function sum(held: BackupRoot['held']): number {
  return Object.values(held).reduce((total, count) => total + count, 0);
}

function isBetter(row: BackupRow, before: BackupRow): boolean {
  return row.firstIndex === before.firstIndex ? row.epoch >= before.epoch : row.firstIndex < before.firstIndex;
}

function placeOf({ value }: Slice): Place {
  return value as Place;
}

function numbered(row: Stored): BackupRow & { readonly n: number } {
  const { at: _, ...rest } = row;
  return rest;
}

function bare(row: Stored): BackupRow {
  const { n: _, ...rest } = numbered(row);
  return rest;
}
