// Whose a device is, remembered: that never changes, so what was read once is not read again. It keeps anybody from
// reaching a stranger's device under the name of an acquaintance.
import type { AccountId, DeviceId } from '@parley/protocol';
import { limits as wire } from '@parley/protocol';
import type { Keys } from '../directory/keys.ts';
import { maxKnownDevices } from '../kernel/limits.ts';

/** A device, and whose it is said to be. */
export interface Named {
  readonly account: AccountId;
  readonly device: DeviceId;
}

/** Devices and their owners. */
export class KnownDevices {
  readonly #keys: Pick<Keys, 'devices'>;
  readonly #owners = new Map<DeviceId, AccountId>();
  readonly #most: number;

  constructor(keys: Pick<Keys, 'devices'>, most = maxKnownDevices) {
    this.#keys = keys;
    this.#most = most;
  }

  /** Those that are devices of the account that they are named with, as far as these have keys. */
  async real<T extends Named>(named: readonly T[]): Promise<readonly T[]> {
    const unknown = new Set(named.filter(({ device }) => !this.#owners.has(device)).map(({ account }) => account));
    const accounts = [...unknown];
    const read = new Map<DeviceId, AccountId>();
    for (let at = 0; at < accounts.length; at += wire.maxAccountsPerLookup) {
      const rows = await this.#keys.devices(accounts.slice(at, at + wire.maxAccountsPerLookup));
      for (const { account, device } of rows) read.set(device, account);
    }
    const real = named.filter(({ account, device }) => (this.#owners.get(device) ?? read.get(device)) === account);
    for (const [device, account] of read) this.#keep(device, account);
    return real;
  }

  #keep(device: DeviceId, account: AccountId): void {
    this.#owners.set(device, account);
    if (this.#owners.size <= this.#most) return;
    const [oldest] = this.#owners.keys();
    if (oldest !== undefined) this.#owners.delete(oldest);
  }
}
