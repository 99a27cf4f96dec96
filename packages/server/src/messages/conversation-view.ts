// A conversation's rows → the resource, as one account may see it. Who has left sees it as it was then; marks of others
// are those that it may know. Reads rows and settings; it must never show what another account has hidden.
import type { AccountId, Conversation, ConversationId } from '@parley/protocol';
import type { Clock } from '../kernel/clock.ts';
import { maxCountedIntervals } from '../kernel/limits.ts';
import { rfc3339 } from '../sequencer/rfc3339.ts';
import type { ConversationRow } from '../store/store.ts';
import { joinedSince, peerOf, type Standing, standingOf, stateOf } from './access.ts';
import { hasMarks, type MarkSight, sightByKind, sightOf } from './mark-sight.ts';
import { type Mark, type Marks, unmarked } from './marks.ts';
import { Ords } from './ords.ts';
import type { LiveRows } from './parts.ts';
import { headOf, membershipOf, outside } from './pending-view.ts';
import type { Settings } from './settings.ts';

/** What a view is made from. */
export interface ViewParts {
  readonly rows: LiveRows;
  readonly settings: Settings;
  readonly marks: Marks;
  readonly clock: Clock;
}

/** Shows conversations. */
export interface ConversationViews {
  /** As the account may see it; null when it was never in it and is not invited, or there is none. Of others' marks those that rose after `marksAfter`. */
  of(account: AccountId, conversation: ConversationId, marksAfter?: number): Promise<Conversation | null>;
}

/** Shows conversations from these parts. */
export function createConversationView(parts: ViewParts): ConversationViews {
  const { rows, settings, marks, clock } = parts;
  const ords = new Ords(rows);
  return {
    async of(account, conversation, marksAfter = 0) {
      const standing = await standingOf(rows, conversation, account);
      if (standing === null) return fromOutside(account, conversation);
      const { state } = standing;
      const peer = peerOf(state, account);
      const membership = membershipOf(state, account, clock.now());
      const [at, origin, joinedSeq, { own, others }, isBlocked] = await Promise.all([
        placeOf(rows, standing),
        originOf(rows, state),
        joinedSince(rows, standing, account),
        marksFor(account, standing, peer, marksAfter),
        peer === null ? false : settings.of(account).then(({ blocked }) => blocked.has(peer)),
      ]);
      // What somebody sends whom the account has blocked never arrives: it is not unread either.
      const read = isBlocked ? at.head : Math.min(at.head, Math.max(own.read, joinedSeq));
      return {
        ...facts({ ...state, ...standing.called }, peer),
        ...origin,
        ...membership,
        ...(standing.role !== null && { role: standing.role }),
        joined_seq: joinedSeq,
        ...(standing.leftSeq !== null && { left_seq: standing.leftSeq }),
        ...at,
        ...(membership.membership !== undefined && { member_n: state.memberN, ...headOf(state) }),
        read,
        read_ord: read === at.head ? at.ord : await ords.at(conversation, read),
        marks: others,
      };
    },
  };

  async function fromOutside(account: AccountId, conversation: ConversationId): Promise<Conversation | null> {
    const state = await stateOf(rows, conversation);
    const membership = state && membershipOf(state, account, clock.now());
    if (state === undefined || membership?.membership === undefined) return null;
    return { ...outside(state, membership), ...(await originOf(rows, state)) };
  }

  /** The account's own mark, and what it sees of the others': read first, for its own is among them. */
  async function marksFor(account: AccountId, { state, role }: Standing, peer: AccountId | null, after: number) {
    if (!hasMarks(state)) return { own: unmarked(account), others: [] };
    const sight = await sightFor(settings, state, account, peer);
    const others = sight === 'nothing' || role === null ? [] : await shown(account, state, sight, after);
    return { own: await marks.own(state.conversation, account), others };
  }

  /** Watermarks of the others who are in it now. */
  async function shown(
    viewer: AccountId,
    { conversation, members, seq }: ConversationRow,
    sight: Exclude<MarkSight, 'nothing'>,
    after: number,
  ): Promise<Conversation['marks']> {
    const visible: Conversation['marks'] = [];
    for (const mark of await marks.all(conversation, viewer)) {
      if (mark.account === viewer || members?.has(mark.account) !== true) continue;
      if (changeSeen(mark, sight) <= after) continue;
      const delivered = Math.min(mark.delivered, seq);
      visible.push({ account: mark.account, delivered, read: sight === 'all' ? Math.min(mark.read, seq) : 0 });
    }
    return visible;
  }
}

/** When what this sight shows of a mark rose last. */
export function changeSeen(mark: Mark, sight: Exclude<MarkSight, 'nothing'>): number {
  return sight === 'all' ? Math.max(mark.deliveredChange, mark.readChange) : mark.deliveredChange;
}

/** What the account sees of the marks of the others in it. */
export async function sightFor(
  settings: Settings,
  state: ConversationRow,
  account: AccountId,
  peer: AccountId | null,
): Promise<MarkSight> {
  const byKind = sightByKind(state);
  if (byKind !== null) return byKind;
  if (peer === null) return 'nothing';
  const [own, others] = await Promise.all([settings.of(account), settings.of(peer)]);
  return sightOf({ account, settings: own }, { account: peer, settings: others });
}

/** What does not depend on how far the account has got. */
function facts(state: ConversationRow, peer: AccountId | null) {
  const { kind, conversation, title, topic, access, requestedBy } = state;
  const isDirect = kind === 'direct';
  return {
    conversation_id: conversation,
    kind,
    ...(kind === 'room' && { title, topic, access }),
    ...(peer !== null && { peer }),
    accepted: state.accepted,
    ...(isDirect && requestedBy !== null && { requested_by: requestedBy }),
    contact: state.contact,
    timer_seconds: state.timerSeconds,
    created_at: rfc3339(state.createdAt),
  };
}

/** What the id of a room commits to. */
async function originOf(
  rows: LiveRows,
  { conversation, kind, creator }: ConversationRow,
): Promise<Pick<Conversation, 'made'>> {
  const first = kind === 'room' ? await rows.get('messages', [conversation, 1]) : undefined;
  return first === undefined ? {} : { made: { by: creator, as: first.id } };
}

/** Head and members: of now, or as they were when the account left. How many there are now is not told to who has left. */
async function placeOf(
  rows: LiveRows,
  { state, leftSeq }: Standing,
): Promise<{
  readonly head: number;
  readonly ord: number;
  readonly member_n: number;
  readonly member_head?: string;
  readonly member_count: number;
}> {
  if (leftSeq === null)
    return {
      head: state.seq,
      ord: state.ord,
      member_n: state.memberN,
      ...headOf(state),
      member_count: state.memberCount,
    };
  const [last, count] = await Promise.all([
    rows.get('messages', [state.conversation, leftSeq]),
    membersAfter(rows, state.conversation, leftSeq),
  ]);
  return { head: leftSeq, ord: last?.ord ?? 0, member_n: last?.memberN ?? 0, member_count: count };
}

/** How many were in it right after a seq; 0 when there are too many intervals to count. */
async function membersAfter(rows: LiveRows, conversation: ConversationId, seq: number): Promise<number> {
  const intervals = await rows.list('members', { prefix: [conversation], limit: maxCountedIntervals });
  if (intervals.length === maxCountedIntervals) return 0;
  const there = intervals.filter((one) => one.joinedSeq <= seq && (one.leftSeq === null || one.leftSeq > seq));
  return new Set(there.map(({ account }) => account)).size;
}
