// What the library wants to ask or send is asked and sent, one pump at a time. Whoever needs it done waits for it; what
// only has to happen some time is tried again with a growing pause.
import { DeviceLists, RequestType } from '@matrix-org/matrix-sdk-crypto-wasm';
import type { AccountId, AccountKeys, KeyCounts } from '@parley/protocol';
import { isFinal } from '../../error.ts';
import type { Core } from './core.ts';
import * as limits from './limits.ts';
import { type LibraryRequest, perform } from './requests.ts';
import { leftKeys } from './wire.ts';

/** Keys were told, and of these nothing was. */
type OnQueried = (items: readonly AccountKeys[], untold: readonly AccountId[]) => Promise<void>;

/** Runs the library's outgoing requests. */
export class Pump {
  readonly #core: Core;
  readonly #onQueried: OnQueried;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  #stopTimer: (() => void) | null = null;
  #failures = 0;

  constructor(core: Core, onQueried: OnQueried) {
    this.#core = core;
    this.#onQueried = onQueried;
  }

  /** Everything that the library wanted before this call has been done when it resolves. */
  run(): Promise<void> {
    if (this.#running === null) return this.#begin();
    // What runs now may have asked the library before this call: one more round begins after it, for all who wait.
    this.#next ??= this.#running
      .then(
        () => {},
        () => {},
      )
      .then(() => {
        this.#next = null;
        return this.#begin();
      });
    return this.#next;
  }

  /** Some time soon, and again until it succeeds. */
  soon(): void {
    if (this.#stopTimer !== null || this.#core.closed.aborted) return;
    this.run().then(
      () => {
        this.#failures = 0;
      },
      () => this.#later(),
    );
  }

  stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
  }

  #later(atLeastMs = 0): void {
    if (this.#stopTimer !== null || this.#core.closed.aborted) return;
    const pauseMs = Math.max(atLeastMs, Math.min(limits.pumpRetryMinMs * 2 ** this.#failures, limits.pumpRetryMaxMs));
    this.#failures = Math.min(this.#failures + 1, 10);
    this.#stopTimer = this.#core.clock.after(pauseMs, () => {
      this.#stopTimer = null;
      this.soon();
    });
  }

  #begin(): Promise<void> {
    const running = this.#rounds().finally(() => {
      if (this.#running === running) this.#running = null;
    });
    this.#running = running;
    return running;
  }

  async #rounds(): Promise<void> {
    const owed = new Set<string | undefined>();
    for (let round = 0; round < limits.maxPumpRounds; round += 1) {
      const all = (await this.#core.ask(this.#core.olm.outgoingRequests())) as LibraryRequest[];
      const requests = all.filter(({ id }) => !owed.has(id));
      if (requests.length === 0) break;
      // One that fails does not keep the others from being sent.
      const outcomes: PromiseSettledResult<void>[] = [];
      for (const request of requests) {
        this.#core.closed.throwIfAborted();
        outcomes.push(...(await Promise.allSettled([this.#one(request, owed)])));
      }
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed) await Promise.reject(failed.reason as Error);
    }
    if (owed.size > 0) this.#later(limits.oweMinMs);
  }

  async #one(request: LibraryRequest, owed: Set<string | undefined>): Promise<void> {
    try {
      const { counts, queried, untold = [], isOwed } = await perform(this.#core, request);
      if (isOwed) owed.add(request.id);
      if (counts) await feedCounts(this.#core, counts);
      if (queried) await this.#onQueried(queried, untold);
    } catch (error) {
      // What one device may not say to another is dropped: it would be refused for ever.
      if (request.type !== RequestType.ToDevice || !isFinal(error)) throw error;
      await this.#core.answer(request.id, request.type, {});
    }
  }
}

/** The library makes new keys when it hears that few are left, and a fallback key when it hears of none. */
export async function feedCounts(core: Core, counts: KeyCounts, changed = new DeviceLists()): Promise<void> {
  const { oneTime, fallback } = leftKeys({ ...counts, one_time_keys: core.keysLeft(counts) });
  await core.ask(core.olm.receiveSyncChanges('[]', changed, oneTime, fallback));
}
