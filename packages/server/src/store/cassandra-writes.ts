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
import { bucketBegunBy, bucketOf, nameOf, type PlainTable, shapes, stateCells } from './cassandra-tables.ts';
import type { ConversationRow, IdRow, MarkRow, MessageRow, Table, Write } from './store.ts';

/** Statements of one partition. Without a stamp each of them has its own. */
interface Batch {
  /** Table, partition and stamp. */
  readonly name: string;
  readonly stamp: number | null;
  readonly statements: Statement[];
  bytes: number;
}

/** With which members a conversation was last written here, and beside the messages of which bucket. */
interface Written {
  readonly members: ConversationRow['members'];
  readonly bucket: number;
}

/** What the states of a transaction become, in the order in which they are written. */
interface States {
  /** Batches of messages that they are in. */
  readonly joined: Set<Batch>;
  /** Own rows of what is new. */
  readonly made: Batch[];
  /** Those that stand beside the newest messages by themselves. */
  readonly beside: Batch[];
  /** Beside the messages of buckets that were left: a state that is not of there leads on. */
  readonly left: Batch[];
  /** Own rows of what is in another bucket now. */
  readonly moved: Batch[];
}

/** What is written with. */
export interface WritesParts {
  readonly session: CassandraSession;
  readonly now: () => number;
  /** Shared by all transactions of the process. */
  readonly lanes: Lanes;
  readonly ids: Gathered;
  /** Of the log. */
  readonly partitions: number;
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
    const facts = writes.filter(({ table }) => table === 'facts');
    const ids = this.#ids(writes, base);
    const batches = this.#batches(counted, base);
    try {
      const { joined, made, beside, left, moved } = this.#states(writes, batches, base);
      const before = batches.filter((batch) => !joined.has(batch));
      await together([this.#all(before), ...[...ids].map(([partition, all]) => this.#parts.ids.put(partition, all))]);
      await this.#all([...joined, ...made, ...this.#batches(facts, base)]);
      // Whoever takes over and finds the new state writes nothing of before it again. [STR44]
      for (const wave of [beside, left, moved]) await this.#all(wave);
    } catch (error) {
      this.#rows.clear();
      throw error;
    }
  }

  /**
   * States of conversations go with their newest messages, where those are one batch: one write instead of two. A
   * conversation that is new, or of which nothing is known, has its own row written before. One that enters another
   * bucket stands there first, then the buckets that it left lead there, and then its own row does.
   */
  #states(writes: readonly Write[], batches: readonly Batch[], base: number): States {
    const open = new Map<string, Batch | null>();
    // Of a partition with several batches none is known to be the last one that is made.
    for (const batch of batches) open.set(batch.name, open.has(batch.name) ? null : batch);
    const begun = begunBuckets(writes);
    const states: States = { joined: new Set(), made: [], beside: [], left: [], moved: [] };
    for (const write of writes) {
      if (write.table !== 'conversations') continue;
      const { row } = write;
      const stamp = base + stampOf(write);
      const batch = open.get(nameOfBatch('messages', partitionOfMessages(row), stamp));
      const written = this.#rows.get(row.conversation);
      const left = new Set((begun.get(row.conversation) ?? []).map((bucket) => bucket - 1));
      if (written !== undefined && written.bucket !== bucketOf(row.seq)) left.add(written.bucket);
      const isOwn = left.size > 0 || (!batch && written === undefined);
      // Nothing is before the first one.
      left.delete(-1);
      const beside = this.#beside(row);
      if (isOwn) (left.size > 0 ? states.moved : states.made).push(batchOf(stamp, this.#own(row)));
      for (const bucket of left) states.left.push(batchOf(stamp, this.#state(row, bucket)));
      if (isOwn || !batch) states.beside.push(batchOf(stamp, beside));
      else {
        batch.statements.push(beside);
        states.joined.add(batch);
      }
    }
    return states;
  }

  /** State and members beside the newest messages; the members only when they are not known to stand there. [STR18] */
  #beside(row: ConversationRow): Statement {
    const { conversation, members } = row;
    const bucket = bucketOf(row.seq);
    const [state, roster] = stateCells(row);
    const written = this.#rows.get(conversation);
    this.#remember({ members, bucket }, conversation);
    if (written?.bucket === bucket && written.members === members) return this.#state(row, bucket);
    const query = this.#in('INSERT INTO $.messages (conversation, bucket, state, roster) VALUES (?, ?, ?, ?)');
    return { query, params: [conversation, bucket, state, roster] };
  }

  #state(row: ConversationRow, bucket: number): Statement {
    const query = this.#in('INSERT INTO $.messages (conversation, bucket, state) VALUES (?, ?, ?)');
    return { query, params: [row.conversation, bucket, stateCells(row)[0]] };
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
    const params = values(row, this.#parts.partitions);
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
        return { partition: write.row.conversation, statements: [this.#own(write.row)] };
      case 'marks':
        return { partition: write.row.conversation, statements: this.#mark(write.row) };
      default: {
        const { columns, partition, values } = shapes[write.table];
        const valuesOf = values as (row: Write['row'], partitions: number) => Statement['params'];
        const params = valuesOf(write.row, this.#parts.partitions);
        const statement = { query: this.#insert(write.table, columns), params };
        return { partition: params.slice(0, partition).join(' '), statements: [statement] };
      }
    }
  }

  #message(row: MessageRow): { readonly partition: string; readonly statements: readonly Statement[] } {
    const statements = putMessage(this.#in('$.messages'), row, this.#parts.now());
    return { partition: partitionOfMessages(row), statements };
  }

  #own(row: ConversationRow): Statement {
    const query = this.#insert('conversations', ['conversation', 'seq', 'state', 'roster']);
    return { query, params: [row.conversation, row.seq, ...stateCells(row)] };
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

  #remember(written: Written, conversation: string): void {
    this.#rows.delete(conversation);
    this.#rows.set(conversation, written);
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

/** The buckets whose first messages are among these, of each conversation. */
function begunBuckets(writes: readonly Write[]): ReadonlyMap<string, readonly number[]> {
  const begun = new Map<string, number[]>();
  for (const write of writes) {
    const bucket = write.table === 'messages' ? bucketBegunBy(write.row.seq) : null;
    if (write.table !== 'messages' || bucket === null) continue;
    begun.set(write.row.conversation, [...(begun.get(write.row.conversation) ?? []), bucket]);
  }
  return begun;
}

/** A batch of one statement that no other joins. */
function batchOf(stamp: number, statement: Statement): Batch {
  return { name: '', stamp, statements: [statement], bytes: 0 };
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
