// Writes of all transactions of a process on their way to Cassandra: so many at the same time and no more, so that a cluster
// that is slow gets larger transactions and not more of them; and rows of one partition that come while others of it are on
// their way go together. It promises that a write has been made when its promise resolves; it must never hold one back.
import type { CassandraSession, Statement } from '../engines/cassandra-session.ts';
import { cassandraBatchRows, cassandraWritesAtOnce } from '../kernel/engine-limits.ts';

/** So many at once, first come, first served. */
export class Lanes {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(lanes = cassandraWritesAtOnce) {
    this.#free = lanes;
  }

  async run(act: () => Promise<void>): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      await act();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}

interface Waiting {
  readonly statements: readonly Statement[];
  readonly made: PromiseWithResolvers<void>;
}

/** Rows that carry their own stamps, of partitions that many transactions write to. */
export class Gathered {
  readonly #session: Pick<CassandraSession, 'batch'>;
  readonly #lanes: Lanes;
  /** By partition: what waits behind the batch that is on its way. */
  readonly #lines = new Map<string, Waiting[]>();

  constructor(session: Pick<CassandraSession, 'batch'>, lanes: Lanes) {
    this.#session = session;
    this.#lanes = lanes;
  }

  /** Resolves when all of them stand. */
  async put(partition: string, statements: readonly Statement[]): Promise<void> {
    const parts: Promise<void>[] = [];
    for (let from = 0; from < statements.length; from += cassandraBatchRows)
      parts.push(this.#wait(partition, statements.slice(from, from + cassandraBatchRows)));
    await Promise.all(parts);
  }

  #wait(partition: string, statements: readonly Statement[]): Promise<void> {
    const waiting: Waiting = { statements, made: Promise.withResolvers() };
    const line = this.#lines.get(partition);
    if (line !== undefined) line.push(waiting);
    else {
      const fresh = [waiting];
      this.#lines.set(partition, fresh);
      // Each that waits hears of its own batch.
      this.#serve(partition, fresh).catch(waiting.made.reject);
    }
    return waiting.made.promise;
  }

  /** One batch after the other until nobody waits. */
  async #serve(partition: string, line: Waiting[]): Promise<void> {
    while (line.length > 0)
      await this.#lanes.run(async () => {
        const together = takeBatch(line);
        try {
          await this.#session.batch(together.flatMap(({ statements }) => statements));
          for (const { made } of together) made.resolve();
        } catch (error) {
          for (const { made } of together) made.reject(error);
        }
      });
    this.#lines.delete(partition);
  }
}

/** As many of the first as one batch takes, at least one. */
function takeBatch(line: Waiting[]): readonly Waiting[] {
  let rows = 0;
  let count = 0;
  for (const { statements } of line) {
    if (count > 0 && rows + statements.length > cassandraBatchRows) break;
    rows += statements.length;
    count++;
  }
  return line.splice(0, count);
}
