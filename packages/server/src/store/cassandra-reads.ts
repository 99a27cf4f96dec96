// Reading rows from Cassandra: by key, and slices of a partition in both directions. A slice of messages goes from
// bucket to bucket; seqs are dense, so an empty bucket has nothing after it.
import { inKeyspace } from '../engines/cassandra-schema.ts';
import type { CassandraSession, Row, Value } from '../engines/cassandra-session.ts';
import { cassandraSliceRows, maxNewestBuckets } from '../kernel/engine-limits.ts';
import { messageColumns, messageRow } from './cassandra-messages.ts';
import {
  bucketBeside,
  bucketOf,
  conversationBeside,
  conversationFrom,
  idPartitionOf,
  nameOf,
  type PlainTable,
  shapes,
  whole,
} from './cassandra-tables.ts';
import type { KeyPart } from './keys.ts';
import type { ConversationRow, Keys, MarkRow, MessageRow, Range, Table, Tables } from './store.ts';

const markColumns = 'conversation, account, delivered, read, change';

/**
 * Where the newest messages of long conversations stood when their states were last read. It may be behind: what stands
 * there says so. Shared by the stores of a process.
 */
export class NewestBuckets {
  readonly #known = new Map<string, number>();

  of(conversation: string): number {
    return this.#known.get(conversation) ?? 0;
  }

