// Which conversations an account is in, and their states. Reads are bounded: so many rows, so many at once.
import type { AccountId, ConversationId } from '@parley/protocol';
import { limits as wire } from '@parley/protocol';
import { maxMembershipsRead, membershipsPage, statesAtOnce } from '../kernel/limits.ts';
import type { ConversationRow, Rows } from '../store/store.ts';
import { stateOf } from './access.ts';
import type { LiveRows } from './parts.ts';

/** The conversations that the account is in now, its log and its notes among them, by id. */
export async function presentIn(rows: Rows, account: AccountId): Promise<readonly ConversationId[]> {
  const present: ConversationId[] = [];
  let after: readonly string[] | undefined;
  for (let read = 0; read < maxMembershipsRead; read += membershipsPage) {
    const range = { prefix: [account], limit: membershipsPage, ...(after === undefined ? {} : { after }) };
    const page = await rows.list('memberships', range);
    for (const row of page) if (!row.left) present.push(row.conversation);
    const last = page.at(-1);
    if (last === undefined || page.length < membershipsPage) return present;
    after = [last.conversation];
  }
  return present;
}

/** Is the account in fewer conversations than it may be? */
export async function hasRoom(rows: Rows, account: AccountId): Promise<boolean> {
  return (await presentIn(rows, account)).length < wire.maxConversationsPerAccount;
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
