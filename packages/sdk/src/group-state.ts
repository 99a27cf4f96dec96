// How a group stands: its title, what is pinned and its picture, one snapshot that only its members can read. Whoever changes it says
// all of it; it is said again for those who come later, and counts then as what it repeats, so that saying something
// again never undoes what is newer. Pure, order-free and idempotent. [ENC]
import type { AccountId, Member, PictureBody, Role, StateBody } from '@parley/protocol';
import { maxPins } from '@parley/protocol/limits';
import type { Chain } from './crypto/membership.ts';
import { picturesAfter, picturesOf } from './group-picture.ts';
import { rangeAt } from './ranges.ts';
import type { ConversationRow, MembersRow, MessageRow, OutboxRow } from './rows.ts';

/** Where the own devices say that the newest snapshot is, and the record with the picture; 0: nowhere. */
export interface StatePlaces {
  readonly state: number;
  readonly picture: number;
}

export const nowhere: StatePlaces = { state: 0, picture: 0 };

/** What is kept of it in the row of a conversation. */
export type GroupState = Pick<ConversationRow, 'title' | 'pinned' | 'pictures' | 'toldAt' | 'came'>;

/** How it stands after a record. */
export function stateAfter(
  before: GroupState,
  message: Pick<MessageRow, 'seq' | 'sender' | 'body' | 'change'>,
): GroupState {
  const row = onlyState(before);
  const { body, change, seq } = message;
  if (change?.action === 'join' || change?.action === 'add') return cameAfter(row, seq, change.action === 'join');
  if (body?.type !== 'state') return row;
  const of = body.repeats ?? seq;
  // It cannot repeat what was not there yet.
  if (of > seq || (of === seq && body.repeats !== undefined)) return row;
  const place = { seq: of, at: seq };
  const { title: text, pins } = body;
  return {
    ...row,
    toldAt: Math.max(row.toldAt ?? 0, seq),
    ...(text !== undefined && isNewer(place, row.title) && { title: { text, ...place } }),
    ...(pins !== undefined && isNewer(place, row.pinned) && { pinned: { targets: pins.slice(0, maxPins), ...place } }),
    ...picturesAfter(row.pictures, message.sender, body.picture, place),
  };
}

/** How it stands once everything above a seq is gone; `read`: from the records that stay. */
export function stateUpTo(row: GroupState, seq: number, read: GroupState): GroupState {
  const title = (row.title?.at ?? row.title?.seq ?? 0) > seq ? read.title : row.title;
  const pinned = (row.pinned?.at ?? 0) > seq ? read.pinned : row.pinned;
  const toldAt = (row.toldAt ?? 0) > seq ? read.toldAt : row.toldAt;
  const came = (row.came?.seq ?? 0) > seq ? read.came : row.came;
  const pictures = picturesOf([...(row.pictures ?? []).filter(({ at }) => at <= seq), ...(read.pictures ?? [])]);
  return {
    title,
    ...(pinned && { pinned }),
    ...pictures,
    ...(toldAt !== undefined && { toldAt }),
    ...(came && { came }),
  };
}

/** The row with another state. */
export function withState(row: ConversationRow, state: GroupState): ConversationRow {
  const { pinned: _, pictures: _pictures, toldAt: _told, came: _came, ...rest } = row;
  return { ...rest, ...state };
}

/** What is pinned, the newest pin first: what the newest snapshot says, and the single pins that came after it. */
export function pinsOf({ pins, pinned }: Pick<ConversationRow, 'pins' | 'pinned'>): readonly number[] {
  const since = new Map<number, { readonly seq: number; readonly pinned: boolean }>();
  for (const pin of pins)
    if (pin.seq > (pinned?.seq ?? 0) && (since.get(pin.target)?.seq ?? 0) < pin.seq) since.set(pin.target, pin);
  const later = [...since]
    .filter(([, pin]) => pin.pinned)
    .sort(([, a], [, b]) => b.seq - a.seq)
    .map(([target]) => target);
  return [...later, ...(pinned?.targets ?? []).filter((target) => !since.has(target))].slice(0, maxPins);
}

