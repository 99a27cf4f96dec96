// How a group stands: its title, what is pinned and its picture, one snapshot that only its members can read. Whoever changes it says
// all of it; it is said again for those who come later, and counts then as what it repeats, so that saying something
// again never undoes what is newer. Pure, order-free and idempotent. [ENC]
import type { AccountId, Member, PictureBody, Role, StateBody } from '@parley/protocol';
import { maxPins } from '@parley/protocol/limits';
import type { Chain } from './crypto/membership.ts';
import { type Leading, leadsAt, newestOfEach } from './group-leads.ts';
import { pictureRow } from './group-picture.ts';
import { titleOf } from './group-title.ts';
import { rangeAt } from './ranges.ts';
import type { ConversationRow, MembersRow, MessageRow, OutboxRow, SaidRow } from './rows.ts';

/** Where the own devices say that the newest snapshot is, and the records with the picture and the title, where they are others; 0: nowhere. */
export interface StatePlaces {
  readonly state: number;
  readonly picture: number;
  readonly title: number;
}

export const nowhere: StatePlaces = { state: 0, picture: 0, title: 0 };

/** What is kept of it in the row of a conversation. */
export type GroupState = Pick<ConversationRow, 'titles' | 'pinned' | 'pictures' | 'cut' | 'tellers' | 'came'>;

/** How it stands after a record. `members`: who leads it, as far as it is known, for what is to be remembered. */
export function stateAfter(
  before: GroupState,
  message: Pick<MessageRow, 'seq' | 'sender' | 'body' | 'change'>,
  members?: Leading | null,
): GroupState {
  const row = onlyState(before);
  const { body, change, seq, sender: by } = message;
  if (change?.action === 'join' || change?.action === 'add') return cameAfter(row, seq, change.action === 'join');
  if (body?.type !== 'state') return row;
  const of = body.repeats ?? seq;
  // It cannot repeat what was not there yet.
  if (of > seq || (of === seq && body.repeats !== undefined)) return row;
  const place = { seq: of, at: seq };
  const { title: text, pins } = body;
  const picture = pictureRow(body.picture, { ...place, by });
  const said: GroupState = {
    titles: text === undefined ? [] : [{ ...place, by, text }],
    pictures: picture === null ? [] : [picture],
    tellers: text === undefined ? [] : [{ seq, at: seq, by }],
  };
  return {
    ...withSaid(row, said, members),
    ...(pins !== undefined && isNewer(place, row.pinned) && { pinned: { targets: pins.slice(0, maxPins), ...place } }),
  };
}

/** With what else people have said of title and picture, and that they did. */
export function withSaid(before: GroupState, said: GroupState, members: Leading | null | undefined): GroupState {
  const row = onlyState(before);
  const titles = newestOfEach(row.titles, said.titles, members);
  const pictures = newestOfEach(row.pictures, said.pictures, members);
  const tellers = newestOfEach(row.tellers, said.tellers, members);
  return {
    ...row,
    ...(titles.rows && { titles: titles.rows }),
    ...(pictures.rows && { pictures: pictures.rows }),
    ...(tellers.rows && { tellers: tellers.rows }),
    ...((titles.isCut || pictures.isCut || said.cut) && { cut: true as const }),
  };
}

/** How it stands once everything above a seq is gone; `read`: from the records that stay. */
export function stateUpTo(row: GroupState, seq: number, read: GroupState): GroupState {
  const stays = <T extends SaidRow>(rows: readonly T[] = []) => rows.filter(({ at }) => at <= seq);
  const pinned = (row.pinned?.at ?? 0) > seq ? read.pinned : row.pinned;
  const came = (row.came?.seq ?? 0) > seq ? read.came : row.came;
  const said = { titles: stays(row.titles), pictures: stays(row.pictures), tellers: stays(row.tellers) };
  const before: GroupState = { ...(row.cut && { cut: true }), ...(pinned && { pinned }), ...(came && { came }) };
  return withSaid(withSaid(before, said, null), read, null);
}

