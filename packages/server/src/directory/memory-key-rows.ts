// The rows of encryption in memory, and what happens to them when a device or an account ends.
// Every method does all of its work at once, so whoever calls it is never seen half way.
import type { AccountId, DeviceId } from '@parley/protocol';
import { numbersPerEpoch } from '../kernel/limits.ts';
import type {
  BackupRow,
  DehydratedRow,
  IdentityRow,
  KeyChangeRow,
  OneTimeKeyRow,
  ToDeviceRow,
  VaultItem,
} from './keys.ts';

/** `spent`: of a dehydrated device that was replaced; only its id is remembered. */
export interface StoredKeys {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly json: string;
  readonly state: 'present' | 'former' | 'spent';
}

/** Keys of one device, by id, oldest first. */
export interface Pool {
  readonly free: Map<string, string>;
  readonly given: Map<string, string>;
  fallback: { readonly key: OneTimeKeyRow; isUsed: boolean } | null;
}

/** What waits for one device. */
export interface Queue {
  rows: readonly (ToDeviceRow & { readonly n: number })[];
  head: number;
}

/** Rows in maps, in the order in which they were made. */
export class KeyRows {
  readonly devices = new Map<DeviceId, StoredKeys>();
  readonly identities = new Map<AccountId, IdentityRow>();
  readonly #pools = new Map<DeviceId, Pool>();
  /** By account and change, so that a new entry takes the place of the last equal one. */
  readonly changes = new Map<string, KeyChangeRow>();
  head = 0;
  readonly #queues = new Map<DeviceId, Queue>();
  #firstOfQueues = 0;
  readonly transactions = new Map<string, { readonly time: number; readonly devices: Set<DeviceId> }>();
  readonly vaults = new Map<AccountId, Map<string, VaultItem>>();
  readonly backups = new Map<AccountId, Map<string, BackupRow & { readonly n: number }>>();
  readonly dehydrated = new Map<AccountId, DehydratedRow>();

  pool(device: DeviceId): Pool {
    return entry(this.#pools, device, () => ({ free: new Map(), given: new Map(), fallback: null }));
  }

  queue(device: DeviceId): Queue {
    return entry(this.#queues, device, () => ({ rows: [], head: this.#firstOfQueues }));
  }

  note(account: AccountId, change: KeyChangeRow['change']): void {
    const key = `${account} ${change}`;
    this.changes.delete(key);
    this.changes.set(key, { n: ++this.head, account, change });
  }

  isDehydrated(device: DeviceId): boolean {
    return [...this.dehydrated.values()].some((row) => row.device === device);
  }

  /** A device is signed out. */
  end(device: DeviceId): void {
    const row = this.devices.get(device);
    if (row?.state === 'present') {
      this.devices.set(device, { ...row, state: 'former' });
      this.note(row.account, 'revoked');
    }
    this.#pools.delete(device);
    this.#queues.delete(device);
  }

  /** The device that received while the others were off is no more. */
  endDehydrated(account: AccountId): void {
    const row = this.dehydrated.get(account);
    if (row === undefined) return;
    this.dehydrated.delete(account);
    this.end(row.device);
    this.devices.set(row.device, { account, device: row.device, json: '', state: 'spent' });
  }

  erase(account: AccountId): void {
    this.endDehydrated(account);
    this.vaults.delete(account);
    this.backups.delete(account);
  }

  restored(epoch: number, accounts: readonly AccountId[]): void {
    const first = epoch * numbersPerEpoch;
    for (const { free, given } of this.#pools.values()) {
      for (const [id, json] of free) given.set(id, json);
      free.clear();
    }
    this.#firstOfQueues = first;
    for (const queue of this.#queues.values()) queue.head = Math.max(queue.head, first);
    this.head = Math.max(this.head, first);
    for (const account of accounts) this.note(account, 'device');
  }
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
