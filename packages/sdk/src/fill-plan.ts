// What to ask for next so that a conversation comes nearer to its head. Pure. [SYN]
import { maxPageItems } from '@parley/protocol/limits';
import { nowhere, type StatePlaces, stateSeq } from './group-state.ts';
import { hasTitle } from './group-title.ts';
import * as limits from './limits.ts';
import { newest, rangeAt, reached } from './ranges.ts';
import type { ConversationRow, MembersRow } from './rows.ts';

/** A page above or below a seq, the newest page, or (account log) the present settings. */
export type Plan = PagePlan | 'settings';
interface PagePlan {
  readonly after?: number;
  readonly before?: number;
  readonly limit: number;
}

/**
 * The next page of what was missed; null at the head. A large hole is skipped: its newest page comes, the rest on scroll.
 * `listed`: where the own devices say that a group says how it stands, and where its picture and its title are; 0: nowhere.
 */
export function planFill(row: ConversationRow, listed: StatePlaces = nowhere, members?: MembersRow): Plan | null {
  const { head, server } = row;
  const { kind } = server;
  const known = row.ranges.length > 0;
  const tail = known ? reached(row.ranges) : firstSeq(row) - 1;
  if (head <= tail) return planState(row, listed, members);
  const most = kind === 'room' ? limits.maxRoomFill : limits.maxFill;
  const whole = head - tail <= most && (known || !row.fresh);
  if (kind === 'account') return whole ? { after: tail, limit: maxPageItems } : 'settings';
  return whole ? { after: tail, limit: maxPageItems } : { limit: limits.windowRows };
}

/** The next page so that nothing is unknown from above a seq to the head: the holes, and once beyond all that is known. */
export function planLook(row: ConversationRow, above: number, hasAsked: boolean): Plan | null {
  let known = above;
  for (const [from, to] of row.ranges) if (from <= known + 1) known = Math.max(known, to);
  if (known < row.head || !hasAsked) return { after: known, limit: maxPageItems };
  return null;
}

/** Would the second plan ask the same again? */
export function isSamePlan(one: Plan, other: Plan): boolean {
  if (one === 'settings' || other === 'settings') return one === other;
  return one.after === other.after && one.before === other.before;
}

/** How a group stands is in its records: what another own device has found is read from there. */
function planState(
  row: ConversationRow,
  { state, picture, title }: StatePlaces,
  members: MembersRow | undefined,
): Plan | null {
  const first = firstSeq(row);
  const isThere = (seq: number) => row.server.kind === 'group' && seq >= first && seq <= row.head;
  const isNews = isThere(state) && state > stateSeq(row, members);
  const wanted = [isNews ? state : 0, picture, title].find((seq) => isThere(seq) && !rangeAt(row.ranges, seq));
  if (wanted === undefined) return isNews ? null : planTitle(row, members);
  // A whole page, so that nobody sees which of its records was wanted.
  return { after: Math.max(first, wanted - limits.windowRows / 2) - 1, limit: limits.windowRows };
}

/** Else a device that began at the newest page reads back to the title within a bound, then from the beginning. */
function planTitle(row: ConversationRow, members: MembersRow | undefined): Plan | null {
  const range = newest(row.ranges);
  if (row.server.kind !== 'group' || range === null || hasTitle(row, members)) return null;
  const [from, to] = range;
  const first = firstSeq(row);
  if (from <= first) return null;
  if (to - from < limits.maxTitleSearch) return { before: from, limit: maxPageItems };
  const isBegun = row.ranges.some(([low, high]) => low <= first && high >= first);
  return isBegun ? null : { after: first - 1, limit: limits.windowRows };
}

/** Where a conversation begins for this account, as far as it is fetched without being asked for. */
function firstSeq(row: ConversationRow): number {
  return row.server.kind === 'direct' || row.server.kind === 'account' ? 1 : Math.max(1, row.server.joined_seq);
}
