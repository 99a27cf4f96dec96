// The tables of the store in Cassandra, and how a row of the port is written to and read from each. A row is a few cells
// of one stamp; no cell is ever empty, for emptiness would be a tombstone. Messages stand in buckets of dense seqs, ids
// in buckets of their time, those of many conversations together. Pure.
import type { AccountId, ConversationId, Role } from '@parley/protocol';
import type { Row, Schema, Value } from '../engines/cassandra-session.ts';
import { cassandraIdSeconds } from '../kernel/engine-limits.ts';
import type { ConversationRow, MemberRow, Membership, MembershipRow, Table, Tables } from './store.ts';

/** Released steps never change; a new one is added below. */
export const storeSchema: Schema = {
  name: 'store',
  steps: [
    [
      `CREATE TABLE IF NOT EXISTS $.messages (conversation text, bucket bigint, seq bigint, head blob, tail blob, rest blob,
        PRIMARY KEY ((conversation, bucket), seq)) WITH CLUSTERING ORDER BY (seq DESC)
        AND compaction = {'class': 'UnifiedCompactionStrategy', 'scaling_parameters': 'T4,L8'}`,
      `CREATE TABLE IF NOT EXISTS $.ids (conversation text, bucket text, sender text, id text, seq bigint, code text,
        log_id text, log_offset bigint, PRIMARY KEY ((conversation, bucket), sender, id))
        WITH default_time_to_live = ${cassandraIdSeconds}`,
      `CREATE TABLE IF NOT EXISTS $.conversations (conversation text PRIMARY KEY, seq bigint, state text, roster text)`,
      `CREATE TABLE IF NOT EXISTS $.members (conversation text, account text, joined_seq bigint, left_seq bigint, role text,
        called text, PRIMARY KEY (conversation, account, joined_seq))`,
      `CREATE TABLE IF NOT EXISTS $.memberships (account text, conversation text, has_left boolean, asked bigint,
        PRIMARY KEY (account, conversation))`,
      `CREATE TABLE IF NOT EXISTS $.group_entries (conversation text, n bigint, seq bigint, text text, PRIMARY KEY (conversation, n))`,
      `CREATE TABLE IF NOT EXISTS $.settings (account text, key text, value text, seq bigint, PRIMARY KEY (account, key))`,
      `CREATE TABLE IF NOT EXISTS $.marks (conversation text, account text, delivered bigint, read bigint, change bigint,
        PRIMARY KEY (conversation, account))`,
      `CREATE TABLE IF NOT EXISTS $.facts (whole int, name text, value text, PRIMARY KEY (whole, name))`,
      `CREATE TABLE IF NOT EXISTS $.applied (whole int, partition int, log_id text, log_offset bigint, as_of bigint,
        PRIMARY KEY (whole, partition))`,
      `CREATE TABLE IF NOT EXISTS $.logs (whole int, log_id text, base bigint, PRIMARY KEY (whole, log_id))`,
    ],
    [
      `CREATE TABLE IF NOT EXISTS $.identities (shard int, bucket text, conversation text, sender text, id text, seq bigint,
        code text, log_id text, log_offset bigint, PRIMARY KEY ((shard, bucket), conversation, sender, id))
        WITH default_time_to_live = ${cassandraIdSeconds}`,
      'DROP TABLE IF EXISTS $.ids',
    ],
    ['ALTER TABLE $.messages ADD IF NOT EXISTS state text static'],
    ['ALTER TABLE $.messages ADD IF NOT EXISTS roster text static'],
  ],
};

/** Seqs of one partition of messages: 2,048. */
const bucketBits = 11;
/**
 * The ids of so many partitions of the log stand together, whatever their conversation: then many are one write, and no
 * place is too hot for a cluster of that size.
 */
const partitionsOfIdShard = 32;
/** The tables that are one partition have this key. */
export const whole = 0;

/** In which partition of its conversation a seq stands. */
export function bucketOf(seq: number): number {
  return Math.floor(seq / 2 ** bucketBits);
}

/** The partition that begins with a seq; null: none does. */
export function bucketBegunBy(seq: number): number | null {
  if (seq === 1) return 0;
  return seq % 2 ** bucketBits === 0 ? bucketOf(seq) : null;
}

/**
 * In which partition an id stands: that of its conversation's shard and of four seconds of its own time (UUIDv7).
 * `partitions`: of the log, which never change.
 */
export function idPartitionOf(
  conversation: string,
  id: string,
  partitions: number,
): readonly [shard: number, bucket: string] {
  const shards = Math.max(1, Math.floor(partitions / partitionsOfIdShard));
  let sum = 0;
  for (let at = 0; at < conversation.length; at++) sum += conversation.charCodeAt(at);
  return [sum % shards, `${id.slice(0, 8)}${id.slice(9, 10)}`];
}

/** What stands for no value. */
const nothing = -1;

/** `entries` is a word of the language; the first table of ids stood in another order. */
const names: Readonly<Partial<Record<Table, string>>> = { entries: 'group_entries', ids: 'identities' };

/** What a table is called there. */
export function nameOf(table: Table): string {
  return names[table] ?? table;
}

