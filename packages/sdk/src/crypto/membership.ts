// The member list of a group as this device checks it: a chain of entries, followed from the first one, whose hash is
// the id of the group. The rules are those by which the server applies them; what the server says counts for nothing
// but that somebody went by themselves. Pure: state in, state out, plain JSON. Times (when an invitation or a link ran out) are
// the server's to keep: nobody gets in by them who was not let in. [MEM]
import type { AccountId, ConversationId, MembershipEntry, Role } from '@parley/protocol';
import * as wire from '@parley/protocol/limits';
import { maxChainLinks, maxEntryHashes, maxLedTimes } from '../limits.ts';
import { type EntryRead, groupIdOf, type Keyed } from './membership-entry.ts';

/** Somebody in the group. `came`, `since`: the entries by which it came and got its role; `joinedSeq`: place of the record of the first; `link`: whose link it came with. */
export interface ChainMember {
  readonly account: AccountId;
  readonly role: Role;
  readonly key: string | null;
  readonly came: number;
  readonly since: number;
  readonly joinedSeq: number;
  readonly link?: AccountId;
}

/** Somebody who is invited, or waits to be let in. */
export interface ChainPending {
  readonly account: AccountId;
  readonly state: 'invited' | 'waiting';
  readonly by: AccountId;
  readonly role: Role;
  readonly key: string | null;
  readonly link: string | null;
}

/** A link that lets in, or lets ask. `uses`: how often it still does. */
export interface ChainLink {
  readonly key: string;
  readonly by: AccountId;
  readonly uses: number;
  readonly expiresAt: number;
  readonly approval: boolean;
}

/** Somebody was its owner or an administrator: from the record `from` on, up to the record `to`. */
export interface Led {
  readonly account: AccountId;
  readonly from: number;
  readonly to?: number;
}

/** A member list at its entry `n`, every entry up to there checked. */
export interface Chain {
  readonly conversation: ConversationId;
  readonly n: number;
  readonly members: readonly ChainMember[];
  readonly pending: readonly ChainPending[];
  readonly links: readonly ChainLink[];
  /** Who led it when: what was said in it counts by the rank of that time. */
  readonly led: readonly Led[];
  /** Of the newest entries, the newest last. */
  readonly hashes: readonly string[];
}

/** Why an entry is not followed: it is none; of another place; nobody signed it, or somebody else than it says, or who has to be reviewed; not allowed. */
export type EntryRefusal = 'form' | 'place' | 'unsigned' | 'signature' | 'key' | 'review' | 'rule';

/** A list while entries are being followed. Only `step` changes it. */
export class ChainState {
  readonly conversation: ConversationId;
  n = 0;
  readonly members: Map<AccountId, ChainMember>;
  readonly pending: Map<AccountId, ChainPending>;
  readonly links: Map<string, ChainLink>;
  led: readonly Led[];
  hashes: string[];

  constructor(conversation: ConversationId, chain: Chain | null) {
    this.conversation = conversation;
    this.n = chain?.n ?? 0;
    this.members = new Map(chain?.members.map((one) => [one.account, one]));
    this.pending = new Map(chain?.pending.map((one) => [one.account, one]));
    this.links = new Map(chain?.links.map((one) => [one.key, one]));
    this.led = chain?.led ?? [];
    this.hashes = [...(chain?.hashes ?? [])];
  }

  get head(): string | null {
    return this.hashes.at(-1) ?? null;
  }

  /** The key by which an account is known in this list; null when none was named. */
  keyOf(account: AccountId): string | null {
    return this.members.get(account)?.key ?? this.pending.get(account)?.key ?? null;
  }

  get chain(): Chain | null {
    if (this.n === 0) return null;
    const { conversation, n, members, pending, links, led, hashes } = this;
    return {
      conversation,
      n,
      members: [...members.values()],
      pending: [...pending.values()],
      links: [...links.values()],
      led,
      hashes: [...hashes],
    };
  }
}

/** Hash of the entry `n` of a list; null when it does not reach there, or no longer knows. */
export function hashAt({ n, hashes }: Pick<Chain, 'n' | 'hashes'>, at: number): string | null {
  return at > n ? null : (hashes[hashes.length - 1 - (n - at)] ?? null);
}

/** Is it the entry that comes next? */
export function isNext(state: ChainState, { entry, text }: EntryRead): boolean {
  if (entry.n !== state.n + 1) return false;
  if (state.n === 0) return entry.action === 'create' && groupIdOf(text) === state.conversation;
  return entry.action !== 'create' && entry.conversation === state.conversation && entry.prev === state.head;
}

