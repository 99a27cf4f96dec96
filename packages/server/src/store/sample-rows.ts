// Rows for tests: valid ids from small numbers, a whole row of each table with what the test cares about, and any row
// at all for properties. Tests only.
import type { AccountId, ConversationId, InviteId, MessageId, MessageKind, Role } from '@parley/protocol';
import fc from 'fast-check';
import type { ConversationRow, IdRow, MemberRow, MessageRow, PendingState, Tables, Write } from './store.ts';

export const conversationId = (n: number) => `c_${String(n).padStart(22, '0')}` as ConversationId;
export const accountId = (n: number) => `a_${String(n).padStart(22, '0')}` as AccountId;
export const messageId = (n: number) => `0198f3a0-0000-7000-8000-${n.toString(16).padStart(12, '0')}` as MessageId;

/** A message whose tail and id tell its place. */
export function messageRow(n: number, seq: number, over: Partial<MessageRow> = {}): MessageRow {
  return {
    conversation: conversationId(n),
    seq,
    ord: seq,
    id: messageId(n * 100_000 + seq),
    sender: accountId(n),
    kind: 'content',
    lamport: seq + 1,
    memberN: 1,
    time: 1_795_000_000_000 + seq,
    expiresAt: null,
    deletedBy: null,
    hiddenFrom: [],
    request: false,
    tail: new TextEncoder().encode(`"content":"Zürich ${n}/${seq}"`),
    ...over,
  };
}

export function conversationRow(n: number, over: Partial<ConversationRow> = {}): ConversationRow {
  return {
    conversation: conversationId(n),
    kind: 'group',
    creator: accountId(n),
    createdAt: 1_795_000_000_000,
    seq: 1,
    ord: 0,
    lamport: 1,
    time: 1_795_000_000_000,
    offset: 0,
    memberN: 1,
    head: '',
    memberCount: 1,
    members: new Map([[accountId(n), { role: 'owner', joinedSeq: 1 }]]),
    invites: [],
    pending: [],
    title: '',
    topic: '',
    access: 'invite',
    history: 'none',
    timerSeconds: 0,
    accepted: true,
    requestedBy: null,
    contact: false,
    wrote: [],
    ...over,
  };
}

export function memberRow(n: number, account: number, joinedSeq: number, over: Partial<MemberRow> = {}): MemberRow {
  return {
    conversation: conversationId(n),
    account: accountId(account),
    joinedSeq,
    leftSeq: null,
    role: 'member',
    ...over,
  };
}

export function idRow(n: number, seq: number, over: Partial<IdRow> = {}): IdRow {
  const { conversation, sender, id } = messageRow(n, seq);
  return { conversation, sender, id, seq, code: '', logId: 'log', offset: seq, ...over };
}

export const put = <T extends keyof Tables>(table: T, ...rows: readonly Tables[T][]): Write[] =>
  rows.map((row) => ({ table, row }) as unknown as Write);

const kinds: readonly MessageKind[] = ['content', 'quiet', 'delete', 'timer', 'setting', 'members'];
const roles: readonly Role[] = ['owner', 'admin', 'member'];
const integer = fc.oneof(fc.nat(300), fc.maxSafeNat());
const flag = fc.boolean();
const record = <Row extends object>(model: { [K in keyof Row]: fc.Arbitrary<Row[K]> }) =>
  fc.record<Row>(model, { noNullPrototype: true });
const text = fc.oneof(fc.string({ maxLength: 8 }), fc.string({ unit: 'grapheme', maxLength: 40 }));
const orNull = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null });

/** A write of any table, in a small world of conversations and accounts that starts at `base`. */
export function anyWrite(base: number): fc.Arbitrary<Write> {
  const conversation = fc.nat(2).map((n) => conversationId(base + n));
  const account = fc.nat(4).map((n) => accountId(base + n));
  const seq = fc.integer({ min: 1, max: 12 });
  const id = fc.oneof(
    fc.nat(20).map(messageId),
    fc.uuid({ version: 7 }).map((each) => each as MessageId),
  );
  const accounts = fc.array(account, { maxLength: 3 });
  const asked = record({ open: flag, seq });
  const rows: { readonly [T in keyof Tables]: fc.Arbitrary<Tables[T]> } = {
    messages: record({
      conversation,
      seq,
      id,
      ord: integer,
      sender: account,
      kind: fc.constantFrom(...kinds),
      lamport: integer,
      memberN: integer,
      time: integer,
      expiresAt: orNull(integer),
      deletedBy: orNull(integer),
      hiddenFrom: accounts,
      request: flag,
      tail: fc.uint8Array({ maxLength: 300 }),
    }),
    conversations: anyConversation(conversation, account),
    ids: record({ conversation, sender: account, id, seq: integer, code: text, logId: text, offset: integer }),
    members: record({
      conversation,
      account,
      joinedSeq: seq,
      leftSeq: orNull(integer),
      role: fc.constantFrom(...roles),
      called: fc.option(record({ title: text, topic: text }), { nil: undefined }),
    }).map(({ called, ...row }) => (called === undefined ? row : { ...row, called })),
    memberships: record({ account, conversation, left: flag, asked: fc.option(asked, { nil: undefined }) }).map(
      ({ asked: at, ...row }) => (at === undefined ? row : { ...row, asked: at }),
    ),
    entries: record({ conversation, n: seq, seq: integer, text }),
    settings: record({ account, key: fc.nat(8).map((n) => `own/${n}`), value: text, seq: integer }),
    marks: record({ conversation, account, delivered: integer, read: integer, change: integer }),
    facts: record({ name: fc.nat(6).map((n) => `fact-${base}-${n}`), value: text }),
  };
  const writes = Object.entries(rows).map(([table, row]) =>
    (row as fc.Arbitrary<unknown>).map((each) => ({ table, row: each }) as Write),
  );
  return fc.oneof(...writes);
}

function anyConversation(
  conversation: fc.Arbitrary<ConversationId>,
  account: fc.Arbitrary<AccountId>,
): fc.Arbitrary<Tables['conversations']> {
  const membership = record({ role: fc.constantFrom(...roles), joinedSeq: integer });
  const members = orNull(fc.array(fc.tuple(account, membership), { maxLength: 4 }).map((pairs) => new Map(pairs)));
  const invite = record({
    id: fc.nat(9).map((n) => `i_${String(n).padStart(22, '0')}` as InviteId),
    secretHash: text,
    createdBy: account,
    expiresAt: orNull(integer),
    usesLeft: orNull(integer),
  });
  const pending = record<PendingState>({
    account,
    state: fc.constantFrom('invited', 'waiting', 'declined', 'refused'),
    by: account,
    role: fc.constantFrom(...roles),
    at: integer,
    seq: integer,
  });
  const kindOfConversation = fc.constantFrom('direct', 'group', 'room', 'account');
  return record({
    conversation,
    kind: kindOfConversation,
    creator: account,
    createdAt: integer,
    seq: integer,
    ord: integer,
    lamport: integer,
    time: integer,
    offset: integer,
    memberN: integer,
    head: text,
    memberCount: integer,
    members,
    invites: fc.array(invite, { maxLength: 3 }),
    title: text,
    topic: text,
    access: fc.constantFrom('open', 'invite'),
    history: fc.constantFrom('none', 'all'),
    timerSeconds: integer,
    accepted: flag,
    requestedBy: orNull(account),
    contact: flag,
    wrote: fc.array(account, { maxLength: 3 }),
    pending: fc.array(pending, { maxLength: 3 }),
  });
}
