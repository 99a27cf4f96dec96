// Who asks, as a row of the directory: what every use case for signed-in devices begins with.
import type { AccountRow } from '../directory/directory.ts';
import { assert } from '../kernel/assert.ts';
import type { Caller } from '../kernel/handlers.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import type { Context } from './parts.ts';

/** The signed-in device of a route that is only for those. */
export function callerOf({ caller }: { readonly caller: Caller | null }): Caller {
  assert(caller !== null, 'a route for devices has a caller');
  return caller;
}

/** The caller's own row. `auth.required`: it has been deleted or disabled meanwhile. */
export async function ownRow(
  { directory }: Pick<Context, 'directory'>,
  call: { readonly caller: Caller | null },
): Promise<Result<AccountRow, 'auth.required'>> {
  const [row] = await directory.accounts.get([callerOf(call).account]);
  return row?.state === 'active' ? ok(row) : refuse('auth.required');
}
