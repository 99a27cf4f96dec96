// How a conversation's row takes in what the server says of it, and what came live. Pure.
import type { AccountId, Envelope, Member, MemberChange, Conversation as WireConversation } from '@parley/protocol';
import * as limits from './limits.ts';
import type { ConversationRow, MembersRow, ReadRow } from './rows.ts';

/** A conversation that this device hears of for the first time; `floor` is up to where it was cleared. */
export function newConversation(item: WireConversation, fresh: boolean, floor: number): ConversationRow {
  return {
    server: withoutMarks(item),
    head: item.head,
    ord: item.ord,
    lamport: 0,
    ranges: [],
    last: null,
    own: [],
    mentions: [],
    ticks: { delivered: 0, read: 0 },
    pins: [],
    floor,
    fresh,
    leftovers: [],
  };
}

/** Takes in a resource of the server. One that is older than what came live gives only what never falls. */
export function mergeConversation(row: ConversationRow, item: WireConversation): ConversationRow {
  const read =
    item.read >= row.server.read
      ? { read: item.read, read_ord: item.read_ord }
      : { read: row.server.read, read_ord: row.server.read_ord };
  if (item.head < row.head) return { ...row, server: { ...row.server, ...read, contact: item.contact } };
  return { ...row, server: { ...sameAs(row.server, withoutMarks(item)), ...read }, head: item.head, ord: item.ord };
}

/**
 * What a conversation is, and with whom, never changes: a server that says otherwise would have what is written here go
 * out unsealed, or to somebody else.
 */
export function sameAs(before: ConversationRow['server'], now: ConversationRow['server']): ConversationRow['server'] {
  const { peer: _, ...rest } = now;
  return { ...rest, kind: before.kind, ...(before.peer !== undefined && { peer: before.peer }) };
}

/** What a record that came live changes in the resource, as far as it can be known without asking. */
export function patchServer(row: ConversationRow, envelope: Envelope, me: AccountId): ConversationRow['server'] {
  const { server } = row;
  if (envelope.seq <= server.head) return server;
  if (envelope.kind === 'timer') return { ...server, timer_seconds: envelope.seconds ?? 0 };
  const accepts = server.kind === 'direct' && !server.accepted && envelope.kind === 'content';
  if (accepts && server.requested_by !== undefined && envelope.sender !== server.requested_by)
    return { ...server, accepted: true };
  const { change } = envelope;
  if (envelope.kind !== 'members' || change === undefined) return server;
  const member_n = Math.max(server.member_n, envelope.member_n);
  const own = subjectOf(change, envelope.sender) === me;
  switch (change.action) {
    case 'add':
    case 'join': {
      const next = { ...server, member_n, member_count: server.member_count + 1 };
      if (!own) return next;
      const { left_seq: _, ...here } = withoutPending(next);
      return { ...here, role: change.role ?? 'member', joined_seq: envelope.seq };
    }
    case 'leave':
    case 'remove': {
      const next = { ...server, member_n, member_count: Math.max(0, server.member_count - 1) };
      if (!own) return change.action === 'leave' && change.subject === me ? { ...next, role: 'owner' } : next;
      const { role: _, ...left } = next;
      return { ...left, left_seq: envelope.seq };
    }
    case 'role':
      return { ...server, member_n, ...(own && change.role ? { role: change.role } : {}) };
    case 'accept':
      return { ...server, member_n, accepted: true };
    case 'settings':
      return { ...server, member_n, ...(change.title === undefined ? {} : { title: change.title }) };
    default:
      return { ...server, member_n };
  }
}

/** The resource of somebody who is neither invited nor waits any more. Who was never in it has nothing of it then. */
export function endPending(server: ConversationRow['server']): ConversationRow['server'] {
  const rest = withoutPending(server);
  return server.role === undefined && server.left_seq === undefined ? { ...rest, membership: 'ended' } : rest;
}

