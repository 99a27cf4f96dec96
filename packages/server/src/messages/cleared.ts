// Up to where accounts have cleared conversations, as it was read a moment ago: all devices of an account that come together
// ask for the same. Whatever an account sets ends what is held of it. What is held is bounded and soon read again.
import type { AccountId, ConversationId } from '@parley/protocol';
import type { Clock } from '../kernel/clock.ts';
import { stateTrustMs } from '../kernel/engine-limits.ts';
import { maxHeldCleared } from '../kernel/limits.ts';

interface Held {
  readonly seqs: Map<ConversationId, number>;
  readonly until: number;
}

/** Seqs by account and conversation. */
export class Cleared {
  readonly #clock: Clock;
  /** The account read longest ago comes first. */
  readonly #held = new Map<AccountId, Held>();
  #size = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Seqs that are held. */
  get size(): number {
    return this.#size;
  }

  /** What is held; undefined: it must be read. */
  of(account: AccountId, conversation: ConversationId): number | undefined {
    const held = this.#held.get(account);
    if (held === undefined) return undefined;
    if (this.#clock.now() < held.until) return held.seqs.get(conversation);
    this.changed(account);
    return undefined;
  }

  /** This was read, and nothing was set since the read began. */
  hold(account: AccountId, conversation: ConversationId, seq: number): void {
    let held = this.#held.get(account);
    if (held === undefined) {
      held = { seqs: new Map(), until: this.#clock.now() + stateTrustMs };
      this.#held.set(account, held);
    }
    if (!held.seqs.has(conversation)) this.#size++;
    held.seqs.set(conversation, seq);
    for (const oldest of this.#held.keys()) {
      if (this.#size <= maxHeldCleared) return;
      this.changed(oldest);
    }
  }

  /** The account has set something. */
  changed(account: AccountId): void {
    this.#size -= this.#held.get(account)?.seqs.size ?? 0;
    this.#held.delete(account);
  }

  /** Anybody may have. */
  allChanged(): void {
    this.#held.clear();
    this.#size = 0;
  }
}
