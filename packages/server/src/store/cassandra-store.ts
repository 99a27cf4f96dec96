// The store on a Cassandra cluster. Any process reads all of it; the owner of a partition of the log writes through the
// store of that partition, and a stale owner beside it writes the same cells. The promise of a commit is in its order,
// not in being whole: the position comes last. [STR1]
import { inKeyspace } from '../engines/cassandra-schema.ts';
import type { CassandraSession, Row } from '../engines/cassandra-session.ts';
import { type Clock, isTrusted } from '../kernel/clock.ts';
import { asOfTrustMs } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { Gathered, Lanes } from './cassandra-gather.ts';
import { Positions } from './cassandra-positions.ts';
import { CassandraReads, NewestBuckets } from './cassandra-reads.ts';
import { storeSchema, whole } from './cassandra-tables.ts';
import { CassandraWrites } from './cassandra-writes.ts';
import { checkRange } from './keys.ts';
import type { Applied, Keys, Range, Store, Table, Tables, Write } from './store.ts';

/** What a store is opened with. */
export interface CassandraStoreParts {
  readonly session: CassandraSession;
  /** Of the log: which one is being written to the store, and how many partitions it has. */
  readonly logId: string;
  readonly partitions: number;
  readonly clock: Clock;
}

/** The whole store, and the stores of the partitions. As a `Store` it is nobody's: it has no position. */
export interface CassandraStore extends Store {
  /** For the owner of a partition; its position is read now. */
  partition(partition: number): Promise<Store>;
  /** Everything with an append time up to this is stored, in every partition. Milliseconds. */
  asOf(): Promise<number>;
}

/** Makes the tables where they are missing. The session stays the caller's. @throws {EngineRefused | Unavailable} */
export async function openCassandraStore(parts: CassandraStoreParts): Promise<CassandraStore> {
  await parts.session.migrate(storeSchema);
  const bases = new Bases(parts);
  await bases.of(parts.logId);
  const lanes = new Lanes();
  const ids = new Gathered(parts.session, lanes);
  const positions = new Positions(parts.session, parts.clock);
  const newestBuckets = new NewestBuckets();
  return new WholeStore({ ...parts, bases, lanes, ids, positions, newestBuckets }, null, null);
}

/** What the stores of all partitions of a process share. */
interface Shared extends CassandraStoreParts {
  readonly bases: Bases;
  readonly lanes: Lanes;
  readonly ids: Gathered;
  readonly positions: Positions;
  readonly newestBuckets: NewestBuckets;
}

/** So many records of an earlier log a stale owner may still write without passing the later log. */
const staleRecords = 1_000_000_000;

/** Reads everything, and writes as one owner. */
class WholeStore implements CassandraStore {
  readonly #parts: Shared;
  readonly #partition: number | null;
  readonly #reads: CassandraReads;
  readonly #writes: CassandraWrites;
  #applied: Applied | null;
  #writing: Promise<unknown> = Promise.resolve();
  #failures = 0;
  #open = true;
  #asOf = { time: 0, until: Number.NEGATIVE_INFINITY };

  constructor(parts: Shared, partition: number | null, applied: Applied | null) {
    const now = () => parts.clock.now();
    this.#parts = parts;
    this.#partition = partition;
    this.#applied = applied;
    this.#reads = new CassandraReads({ ...parts, now });
    this.#writes = new CassandraWrites({ ...parts, now });
  }