  note(conversation: string, bucket: number): void {
    this.#known.delete(conversation);
    this.#known.set(conversation, bucket);
    if (this.#known.size <= maxNewestBuckets) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}

/** What is read with. */
export interface ReadsParts {
  readonly session: CassandraSession;
  /** Says which messages are over. */
  readonly now: () => number;
  readonly newestBuckets: NewestBuckets;
  /** Of the log. */
  readonly partitions: number;
}

/** Reads with one session. */
export class CassandraReads {
  readonly #session: CassandraSession;
  readonly #now: () => number;
  readonly #newestBuckets: NewestBuckets;
  readonly #partitions: number;

  constructor({ session, now, newestBuckets, partitions }: ReadsParts) {
    this.#session = session;
    this.#now = now;
    this.#newestBuckets = newestBuckets;
    this.#partitions = partitions;
  }

  async get<T extends Table>(table: T, key: Keys[T]): Promise<Tables[T] | undefined> {
    return (await this.#get(table, key)) as Tables[T] | undefined;
  }

  async list<T extends Table>(table: T, range: Range): Promise<readonly Tables[T][]> {
    return (await this.#list(table, range)) as readonly Tables[Table][] as readonly Tables[T][];
  }

  async #get(table: Table, key: Keys[Table]): Promise<Tables[Table] | undefined> {
    const [part, second, third] = key as readonly [string, KeyPart?, KeyPart?];
    switch (table) {
      case 'messages': {
        const where = 'conversation = ? AND bucket = ? AND seq = ?';
        const params = [part, bucketOf(Number(second)), Number(second)];
        const [found] = await this.#read(`SELECT ${messageColumns} FROM $.messages WHERE ${where}`, params);
        return found && messageRow(found, this.#now());
      }
      case 'conversations':
        return this.#conversation(part);
      case 'marks': {
        const where = 'conversation = ? AND account = ?';
        const [found] = await this.#read(`SELECT ${markColumns} FROM $.marks WHERE ${where}`, [part, String(second)]);
        return found && markRow(found);
      }
      case 'ids': {
        const id = String(third);
        return this.#plain(table, [...idPartitionOf(part, id, this.#partitions), part, String(second), id]);
      }
      case 'facts':
        return this.#plain(table, [whole, part]);
      default:
        return this.#plain(table, key as readonly KeyPart[]);
    }
  }

  async #plain(table: PlainTable, key: readonly Value[]): Promise<Tables[PlainTable] | undefined> {
    const { columns, row } = shapes[table];
    const where = columns.slice(0, key.length).map((name) => `${name} = ?`);
    const [found] = await this.#read(
      `SELECT ${columns.join(', ')} FROM $.${nameOf(table)} WHERE ${where.join(' AND ')}`,
      key,
    );
    return found && row(found);
  }

  /** One read where state and members stand beside the newest messages: nearly always. [STR44] */
  async #conversation(conversation: string): Promise<ConversationRow | undefined> {
    const query = 'SELECT seq, state, WRITETIME(state) AS stamp, roster FROM $.conversations WHERE conversation = ?';
    // Where its own row decides, what stands beside the messages has been read before: a row that is older than that has
    // then the members of that time.
    for (let bucket = this.#newestBuckets.of(conversation); ; ) {
      const beside = await this.#beside(conversation, bucket);
      const row = conversationBeside(beside, bucket);
      if (row !== undefined) return row;
      const [found] = await this.#read(query, [conversation]);
      const next = Math.max(found === undefined ? 0 : bucketOf(Number(found.seq)), bucketBeside(beside));
      if (next <= bucket) return found && conversationFrom(found, beside);
      this.#newestBuckets.note(conversation, next);
      bucket = next;
    }
  }

  /** State and members that stand beside the messages of a bucket. */
  async #beside(conversation: string, bucket: number): Promise<Row | undefined> {
    const where = 'conversation = ? AND bucket = ?';
    const query = `SELECT state, WRITETIME(state) AS stamp, roster FROM $.messages WHERE ${where} LIMIT 1`;
    const [found] = await this.#read(query, [conversation, bucket]);
    return found;
  }

  async #list(table: Table, range: Range): Promise<readonly Tables[Table][]> {
    if (table === 'messages') return this.#messages(range);
    if (table === 'conversations') return this.#everyConversation(range);
    if (table === 'marks')
      return (await this.#slice(table, ['conversation', 'account'], markColumns, range)).map(markRow);
    const { columns, row } = shapes[table];
    const key = columns.slice(0, keyColumns[table]);
    const given = table === 'facts' ? { ...range, prefix: [whole, ...range.prefix] } : range;
    return (await this.#slice(table, key, columns.join(', '), given)).map(row as (found: Row) => Tables[PlainTable]);
  }

  /** A slice by clustering columns. Tuples compare part by part, and one may be shorter than the key. */
  #slice(table: Table, key: readonly string[], columns: string, range: Slice): Promise<readonly Row[]> {
    const { prefix, after, before, limit, reverse } = range;
    const rest = key.slice(prefix.length);
    const conditions = prefix.map((_, at) => `${key[at]} = ?`);
    if (after !== undefined) conditions.push(compared(rest, after, '>'));
    if (before !== undefined) conditions.push(compared(rest, before, '<'));
    const order = key.slice(1).map((name) => `${name} ${reverse === true ? 'DESC' : 'ASC'}`);
    const query = `SELECT ${columns} FROM $.${nameOf(table)} WHERE ${conditions.join(' AND ')} ORDER BY ${order.join(', ')} LIMIT ?`;
    return this.#collect(query, [...prefix, ...(after ?? []), ...(before ?? []), limit], limit);
  }

  async #messages({ prefix, after, before, limit, reverse }: Range): Promise<readonly MessageRow[]> {
    const conversation = String(prefix[0]);
    const low = after === undefined ? 0 : Number(after[0]) + 1;
    const high = before === undefined ? Number.MAX_SAFE_INTEGER : Number(before[0]) - 1;
    const ends = { conversation, low, high, reverse: reverse === true };
    const rows: Row[] = [];
    if (high < low) return [];
    let bucket = reverse === true ? await this.#top(conversation, before === undefined ? null : high) : bucketOf(low);
    while (rows.length < limit && bucket >= bucketOf(low) && bucket <= bucketOf(high)) {
      const found = await this.#bucket(bucket, ends, limit - rows.length);
      if (found.length === 0) break;
      rows.push(...found);
      bucket += reverse === true ? -1 : 1;
    }
    const now = this.#now();
    return rows.map((found) => messageRow(found, now));
  }

