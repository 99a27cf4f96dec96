// How many messages could not be opened here, by reason: at once where nothing can help, and when a key has not come
// for a minute; and how much that other devices sent. Whoever leads tells the server the numbers, at most once a minute, so that its operator sees what the
// server itself cannot; never which messages, whose, or where. [OBS]
import { inBackground } from './background.ts';
import type { Core } from './core.ts';
import { lateKeyMs, maxAwaitedKeys, maxReportedAtOnce, undecryptableReportMs } from './limits.ts';
import { Cell } from './live.ts';
import type { Unreadable } from './ports.ts';
import type { Batch } from './replica.ts';
import type { MessageRow } from './rows.ts';
import type { Live } from './views.ts';

const reasons = ['no_key', 'not_trusted', 'altered', 'broken', 'to_device'] as const;
type Reason = (typeof reasons)[number];
/** What could not be opened on this device since it was started: messages by reason, missing keys after a minute; what other devices sent. */
export interface UndecryptableView {
  /** So many wait for a key now. */
  readonly waiting: number;
  readonly no_key: number;
  readonly not_trusted: number;
  readonly altered: number;
  readonly broken: number;
  readonly to_device: number;
}

const none: UndecryptableView = { waiting: 0, no_key: 0, not_trusted: 0, altered: 0, broken: 0, to_device: 0 };

/** Since this client was opened. */
export class Undecryptable implements Live<UndecryptableView> {
  readonly #core: Core;
  /** Without keys of its own a device reads nothing, and says so. */
  readonly #isReady: () => boolean;
  readonly #counts = new Cell(none);
  /** Since when a key is awaited, by message; the oldest first. */
  readonly #awaited = new Map<string, number>();
  readonly #counted = new Set<string>();
  #told = none;
  #isTelling = false;
  #sweeping = false;

  constructor(core: Core, isReady: () => boolean) {
    this.#core = core;
    this.#isReady = isReady;
    // Never removed: it lives as long as the replica.
    core.replica.onBatch((batch) => this.#onBatch(batch));
    core.replica.onHint(({ hint }) => hint === 'unopened' && this.#add('to_device'));
  }

  get snapshot(): UndecryptableView {
    return this.#counts.snapshot;
  }

  subscribe(listener: () => void): () => void {
    return this.#counts.subscribe(listener);
  }

  #onBatch({ writes }: Batch): void {
    for (const write of writes) {
      if (write.table !== 'messages') continue;
      const key = JSON.stringify(write.key);
      const sealed = 'remove' in write ? undefined : (write.value as MessageRow).sealed;
      if (sealed?.format !== 'sealed') this.#awaited.delete(key);
      else if (sealed.reason !== 'no_key') this.#count(key, sealed.reason);
      else this.#await(key);
    }
    this.#showWaiting();
  }

  #showWaiting(): void {
    const { snapshot } = this.#counts;
    if (snapshot.waiting !== this.#awaited.size) this.#counts.set({ ...snapshot, waiting: this.#awaited.size });
  }

  #await(key: string): void {
    if (this.#awaited.has(key) || this.#counted.has(key) || this.#awaited.size >= maxAwaitedKeys) return;
    this.#awaited.set(key, this.#core.clock.now());
    this.#sweepSoon();
  }

  #sweepSoon(): void {
    if (this.#sweeping) return;
    this.#sweeping = true;
    this.#core.clock.after(lateKeyMs, () => this.#sweep());
  }

  #sweep(): void {
    this.#sweeping = false;
    const now = this.#core.clock.now();
    const isReady = this.#isReady();
    for (const [key, since] of this.#awaited) {
      if (!isReady) this.#awaited.set(key, now);
      else if (now - since >= lateKeyMs) this.#count(key, 'no_key');
    }
    this.#showWaiting();
    if (this.#awaited.size > 0) this.#sweepSoon();
  }

  #count(key: string, reason: Unreadable): void {
    this.#awaited.delete(key);
    if (this.#counted.has(key) || this.#counted.size >= maxAwaitedKeys || !this.#isReady()) return;
    this.#counted.add(key);
    this.#add(reason);
  }

  #add(reason: Reason): void {
    const { snapshot } = this.#counts;
    this.#counts.set({ ...snapshot, [reason]: snapshot[reason] + 1 });
    this.#tellSoon();
  }

  #tellSoon(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    this.#core.clock.after(undecryptableReportMs, () => inBackground(this.#tell()));
  }

  /** What could not be told is told with the next; a follower leaves it to whoever leads. */
  async #tell(): Promise<void> {
    const { snapshot } = this.#counts;
    const told = this.#told;
    const counts = reasons.map((reason) => ({ reason, count: snapshot[reason] - told[reason] }));
    const items = counts
      .filter(({ count }) => count > 0)
      .map(({ reason, count }) => ({ reason, count: Math.min(count, maxReportedAtOnce) }));
    const isLeader = this.#core.leader !== null;
    const isDone =
      !isLeader ||
      (await this.#core.rest('reportUndecryptable', { body: { items } }).then(
        () => true,
        () => false,
      ));
    this.#isTelling = false;
    if (isDone) this.#told = snapshot;
    else if (!this.#core.closed.aborted) this.#tellSoon();
  }
}
