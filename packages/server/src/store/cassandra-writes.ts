// A transaction → writes of Cassandra in the order that readers rely on: first what a conversation's row counts, then
// those rows, then the position. What stands in one partition with one stamp is written in one go, and so is the state of
// a conversation with its newest messages; so many at once, and no more after the first fault.
import { inKeyspace } from '../engines/cassandra-schema.ts';
import type { CassandraSession, Statement } from '../engines/cassandra-session.ts';
import { assert } from '../kernel/assert.ts';
import { cassandraBatchBytes, cassandraBatchRows } from '../kernel/engine-limits.ts';
import { maxHeldRosters } from '../kernel/limits.ts';
import type { Gathered, Lanes } from './cassandra-gather.ts';
import { putMessage } from './cassandra-messages.ts';
import { bucketOf, nameOf, type PlainTable, shapes, stateCells } from './cassandra-tables.ts';
import type { ConversationRow, IdRow, MarkRow, MessageRow, Table, Write } from './store.ts';

/** Statements of one partition. Without a stamp each of them has its own. */
interface Batch {
  /** Table, partition and stamp. */
  readonly name: string;
  readonly stamp: number | null;
  readonly statements: Statement[];
  bytes: number;
}

/** How a conversation's own row was last written here. */
interface Written {
  readonly members: ConversationRow['members'];
  /** Where readers of that row look for what stands beside the messages. */
  readonly bucket: number;
}

/** What is written with. */
export interface WritesParts {
  readonly session: CassandraSession;
  readonly now: () => number;
  /** Shared by all transactions of the process. */
  readonly lanes: Lanes;
  readonly ids: Gathered;
}

/** Writes the transactions of one owner. */
export class CassandraWrites {
  readonly #parts: WritesParts;
  /** Only what has changed of it is written again. [STR18] */
  readonly #rows = new Map<string, Written>();

  constructor(parts: WritesParts) {
    this.#parts = parts;
  }

  /** Everything, or a fault after some of it. Stamps are counted from `base`. */
  async put(writes: readonly Write[], base: number): Promise<void> {
    const isCounting = (table: Write['table']) => table === 'conversations' || table === 'facts';
    const counted = writes.filter(({ table }) => table !== 'ids' && !isCounting(table));
    const counting = writes.filter(({ table }) => isCounting(table));
    const ids = this.#ids(writes, base);
    const batches = this.#batches(counted, base);
    try {
      const { left, joined } = this.#join(counting, batches, base);
      const before = batches.filter((batch) => !joined.has(batch));
      await together([this.#all(before), ...[...ids].map(([partition, all]) => this.#parts.ids.put(partition, all))]);
      await this.#all([...joined, ...this.#batches(left, base)]);
    } catch (error) {
      this.#rows.clear();
      throw error;
    }
  }

  /**
   * States of conversations go with their newest messages, where those are one batch and the conversation's own row says
   * already where to look: one write instead of two. What is `left` has to be written by itself.
   */
  #join(
    counting: readonly Write[],
    batches: readonly Batch[],
    base: number,
  ): { readonly left: readonly Write[]; readonly joined: ReadonlySet<Batch> } {
    const open = new Map<string, Batch | null>();
    // Of a partition with several batches none is known to be the last one that is made.
    for (const batch of batches) open.set(batch.name, open.has(batch.name) ? null : batch);
    const joined = new Set<Batch>();
    const left = counting.filter((write) => {
      if (write.table !== 'conversations') return true;
      const { row } = write;
      const written = this.#rows.get(row.conversation);
      const bucket = bucketOf(row.seq);
      const batch = open.get(nameOfBatch('messages', partitionOfMessages(row), base + stampOf(write)));
      if (!batch || written?.bucket !== bucket || written.members !== row.members) return true;
      const [state] = stateCells(row);
      const query = this.#in('INSERT INTO $.messages (conversation, bucket, state) VALUES (?, ?, ?)');
      batch.statements.push({ query, params: [row.conversation, bucket, state] });
      joined.add(batch);
      return false;
    });
    return { left, joined };
  }

  /** Ids of one shard and time, from whatever conversation, with those of other transactions. */
  #ids(writes: readonly Write[], base: number): ReadonlyMap<string, readonly Statement[]> {
    const byPartition = new Map<string, Statement[]>();
    for (const write of writes) {
      if (write.table !== 'ids') continue;
      const { partition, statement } = this.#id(write.row, base + stampOf(write));
      const statements = byPartition.get(partition);
      if (statements === undefined) byPartition.set(partition, [statement]);
      else statements.push(statement);
    }
    return byPartition;
  }

