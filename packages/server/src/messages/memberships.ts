// Which conversations an account is in, and their states. Reads are bounded: so many rows, so many at once. Somebody
// who came and went so often that not all rows are read counts as being in too many.
import type { AccountId, ConversationId } from '@parley/protocol';
import { limits as wire } from '@parley/protocol';
import { maxMembershipsRead, membershipsPage, statesAtOnce } from '../kernel/limits.ts';
import type { ConversationRow, Rows } from '../store/store.ts';
import { stateOf } from './access.ts';
import type { LiveRows } from './parts.ts';

/** The conversations that an account is in now, its log and its notes among them, by id and page by page. */
export async function* presentPages(rows: Rows, account: AccountId): AsyncIterable<readonly ConversationId[]> {
  let after: readonly string[] | undefined;
  for (;;) {
    const range = { prefix: [account], limit: membershipsPage, ...(after === undefined ? {} : { after }) };
    const page = await rows.list('memberships', range);
    yield page.filter((row) => !row.left).map((row) => row.conversation);
    const last = page.at(-1);
    if (last === undefined || page.length < membershipsPage) return;
    after = [last.conversation];
  }
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
