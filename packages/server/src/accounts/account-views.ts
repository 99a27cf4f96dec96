// What is shown of accounts and devices: rows of the directory in the words of the protocol. Pure. It must never show
// a hash, nor anything of an account that is gone.
import type { Account, ConversationId, DeviceId, Me } from '@parley/protocol';
import type { AccountRow } from '../directory/directory.ts';
import { rfc3339 } from '../sequencer/rfc3339.ts';

/** Stands for the handle of an account that is gone; nobody may take it. */
const goneHandle = 'deleted';
const goneName = 'Deleted account';

/** What anybody who may know of the account sees. */
export function toAccount({ account, handle, name, about, kind, state }: AccountRow): Account {
  if (state === 'leaving' || state === 'deleted')
    return { account, handle: goneHandle, name: goneName, kind, deleted: true };
  return { account, handle, name, kind, ...(about === '' ? {} : { about }) };
}

/** What the account itself sees, on this device. */
export function toMe(
  row: AccountRow,
  device: DeviceId,
  own: { readonly account_log: ConversationId; readonly notes: ConversationId },
): Me {
  const { admin, createdAt } = row;
  return { ...toAccount(row), ...own, device, admin, created_at: rfc3339(createdAt) };
}

/** Does the account exist, for others? */
export function isPresent(row: AccountRow | undefined): row is AccountRow {
  return row !== undefined && (row.state === 'active' || row.state === 'disabled');
}
