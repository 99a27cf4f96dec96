// Members over REST: who is in, page by page, and what administrators and members themselves change about it. Rights
// are checked before anything is written; `apply` has the last word.
import type { AccountId, AddedMember, ConversationId, ErrorCode, Member, Role } from '@parley/protocol';
import { limits as wire } from '@parley/protocol';
import type { Handlers } from '../kernel/handlers.ts';
import { listedRowsPage, maxListedRows } from '../kernel/limits.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import { pendingOf } from '../sequencer/pending-state.ts';
import type { ConversationRow, Membership, Rows } from '../store/store.ts';
import { joinedSince, standingOf, stateOf } from './access.ts';
import { invitedBy, wayIn } from './adding.ts';
import type { Act } from './append.ts';
import { type ConversationContext, callerOf, changingAt, once, presentSince } from './context.ts';
import { hasRoom } from './memberships.ts';
import { denied, type LiveRows } from './parts.ts';

type Routes = Handlers<'listMembers' | 'addMember' | 'updateMember' | 'removeMember'>;

/** The routes of members. */
export function createMemberRoutes(context: ConversationContext): Routes {
  return {
    async listMembers(call) {
      const { conversation_id: conversation } = call.params;
      const { limit = wire.defaultPageItems, cursor = '', at_least: memberN = 0 } = call.query;
      const standing = await presentSince(context, conversation, { account: callerOf(call).account, memberN });
      if (!standing.ok) return standing;
      const after = placeOf(cursor);
      if (after === null) return refuse('frame.invalid', { path: '/cursor' });
      const { members } = standing.value.state;
      return ok(
        members === null
          ? await roomPage(context.rows, conversation, after, limit)
          : await page(context.rows, standing.value.state, members, { after, limit }),
      );
    },

    async addMember(call) {
      const { conversation_id: conversation } = call.params;
      const { account: subject, role = 'member' } = call.body;
      const purpose = ['addMember', conversation, subject];
      const added = await once(context, { call, conversation, purpose }, (act) =>
        context.turns.run(act.sender, () => addOrAsk(context, act, subject, role)),
      );
      return added.ok ? ok(await addedAs(context, conversation, { subject, role, seq: added.value })) : added;
    },

    async updateMember(call) {
      const { conversation_id: conversation, account: subject } = call.params;
      const { role } = call.body;
      const purpose = ['updateMember', conversation, subject, role];
      const changed = await once(context, { call, conversation, purpose }, async (act) => {
        const standing = await changingAt(context, conversation, act.sender);
        if (!standing.ok) return standing;
        return context.appender.change(act, { action: 'role', subject, role });
      });
      return memberAt(changed, subject, role);
    },

    async removeMember(call) {
      const { conversation_id: conversation, account: subject } = call.params;
      const purpose = ['removeMember', conversation, subject];
      const gone = await once(context, { call, conversation, purpose }, async (act) => {
        if (subject === act.sender) return leave(context, act);
        const standing = await changingAt(context, conversation, act.sender);
        if (!standing.ok) return standing;
        return context.appender.change(act, { action: 'remove', subject });
      });
      return gone.ok ? ok({}) : gone;
    },
  };
}

/** Contacts, and who waits to be let in, become members; everybody else is invited. */
async function addOrAsk(
  context: ConversationContext,
  act: Act,
  subject: AccountId,
  role: Role,
): Promise<Result<number, ErrorCode>> {
  const { conversation, sender } = act;
  const { rows, appender, newPeople, clock } = context;
  const standing = await changingAt(context, conversation, sender);
  if (!standing.ok) return standing;
  if (role === 'owner') return refuse('conversation.role');
  const present = await standingOf(rows, conversation, subject);
  if (present !== null && present.role !== null) return refuse('members.conflict');
  const pending = pendingOf(standing.value.state, subject, clock.now());
  if (pending?.state === 'waiting') {
    if (!(await hasRoom(rows, subject))) return refuse('account.unknown');
    return appender.change(act, { action: 'add', subject, role });
  }
  const way = await wayIn(context, sender, subject);
  if (way === 'none') return refuse('account.unknown');
  if (way === 'add') return appender.change(act, { action: 'add', subject, role });
  if (pending !== undefined) return refuse('members.conflict');
  if (!(await newPeople.mayAsk(sender))) return refuse('request.limit');
  const asked = await appender.change(act, { action: 'ask', subject, role, ...invitedBy(way) });
  if (asked.ok) newPeople.note(sender);
  return asked;
}

