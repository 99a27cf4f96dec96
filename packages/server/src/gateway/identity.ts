// Who a request or a socket belongs to. The accounts answer for tokens; the gateway only carries them there.
import type { AccountId, DeviceId, ErrorCode } from '@parley/protocol';
import type { Result } from '../kernel/result.ts';

/** A signed-in device. */
export interface Identity {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly handle: string;
  readonly admin: boolean;
}

/** Whose token is this? Refuses with `auth.required`, `device.revoked` or `account.disabled`. */
export type Authenticate = (token: string) => Promise<Result<Identity, ErrorCode>>;
