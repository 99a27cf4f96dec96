// Which ids the log has shown of late, so that a first attempt need not ask the id table. It knows fingerprints of ids,
// not verdicts: what it may have seen is looked up. It must never say "not seen" of an id that its time covers.
import type { MessageId } from '@parley/protocol';
import { identityWindowMs, maxWindowGenerations, windowGenerationIds, windowGenerationMs } from '../kernel/limits.ts';
import { Fingerprints, fingerprint } from './fingerprints.ts';

interface Generation {
  readonly ids: Fingerprints;
  readonly from: number;
  newest: number;
}

/** Ids of the last minute of log time, in generations that are forgotten whole. */
export class IdentityWindow {
  /** Newest first. */
  readonly #generations: Generation[] = [];
  #completeFrom = Number.POSITIVE_INFINITY;

  /** From this log time on every id will be added. Called at most once, before the first; else what came before it is unknown. */
  startAt(time: number): void {
    this.#completeFrom = time;
  }

  /** Log time from which no id is missing. */
  get completeFrom(): number {
    return this.#completeFrom;
  }

  /** Ids that are remembered. */
  get size(): number {
    return this.#generations.reduce((sum, generation) => sum + generation.ids.size, 0);
  }

  /** May this id have been seen at or after log time `since`? False is certain. */
  has(id: MessageId, since: number): boolean {
    const print = fingerprint(id);
    for (const { ids, newest } of this.#generations) {
      if (newest < since) return false;
      if (ids.has(print)) return true;
    }
    return false;
  }

  /** Remembers an id of log time `time`, which never falls. */
  add(id: MessageId, time: number): void {
    // Of records of the same time some may have come before.
    if (this.#completeFrom === Number.POSITIVE_INFINITY) this.#completeFrom = time + 1;
    let current = this.#generations[0];
    if (current === undefined || current.ids.size >= windowGenerationIds || time - current.from >= windowGenerationMs) {
      current = { ids: new Fingerprints(), from: time, newest: time };
      this.#generations.unshift(current);
      this.#forget(time);
    }
    current.ids.add(fingerprint(id));
    current.newest = time;
  }

  #forget(time: number): void {
    for (;;) {
      const oldest = this.#generations.at(-1);
      if (oldest === undefined) return;
      const old = oldest.newest < time - identityWindowMs;
      if (!old && this.#generations.length <= maxWindowGenerations) return;
      this.#generations.pop();
      this.#completeFrom = Math.max(this.#completeFrom, oldest.newest + 1);
    }
  }
}