/** Takes the next entry in, whose signatures and keys are in order. Refused, it changes nothing. */
export function step(state: ChainState, { entry, hash, signatures }: EntryRead, seq: number): EntryRefusal | null {
  const n = state.n + 1;
  const changed = signatures === null ? goes(state, entry, n) : changes(state, entry, { n, seq });
  if (!changed) return signatures === null ? 'unsigned' : 'rule';
  state.n = n;
  state.led = ledAfter(state, seq);
  state.hashes.push(hash);
  if (state.hashes.length > maxEntryHashes) state.hashes = state.hashes.slice(-maxEntryHashes);
  return null;
}

/** Of times that are over the newest stay. */
function ledAfter({ led, members }: ChainState, seq: number): readonly Led[] {
  const open = led.filter(({ to }) => to === undefined);
  const stay = open.filter(({ account }) => isAdmin({ members }, account));
  const ended = open.filter((one) => !stay.includes(one)).map((one) => ({ ...one, to: seq }));
  const known = new Set(stay.map(({ account }) => account));
  const begun = [...members.keys()].filter((account) => isAdmin({ members }, account) && !known.has(account));
  if (ended.length === 0 && begun.length === 0) return led;
  const over = [...led.filter(({ to }) => to !== undefined), ...ended].slice(-maxLedTimes);
  return [...over, ...stay, ...begun.map((account) => ({ account, from: seq }))];
}

interface At {
  readonly n: number;
  readonly seq: number;
}

/** Of what nobody signed only that somebody went: it lets nobody in. */
function goes(state: ChainState, entry: MembershipEntry, n: number): boolean {
  if (entry.action === 'leave') return leaves(state, entry.actor, n);
  return entry.action === 'decline' && state.pending.delete(entry.actor);
}

function changes(state: ChainState, entry: MembershipEntry, at: At): boolean {
  const { actor } = entry;
  switch (entry.action) {
    case 'create':
      return begins(state, entry, at);
    case 'join':
      return joins(state, entry, at);
    case 'knock':
      return knocks(state, entry);
    case 'decline':
      return state.pending.delete(actor);
    case 'leave':
      return leaves(state, actor, at.n);
    default:
      if (entry.action === 'remove' && entry.subject === actor) return leaves(state, actor, at.n);
      return isAdmin(state, actor) && administers(state, entry, at);
  }
}

function begins(state: ChainState, entry: MembershipEntry, { seq }: At): boolean {
  const { actor, actor_key: key = null } = entry;
  const members = (entry.members ?? []) as readonly Keyed[];
  const invited = (entry.invited ?? []) as readonly Keyed[];
  const all = [actor, ...members.map(({ account }) => account), ...invited.map(({ account }) => account)];
  if (new Set(all).size !== all.length || all.length > wire.maxFoundingMembers + 1) return false;
  enter(state, { account: actor, role: 'owner', key, came: 1, since: 1, joinedSeq: seq });
  for (const one of members)
    enter(state, { account: one.account, role: 'member', key: one.key ?? null, came: 1, since: 1, joinedSeq: seq });
  for (const one of invited) wait(state, invitation(actor, one, 'member'));
  return true;
}

/** By an invitation, or by a link that needs no approval. */
function joins(state: ChainState, entry: MembershipEntry, { n, seq }: At): boolean {
  const { actor, link_key, actor_key: key = null } = entry;
  if (state.members.has(actor) || isFull(state)) return false;
  const invited = state.pending.get(actor);
  const link = link_key === undefined ? undefined : state.links.get(link_key);
  if (link_key === undefined ? invited?.state !== 'invited' : link === undefined || link.approval) return false;
  const role = state.members.size === 0 ? 'owner' : link === undefined ? (invited?.role ?? 'member') : 'member';
  if (link !== undefined) spend(state, link);
  state.pending.delete(actor);
  enter(state, { account: actor, role, key, came: n, since: n, joinedSeq: seq, ...(link && { link: link.by }) });
  return true;
}

function knocks(state: ChainState, entry: MembershipEntry): boolean {
  const { actor, link_key: link = '', actor_key: key = null } = entry;
  if (state.members.has(actor) || state.links.get(link)?.approval !== true) return false;
  wait(state, { account: actor, state: 'waiting', by: actor, role: 'member', key, link });
  return true;
}