/** The row with another state. */
export function withState(row: ConversationRow, state: GroupState): ConversationRow {
  const { titles: _, pinned: _pinned, pictures: _pictures, cut: _cut, tellers: _told, came: _came, ...rest } = row;
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

/** What this device shows as pinned in a group: the newest snapshot that is on its way says all of it. */
export function pinsShown(
  row: Pick<ConversationRow, 'pins' | 'pinned'>,
  pending: Iterable<OutboxRow>,
): readonly number[] {
  return statesOf(pending).at(-1)?.pins ?? pinsOf(row);
}

/** The snapshot as this device knows it, with what is on its way, and then a change. */
export function stateWith(
  row: ConversationRow,
  pending: Iterable<OutboxRow>,
  change:
    | { readonly title: string }
    | { readonly target: number; readonly pinned: boolean }
    | { readonly picture: PictureBody | null },
  members: Leading | undefined,
): StateBody {
  let title = titleOf(row, members)?.text;
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
export function stateAgain(
  row: ConversationRow,
  members: Leading | undefined,
  picture: PictureBody | null = null,
): StateBody | null {
  const title = titleOf(row, members);
  if (title === null) return null;
  const { timer_seconds } = row.server;
  const known = { type: 'state' as const, title: title.text, pins: [...pinsOf(row)], timer_seconds };
  return { ...known, ...(picture && { picture }), repeats: Math.max(title.seq, row.pinned?.seq ?? 0) };
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
export function stateSeq(row: Pick<ConversationRow, 'titles' | 'pinned'>, members: Leading | undefined): number {
  const [one, other] = [titleOf(row, members) ?? unsaid, row.pinned ?? unsaid];
  return one.seq >= other.seq ? one.at : other.at;
}

/**
 * Has somebody come since it was last said, and is it certain here what to say? What counts is said by who leads it: who
 * does says it, too, where only others have. `listed`: what the own devices know.
 */
export function owesState(
  row: ConversationRow,
  pending: Iterable<OutboxRow>,
  {
    members,
    listed,
    me,
  }: { readonly members: MembersRow | undefined; readonly listed: number; readonly me: AccountId },
): boolean {
  const { tellers = [], came, server, head, ranges } = row;
  if (server.kind !== 'group' || server.role === undefined || came === undefined) return false;
  const leads = leadsAt(members, me, head + 1);
  if (tellers.some(({ at, by }) => at > came.seq && (!leads || leadsAt(members, by, at)))) return false;
  // One that was refused does not go again by itself.
  if ([...pending].some(({ body }) => body?.type === 'state')) return false;
  const at = stateSeq(row, members);
  // Of whom it is not known that they lead, it is not known that they have changed it.
  const isListKnown = members !== undefined && members.memberN >= server.member_n && members.fault === undefined;
  const isCertain = isListKnown && at > 0 && (at === listed || (rangeAt(ranges, at)?.[1] ?? 0) >= head);
  return isCertain && stateAgain(row, members) !== null;
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

function onlyState({ titles, pinned, pictures, cut, tellers, came }: GroupState): GroupState {
  return {
    ...(titles && { titles }),
    ...(pinned && { pinned }),
    ...(pictures && { pictures }),
    ...(cut && { cut }),
    ...(tellers && { tellers }),
    ...(came && { came }),
  };
}

const ranks: Readonly<Record<Role, number>> = { owner: 0, admin: 1, member: 2 };
const unsaid = { seq: 0, at: 0 };

function cameAfter(row: GroupState, seq: number, alone: boolean): GroupState {
  return (row.came?.seq ?? 0) >= seq ? row : { ...row, came: { seq, alone } };
}

/** Of what repeats the same record, the first one counts. */
function isNewer(
  place: { readonly seq: number; readonly at: number },
  known: { readonly seq: number; readonly at: number } | undefined,
): boolean {
  if (known === undefined || place.seq > known.seq) return true;
  return place.seq === known.seq && place.at < known.at;
}
