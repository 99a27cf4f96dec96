// Waits for the verdict on a record that another process applies: the bus says it at once, and because the bus may lose
// it the store is asked too, ever more slowly. It never answers with anything but a stored verdict.
import type { AccountId, ConversationId, MessageId } from '@parley/protocol';
import type { Clock } from '../kernel/clock.ts';
import { firstVerdictLookMs, maxVerdictLookMs } from '../kernel/engine-limits.ts';
import { verdictOf } from '../sequencer/identity.ts';
import type { Verdict } from '../sequencer/record.ts';
import { Waiters } from '../sequencer/waiters.ts';
import type { Rows } from '../store/store.ts';

/** Verdicts by identity. */
export class RemoteVerdicts {
  readonly #rows: Rows;
  readonly #clock: Clock;
  readonly #fault: (error: unknown) => void;
  readonly #waiters: Waiters;

  /** `fault` hears of looks at the store that failed; they are tried again. */
  constructor(rows: Rows, clock: Clock, fault: (error: unknown) => void) {
    this.#rows = rows;
    this.#clock = clock;
    this.#fault = fault;
    this.#waiters = new Waiters(rows);
  }

  /** Who waits. */
  get size(): number {
    return this.#waiters.size;
  }

  /** The bus said it. */
  heard(conversation: ConversationId, sender: AccountId, id: MessageId, verdict: Verdict): void {
    this.#waiters.tell(conversation, sender, id, verdict);
  }

  /**
   * Resolves with the verdict, and when it is accepted not before the store shows what the record did; rejects with the
   * reason of the abort.
   * @throws {Unavailable} too many wait already
   */
  async wait(conversation: ConversationId, sender: AccountId, id: MessageId, signal: AbortSignal): Promise<Verdict> {
    const verdict = await this.#heard(conversation, sender, id, signal);
    if (verdict.state === 'accepted') await this.#shown(conversation, verdict.seq, signal);
    return verdict;
  }

  async #heard(conversation: ConversationId, sender: AccountId, id: MessageId, signal: AbortSignal): Promise<Verdict> {
    const stop = this.#lookAgain(firstVerdictLookMs, async () => {
      const row = await this.#rows.get('ids', [conversation, sender, id]);
      if (row !== undefined) this.#waiters.tell(conversation, sender, id, verdictOf(row, false));
    });
    try {
      return await this.#waiters.wait(conversation, sender, id, signal);
    } finally {
      stop();
    }
  }

  /** Hints run ahead of a slow store, and a conversation is written after everything else of a record. */
  async #shown(conversation: ConversationId, seq: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const aborted = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', aborted);
    if (signal.aborted) aborted();
    const stop = this.#lookAgain(0, async () => {
      if (((await this.#rows.get('conversations', [conversation]))?.seq ?? 0) >= seq) resolve();
    });
    try {
      await promise;
    } finally {
      stop();
      signal.removeEventListener('abort', aborted);
    }
  }

  /** Looks after a while, or at once, and then ever more seldom, until it is stopped. */
  #lookAgain(firstMs: number, look: () => Promise<void>): () => void {
    let isOver = false;
    let cancel = (): void => {};
    const now = (nextMs: number): void => {
      const again = (): void => later(nextMs);
      look().catch(this.#fault).then(again, again);
    };
    const later = (delayMs: number): void => {
      if (isOver) return;
      cancel = this.#clock.after(delayMs, () => now(Math.min(2 * delayMs, maxVerdictLookMs)));
    };
    if (firstMs === 0) now(firstVerdictLookMs);
    else later(firstMs);
    return () => {
      isOver = true;
      cancel();
    };
  }
}
