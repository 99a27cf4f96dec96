// Ends the sockets of devices that were signed out, within two seconds everywhere: the list is read every second, and
// the bus only hastens it. It promises that a revoked device does not begin anew, and that nobody begins while the
// list cannot be read.
import type { DeviceId, ErrorCode } from '@parley/protocol';
import type { Clock } from '../kernel/clock.ts';
import type { Events } from '../kernel/events.ts';
import * as limits from '../kernel/limits.ts';
import type { Identity } from './identity.ts';

/** Why a session ended. */
export type EndCode = 'device.revoked' | 'account.disabled';

/** What was revoked after a position in the list, and the new position. */
export interface Revoked {
  readonly devices: readonly DeviceId[];
  /** Those of `devices` whose account was disabled: they may come back when it is enabled. */
  readonly disabled: readonly DeviceId[];
  readonly position: string;
}

/** What the list needs. */
export interface RevocationsParts {
  /** Reads the list after `position`; null reads no devices and gives the present position. */
  readonly revokedSince: (position: string | null) => Promise<Revoked>;
  readonly revoke: (device: DeviceId, why: EndCode) => void;
  /** A steady one. */
  readonly clock: Clock;
  readonly events: Events;
}

const alarm = 'revocations';

/** The list of revocations, as one gateway follows it. */
export class Revocations {
  readonly #parts: RevocationsParts;
  /** Until when these may not begin. */
  readonly #recent = new Map<DeviceId, { readonly why: EndCode; readonly until: number }>();
  #position: string | null = null;
  #readAt: number;
  #cancel: () => void = () => {};
  #stopped = false;

  constructor(parts: RevocationsParts) {
    this.#parts = parts;
    this.#readAt = parts.clock.now();
  }

  /** Reads the list once, then goes on reading it. Rejects when the first read does. */
  async start(): Promise<void> {
    await this.#read();
    this.#again();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  /** A session ended, says the bus. */
  heard({ device, disabled }: { readonly device: DeviceId; readonly disabled?: true }): void {
    this.#end(device, disabled ? 'account.disabled' : 'device.revoked');
  }

  #end(device: DeviceId, why: EndCode): void {
    this.#remember(device, why);
    this.#parts.revoke(device, why);
  }

  /** Why this device may not begin now; null when it may. */
  refuses(identity: Identity): ErrorCode | null {
    const ended = this.#recent.get(identity.device);
    if (ended !== undefined && this.#parts.clock.now() < ended.until) return ended.why;
    return this.#isBlind() ? 'server.overloaded' : null;
  }

  #isBlind(): boolean {
    return this.#parts.clock.now() - this.#readAt > limits.revocationBlindMs;
  }

  #again(): void {
    if (this.#stopped) return;
    this.#cancel = this.#parts.clock.after(limits.revocationPollMs, () => {
      this.#read()
        .catch((error) => {
          this.#parts.events.fault(alarm, error);
          if (this.#isBlind()) this.#parts.events.alarm(alarm, 'Revocations cannot be read: no new sessions.');
        })
        .finally(() => this.#again());
    });
  }

  async #read(): Promise<void> {
    const { devices, disabled, position } = await this.#parts.revokedSince(this.#position);
    this.#position = position;
    this.#readAt = this.#parts.clock.now();
    this.#parts.events.alarmOver(alarm);
    const off = new Set(disabled);
    for (const device of devices) this.#end(device, off.has(device) ? 'account.disabled' : 'device.revoked');
  }

  /** A revoked device never comes back. A disabled account may: only who was let in before the word came is kept out. */
  #remember(device: DeviceId, why: EndCode): void {
    const until =
      why === 'device.revoked' ? Number.POSITIVE_INFINITY : this.#parts.clock.now() + limits.revocationBlindMs;
    this.#recent.set(device, { why, until });
    if (this.#recent.size <= limits.maxRecentRevocations) return;
    const [oldest] = this.#recent.keys();
    if (oldest !== undefined) this.#recent.delete(oldest);
  }
}