  #bucket(bucket: number, ends: Ends, limit: number): Promise<readonly Row[]> {
    const where = 'conversation = ? AND bucket = ? AND seq >= ? AND seq <= ?';
    const order = ends.reverse ? 'DESC' : 'ASC';
    const query = `SELECT ${messageColumns} FROM $.messages WHERE ${where} ORDER BY seq ${order} LIMIT ?`;
    return this.#collect(query, [ends.conversation, bucket, ends.low, ends.high, limit], limit);
  }

  /**
   * The bucket to begin with backwards: where the bound is, or where the conversation's state says that its newest
   * message is. When there is nothing (a bound far beyond the end, rows without a conversation) the last one is searched for.
   */
  async #top(conversation: string, bound: number | null): Promise<number> {
    const newest = bound ?? (await this.#conversation(conversation))?.seq ?? null;
    if (newest !== null && (await this.#isFilled(conversation, bucketOf(newest)))) return bucketOf(newest);
    let step = 1;
    let filled = 0;
    while (await this.#isFilled(conversation, filled + step)) {
      filled += step;
      step *= 2;
    }
    for (; step >= 1; step = Math.floor(step / 2))
      if (await this.#isFilled(conversation, filled + step)) filled += step;
    return filled;
  }

  async #isFilled(conversation: string, bucket: number): Promise<boolean> {
    const query = 'SELECT seq FROM $.messages WHERE conversation = ? AND bucket = ? LIMIT 1';
    const [found] = await this.#read(query, [conversation, bucket]);
    // What stands beside messages comes without any, too.
    return (found?.seq ?? null) !== null;
  }

  /** All of them, in key order: for moving a whole server, not for serving. The engine has another order. */
  async #everyConversation({ after, before, limit, reverse }: Range): Promise<readonly ConversationRow[]> {
    const names: string[] = [];
    let from: string | null = null;
    do {
      const page = await this.#session.page(this.#in('SELECT conversation FROM $.conversations'), [], from);
      names.push(...page.rows.map(({ conversation }) => String(conversation)));
      from = page.next;
    } while (from !== null);
    const wanted = names.filter(
      (name) => (after === undefined || name > String(after[0])) && (before === undefined || name < String(before[0])),
    );
    wanted.sort();
    if (reverse === true) wanted.reverse();
    const rows: ConversationRow[] = [];
    for (const name of wanted.slice(0, limit)) {
      const row = await this.#conversation(name);
      if (row !== undefined) rows.push(row);
    }
    return rows;
  }

  async #collect(query: string, params: readonly Value[], limit: number): Promise<readonly Row[]> {
    const rows: Row[] = [];
    let from: string | null = null;
    do {
      const page = await this.#session.page(this.#in(query), params, from, Math.min(limit, cassandraSliceRows));
      rows.push(...page.rows);
      from = page.next;
    } while (from !== null && rows.length < limit);
    return rows;
  }

  #read(query: string, params: readonly Value[]): Promise<readonly Row[]> {
    return this.#session.read(this.#in(query), params);
  }

  #in(query: string): string {
    return inKeyspace(this.#session, query);
  }
}

interface Ends {
  readonly conversation: string;
  readonly low: number;
  readonly high: number;
  readonly reverse: boolean;
}

type Slice = Omit<Range, 'prefix'> & { readonly prefix: readonly KeyPart[] };

/** How many columns are the key of a table, its partition included. */
const keyColumns: Readonly<Record<PlainTable, number>> = {
  ids: 5,
  members: 3,
  memberships: 2,
  entries: 2,
  settings: 2,
  facts: 2,
};

function compared(rest: readonly string[], bound: readonly KeyPart[], sign: '<' | '>'): string {
  return `(${rest.slice(0, bound.length).join(', ')}) ${sign} (${bound.map(() => '?').join(', ')})`;
}

function markRow(found: Row): MarkRow {
  return {
    conversation: found.conversation as MarkRow['conversation'],
    account: found.account as MarkRow['account'],
    delivered: Number(found.delivered),
    read: Number(found.read),
    change: Number(found.change),
  };
}
