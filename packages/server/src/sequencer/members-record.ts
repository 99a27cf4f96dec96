// How members records are placed: the tail says what changed, in the words of the protocol. Pure. It must never show
// the secret hash of an invite.
import type { MemberChange } from '@parley/protocol';
import { limits } from '@parley/protocol';
import type { Entry } from '../log/log.ts';
import { type ConversationRow, openRoomPrefix, type Write } from '../store/store.ts';
import { chained } from './chain.ts';
import type { MemberList } from './membership.ts';
import { extendTail, place } from './place.ts';
import type { MembersRecord } from './record.ts';
import { rfc3339 } from './rfc3339.ts';
import { type Effects, none, unchanged, type View } from './view.ts';

/** Everything that the rules of one change look at. */
export interface Case {
  readonly view: View;
  readonly entry: Entry;
  readonly record: MembersRecord;
  readonly state: ConversationRow;
}

/** Places a record that changes the member list. */
export function placeList(at: Case, list: MemberList, change: MemberChange, state = at.state): Effects {
  const { view, entry, record } = at;
  const tail = membersTail(entry, record, change);
  const { joined, left, concerned } = list;
  const next = chained(record, list.apply(state), change);
  const others = [...list.writes, ...next.writes];
  const parts = { kind: 'members', tail } as const;
  return place(view.logId, entry, record, next.state, parts, { others, joined, left, concerned });
}

/** Places a record that makes or ends a link: a change of the list of a group, as it says who may come in. */
export function placeLink(at: Case, state: ConversationRow, change: MemberChange): Effects {
  if (state.kind !== 'group') return placeState(at, state, change);
  const next = chained(at.record, { ...state, memberN: state.memberN + 1 }, change);
  return placeState(at, next.state, change, next.writes);
}

/** Places a record that changes the state but not the member list. */
export function placeState(
  at: Case,
  state: ConversationRow,
  change: MemberChange,
  others: readonly Write[] = none,
): Effects {
  const { view, entry, record } = at;
  const parts = { kind: 'members', tail: membersTail(entry, record, change) } as const;
  return place(view.logId, entry, record, state, parts, { others });
}

/** Open rooms are facts, so that they are found without reading every conversation. */
export function listingOf({ conversation, access }: ConversationRow): Write {
  return {
    table: 'facts',
    row: { name: openRoomPrefix + conversation, value: access === 'open' ? '1' : '' },
  };
}

/** Has it as many members as it can? */
export function isFull(state: ConversationRow): boolean {
  return state.memberCount >= (state.kind === 'room' ? limits.maxRoomMembers : limits.maxGroupMembers);
}

/** The verdict that an earlier record had, stored for this identity too. Nothing is shown. */
export function nothingToDo(view: View, entry: Entry, record: MembersRecord, seq: number): Effects {
  const { conversation, sender, id } = record;
  return {
    ...unchanged({ state: 'accepted', seq, repeat: true }),
    id: { conversation, sender, id, seq, code: '', logId: view.logId, offset: entry.offset },
  };
}

/** The record's tail (or device and append time when it has none), the change, and the entry that says so too. */
export function membersTail(entry: Entry, record: MembersRecord, change: MemberChange): Uint8Array {
  const signed = record.entry === undefined ? '' : `,"entry":${JSON.stringify(record.entry)}`;
  const shown = `"change":${JSON.stringify(change)}${signed}`;
  if (record.tail.length > 0) return extendTail(record.tail, shown);
  const device = record.device === null ? '' : `"device":"${record.device}",`;
  return extendTail(record.tail, `${device}"timestamp":"${rfc3339(entry.time)}",${shown}`);
}
