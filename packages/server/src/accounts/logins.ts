// New logins: a device, its first token, and what its owner is told. The token leaves in the one answer that made it
// and is kept as a hash.
import { type AccountId, type DeviceId, idFromBytes, type Session } from '@parley/protocol';
import type { AccountRow, Login } from '../directory/directory.ts';
import { toMe } from './account-views.ts';
import type { Context } from './parts.ts';
import { mintToken, secretHash } from './tokens.ts';

/** A login that is not stored yet, and the token that only its device will know. */
export interface FreshLogin {
  readonly login: Login;
  readonly token: string;
}

/** A device of this name. `isProved`: it comes in with the recovery key. */
export function freshLogin(
  { clock, random }: Pick<Context, 'clock' | 'random'>,
  account: AccountId,
  name: string,
  isProved = false,
): FreshLogin {
  const device = idFromBytes('d', random.bytes(16)) as DeviceId;
  const token = mintToken(random);
  const createdAt = clock.now();
  const provedAt = isProved ? createdAt : null;
  const row = { device, account, name, createdAt, lastSeenAt: null, oldTokenUsedAt: null, provedAt };
  return { login: { device: row, tokenHash: secretHash(token) }, token };
}

/** The answer to whoever signed up or in. */
export function toSession(
  { conversations }: Pick<Context, 'conversations'>,
  row: AccountRow,
  fresh: FreshLogin,
): Session {
  return { me: toMe(row, fresh.login.device.device, conversations.own(row.account)), token: fresh.token };
}
