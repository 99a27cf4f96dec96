// Rows ⇄ the columns that SQLite keeps, as values in a buffer. Runs on the main thread, so that the workers move
// bytes without knowing what they mean. The order of the values is the order of the columns in `sqlite-schema.ts`.
import type { AccountId, ConversationId, Role } from '@parley/protocol';
import { assert } from '../kernel/assert.ts';
import { readMessage, writeMessage } from './message-codec.ts';
import type {
  ConversationRow,
  IdRow,
  InviteState,
  MemberRow,
  Membership,
  MembershipRow,
  PendingState,
  Table,
  Tables,
} from './store.ts';
import type { ValueReader, ValueWriter } from './values.ts';

const emptyList = '[]';
const none: readonly never[] = Object.freeze([]);
/** Numbers of the roles on disk: never changed, only added to. */
const roleNumbers: Readonly<Record<Role, number>> = { owner: 1, admin: 2, member: 3 };
const roleByNumber = new Map(Object.entries(roleNumbers).map(([role, number]) => [number, role as Role]));

interface Codec<Row> {
  write(out: ValueWriter, row: Row): void;
  read(from: ValueReader): Row;
}

/** How the rows of each table are written and read. */
export const codecs: { readonly [T in Table]: Codec<Tables[T]> } = {
  conversations: { write: writeConversation, read: readConversation },
  messages: { write: writeMessage, read: readMessage },
  ids: { write: writeId, read: readId },
  members: {
    write(out, row) {
      out.text(row.conversation);
      out.text(row.account);
      out.integer(row.joinedSeq);
      out.integer(row.leftSeq);
      out.text(row.role);
      out.text(row.called === undefined ? null : JSON.stringify(row.called));
    },
    read: (from) => ({
      conversation: from.text() as ConversationId,
      account: from.text() as AccountId,
      joinedSeq: from.integer(),
      leftSeq: from.integerOrNull(),
      role: from.text() as Role,
      ...readCalled(from.textOrNull()),
    }),
  },
  memberships: {
    write(out, row) {
      out.text(row.account);
      out.text(row.conversation);
      out.integer(row.left ? 1 : 0);
      out.integer(row.asked === undefined ? null : row.asked.seq * 2 + (row.asked.open ? 1 : 0));
    },
    read: (from) => ({
      account: from.text() as AccountId,
      conversation: from.text() as ConversationId,
      left: from.integer() === 1,
      ...readAsked(from.integerOrNull()),
    }),
  },
  entries: {
    write(out, row) {
      out.text(row.conversation);
      out.integer(row.n);
      out.integer(row.seq);
      out.text(row.text);
    },
    read: (from) => ({
      conversation: from.text() as ConversationId,
      n: from.integer(),
      seq: from.integer(),
      text: from.text(),
    }),
  },
  settings: {
    write(out, row) {
      out.text(row.account);
      out.text(row.key);
      out.text(row.value);
      out.integer(row.seq);
    },
    read: (from) => ({ account: from.text() as AccountId, key: from.text(), value: from.text(), seq: from.integer() }),
  },
  marks: {
    write(out, row) {
      out.text(row.conversation);
      out.text(row.account);
      out.integer(row.delivered);
      out.integer(row.read);
      out.integer(row.change);
    },
    read: (from) => ({
      conversation: from.text() as ConversationId,
      account: from.text() as AccountId,
      delivered: from.integer(),
      read: from.integer(),
      change: from.integer(),
    }),
  },
  facts: {
    write(out, row) {
      out.text(row.name);
      out.text(row.value);
    },
    read: (from) => ({ name: from.text(), value: from.text() }),
  },
};

function readCalled(text: string | null): Pick<MemberRow, 'called'> {
  return text === null ? {} : { called: JSON.parse(text) as NonNullable<MemberRow['called']> };
}

/** Twice the seq; odd while it holds. */
function readAsked(asked: number | null): Pick<MembershipRow, 'asked'> {
  return asked === null ? {} : { asked: { open: asked % 2 === 1, seq: Math.floor(asked / 2) } };
}

/** Everything of a conversation but its members, which are a roster of their own. */
function writeConversation(out: ValueWriter, row: ConversationRow): void {
  out.text(row.conversation);
  out.text(row.kind);
  out.text(row.creator);
  out.integer(row.createdAt);
  out.integer(row.seq);
  out.integer(row.ord);
  out.integer(row.lamport);
  out.integer(row.time);
  out.integer(row.offset);
  out.integer(row.memberN);
  out.integer(row.memberCount);
  out.text(row.invites.length === 0 ? emptyList : JSON.stringify(row.invites));
  out.text(row.title);
  out.text(row.topic);
  out.text(row.access);
  out.text(row.history);
  out.integer(row.timerSeconds);
  out.integer(row.accepted ? 1 : 0);
  out.text(row.requestedBy);
  out.integer(row.contact ? 1 : 0);
  out.text(row.wrote.length === 0 ? emptyList : JSON.stringify(row.wrote));
  out.text(row.pending.length === 0 ? emptyList : JSON.stringify(row.pending));
  out.text(row.head);
}

function readConversation(from: ValueReader): ConversationRow {
  return {
    conversation: from.text() as ConversationId,
    kind: from.text() as ConversationRow['kind'],
    creator: from.text() as AccountId,
    createdAt: from.integer(),
    seq: from.integer(),
    ord: from.integer(),
    lamport: from.integer(),
    time: from.integer(),
    offset: from.integer(),
    memberN: from.integer(),
    memberCount: from.integer(),
    invites: readList<InviteState>(from),
    title: from.text(),
    topic: from.text(),
    access: from.text() as ConversationRow['access'],
    history: from.text() as ConversationRow['history'],
    timerSeconds: from.integer(),
    accepted: from.integer() === 1,
    requestedBy: from.textOrNull() as AccountId | null,
    contact: from.integer() === 1,
    wrote: readList<AccountId>(from),
    pending: readList<PendingState>(from),
    head: from.text(),
    members: readRoster(from),
  };
}

function readList<Item>(from: ValueReader): readonly Item[] {
  const text = from.text();
  return text === emptyList ? none : (JSON.parse(text) as readonly Item[]);
}

/** The present members of a conversation: its key, and one blob (none: a room). */
export function writeRoster(out: ValueWriter, row: ConversationRow): void {
  out.text(row.conversation);
  if (row.members === null) {
    out.value(null);
    return;
  }
  const start = out.beginBlob();
  for (const [account, { role, joinedSeq }] of row.members) {
    out.bareText(account);
    out.byte(roleNumbers[role]);
    out.varint(joinedSeq);
  }
  out.endBlob(start);
}

function readRoster(from: ValueReader): ReadonlyMap<AccountId, Membership> | null {
  const end = from.enterBlob();
  if (end === null) return null;
  const members = new Map<AccountId, Membership>();
  while (from.position < end) {
    const account = from.text() as AccountId;
    const role = roleByNumber.get(from.byte());
    assert(role !== undefined, 'a member has a role that this program knows');
    members.set(account, { role, joinedSeq: from.varint() });
  }
  return members;
}

function writeId(out: ValueWriter, row: IdRow): void {
  out.id(row.id);
  out.name(row.conversation);
  out.name(row.sender);
  out.integer(row.seq);
  out.text(row.code);
  out.name(row.logId);
  out.integer(row.offset);
}

function readId(from: ValueReader): IdRow {
  return {
    id: from.id() as IdRow['id'],
    conversation: from.text() as ConversationId,
    sender: from.text() as AccountId,
    seq: from.integer(),
    code: from.text(),
    logId: from.text(),
    offset: from.integer(),
  };
}
