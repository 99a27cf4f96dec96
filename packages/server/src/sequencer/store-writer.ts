// From the overlay to the store: closes a layer, commits it in one transaction, lets it go, and now and then makes the
// store durable and releases the log. When the store fails it keeps everything and tries again. It must never release
// what is not surely on disk, or is younger than the identity window; older it goes, so that a quiet log keeps nothing.
import type { SteadyClock } from '../kernel/clock.ts';
import { asOfLeewayMs } from '../kernel/engine-limits.ts';
import type { Events } from '../kernel/events.ts';
import {
  checkpointBytes,
  checkpointMs,
  commitDelayMs,
  commitRetryMs,
  heldCommitDelayMs,
  identityWindowMs,
  maxCommitRecords,
  maxCommitRetryMs,
  maxTimeMarks,
  slowCommitDelayMs,
  turnEvery,
} from '../kernel/limits.ts';
import type { Log, Offset, Partition } from '../log/log.ts';
import type { Store, Write } from '../store/store.ts';
import { Bell, turn } from './bell.ts';
import type { Counters } from './counters.ts';
import type { HeldHints } from './held-hints.ts';
import type { Layer } from './layer.ts';
import { writesOf } from './layer-writes.ts';
import type { Overlay } from './overlay.ts';

/** What the writer works with. */
export interface WriterParts {
  readonly log: Log;
  readonly partition: Partition;
  readonly store: Store;
  readonly overlay: Overlay;
  readonly clock: SteadyClock;
  readonly events: Pick<Events, 'alarm' | 'alarmOver' | 'fault'>;
  readonly counters: Counters;
  /** Where others read the store: what waits until it is stored. */
  readonly hints?: HeldHints;
}

interface TimeMark {
  readonly offset: Offset;
  readonly time: number;
}

/** Writes layer after layer until it is ended. */
export class StoreWriter {
  readonly #parts: WriterParts;
  /** There is something to do at all; there is reason not to wait for more; the overlay got smaller. */
  readonly #work = new Bell();
  readonly #urgent = new Bell();
  readonly #room = new Bell();
  #marks: TimeMark[] = [];
  #bytesSinceCheckpoint = 0;
  #checkpointDue = false;
  #isReleasing = false;
  #cancelTimer: (() => void) | null = null;
  /** Ends the waiting; what is there is then written once more. */
  readonly #ending = new AbortController();
  readonly #written: Promise<void>;

  constructor(parts: WriterParts) {
    this.#parts = parts;
    this.#written = this.#run();
  }

  /** Something was put into the overlay. */
  note(): void {
    const { overlay } = this.#parts;
    if (overlay.open.records >= maxCommitRecords) overlay.seal();
    if (overlay.sealed !== undefined || overlay.full) this.#urgent.ring();
    this.#work.ring();
  }

  /** Resolves when the overlay has room again, or on abort. */
  async room(signal: AbortSignal): Promise<void> {
    while (this.#parts.overlay.full && !signal.aborted) {
      this.note();
      await this.#room.wait(signal);
    }
  }

  /** Commits what there is, once, and stops. Does not wait for a release. What is not stored stays in the log. */
  async end(): Promise<void> {
    this.#ending.abort();
    await this.#written;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    const { overlay } = this.#parts;
    while (!signal.aborted) {
      if (overlay.sealed === undefined) await this.#collect(signal);
      const layer = overlay.sealed;
      if (layer !== undefined) await this.#commit(layer, signal);
      await this.#tidy();
    }
    await this.#finish();
  }

  /** Waits for work, and then for more of it, so that transactions are large; then closes the layer. */
  async #collect(signal: AbortSignal): Promise<void> {
    const { overlay, clock } = this.#parts;
    if (overlay.open.records === 0 && !this.#checkpointDue) await this.#work.wait(signal);
    if (overlay.open.records === 0) return;
    if (!overlay.full) await this.#urgent.wait(signal, clock, this.#delayMs);
    if (overlay.sealed === undefined) overlay.seal();
  }

