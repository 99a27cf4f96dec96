// Which conversations an account is in, and their states. Reads are bounded: so many rows, so many at once. Somebody
// who came and went so often that not all rows are read counts as being in too many.
import type { AccountId, ConversationId } from '@parley/protocol';
import { limits as wire } from '@parley/protocol';
import { maxMembershipsRead, membershipsPage, statesAtOnce } from '../kernel/limits.ts';
import { visibleTo } from '../sequencer/pending-state.ts';
import type { ConversationRow, MembershipRow, Rows } from '../store/store.ts';
import { stateOf } from './access.ts';
import type { LiveRows } from './parts.ts';

/** The conversations that an account is in now, its log and its notes among them, by id and page by page. */
export async function* presentPages(rows: Rows, account: AccountId): AsyncIterable<readonly ConversationId[]> {
  for await (const page of pages(rows, account)) yield page.filter((row) => !row.left).map((row) => row.conversation);
}

/** Those that it is invited to, or waits to be let into, or did until that ran out. */
export async function* pendingPages(rows: Rows, account: AccountId): AsyncIterable<readonly ConversationId[]> {
  for await (const page of pages(rows, account))
    yield page.filter((row) => row.left && row.asked?.open).map((row) => row.conversation);
}

async function* pages(rows: Rows, account: AccountId): AsyncIterable<readonly MembershipRow[]> {
  let after: readonly string[] | undefined;
  for (;;) {
    const range = { prefix: [account], limit: membershipsPage, ...(after === undefined ? {} : { after }) };
    const page = await rows.list('memberships', range);
    yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < membershipsPage) return;
    after = [last.conversation];
  }
}

/** States of the conversations that the account is invited to, or waits to be let into. As far as `maxMembershipsRead` rows show. */
export async function pendingStates(
  rows: LiveRows,
  account: AccountId,
  now: number,
): Promise<readonly ConversationRow[]> {
  const found: ConversationRow[] = [];
  let read = 0;
  for await (const page of pendingPages(rows, account)) {
    if (read >= maxMembershipsRead) break;
    for (const state of await statesOf(rows, page)) if (visibleTo(state, account, now) !== undefined) found.push(state);
    read += membershipsPage;
  }
  return found;
}

/** Is less pending for the account than may be? */
export async function hasPendingRoom(rows: LiveRows, account: AccountId, now: number): Promise<boolean> {
  return (await pendingStates(rows, account, now)).length < wire.maxPendingPerAccount;
}

/** The same at once, as far as `maxMembershipsRead` rows show. */
export async function presentIn(rows: Rows, account: AccountId): Promise<readonly ConversationId[]> {
  return (await present(rows, account)).conversations;
}

/** Is the account in fewer conversations than it may be? */
export async function hasRoom(rows: Rows, account: AccountId): Promise<boolean> {
  const { conversations, isWhole } = await present(rows, account);
  return isWhole && conversations.length < wire.maxConversationsPerAccount;
}

interface Present {
  readonly conversations: readonly ConversationId[];
  readonly isWhole: boolean;
}

async function present(rows: Rows, account: AccountId): Promise<Present> {
  const conversations: ConversationId[] = [];
  let read = 0;
  for await (const page of presentPages(rows, account)) {
    if (read >= maxMembershipsRead) return { conversations, isWhole: false };
    conversations.push(...page);
    read += membershipsPage;
  }
  return { conversations, isWhole: true };
}

/** The states of those that exist, in the order asked for. */
export async function statesOf(
  rows: LiveRows,
  conversations: readonly ConversationId[],
): Promise<readonly ConversationRow[]> {
  const states: ConversationRow[] = [];
  for (let at = 0; at < conversations.length; at += statesAtOnce) {
    const some = conversations.slice(at, at + statesAtOnce);
    for (const state of await Promise.all(some.map((conversation) => stateOf(rows, conversation))))
      if (state !== undefined) states.push(state);
  }
  return states;
}
