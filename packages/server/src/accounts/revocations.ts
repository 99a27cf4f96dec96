// Sessions that end. The list in the directory is the truth, and every gateway reads it each second; the bus only
// hastens. Promise: when `announce` was called, or `since` has told of an end, this process
// has forgotten every token that it knew.
import type { DeviceId } from '@parley/protocol';
import type { Bus } from '../bus/bus.ts';
import type { Devices, EndReason } from '../directory/directory.ts';
import { endedPage } from '../kernel/limits.ts';

/** Sessions that ended after a position of the list, and the position to ask from next. */
export interface Ended {
  readonly devices: readonly DeviceId[];
  /** Those of `devices` whose account was disabled: they are not signed out for good. */
  readonly disabled: readonly DeviceId[];
  readonly position: string;
}

/** Announces ends here, and tells what ended anywhere. */
export class Revocations {
  readonly #devices: Devices;
  readonly #bus: Bus;
  readonly #forget: () => void;

  constructor(devices: Devices, bus: Bus, forget: () => void) {
    this.#devices = devices;
    this.#bus = bus;
    this.#forget = forget;
  }

  /** Sessions that have just ended in the directory. Also called with none, when only rights changed. */
  announce(ended: readonly DeviceId[], reason: EndReason): void {
    this.#forget();
    for (const device of ended)
      this.#bus.publish({ type: 'revoked', device, ...(reason === 'disabled' ? { disabled: true } : {}) });
  }

  /**
   * What ended after `position`; null: nothing, only where the list ends.
   * @throws {Unavailable} the list cannot be read
   */
  async since(position: string | null): Promise<Ended> {
    if (position === null)
      return { devices: [], disabled: [], position: String((await this.#devices.ended(null, 1)).head) };
    const { rows } = await this.#devices.ended(Number(position), endedPage);
    // Ended by another process, perhaps: what is known of any token here may be older than that.
    if (rows.length > 0) this.#forget();
    return {
      devices: rows.map((row) => row.device),
      disabled: rows.filter((row) => row.reason === 'disabled').map((row) => row.device),
      position: String(rows.at(-1)?.n ?? position),
    };
  }
}
