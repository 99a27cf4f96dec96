// The end of an account: sessions and profile at once, its conversations by an intent that survives a crash.
import type { AccountId } from '@parley/protocol';
import type { AccountRow } from '../directory/directory.ts';
import { deleteIntent } from './intent-rows.ts';
import { notify } from './notices.ts';
import type { Context } from './parts.ts';

/** Ends what has no session any more and can never have one: nobody could sign in to a guest again. */
export async function leaveIfStranded(context: Context, account: AccountId): Promise<void> {
  const [row] = await context.directory.accounts.get([account]);
  if (row?.kind !== 'guest' || (await context.directory.devices.list(account)).length > 0) return;
  await leave(context, row);
}

/** Begins the deletion and does what can be done now. False: it has begun already, or the password was changed. */
export async function leave(context: Context, { account, passwordHash }: AccountRow): Promise<boolean> {
  const { bus, clock, directory, intents, revocations } = context;
  const time = clock.now();
  const intent = deleteIntent(account, time);
  const end = { device: null, except: null, reason: 'revoked', time } as const;
  const also = { end, intent, ifPasswordHash: passwordHash };
  const left = await directory.accounts.change(account, { state: 'leaving' }, also);
  if (left === undefined) return false;
  revocations.announce(left.ended, 'revoked');
  notify(bus, [account], 'devices');
  await intents.perform(intent);
  return true;
}