/** What adding came to, as it is now: an invitation may have been accepted already. */
async function addedAs(
  { rows, clock }: ConversationContext,
  conversation: ConversationId,
  { subject, role, seq }: { readonly subject: AccountId; readonly role: Role; readonly seq: number },
): Promise<AddedMember> {
  const state = await stateOf(rows, conversation);
  if (state !== undefined && pendingOf(state, subject, clock.now()) !== undefined)
    return { account: subject, role, membership: 'invited' };
  return { account: subject, role, membership: 'member', joined_seq: seq };
}

/** Leaves. Who has left already is done. */
async function leave({ rows, appender }: ConversationContext, act: Act): Promise<Result<number, ErrorCode>> {
  const standing = await standingOf(rows, act.conversation, act.sender);
  if (standing === null) return refuse(denied);
  if (standing.role === null) return ok(standing.leftSeq ?? 0);
  const { kind } = standing.state;
  if (kind === 'direct' || kind === 'account') return refuse('conversation.role');
  return appender.change(act, { action: 'leave' });
}

function memberAt(seq: Result<number, ErrorCode>, account: AccountId, role: Role): Result<Member, ErrorCode> {
  return seq.ok ? ok({ account, role, joined_seq: seq.value }) : seq;
}

interface MembersPage {
  readonly items: Member[];
  readonly next_cursor?: string;
  readonly has_more: boolean;
}

/** Where a page begins: behind an account, or behind one of its intervals. */
type Place = readonly (string | number)[];

/** The place of a cursor; empty without one, null when it is none of ours. */
function placeOf(cursor: string): Place | null {
  if (cursor === '') return [];
  const found = /^(a_[A-Za-z0-9_-]{22})(?:\.(\d{1,16}))?$/.exec(cursor);
  if (found === null) return null;
  const [, account = '', seq] = found;
  return seq === undefined ? [account] : [account, Number(seq)];
}

/** A page of a group, by account. A change of role is no break: it says since when each has been in it. */
async function page(
  rows: LiveRows,
  state: ConversationRow,
  members: ReadonlyMap<AccountId, Membership>,
  { after: [after = ''], limit }: { readonly after: Place; readonly limit: number },
): Promise<MembersPage> {
  const later = [...members].filter(([account]) => account > String(after)).sort(([a], [b]) => (a < b ? -1 : 1));
  const items = later.slice(0, limit).map(async ([account, member]) => {
    const since = await joinedSince(rows, { ...member, state, leftSeq: null }, account);
    return { account, role: member.role, joined_seq: since };
  });
  return closed(await Promise.all(items), later.length > limit);
}

/** A page of a room: its open intervals in order of accounts, past those that have ended. */
async function roomPage(rows: Rows, conversation: ConversationId, begin: Place, limit: number): Promise<MembersPage> {
  const items: Member[] = [];
  let after = begin;
  for (let read = 0; read < maxListedRows; read += listedRowsPage) {
    const range = { prefix: [conversation], limit: listedRowsPage, ...(after.length === 0 ? {} : { after }) };
    const found = await rows.list('members', range);
    for (const row of found) {
      if (row.leftSeq !== null) continue;
      if (items.length === limit) return closed(items, true);
      items.push({ account: row.account, role: row.role, joined_seq: row.joinedSeq });
    }
    const last = found.at(-1);
    if (last === undefined || found.length < listedRowsPage) return closed(items, false);
    after = [last.account, last.joinedSeq];
  }
  return { items, next_cursor: after.join('.'), has_more: true };
}

function closed(items: Member[], hasMore: boolean): MembersPage {
  const last = items.at(-1);
  return hasMore && last !== undefined
    ? { items, next_cursor: last.account, has_more: true }
    : { items, has_more: false };
}
