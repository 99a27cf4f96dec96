// Creation: an idempotent record that lists the founding members and whose id the conversation commits to. Pure.
// It must never make a conversation under an id that another making would give.
import type { AccountId, ConversationId, ErrorCode, MemberChange } from '@parley/protocol';
import { limits } from '@parley/protocol';
import type { Entry } from '../log/log.ts';
import type { ConversationRow } from '../store/store.ts';
import { chained } from './chain.ts';
import { accountLog, directConversation, madeConversation } from './conversation-ids.ts';
import { groupOf, isStale } from './entry-hash.ts';
import { listingOf, membersTail, nothingToDo } from './members-record.ts';
import { MemberList } from './membership.ts';
import { invitation } from './pending.ts';
import { place } from './place.ts';
import type { Change, Invited, MembersRecord } from './record.ts';
import { type Effects, none, type View } from './view.ts';

type Create = Extract<Change, { readonly action: 'create' }>;

/** The effects of a creation, or why it is rejected. What exists already answers as the first creation did. */
export function applyCreate(view: View, entry: Entry, record: MembersRecord, change: Create): Effects | ErrorCode {
  const members = [...new Set(change.members)];
  const refusal = mayCreate(record, change, members);
  if (refusal !== null) return refusal;
  const existing = view.conversation(record.conversation);
  if (existing !== undefined) return applyAgain(view, entry, record, { existing, change });
  const blank = founded(entry, record, change, members);
  if (isStale(record, blank)) return 'members.stale';
  const list = new MemberList(view, blank);
  for (const account of members) list.enter(account, founderRole(record, change, account));
  const invited = invitedWith(change, members);
  const pending = invited.map((each) => invitation({ entry, record, state: blank }, each, 'member'));
  for (const each of pending) if (!each.hidden) list.concern(each.account, true);
  const shown: MemberChange = {
    action: 'create',
    members,
    ...(invited.length > 0 ? { invited: invited.map(({ account }) => account) } : {}),
    ...(change.kind === 'room' ? { title: change.title } : {}),
  };
  const { joined, concerned } = list;
  const made = chained(record, { ...list.apply(blank), pending }, shown);
  const listings = blank.kind === 'room' && blank.access === 'open' ? [listingOf(blank)] : none;
  const others = [...list.writes, ...made.writes, ...listings];
  const parts = { kind: 'members', tail: membersTail(entry, record, shown) } as const;
  return place(view.logId, entry, record, made.state, parts, { others, joined, concerned });
}

/** Groups begin with invitations too: each account once, and no member. */
function invitedWith({ kind, invited = [] }: Create, members: readonly AccountId[]): readonly Invited[] {
  if (kind !== 'group') return [];
  const once = new Map(invited.map((each) => [each.account, each]));
  return [...once.values()].filter(({ account }) => !members.includes(account));
}

function mayCreate(record: MembersRecord, change: Create, members: readonly AccountId[]): ErrorCode | null {
  const { sender, id, conversation } = record;
  const [a, b] = members;
  if (a === undefined || !members.includes(sender)) return 'conversation.denied';
  if (record.entry !== undefined && change.kind !== 'group') return 'frame.invalid';
  switch (change.kind) {
    case 'direct':
      return members.length <= 2 && conversation === directConversation(a, b ?? a) ? null : 'conversation.denied';
    case 'account':
      return members.length === 1 && conversation === accountLog(a) ? null : 'conversation.denied';
    case 'group':
      if (members.length + (change.invited ?? []).length > limits.maxFoundingMembers + 1) return 'conversation.full';
      return conversation === madeGroup(record) ? null : 'conversation.denied';
    case 'room':
      if (change.title.length > limits.maxTitleCharacters || change.topic.length > limits.maxTopicCharacters)
        return 'frame.invalid';
      return members.length === 1 && conversation === madeConversation('room', sender, id)
        ? null
        : 'conversation.denied';
  }
}

/** A signed group has the id that its first entry makes. */
function madeGroup({ sender, id, entry: signed }: MembersRecord): ConversationId {
  return signed === undefined ? madeConversation('group', sender, id) : groupOf(signed.entry);
}

function founderRole({ sender }: MembersRecord, { kind }: Create, account: AccountId): 'owner' | 'member' {
  return kind !== 'direct' && account === sender ? 'owner' : 'member';
}

/** The state before its first record. */
function founded(entry: Entry, record: MembersRecord, change: Create, members: readonly AccountId[]): ConversationRow {
  const request = change.kind === 'direct' && members.length === 2 && !change.contact;
  return {
    conversation: record.conversation,
    kind: change.kind,
    creator: record.sender,
    createdAt: entry.time,
    seq: 0,
    ord: 0,
    lamport: 0,
    time: entry.time,
    offset: entry.offset,
    memberN: 0,
    head: '',
    memberCount: 0,
    members: change.kind === 'room' ? null : new Map(),
    invites: [],
    pending: [],
    title: change.kind === 'room' ? change.title : '',
    topic: change.kind === 'room' ? change.topic : '',
    access: change.access,
    history: change.history,
    timerSeconds: 0,
    accepted: !request,
    requestedBy: request ? record.sender : null,
    contact: change.kind === 'direct' && members.length === 2 && change.contact,
    wrote: [],
  };
}

interface Again {
  readonly existing: ConversationRow;
  readonly change: Create;
}

/** Both sides may open a direct chat at once; coming by the other's link makes an existing one a chat of contacts. */
function applyAgain(view: View, entry: Entry, record: MembersRecord, { existing, change }: Again): Effects {
  if (existing.kind !== 'direct' || !change.contact || existing.contact || existing.memberCount < 2)
    return nothingToDo(view, entry, record, 1);
  const state = { ...existing, accepted: true, contact: true, wrote: [] };
  const tail = membersTail(entry, record, { action: 'accept' });
  return place(view.logId, entry, record, state, { kind: 'members', tail });
}
