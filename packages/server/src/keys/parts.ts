// What the use cases of keys stand on. They see ports and what accounts and messages do for them; never a socket, a
// conversation, or anything that is not public or sealed.
import type { AccountId } from '@parley/protocol';
import type { Accounts } from '../accounts/accounts.ts';
import type { Limiter } from '../accounts/limiter.ts';
import type { Bus } from '../bus/bus.ts';
import type { Directory } from '../directory/directory.ts';
import type { Ephemeral } from '../ephemeral/ephemeral.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Events } from '../kernel/events.ts';
import type { Random } from '../kernel/random.ts';
import type { KnownDevices } from './known-devices.ts';

/** What accounts do for the use cases of keys. */
export type KeyAccounts = Pick<Accounts, 'confirmPassword' | 'proveDevice' | 'signInByProof'>;

/** What conversations say of who may know whom. */
export interface KeyAcquaintances {
  /** Those of `others` that share a direct or group conversation with the account, and itself; `past`: or did once. */
  among(
    account: AccountId,
    others: readonly AccountId[],
    sharing?: 'present' | 'past',
  ): Promise<ReadonlySet<AccountId>>;
  /** Those of them that are only asked by it and have not answered: no group is shared either. */
  asked(account: AccountId, others: readonly AccountId[]): Promise<ReadonlySet<AccountId>>;
  /** Everybody who shares one, itself first; at most `most`. */
  of(account: AccountId, most: number): Promise<readonly AccountId[]>;
}

/** What must be given. */
export interface KeysParts {
  readonly directory: Pick<Directory, 'keys' | 'toDevice' | 'vault' | 'backup' | 'dehydrated'>;
  readonly accounts: KeyAccounts;
  readonly acquaintances: KeyAcquaintances;
  readonly bus: Bus;
  readonly ephemeral: Ephemeral;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  /** Hands a frame to the sockets that these accounts have here. */
  readonly tell: (accounts: readonly AccountId[], frame: Uint8Array) => void;
  /** `PARLEY_RATE_FACTOR`. */
  readonly rateFactor?: number;
  /** Counts the keys that are given out; without one, in this process. */
  readonly limiter?: Limiter;
}

/** The parts and what is built from them: what every use case gets. */
export interface KeysContext extends KeysParts {
  readonly devices: KnownDevices;
}
