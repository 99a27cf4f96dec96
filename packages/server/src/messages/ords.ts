// How many counted messages there are up to a message: it stands in its row and never changes, so it is read once. What is
// at hand is bounded; it must never hold what a row does not say yet.
import type { ConversationId } from '@parley/protocol';
import { maxHeldOrds } from '../kernel/limits.ts';
import type { Rows } from '../store/store.ts';

/** Ords by conversation and seq. */
export class Ords {
  readonly #rows: Rows;
  /** The one read longest ago comes first. */
  readonly #held = new Map<string, number>();

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** Those that are at hand. */
  get size(): number {
    return this.#held.size;
  }

  /** Counted messages up to this seq; 0 where no message is. */
  async at(conversation: ConversationId, seq: number): Promise<number> {
    if (seq === 0) return 0;
    const name = `${conversation} ${seq}`;
    const held = this.#held.get(name);
    if (held !== undefined) return held;
    const ord = (await this.#rows.get('messages', [conversation, seq]))?.ord;
    if (ord !== undefined) this.#hold(name, ord);
    return ord ?? 0;
  }

  #hold(name: string, ord: number): void {
    this.#held.set(name, ord);
    if (this.#held.size <= maxHeldOrds) return;
    const [oldest] = this.#held.keys();
    if (oldest !== undefined) this.#held.delete(oldest);
  }
}
