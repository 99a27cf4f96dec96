// What the contracts of queues and of sealed things share: two people, something sent, and the end of an account.
import type { DeviceId } from '@parley/protocol';
import type { Directory } from './directory.ts';
import type { ToDeviceRow } from './keys.ts';
import { accountId, deviceId, intentRow, signUp } from './sample-rows.ts';

export const ana = accountId('ana');
export const ben = accountId('ben');
export const ana1 = deviceId('ana1');
export const ben1 = deviceId('ben1');

export const sent = (txn: string, device: DeviceId = ana1): ToDeviceRow => ({
  device,
  sender: ben,
  senderDevice: ben1,
  txn,
  type: 'parley.test',
  content: `content of ${txn}`,
});

export async function people(directory: Directory): Promise<void> {
  for (const handle of ['ana', 'ben']) await directory.accounts.signUp(signUp(handle));
}

export const waiting = async ({ toDevice }: Directory, device = ana1, after = 0) =>
  (await toDevice.page(device, after, 1_000)).map((row) => row.txn);

/** The account is deleted, as the use case does it. */
export async function erase({ accounts }: Directory): Promise<void> {
  await accounts.change(ana, { state: 'leaving' }, { intent: intentRow('delete', ana) });
  await accounts.erase(ana, intentRow('delete', ana).intent);
}
