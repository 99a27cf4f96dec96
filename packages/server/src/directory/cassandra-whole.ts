// What holds for the whole directory in Cassandra, and whose a device is.
import type { AccountId, DeviceId } from '@parley/protocol';
import { numbersPerEpoch } from '../kernel/limits.ts';
import { accountOwner, deviceOwner, wholeOwner } from './cassandra-names.ts';
import type { Owners } from './cassandra-owners.ts';
import type { DehydratedRow } from './keys.ts';

/** After a restore. `noted`: empty until the keys of everybody count as changed, then null. */
export interface Whole {
  readonly epoch: number;
  readonly noted: string | null;
}

/** The epoch of the last restore, 0 before the first: keys that were there by then may have been given out. */
export async function epochOf(owners: Owners): Promise<number> {
  return ((await owners.slices.root(wholeOwner))?.value as Partial<Whole> | undefined)?.epoch ?? 0;
}

/** Queues of devices begin above this. */
export async function firstOfQueues(owners: Owners): Promise<number> {
  return (await epochOf(owners)) * numbersPerEpoch;
}

/** Can it receive: does it belong to somebody, signed in or as the one that receives while others are off? */
export async function isDevice(owners: Owners, device: DeviceId): Promise<boolean> {
  const account = await accountOfDevice(owners, device);
  if (account === undefined) return false;
  const rows = await owners.slices.named(accountOwner(account), [
    ['device', device],
    ['dehydrated', ''],
  ]);
  const dehydrated = rows.get('dehydrated ') as DehydratedRow | undefined;
  return rows.has(`device ${device}`) || dehydrated?.device === device;
}

/** Whose device this is or was. */
export async function accountOfDevice(owners: Owners, device: DeviceId): Promise<AccountId | undefined> {
  return ((await owners.slices.root(deviceOwner(device)))?.value as { account?: AccountId } | undefined)?.account;
}
