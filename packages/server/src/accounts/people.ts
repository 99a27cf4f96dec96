// Who other people are: by id (whoever has one has met it), by the exact handle, and, where the operator allows it, by
// how a handle or name begins. Promise: a handle that nobody has, that cannot be, and whose owner is gone is one answer.
import { AccountId, type RouteResult, limits as wireLimits } from '@parley/protocol';
import { type AccountRow, foldName } from '../directory/directory.ts';
import type { Handlers } from '../kernel/handlers.ts';
import { accountsPerRead, maxSearchedPeople } from '../kernel/limits.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import { isPresent, toAccount } from './account-views.ts';
import { ownRow } from './callers.ts';
import { parseHandle } from './handles.ts';
import type { Context } from './parts.ts';

const accountPattern = new RegExp((AccountId as unknown as { readonly pattern: string }).pattern);

export function createPeople(context: Context) {
  const { directory, limits } = context;
  return {
    getAccount: async ({ params }) => {
      const [row] = await directory.accounts.get([params.account]);
      return row === undefined ? refuse('account.unknown') : ok(toAccount(row));
    },
    listAccounts: async ({ query }) => {
      const ids = readIds(query.ids);
      if (!ids.ok) return ids;
      const rows = await directory.accounts.get(ids.value);
      return ok({ items: rows.map(toAccount), has_more: false });
    },
    findHandle: async (call) => {
      const own = await ownRow(context, call);
      if (!own.ok) return own;
      // Only a look-up that finds nobody counts: who guesses is slowed down, who knows people is not.
      const allowed = await limits.lookUp(own.value.account);
      if (!allowed.ok) return allowed;
      const handle = own.value.kind === 'guest' ? null : parseHandle(call.params.handle);
      const row = await directory.accounts.byHandle(handle ?? '');
      if (!isPresent(row)) return refuse('account.unknown');
      await allowed.value.passed();
      return ok(toAccount(row));
    },
    searchPeople: async (call): Promise<Result<RouteResult<'searchPeople'>, 'auth.required'>> => {
      const own = await ownRow(context, call);
      if (!own.ok) return own;
      const prefix = foldName(call.query.q.trim().replace(/^@/, ''));
      if (prefix === '') return ok({ items: [], has_more: false });
      const everybody = context.policy.people === 'members' && own.value.kind !== 'guest';
      const rows = everybody
        ? await directory.people.search(prefix, maxSearchedPeople)
        : await searchContacts(context, own.value.account, prefix);
      return ok({ items: rows.map(toAccount), has_more: false });
    },
  } satisfies Partial<Handlers>;
}

async function searchContacts(
  { conversations, directory }: Context,
  account: AccountId,
  prefix: string,
): Promise<readonly AccountRow[]> {
  const contacts = await conversations.contactsOf(account);
  const found: AccountRow[] = [];
  for (let at = 0; at < contacts.length; at += accountsPerRead)
    for (const row of await directory.accounts.get(contacts.slice(at, at + accountsPerRead)))
      if (row.state === 'active' && (row.handle.startsWith(prefix) || foldName(row.name).startsWith(prefix)))
        found.push(row);
  return found.sort((a, b) => (a.handle < b.handle ? -1 : 1)).slice(0, maxSearchedPeople);
}

function readIds(text: string): Result<readonly AccountId[], 'frame.invalid'> {
  const ids = [...new Set(text.split(','))];
  if (ids.length > wireLimits.maxAccountsPerLookup || !ids.every((id) => accountPattern.test(id)))
    return refuse('frame.invalid', { path: '/ids' });
  return ok(ids as AccountId[]);
}