/** An owner who goes hands over to the longest-standing administrator, else member. */
function leaves(state: ChainState, account: AccountId, n: number): boolean {
  const gone = state.members.get(account);
  if (gone === undefined) return false;
  state.members.delete(account);
  if (state.members.size === 0) state.pending.clear();
  const heir = gone.role === 'owner' ? [...state.members.values()].sort(byStanding)[0] : undefined;
  if (heir !== undefined) state.members.set(heir.account, { ...heir, role: 'owner', since: n });
  return true;
}

function byStanding(a: ChainMember, b: ChainMember): number {
  if (a.role !== b.role) return a.role === 'admin' ? -1 : 1;
  return a.since - b.since || (a.account < b.account ? -1 : 1);
}

/** What administrators do, all of them. */
function administers(state: ChainState, entry: MembershipEntry, at: At): boolean {
  const { actor, subject, role = 'member', subject_key: key, link_key = '' } = entry;
  if (entry.action === 'link') return opens(state, entry);
  if (entry.action === 'end_link') return state.links.delete(link_key);
  if (subject === undefined) return false;
  const [member, waiting] = [state.members.get(subject), state.pending.get(subject)];
  switch (entry.action) {
    case 'add':
      return mayEnter(state, subject, role) && letIn(state, { account: subject, role, key: key ?? null }, at);
    case 'ask':
      if (!mayEnter(state, subject, role)) return false;
      return wait(state, invitation(actor, { account: subject, ...(key !== undefined && { key }) }, role));
    case 'remove':
      return member !== undefined && member.role !== 'owner' && state.members.delete(subject);
    case 'role':
      return changesRole(state, actor, { ...entry, subject, role }, at.n);
    case 'withdraw':
      return waiting?.state === 'invited' && state.pending.delete(subject);
    case 'refuse':
      return waiting?.state === 'waiting' && state.pending.delete(subject);
    default:
      return false;
  }
}

/** Whoever waited spends a use of its link. */
function letIn(state: ChainState, one: Pick<ChainMember, 'account' | 'role' | 'key'>, { n, seq }: At): boolean {
  const link = state.links.get(state.pending.get(one.account)?.link ?? '');
  if (link !== undefined) spend(state, link);
  state.pending.delete(one.account);
  return enter(state, { ...one, came: n, since: n, joinedSeq: seq, ...(link && { link: link.by }) });
}

/** Administrators make administrators; only the owner hands ownership over, and stays on as an administrator. */
function changesRole(
  state: ChainState,
  actor: AccountId,
  { subject, role }: { readonly subject: AccountId; readonly role: Role },
  n: number,
): boolean {
  const [member, by] = [state.members.get(subject), state.members.get(actor)];
  if (member === undefined || by === undefined || member.role === role || member.role === 'owner') return false;
  if (role === 'owner' && by.role !== 'owner') return false;
  if (role === 'owner') state.members.set(actor, { ...by, role: 'admin', since: n });
  state.members.set(subject, { ...member, role, since: n });
  return true;
}

function opens(state: ChainState, entry: MembershipEntry): boolean {
  const { actor, link_key: key = '', uses = 0, expires_at: expiresAt = 0, approval = false } = entry;
  if (state.links.has(key)) return false;
  state.links.set(key, { key, by: actor, uses, expiresAt, approval });
  const [oldest] = state.links.keys();
  if (state.links.size > maxChainLinks && oldest !== undefined) state.links.delete(oldest);
  return true;
}

function spend(state: ChainState, link: ChainLink): void {
  if (link.uses === 1) state.links.delete(link.key);
  else state.links.set(link.key, { ...link, uses: link.uses - 1 });
}

function enter(state: ChainState, member: ChainMember): boolean {
  state.members.set(member.account, member);
  return true;
}

/** More than so many never hold at once: the oldest have run out. */
function wait(state: ChainState, one: ChainPending): boolean {
  state.pending.delete(one.account);
  state.pending.set(one.account, one);
  const [oldest] = state.pending.keys();
  if (state.pending.size > wire.maxPendingPerConversation && oldest !== undefined) state.pending.delete(oldest);
  return true;
}

function invitation(by: AccountId, { account, key = '' }: Keyed, role: Role): ChainPending {
  return { account, state: 'invited', by, role, key: key || null, link: null };
}

function mayEnter(state: ChainState, account: AccountId, role: Role): boolean {
  return role !== 'owner' && !state.members.has(account) && !isFull(state);
}

function isFull({ members }: ChainState): boolean {
  return members.size >= wire.maxGroupMembers;
}

function isAdmin({ members }: Pick<ChainState, 'members'>, account: AccountId): boolean {
  const role = members.get(account)?.role;
  return role === 'owner' || role === 'admin';
}