/** Tables whose rows are a list of cells; messages, conversations and marks are written in their own ways. */
export type PlainTable = Exclude<Table, 'messages' | 'conversations' | 'marks'>;

interface Shape<T extends Table> {
  /** The partition first. */
  readonly columns: readonly string[];
  /** How many of them make the partition. */
  readonly partition: number;
  /** `partitions`: of the log. */
  readonly values: (row: Tables[T], partitions: number) => readonly Value[];
  readonly row: (found: Row) => Tables[T];
}

export const shapes: { readonly [T in PlainTable]: Shape<T> } = {
  ids: {
    columns: ['shard', 'bucket', 'conversation', 'sender', 'id', 'seq', 'code', 'log_id', 'log_offset'],
    partition: 2,
    values: ({ conversation, sender, id, seq, code, logId, offset }, partitions) => [
      ...idPartitionOf(conversation, id, partitions),
      conversation,
      sender,
      id,
      seq,
      code,
      logId,
      offset,
    ],
    row: (found) => ({
      conversation: found.conversation as ConversationId,
      sender: found.sender as AccountId,
      id: found.id as Tables['ids']['id'],
      seq: Number(found.seq),
      code: String(found.code),
      logId: String(found.log_id),
      offset: Number(found.log_offset),
    }),
  },
  members: {
    columns: ['conversation', 'account', 'joined_seq', 'left_seq', 'role', 'called'],
    partition: 1,
    values: ({ conversation, account, joinedSeq, leftSeq, role, called }) => {
      const name = called === undefined ? '' : JSON.stringify(called);
      return [conversation, account, joinedSeq, leftSeq ?? nothing, role, name];
    },
    row: (found) => ({
      conversation: found.conversation as ConversationId,
      account: found.account as AccountId,
      joinedSeq: Number(found.joined_seq),
      leftSeq: found.left_seq === nothing ? null : Number(found.left_seq),
      role: found.role as Role,
      ...(found.called !== '' && { called: JSON.parse(String(found.called)) as NonNullable<MemberRow['called']> }),
    }),
  },
  memberships: {
    columns: ['account', 'conversation', 'has_left', 'asked'],
    partition: 1,
    values: ({ account, conversation, left, asked }) => [
      account,
      conversation,
      left,
      asked === undefined ? nothing : 2 * asked.seq + (asked.open ? 1 : 0),
    ],
    row: (found) => ({
      account: found.account as AccountId,
      conversation: found.conversation as ConversationId,
      left: found.has_left === true,
      ...askedOf(Number(found.asked)),
    }),
  },
  entries: {
    columns: ['conversation', 'n', 'seq', 'text'],
    partition: 1,
    values: ({ conversation, n, seq, text }) => [conversation, n, seq, text],
    row: (found) => ({
      conversation: found.conversation as ConversationId,
      n: Number(found.n),
      seq: Number(found.seq),
      text: String(found.text),
    }),
  },
  settings: {
    columns: ['account', 'key', 'value', 'seq'],
    partition: 1,
    values: ({ account, key, value, seq }) => [account, key, value, seq],
    row: (found) => ({
      account: found.account as AccountId,
      key: String(found.key),
      value: String(found.value),
      seq: Number(found.seq),
    }),
  },
  facts: {
    columns: ['whole', 'name', 'value'],
    partition: 1,
    values: ({ name, value }) => [whole, name, value],
    row: (found) => ({ name: String(found.name), value: String(found.value) }),
  },
};

function askedOf(asked: number): Pick<MembershipRow, 'asked'> {
  return asked === nothing ? {} : { asked: { open: asked % 2 === 1, seq: Math.floor(asked / 2) } };
}

/** Of a conversation: everything but the members, and the members. */
export function stateCells(row: ConversationRow): readonly [state: string, roster: string] {
  const { members, ...state } = row;
  return [JSON.stringify(state), JSON.stringify(members === null ? null : [...members])];
}

/** What stands beside the messages of a bucket, where state and members are there and no later bucket has begun. [STR44] */
export function conversationBeside(beside: Row | undefined, bucket: number): ConversationRow | undefined {
  if ((beside?.state ?? null) === null || (beside?.roster ?? null) === null) return undefined;
  const row = conversationOf(beside?.state, beside?.roster);
  return bucketOf(row.seq) === bucket ? row : undefined;
}

/** To which bucket that state leads. */
export function bucketBeside(beside: Row | undefined): number {
  if ((beside?.state ?? null) === null) return 0;
  return bucketOf((JSON.parse(String(beside?.state)) as ConversationRow).seq);
}

/** The newer state of the two counts; `beside` is what stands beside the newest messages, without members. */
export function conversationFrom(found: Row, beside: Row | undefined): ConversationRow {
  const isOlder = (beside?.state ?? null) !== null && Number(beside?.stamp) > Number(found.stamp);
  return conversationOf((isOlder ? beside : found)?.state, found.roster);
}

function conversationOf(state: Value | undefined, roster: Value | undefined): ConversationRow {
  const members = JSON.parse(String(roster)) as readonly (readonly [AccountId, Membership])[] | null;
  const rest = JSON.parse(String(state)) as Omit<ConversationRow, 'members'>;
  return { ...rest, members: members === null ? null : new Map(members) };
}
