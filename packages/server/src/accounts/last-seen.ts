// When devices were last connected, gathered and written a batch at a time: a crash costs at most one interval.
// Promise: what waits is bounded, times only rise, and a directory that is away costs nobody a wait.
import type { AccountId, DeviceId } from '@parley/protocol';
import type { Devices } from '../directory/directory.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Events } from '../kernel/events.ts';
import { lastSeenFlushMs, maxLastSeenWaiting } from '../kernel/limits.ts';

export interface LastSeenParts {
  readonly devices: Pick<Devices, 'list' | 'touch'>;
  readonly clock: Clock;
  readonly events: Pick<Events, 'fault'>;
}

/** Remembers when devices were seen. */
export class LastSeen {
  readonly #parts: LastSeenParts;
  #waiting = new Map<DeviceId, number>();
  #cancel: (() => void) | null = null;
  #writing: Promise<void> | null = null;
  /** The last write failed: the next one waits for its time, however much there is. */
  #failing = false;
  #closed = false;

  constructor(parts: LastSeenParts) {
    this.#parts = parts;
  }

  /** Devices whose time is not written yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** This device is, or was until now, connected; nothing was heard of it for `silentMs`. */
  seen(device: DeviceId, silentMs = 0): void {
    if (this.#closed) return;
    this.#note(device, this.#parts.clock.now() - silentMs);
    if (this.#waiting.size >= maxLastSeenWaiting && !this.#failing) this.#begin();
    else this.#flushLater();
  }

  /** The newest time of any device of the account; null when there is none. */
  async of(account: AccountId): Promise<number | null> {
    const rows = await this.#parts.devices.list(account);
    return rows.reduce<number | null>((newest, row) => later(newest, this.timeOf(row)), null);
  }

  /** The newest time of one device. */
  timeOf(row: { readonly device: DeviceId; readonly lastSeenAt: number | null }): number | null {
    return later(row.lastSeenAt, this.#waiting.get(row.device) ?? null);
  }

  /** Writes what waits. Rejects when it cannot be written; then it waits for the next time. */
  flush(): Promise<void> {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    });
    return this.#writing;
  }

  /** Writes what waits a last time. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    try {
      await this.#writing;
      await this.flush();
    } catch (error) {
      this.#parts.events.fault('last-seen', error);
    }
  }

  /** Writes, and nobody waits for it. */
  #begin(): void {
    this.flush().catch((error: unknown) => this.#parts.events.fault('last-seen', error));
  }

  async #write(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    if (this.#waiting.size === 0) return;
    const batch = [...this.#waiting];
    try {
      await this.#parts.devices.touch(
        batch.map(([device, lastSeenAt]) => ({ device, lastSeenAt, oldTokenUsedAt: null })),
      );
    } catch (error) {
      this.#failing = true;
      this.#flushLater();
      throw error;
    }
    this.#failing = false;
    for (const [device, time] of batch) if (this.#waiting.get(device) === time) this.#waiting.delete(device);
    if (this.#waiting.size > 0) this.#flushLater();
  }

  #flushLater(): void {
    if (this.#closed) return;
    this.#cancel ??= this.#parts.clock.after(lastSeenFlushMs, () => {
      this.#cancel = null;
      this.#begin();
    });
  }

  #note(device: DeviceId, time: number): void {
    const newest = Math.max(time, this.#waiting.get(device) ?? 0);
    this.#waiting.delete(device);
    this.#waiting.set(device, newest);
    if (this.#waiting.size <= maxLastSeenWaiting) return;
    const [oldest] = this.#waiting.keys();
    if (oldest !== undefined) this.#waiting.delete(oldest);
  }
}

function later(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
