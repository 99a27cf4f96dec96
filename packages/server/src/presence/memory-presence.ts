// Presence of a single process. Sockets are counted, so that a device which comes back before its old socket is gone
// never looks away; who left is remembered up to a bound, and the directory knows the others.
import type { AccountId, DeviceId } from '@parley/protocol';
import { maxWatchedAccounts, offlineGraceMs, offlineSilenceMs } from '@parley/protocol/limits';
import { assert } from '../kernel/assert.ts';
import type { Clock } from '../kernel/clock.ts';
import { maxRememberedLeavers } from '../kernel/limits.ts';
import type { Presence, Seen } from './presence.ts';

/** An account with a socket, or one that left within the grace. */
interface Here {
  readonly sockets: Map<DeviceId, number>;
  /** Stops the timer of the grace; null while a socket is up. */
  stopGrace: (() => void) | null;
  /** Of the devices that went since one came: when the last was there, and until when the grace lasts. */
  leftAt: number;
  graceUntil: number;
}

/** Sockets and leavers of one process. */
export class MemoryPresence implements Presence {
  readonly #clock: Clock;
  readonly #fault: (error: unknown) => void;
  readonly #here = new Map<AccountId, Here>();
  readonly #devices = new Set<DeviceId>();
  /** When accounts left, the earliest first. */
  readonly #left = new Map<AccountId, number>();
  #listeners: readonly ((seen: Seen) => void)[] = [];

  /** `fault` hears what a listener throws: its bug never reaches a gateway. */
  constructor(clock: Clock, fault: (error: unknown) => void) {
    this.#clock = clock;
    this.#fault = fault;
  }

  async connected(account: AccountId, device: DeviceId): Promise<void> {
    const before = this.#here.get(account);
    const here = before ?? { sockets: new Map<DeviceId, number>(), stopGrace: null, leftAt: 0, graceUntil: 0 };
    here.stopGrace?.();
    Object.assign(here, { stopGrace: null, leftAt: 0, graceUntil: 0 });
    here.sockets.set(device, (here.sockets.get(device) ?? 0) + 1);
    this.#devices.add(device);
    if (before !== undefined) return;
    this.#here.set(account, here);
    this.#left.delete(account);
    this.#tell(account);
  }

  async disconnected(account: AccountId, device: DeviceId, silentMs = 0): Promise<void> {
    const here = this.#here.get(account);
    const sockets = here?.sockets.get(device);
    if (here === undefined || sockets === undefined) return;
    if (sockets > 1) {
      here.sockets.set(device, sockets - 1);
      return;
    }
    here.sockets.delete(device);
    this.#devices.delete(device);
    const now = this.#clock.now();
    const graceMs = Math.min(offlineGraceMs, Math.max(0, offlineSilenceMs - silentMs));
    here.leftAt = Math.max(here.leftAt, now - silentMs);
    here.graceUntil = Math.max(here.graceUntil, now + graceMs);
    if (here.sockets.size > 0) return;
    // One that left before the clock was set back makes nobody stay for longer than a grace.
    const leftMs = Math.min(here.graceUntil - now, offlineGraceMs);
    here.stopGrace = this.#clock.after(leftMs, () => this.#leave(account, here.leftAt));
  }

  async of(accounts: readonly AccountId[]): Promise<readonly Seen[]> {
    assert(accounts.length <= maxWatchedAccounts, 'presence is asked for at most 200 accounts');
    return accounts.map((account) => this.#seen(account));
  }

  async isOnline(device: DeviceId): Promise<boolean> {
    return this.#devices.has(device);
  }

  changed(listener: (seen: Seen) => void): () => void {
    const own = (seen: Seen) => listener(seen);
    this.#listeners = [...this.#listeners, own];
    return () => {
      this.#listeners = this.#listeners.filter((each) => each !== own);
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const here of this.#here.values()) here.stopGrace?.();
    this.#here.clear();
    this.#devices.clear();
    this.#listeners = [];
  }

  #leave(account: AccountId, leftAt: number): void {
    this.#here.delete(account);
    this.#left.set(account, leftAt);
    if (this.#left.size > maxRememberedLeavers) {
      const [earliest] = this.#left.keys();
      if (earliest !== undefined) this.#left.delete(earliest);
    }
    this.#tell(account);
  }

  #seen(account: AccountId): Seen {
    return { account, online: this.#here.has(account), lastSeenAt: this.#left.get(account) ?? null };
  }

  #tell(account: AccountId): void {
    const seen = this.#seen(account);
    for (const listener of this.#listeners) {
      try {
        listener(seen);
      } catch (error) {
        this.#fault(error);
      }
    }
  }
}
