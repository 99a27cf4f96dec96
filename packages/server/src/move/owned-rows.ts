// Rows of a directory in Cassandra, put as they are: without a condition, all with the time at which the move began, which
// is the engine's own. Nobody else writes these partitions before the move is over, and whatever is written later is
// above them: conditional writes have the engine's time, too. Putting the same again changes nothing.

import type { Entry } from '../directory/cassandra-slices.ts';
import { inKeyspace } from '../engines/cassandra-schema.ts';
import type { CassandraSession, Statement } from '../engines/cassandra-session.ts';
import { cassandraBatchBytes, cassandraBatchRows } from '../kernel/engine-limits.ts';

const putRow = 'INSERT INTO $.owned (owner, kind, key, value) VALUES (?, ?, ?, ?) USING TTL ?';
const putRoot = `INSERT INTO $.owned (owner, kind, key, value, version, marks) VALUES (?, 'root', '', ?, 1, 'moved')`;

/** The version that roots have then; rows that sort by it have it or less. */
export const movedVersion = 1;

export class OwnedRows {
  readonly #session: CassandraSession;
  readonly #stamp: number;

  /** `stamp`: µs. */
  constructor(session: CassandraSession, stamp: number) {
    this.#session = session;
    this.#stamp = stamp;
  }

  /** Rows of an owner, then its root; null: not yet. */
  async put(owner: string, root: object | null, entries: readonly Entry[] = []): Promise<void> {
    const statements = entries.map(({ kind, key, value, seconds = 0 }) =>
      this.#say(putRow, [owner, kind, key, JSON.stringify(value), seconds]),
    );
    if (root !== null) statements.push(this.#say(putRoot, [owner, JSON.stringify(root)]));
    for (const batch of batches(statements)) await this.#session.batch(batch, { stamp: this.#stamp });
  }

  #say(query: string, params: Statement['params']): Statement {
    return { query: inKeyspace(this.#session, query), params };
  }
}

function* batches(statements: readonly Statement[]): Iterable<readonly Statement[]> {
  let batch: Statement[] = [];
  let bytes = 0;
  for (const statement of statements) {
    batch.push(statement);
    bytes += String(statement.params[3] ?? '').length;
    if (batch.length < cassandraBatchRows && bytes < cassandraBatchBytes) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}