/** The snapshot as this device knows it, with what is on its way, and then a change. */
export function stateWith(
  row: ConversationRow,
  pending: Iterable<OutboxRow>,
  change:
    | { readonly title: string }
    | { readonly target: number; readonly pinned: boolean }
    | { readonly picture: PictureBody | null },
): StateBody {
  let title = row.title?.text;
  let pins = pinsOf(row);
  for (const body of statesOf(pending)) {
    title = body.title ?? title;
    pins = body.pins ?? pins;
  }
  if ('title' in change) title = change.title;
  else if ('target' in change) {
    const others = pins.filter((target) => target !== change.target);
    pins = change.pinned ? [change.target, ...others].slice(0, maxPins) : others;
  }
  return {
    type: 'state',
    ...(title !== undefined && { title }),
    pins: [...pins],
    timer_seconds: row.server.timer_seconds,
    // It is the largest part by far, has a place of its own, and is not said with what is new beside it: else each pin
    // would cost everybody a picture, and whoever may pin could change it.
    ...('picture' in change && { picture: change.picture }),
    changed: 'title' in change ? 'title' : 'picture' in change ? 'picture' : 'pins',
  };
}

/** The snapshot once more, for those who came, with the picture; null when this device does not know it. */
export function stateAgain(row: ConversationRow, picture: PictureBody | null = null): StateBody | null {
  const of = Math.max(row.title?.seq ?? 0, row.pinned?.seq ?? 0);
  if (row.title === null || of === 0) return null;
  const { timer_seconds } = row.server;
  const known = { type: 'state' as const, title: row.title.text, pins: [...pinsOf(row)], timer_seconds };
  return { ...known, ...(picture && { picture }), repeats: of };
}

/** After whom a group is called as long as its title is not known: its owner, an administrator, anybody but oneself. */
export function namesakeOf(members: readonly Member[], me: AccountId): AccountId | null {
  const others = members.filter(({ account }) => account !== me);
  const byRank = (one: Member, other: Member) =>
    ranks[one.role] - ranks[other.role] || (one.account < other.account ? -1 : 1);
  return others.toSorted(byRank)[0]?.account ?? null;
}

/** A member list with who has led it when, and with whose link this account came into it, if it did. */
export function withChain(row: MembersRow, chain: Chain | null, me: AccountId): MembersRow {
  if (chain === null) return row;
  const link = chain.members.find(({ account }) => account === me)?.link;
  return { ...row, led: chain.led, ...(link !== undefined && link !== me && { link }) };
}

/** The record from which this device has the newest snapshot; 0 when there is none. */
export function stateSeq({ title, pinned }: GroupState): number {
  const [one, other] = [title ?? unsaid, pinned ?? unsaid];
  const newest = one.seq >= other.seq ? one : other;
  return newest.at ?? newest.seq;
}

/** Has somebody come since it was last said, and is it certain here what to say? `listed`: what the own devices know. */
export function owesState(row: ConversationRow, pending: Iterable<OutboxRow>, listed: number): boolean {
  const { came, toldAt = 0, server, head, ranges } = row;
  if (server.kind !== 'group' || server.role === undefined || came === undefined || toldAt > came.seq) return false;
  // One that was refused does not go again by itself.
  if ([...pending].some(({ body }) => body?.type === 'state')) return false;
  const at = stateSeq(row);
  const isCertain = at > 0 && (at === listed || (rangeAt(ranges, at)?.[1] ?? 0) >= head);
  return isCertain && stateAgain(row) !== null;
}

/** States that wait to be sent and are new, the oldest first. What is said again may be older than they are. */
export function statesOf(pending: Iterable<OutboxRow>): readonly StateBody[] {
  return [...pending]
    .filter((row) => row.error === null)
    .sort((a, b) => a.lamport - b.lamport || (a.id < b.id ? -1 : 1))
    .flatMap(({ body }) => (body?.type === 'state' && body.repeats === undefined ? [body] : []));
}

/** Is there something in it that people are to see in the timeline? */
export function isStateShown(body: StateBody): boolean {
  const { repeats, changed = 'title', picture } = body;
  return repeats === undefined && (changed === 'title' || (changed === 'picture' && picture !== undefined));
}

function onlyState({ title, pinned, pictures, toldAt, came }: GroupState): GroupState {
  return {
    title,
    ...(pinned && { pinned }),
    ...(pictures && { pictures }),
    ...(toldAt !== undefined && { toldAt }),
    ...(came && { came }),
  };
}

const ranks: Readonly<Record<Role, number>> = { owner: 0, admin: 1, member: 2 };
const unsaid: { readonly seq: number; readonly at?: number } = { seq: 0, at: 0 };

function cameAfter(row: GroupState, seq: number, alone: boolean): GroupState {
  return (row.came?.seq ?? 0) >= seq ? row : { ...row, came: { seq, alone } };
}

/** Of what repeats the same record, the first one counts. */
function isNewer(
  place: { readonly seq: number; readonly at: number },
  known: { readonly seq: number; readonly at?: number } | null | undefined,
): boolean {
  if (known === null || known === undefined || place.seq > known.seq) return true;
  return place.seq === known.seq && place.at < (known.at ?? known.seq);
}