  #id(row: IdRow, stamp: number): { readonly partition: string; readonly statement: Statement } {
    const { columns, partition, values } = shapes.ids;
    const params = values(row);
    const query = `${this.#insert('ids', columns)} USING TIMESTAMP ?`;
    return { partition: params.slice(0, partition).join(' '), statement: { query, params: [...params, stamp] } };
  }

  #batches(writes: readonly Write[], base: number): readonly Batch[] {
    const batches: Batch[] = [];
    const open = new Map<string, Batch>();
    for (const write of writes) {
      const { partition, statements } = this.#statements(write);
      const stamp = write.table === 'marks' ? null : base + stampOf(write);
      const name = nameOfBatch(write.table, partition, stamp);
      let batch = open.get(name);
      if (batch === undefined || batch.statements.length >= cassandraBatchRows || batch.bytes >= cassandraBatchBytes) {
        batch = { name, stamp, statements: [], bytes: 0 };
        open.set(name, batch);
        batches.push(batch);
      }
      for (const statement of statements) {
        batch.statements.push(statement);
        for (const value of statement.params) if (value instanceof Uint8Array) batch.bytes += value.length;
      }
    }
    return batches;
  }

  #statements(write: Write): { readonly partition: string; readonly statements: readonly Statement[] } {
    switch (write.table) {
      case 'messages':
        return this.#message(write.row);
      case 'conversations':
        return { partition: write.row.conversation, statements: [this.#conversation(write.row)] };
      case 'marks':
        return { partition: write.row.conversation, statements: this.#mark(write.row) };
      default: {
        const { columns, partition, values } = shapes[write.table];
        const params = (values as (row: Write['row']) => Statement['params'])(write.row);
        const statement = { query: this.#insert(write.table, columns), params };
        return { partition: params.slice(0, partition).join(' '), statements: [statement] };
      }
    }
  }

  #message(row: MessageRow): { readonly partition: string; readonly statements: readonly Statement[] } {
    const statements = putMessage(this.#in('$.messages'), row, this.#parts.now());
    return { partition: partitionOfMessages(row), statements };
  }

  #conversation(row: ConversationRow): Statement {
    const [state, roster] = stateCells(row);
    const params = [row.conversation, row.seq, state];
    const written = this.#rows.get(row.conversation);
    const isKnown = written !== undefined && written.members === row.members;
    this.#remember(row);
    if (isKnown) return { query: this.#insert('conversations', ['conversation', 'seq', 'state']), params };
    const query = this.#insert('conversations', ['conversation', 'seq', 'state', 'roster']);
    return { query, params: [...params, roster] };
  }

  /** Each number is its own stamp, so the largest stays. A mark is never deleted. */
  #mark(row: MarkRow): readonly Statement[] {
    return (['delivered', 'read', 'change'] as const).map((name) => ({
      query: this.#in(`UPDATE $.marks USING TIMESTAMP ? SET ${name} = ? WHERE conversation = ? AND account = ?`),
      params: [row[name], row[name], row.conversation, row.account],
    }));
  }

  #insert(table: PlainTable | 'conversations', columns: readonly string[]): string {
    return this.#in(
      `INSERT INTO $.${nameOf(table)} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    );
  }

  #remember({ conversation, members, seq }: ConversationRow): void {
    this.#rows.delete(conversation);
    this.#rows.set(conversation, { members, bucket: bucketOf(seq) });
    if (this.#rows.size <= maxHeldRosters) return;
    const [oldest] = this.#rows.keys();
    if (oldest !== undefined) this.#rows.delete(oldest);
  }

  /** No more after the first fault. */
  async #all(batches: readonly Batch[]): Promise<void> {
    let hasFailed = false;
    const write = async (batch: Batch): Promise<void> => {
      if (hasFailed) return;
      await this.#write(batch).catch((error: unknown) => {
        hasFailed = true;
        throw error;
      });
    };
    await together(batches.map((batch) => this.#parts.lanes.run(() => write(batch))));
  }

  #write({ stamp, statements }: Batch): Promise<void> {
    const [only] = statements;
    const options = stamp === null ? {} : { stamp };
    if (statements.length > 1 || only === undefined) return this.#parts.session.batch(statements, options);
    return this.#parts.session.write(only.query, only.params, options);
  }

  #in(query: string): string {
    return inKeyspace(this.#parts.session, query);
  }
}

/** All of them, to their ends; then the first fault. Nothing is left under way behind one. */
async function together(writes: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(writes);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function nameOfBatch(table: Table, partition: string, stamp: number | null): string {
  return `${table} ${partition} ${stamp}`;
}

function partitionOfMessages({ conversation, seq }: Pick<MessageRow, 'conversation' | 'seq'>): string {
  return `${conversation} ${bucketOf(seq)}`;
}

function stampOf({ table, stamp }: Write): number {
  assert(stamp !== undefined, `a row of ${table} for several writers has a stamp`);
  return stamp;
}
