// Ends the sockets of devices that were signed out, within two seconds everywhere: the list is read every second, and
// the bus only hastens it. It promises that a revoked device does not begin anew, and that nobody begins while the
// list cannot be read.
import type { DeviceId, ErrorCode } from '@parley/protocol';
import type { Clock } from '../kernel/clock.ts';
import type { Events } from '../kernel/events.ts';
import * as limits from '../kernel/limits.ts';
import type { Identity } from './identity.ts';

/** What was revoked after a position in the list, and the new position. */
export interface Revoked {
  readonly devices: readonly DeviceId[];
  readonly position: string;
}

/** What the list needs. */
export interface RevocationsParts {
  /** Reads the list after `position`; null reads no devices and gives the present position. */
  readonly revokedSince: (position: string | null) => Promise<Revoked>;
  readonly revoke: (device: DeviceId) => void;
  readonly clock: Clock;
  readonly events: Events;
}

const alarm = 'revocations';

/** The list of revocations, as one gateway follows it. */
export class Revocations {
  readonly #parts: RevocationsParts;
  readonly #recent = new Set<DeviceId>();
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

  /** A device was revoked, says the bus. */
  heard(device: DeviceId): void {
    this.#remember(device);
    this.#parts.revoke(device);
  }

  /** Why this device may not begin now; null when it may. */
  refuses(identity: Identity): ErrorCode | null {
    if (this.#recent.has(identity.device)) return 'device.revoked';
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
    const { devices, position } = await this.#parts.revokedSince(this.#position);
    this.#position = position;
    this.#readAt = this.#parts.clock.now();
    this.#parts.events.alarmOver(alarm);
    for (const device of devices) this.heard(device);
  }

  #remember(device: DeviceId): void {
    this.#recent.add(device);
    if (this.#recent.size <= limits.maxRecentRevocations) return;
    const [oldest] = this.#recent;
    if (oldest !== undefined) this.#recent.delete(oldest);
  }
}
