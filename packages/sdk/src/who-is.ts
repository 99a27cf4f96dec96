// Whose store this is: asked of the server the first time, and when the device is another than before. A store never
// changes hands.
import type { AccountId, DeviceId, Me } from '@parley/protocol';
import { ChatError } from './error.ts';
import type { Replica } from './replica.ts';
import type { Rest } from './rest.ts';
import { keys, put } from './rows.ts';

/** What is known beforehand. */
interface Known {
  readonly me: Me | null;
  readonly login?: { readonly account: AccountId; readonly device: DeviceId };
}

/** The account of this store. Asks the server the first time, and when the device is another than before. */
export async function whoIs(replica: Replica, rest: Rest, { me: given, login }: Known): Promise<Me> {
  const known = replica.tables.fact('me');
  const account = given?.account ?? login?.account ?? known?.account;
  if (known !== null && known.account !== account) throw new ChatError('client.other_account');
  const isSame = known !== null && known.device === (given?.device ?? login?.device ?? known.device);
  if (known !== null && isSame) return known;
  const me = given ?? (await rest('getMe'));
  if (account !== undefined && me.account !== account) throw new ChatError('client.other_account');
  await replica.commit([put('facts', keys.fact('me'), me)]);
  return me;
}
