// What changed for an account since it last asked, page by page: every conversation of it in which something that it
// may know is newer. `since` is where the log and the marks stood, and how far a list that is being paged has got. It
// promises that no cut of the pages loses a change; it must never page through what did not change.
import type { AccountId, Conversation, ConversationId } from '@parley/protocol';
import { limits as wire } from '@parley/protocol';
import { changesAtOnce, changesHeadroomBytes, maxChangesExamined } from '../kernel/limits.ts';
import type { ConversationRow, MembershipRow } from '../store/store.ts';
import { intervalsOf, peerOf, stateOf } from './access.ts';
import { type ConversationViews, changeSeen, sightFor, type ViewParts } from './conversation-view.ts';
import { hasMarks } from './mark-sight.ts';
import type { Mark } from './marks.ts';
import type { Positions } from './parts.ts';
import { ended } from './pending-view.ts';
import { type Moment, type Place, readSince, writeSince } from './since.ts';

/** What changes are found with. */
export interface ChangesParts extends ViewParts {
  readonly views: ConversationViews;
  readonly positions: Positions;
  /** Names the log and its epoch: a `since` of another one stands for nothing. */
  readonly origin: () => string;
}

/** A page of changes: conversations as JSON texts. */
export interface ChangesPage {
  readonly items: readonly string[];
  readonly hasMore: boolean;
  readonly since: string;
}

/** Finds what changed. */
export type Changes = (account: AccountId, since: string | null, limit?: number) => Promise<ChangesPage>;

/** Finds changes with these parts. */
export function createChanges(parts: ChangesParts): Changes {
  const { rows, settings, marks, views, positions, origin } = parts;

  return async function page(account, since, limit = wire.maxPageItems) {
    const now: Moment = { position: await positions.now(), marks: marks.now() };
    const told = readSince(since, origin(), positions.bound);
    const from = told?.from ?? null;
    // A list that is being paged began at its own moment: what changes meanwhile is found after it.
    const began = told?.list?.began ?? now;
    let after = told?.list?.after ?? null;
    const sheet = new Sheet(limit);
    for (let examined = 0; examined < maxChangesExamined; examined += changesAtOnce) {
      const found = await rows.list('memberships', {
        prefix: [account],
        ...(after !== null && { after: [after] }),
        limit: changesAtOnce,
      });
      const items = await Promise.all(found.map((row) => itemOf(account, row, from)));
      for (const [at, item] of items.entries()) {
        if (item !== null && !sheet.add(item)) return more(sheet, { from, list: { began, after } });
        after = found[at]?.conversation ?? after;
      }
      if (found.length < changesAtOnce) return last(sheet, began);
    }
    return more(sheet, { from, list: { began, after } });
  };

  function more(sheet: Sheet, place: Place): ChangesPage {
    return { items: sheet.items, hasMore: true, since: writeSince(origin(), place) };
  }

  function last(sheet: Sheet, began: Moment): ChangesPage {
    return { items: sheet.items, hasMore: false, since: writeSince(origin(), { from: began, list: null }) };
  }

  /** The conversation, if something in it is newer. */
  async function itemOf(account: AccountId, row: MembershipRow, from: Moment | null): Promise<Conversation | null> {
    if (from === null) return views.of(account, row.conversation);
    if (!(await isChanged(account, row, from))) return null;
    const state = await stateOf(rows, row.conversation);
    const isNewcomer =
      state !== undefined && positions.ofState(state) > from.position && (await mayKnowMore(account, state, from));
    const view = await views.of(account, row.conversation, isNewcomer ? 0 : marks.after(from.marks));
    return view ?? (state !== undefined && row.asked !== undefined ? ended(row.conversation, state) : null);
  }

  /** A record may have made contacts of two, or let somebody in: then marks that rose before it are news. */
  async function mayKnowMore(account: AccountId, state: ConversationRow, from: Moment): Promise<boolean> {
    if (state.kind === 'direct') return state.contact;
    const joinedSeq = state.members?.get(account)?.joinedSeq ?? 1;
    return joinedSeq > 1 && (await isNewer(state.conversation, joinedSeq, from));
  }

  async function isChanged(account: AccountId, row: MembershipRow, from: Moment): Promise<boolean> {
    const { conversation } = row;
    const areMarksUnmoved = marks.isUnmoved(conversation, from.marks);
    if (areMarksUnmoved && positions.isUnchanged(conversation, from.position)) return false;
    const state = await stateOf(rows, conversation);
    if (state === undefined) return false;
    if (positions.ofState(state) > from.position && (!row.left || (await leftAfter(account, row, from)))) return true;
    return !areMarksUnmoved && (await haveMarksRisen(account, state, marks.after(from.marks)));
  }

  /** Who has left, is invited, or is that no more, is told so once, and nothing of what happens later. */
  async function leftAfter(account: AccountId, { conversation, asked }: MembershipRow, from: Moment): Promise<boolean> {
    if (asked !== undefined) return isNewer(conversation, asked.seq, from);
    return isNewer(conversation, (await intervalsOf(rows, conversation, account)).at(-1)?.leftSeq ?? 0, from);
  }

  /** Was the record at this seq applied after that? */
  async function isNewer(conversation: ConversationId, seq: number, from: Moment): Promise<boolean> {
    const message = await rows.get('messages', [conversation, seq]);
    return message === undefined || (await positions.ofMessage(message)) > from.position;
  }

  /** Did the own read mark, or a mark that the account may see, rise after this? Few have, so settings are asked last. */
  async function haveMarksRisen(account: AccountId, state: ConversationRow, after: number): Promise<boolean> {
    const { conversation, members } = state;
    if (!hasMarks(state)) return false;
    if (members?.has(account) !== true) return (await marks.own(conversation, account)).readChange > after;
    const risen: Mark[] = [];
    for (const mark of await marks.all(conversation, account)) {
      if (mark.account === account) {
        if (mark.readChange > after) return true;
      } else if (members.has(mark.account) && changeSeen(mark, 'all') > after) risen.push(mark);
    }
    if (risen.length === 0) return false;
    const sight = await sightFor(settings, state, account, peerOf(state, account));
    return sight !== 'nothing' && risen.some((mark) => changeSeen(mark, sight) > after);
  }
}

/** A page that is being filled. */
class Sheet {
  readonly items: string[] = [];
  readonly #limit: number;
  #room = wire.maxPageBytes - changesHeadroomBytes;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False when it does not fit any more. The first one always does. */
  add(item: Conversation): boolean {
    if (this.items.length >= this.#limit) return false;
    const text = JSON.stringify(item);
    this.#room -= Buffer.byteLength(text) + 1;
    if (this.#room < 0 && this.items.length > 0) return false;
    this.items.push(text);
    return true;
  }
}

/** A page as the `changes` frame. */
export function encodeChanges(page: ChangesPage, ref?: string): Uint8Array {
  const asked = ref === undefined ? '' : `"ref":${JSON.stringify(ref)},`;
  return Buffer.from(
    `{"type":"changes",${asked}"items":[${page.items.join(',')}],"has_more":${page.hasMore},"since":"${page.since}"}`,
  );
}
