// Whose keys changed, of those whom the caller may know: what its lists are kept right by. Promise: a change that is
// past is told, or everybody is; nobody hears of a stranger.
import type { AccountId } from '@parley/protocol';
import { limits as wire } from '@parley/protocol';
import { callerOf } from '../accounts/callers.ts';
import type { Handlers } from '../kernel/handlers.ts';
import { maxKeyChangesRead } from '../kernel/limits.ts';
import { ok } from '../kernel/result.ts';
import type { KeysContext } from './parts.ts';
import { countsOf } from './upload.ts';

export function createChanges(context: KeysContext) {
  const { acquaintances, directory } = context;
  return {
    listKeyChanges: async (call) => {
      const { account, device } = callerOf(call);
      const { since } = call.query;
      const [{ head }, counts] = await Promise.all([directory.keys.changes(null, 1), countsOf(context, device)]);
      const nobody = { n: head, has_more: false, accounts: [], ...counts };
      if (since === undefined) return ok({ ...nobody, all: false });
      // Above the end: the server was restored from before. Far behind: reading it all would cost more than asking anew.
      if (since > head || head - since > maxKeyChangesRead) return ok({ ...nobody, all: true });
      const { n, changed, hasMore } = await changedAfter(since);
      const known = await acquaintances.among(account, changed);
      return ok({ n, has_more: hasMore, accounts: changed.filter((each) => known.has(each)), all: false, ...counts });
    },
  } satisfies Partial<Handlers>;

  /** As many entries as name at most a page of accounts. */
  async function changedAfter(since: number) {
    const { rows, head } = await directory.keys.changes(since, maxKeyChangesRead);
    const changed = new Set<AccountId>();
    let n = since;
    for (const row of rows) {
      if (changed.size === wire.maxPageItems && !changed.has(row.account))
        return { n, changed: [...changed], hasMore: true };
      changed.add(row.account);
      n = row.n;
    }
    const hasMore = rows.length === maxKeyChangesRead;
    return { n: hasMore ? n : Math.max(n, head), changed: [...changed], hasMore };
  }
}
