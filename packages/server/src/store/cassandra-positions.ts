// How far each partition of the log is stored, and up to when, on the way to Cassandra: those of all partitions of a process
// in one write, some times a second. A position that comes late is no harm: whoever begins there writes the same rows
// again. It promises that none is written before what it stands for; that is the caller's order.
import { inKeyspace } from '../engines/cassandra-schema.ts';
import type { CassandraSession, Statement } from '../engines/cassandra-session.ts';
import type { Clock } from '../kernel/clock.ts';
import { cassandraBatchRows, positionDelayMs, positionRetryMs } from '../kernel/engine-limits.ts';
import { whole } from './cassandra-tables.ts';
import type { Applied } from './store.ts';

/** What is not written yet of one partition. */
interface Pending {
  readonly applied: Applied;
  readonly stamp: number;
  readonly asOf: number | null;
}

type Writer = Pick<CassandraSession, 'keyspace' | 'batch'>;

/** Writes them with one session. */
export class Positions {
  readonly #session: Writer;
  readonly #clock: Clock;
  #pending = new Map<number, Pending>();
  #writing: Promise<void> = Promise.resolve();
  #cancelTimer: (() => void) | null = null;
  #isBehind = false;

  constructor(session: Writer, clock: Clock) {
    this.#session = session;
    this.#clock = clock;
  }

  /** The last one could not be written: whoever has more should wait for it. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** Everything up to there is stored. `stamp` orders positions, whoever says them. */
  note(partition: number, applied: Applied, stamp: number, asOf: number | null): void {
    this.#merge(partition, { applied, stamp, asOf });
    this.#arm(positionDelayMs);
  }

  /** Resolves when all that were noted stand. */
  flush(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const written = this.#writing.then(() => this.#write());
    this.#writing = written.catch(() => {});
    return written;
  }

  async #write(): Promise<void> {
    const pending = this.#pending;
    if (pending.size === 0) return;
    this.#pending = new Map();
    const statements = [...pending].flatMap(([partition, each]) => this.#statements(partition, each));
    try {
      for (let from = 0; from < statements.length; from += cassandraBatchRows)
        await this.#session.batch(statements.slice(from, from + cassandraBatchRows));
      this.#isBehind = false;
    } catch (error) {
      this.#isBehind = true;
      for (const [partition, each] of pending) this.#merge(partition, each);
      this.#arm(positionRetryMs);
      throw error;
    }
  }

  /** Position and promise rise, each by itself. */
  #merge(partition: number, next: Pending): void {
    const before = this.#pending.get(partition);
    if (before === undefined) this.#pending.set(partition, next);
    else {
      const newest = next.stamp >= before.stamp ? next : before;
      const asOf = Math.max(next.asOf ?? 0, before.asOf ?? 0);
      this.#pending.set(partition, { ...newest, asOf: asOf === 0 ? null : asOf });
    }
  }

  #arm(delayMs: number): void {
    this.#cancelTimer ??= this.#clock.after(delayMs, () => {
      this.#cancelTimer = null;
      // What could not be written stays, and the next transaction waits for it.
      this.flush().catch(() => {});
    });
  }

  #statements(partition: number, { applied, stamp, asOf }: Pending): readonly Statement[] {
    const key = [whole, partition];
    const where = 'whole = ? AND partition = ?';
    const set = (cells: string): string =>
      inKeyspace(this.#session, `UPDATE $.applied USING TIMESTAMP ? SET ${cells} WHERE ${where}`);
    const { logId, offset } = applied;
    const position = { query: set('log_id = ?, log_offset = ?'), params: [stamp, logId, offset, ...key] };
    if (asOf === null) return [position];
    return [position, { query: set('as_of = ?'), params: [asOf, asOf, ...key] }];
  }
}