  /** How long the first record waits for more: a moment while somebody waits for it to be stored. */
  get #delayMs(): number {
    const { hints } = this.#parts;
    if (hints === undefined) return commitDelayMs;
    return hints.isStoreSlow ? slowCommitDelayMs : heldCommitDelayMs;
  }

  /** Tries until the store takes it. Says whether it did. */
  async #commit(layer: Layer, signal: AbortSignal): Promise<boolean> {
    const { store, log, clock, events, counters } = this.#parts;
    const began = clock.steady.now();
    const writes: Write[] = [];
    for (const write of writesOf(layer)) if (writes.push(write) % turnEvery === 0) await turn(clock);
    for (let delay = commitRetryMs; ; delay = Math.min(delay * 2, maxCommitRetryMs)) {
      try {
        // Later records may have a time that is a little earlier.
        await store.commit(writes, { logId: log.id, offset: layer.offset }, layer.time - asOfLeewayMs);
        events.alarmOver('store.write');
        this.#committed(layer, clock.steady.now() - began);
        return true;
      } catch (error) {
        counters.commitFailures++;
        events.fault('sequencer.commit', error);
        events.alarm('store.write', 'The store takes no rows. Messages are kept in the log and in memory meanwhile.');
      }
      if (signal.aborted) return false;
      await new Bell().wait(signal, clock, delay);
    }
  }

  #committed(layer: Layer, tookMs: number): void {
    const { overlay, counters } = this.#parts;
    overlay.committed(layer);
    counters.commits++;
    counters.committedOffset = layer.offset;
    this.#parts.hints?.stored(layer.offset, tookMs);
    this.#bytesSinceCheckpoint += layer.bytes;
    this.#remind(checkpointMs);
    this.#marks.push({ offset: layer.offset, time: layer.time });
    if (this.#marks.length > maxTimeMarks) this.#marks = this.#marks.filter((_, i) => i % 2 === 1);
    this.#room.ring();
  }

  /** Makes the store durable when it is time, and releases what a restart will not read. */
  async #tidy(): Promise<void> {
    if (this.#bytesSinceCheckpoint < checkpointBytes && !this.#checkpointDue) return;
    this.#checkpointDue = false;
    const done = await this.#checkpoint();
    const released = this.#release();
    if (!done || !released) this.#remind(done ? checkpointMs : maxCommitRetryMs);
  }

  /** Sees to it that the store is made durable within this time. */
  #remind(delayMs: number): void {
    this.#cancelTimer ??= this.#parts.clock.after(delayMs, () => {
      this.#cancelTimer = null;
      this.#checkpointDue = true;
      this.#work.ring();
    });
  }

  async #checkpoint(): Promise<boolean> {
    const { store, log, counters, events } = this.#parts;
    try {
      const safe = await store.checkpoint();
      if (safe === null || safe.logId !== log.id) return false;
      counters.safeOffset = safe.offset;
      this.#bytesSinceCheckpoint = 0;
      return true;
    } catch (error) {
      events.fault('sequencer.checkpoint', error);
      return false;
    }
  }

  /** Lets the log go beside the commits, once at a time. Says whether nothing is left to release. */
  #release(): boolean {
    const { clock, counters, events } = this.#parts;
    const before = clock.now() - identityWindowMs;
    const last = this.#marks.findLast(({ offset, time }) => offset <= counters.safeOffset && time < before);
    if (last !== undefined && !this.#isReleasing)
      this.#letGo(last.offset).catch((error) => events.fault('sequencer.release', error));
    return this.#marks.length === 0;
  }

  async #letGo(upTo: Offset): Promise<void> {
    const { log, partition, counters } = this.#parts;
    this.#isReleasing = true;
    try {
      await log.release(partition, upTo);
      counters.releasedOffset = upTo;
      this.#marks = this.#marks.filter(({ offset }) => offset > upTo);
    } finally {
      this.#isReleasing = false;
    }
  }

  async #finish(): Promise<void> {
    const { overlay } = this.#parts;
    const { signal } = this.#ending;
    this.#cancelTimer?.();
    if (overlay.open.records > 0) overlay.seal();
    for (;;) {
      const layer = overlay.sealed;
      if (layer === undefined || !(await this.#commit(layer, signal))) break;
    }
    this.#parts.hints?.end();
    await this.#checkpoint();
  }
}