  async partition(partition: number): Promise<Store> {
    const query = 'SELECT log_id, log_offset FROM $.applied WHERE whole = ? AND partition = ?';
    const [found] = await this.#read(query, [whole, partition]);
    const isNew = found === undefined || found.log_id === null;
    const applied = isNew ? null : { logId: String(found.log_id), offset: Number(found.log_offset) };
    return new WholeStore(this.#parts, partition, applied);
  }

  async asOf(): Promise<number> {
    const { clock, partitions } = this.#parts;
    if (isTrusted(this.#asOf.until, asOfTrustMs, clock.now())) return this.#asOf.time;
    const times = new Map<number, number>();
    for (const row of await this.#read('SELECT partition, as_of FROM $.applied WHERE whole = ?', [whole]))
      times.set(Number(row.partition), Number(row.as_of ?? 0));
    let time = Number.POSITIVE_INFINITY;
    for (let partition = 0; partition < partitions; partition++) time = Math.min(time, times.get(partition) ?? 0);
    this.#asOf = { time, until: clock.now() + asOfTrustMs };
    return time;
  }

  applied(): Applied | null {
    return this.#applied;
  }

  async get<T extends Table>(table: T, key: Keys[T]): Promise<Tables[T] | undefined> {
    this.#check();
    return this.#reads.get(table, key);
  }

  async list<T extends Table>(table: T, range: Range): Promise<readonly Tables[T][]> {
    checkRange(table, range);
    this.#check();
    return this.#reads.list(table, range);
  }

  /** One that was waiting when one before it failed fails too, so that the position never skips one. */
  commit(writes: readonly Write[], applied: Applied | null, asOf?: number): Promise<void> {
    const failures = this.#failures;
    const committed = this.#queue(async () => {
      if (failures !== this.#failures) throw new Unavailable('An earlier transaction failed.');
      await this.#writes.put(writes, await this.#parts.bases.of(applied?.logId ?? this.#parts.logId));
      await this.#arrive(applied, asOf);
    });
    return committed.catch((error: unknown) => {
      this.#failures++;
      throw error;
    });
  }

  /** What is committed stands on a quorum; its position, which may lag, does then too. */
  checkpoint(): Promise<Applied | null> {
    return this.#queue(async () => {
      const applied = this.#applied;
      await this.#parts.positions.flush();
      return applied;
    });
  }

  /** The engine does it by itself, and readers do not wait for it. [STR27] */
  expire(): Promise<number> {
    return this.#queue(async () => 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing.catch(() => {});
    // Where it cannot be written the next owner begins earlier, and writes the same.
    await this.#parts.positions.flush().catch(() => {});
    this.#open = false;
  }

  /** The position and its promise only rise, whichever owner writes them. They follow their rows in a moment. [STR40] */
  async #arrive(applied: Applied | null, asOf: number | undefined): Promise<void> {
    const { bases, positions } = this.#parts;
    if (this.#partition !== null && applied !== null) {
      const stamp = (await bases.of(applied.logId)) + applied.offset;
      positions.note(this.#partition, applied, stamp, asOf ?? null);
      if (positions.isBehind) await positions.flush();
    }
    const before = this.#applied;
    const isBehind = applied === null || (applied.logId === before?.logId && applied.offset < before.offset);
    if (!isBehind) this.#applied = applied;
  }

  #queue<R>(act: () => Promise<R>): Promise<R> {
    const result = this.#writing.then(() => {
      this.#check();
      return act();
    });
    this.#writing = result.catch(() => {});
    return result;
  }

  async #read(query: string, params: readonly (string | number)[]): Promise<readonly Row[]> {
    this.#check();
    return this.#parts.session.read(this.#in(query), params);
  }

  #in(query: string): string {
    return inKeyspace(this.#parts.session, query);
  }

  #check(): void {
    if (!this.#open) throw new Unavailable('The store is closed.');
  }
}

/** Where the stamps of each log begin: a later log's are above those of an earlier one. µs. */
class Bases {
  readonly #session: CassandraSession;
  readonly #clock: Clock;
  readonly #known = new Map<string, number>();

  constructor({ session, clock }: CassandraStoreParts) {
    this.#session = session;
    this.#clock = clock;
  }

  async of(logId: string): Promise<number> {
    return this.#known.get(logId) ?? this.#first(logId);
  }

  /** Of a log that no process of the cluster has seen. Whoever is first decides. */
  async #first(logId: string): Promise<number> {
    const wanted = Math.max(this.#clock.now() * 1_000, await this.#newest());
    const query = inKeyspace(this.#session, 'INSERT INTO $.logs (whole, log_id, base) VALUES (?, ?, ?) IF NOT EXISTS');
    const there = await this.#session.claim(query, [whole, logId, wanted]);
    const base = there === null ? wanted : Number(there.base);
    this.#known.set(logId, base);
    return base;
  }

  /** Above every stamp of the logs so far, also where the clock was set back. */
  async #newest(): Promise<number> {
    const ask = (query: string): Promise<readonly Row[]> =>
      this.#session.read(inKeyspace(this.#session, query), [whole]);
    const logs = await ask('SELECT base FROM $.logs WHERE whole = ?');
    const positions = await ask('SELECT log_offset FROM $.applied WHERE whole = ?');
    const most = (rows: readonly Row[], name: string) => Math.max(0, ...rows.map((row) => Number(row[name] ?? 0)));
    return most(logs, 'base') + most(positions, 'log_offset') + staleRecords;
  }
}