function withoutPending(server: ConversationRow['server']): ConversationRow['server'] {
  const { membership: _, invited_by: _by, asked_at: _at, expires_at: _until, ...rest } = server;
  return rest;
}

/** Who enters, goes or changes. When an owner leaves, the change names the heir. */
function subjectOf({ action, subject }: MemberChange, sender: AccountId): AccountId {
  return action === 'leave' ? sender : (subject ?? sender);
}

/** The list with a new owner; null when that one is not in it. */
function handedOver(items: readonly Member[], heir: AccountId): readonly Member[] | null {
  const isKnown = items.some(({ account }) => account === heir);
  return isKnown ? items.map((member) => (member.account === heir ? { ...member, role: 'owner' } : member)) : null;
}

/** The member list after a record, or null when only the server knows. */
export function patchMembers(row: MembersRow, envelope: Envelope): MembersRow | null {
  const { change, member_n } = envelope;
  if (change === undefined || member_n <= row.memberN) return row;
  if (member_n !== row.memberN + 1) return null;
  const subject = subjectOf(change, envelope.sender);
  const items = patchItems(row.items, change, subject, envelope.seq);
  return items === null ? null : { memberN: member_n, items };
}

function patchItems(
  items: readonly Member[],
  change: MemberChange,
  subject: AccountId,
  seq: number,
): readonly Member[] | null {
  const others = items.filter((member) => member.account !== subject);
  switch (change.action) {
    case 'add':
    case 'join':
      return [...others, { account: subject, role: change.role ?? 'member', joined_seq: seq }];
    case 'leave':
      return change.subject === undefined ? others : handedOver(others, change.subject);
    case 'remove':
      return others;
    case 'role': {
      const before = items.find((member) => member.account === subject);
      // Ownership that is handed over changes two members.
      if (before === undefined || change.role === undefined || change.role === 'owner') return null;
      return items.map((member) => (member === before ? { ...before, role: change.role ?? before.role } : member));
    }
    case 'create':
      return null;
    default:
      return items;
  }
}

/** Up to where a person has read: what the server knows, or what this account's devices know better. */
export function readOf(row: ConversationRow, read: ReadRow | null): ReadRow {
  const { server } = row;
  return read !== null && read.seq > server.read ? read : { seq: server.read, ord: server.read_ord };
}

/** Counted messages of others above the read mark; none where everything was cleared. */
export function unreadOf(row: ConversationRow, read: ReadRow | null): number {
  if (row.floor >= row.head) return 0;
  const { ord } = readOf(row, read);
  const own = row.own.filter((at) => at > ord).length;
  return Math.max(0, row.ord - ord - own);
}

/** Takes an own message above the read mark: with nothing of others between the two it is read, else it is remembered. */
export function readOwn(
  row: ConversationRow,
  read: ReadRow | null,
  { seq, ord }: { readonly seq: number; readonly ord: number },
): ConversationRow {
  const mark = readOf(row, read).ord;
  const own = remember(row.own, ord, limits.maxTrackedOwn);
  const between = own.length < ord - mark ? 0 : own.filter((at) => at > mark && at <= ord).length;
  if (between < ord - mark) return { ...row, own };
  return { ...row, server: { ...row.server, read: seq, read_ord: ord }, own: own.filter((at) => at > ord) };
}

/** Keeps the newest of a bounded list. */
export function remember(list: readonly number[], value: number, most: number): readonly number[] {
  if (list.includes(value)) return list;
  return [...list, value].slice(-most);
}

/** Forgets what lies at or below the read mark. */
export function trimTracked(row: ConversationRow, read: ReadRow | null): ConversationRow {
  const { seq, ord } = readOf(row, read);
  if (row.own.length < limits.maxTrackedOwn / 2 && row.mentions.length === 0) return row;
  return {
    ...row,
    own: row.own.filter((at) => at > ord),
    mentions: row.mentions.filter((at) => at > seq),
  };
}

function withoutMarks(item: WireConversation): ConversationRow['server'] {
  const { marks: _, ...server } = item;
  return server;
}
