// Marks that wait for the store, and those on their way to it. Whatever waits keeps the book that it stands in. It must
// never take a mark twice, nor lose one that the store refused.
import type { AccountId, ConversationId } from '@parley/protocol';
import type { MarkRow } from '../store/store.ts';

/** A mark in memory. */
export interface Held {
  readonly book: Book;
  readonly account: AccountId;
  delivered: number;
  read: number;
  deliveredChange: number;
  readChange: number;
  /** Is it among those that wait for the store? */
  isWaiting: boolean;
  /** Is it as high only by the word of another process, which may have ended before it was stored? */
  isHeard: boolean;
}

/** The marks of one conversation, as far as they are in memory. */
export interface Book {
  readonly conversation: ConversationId;
  readonly marks: Map<AccountId, Held>;
  /** Has it everybody's? */
  isWhole: boolean;
  /** Newest change in it. */
  newest: number;
  /** Reasons to keep it: marks that the store does not have, reads under way. */
  pins: number;
  reading: Promise<void> | null;
  /** Where others raise marks too: until when it is trusted, and how many comings there had been when it was read. */
  until: number;
  since: number;
  /** How often it came to be doubted, so that it is read again. */
  doubts: number;
}

/** Rows on their way to the store. */
export interface MarkBatch {
  readonly rows: readonly MarkRow[];
  /** They are there. */
  stored(): void;
  /** They are not: they wait again. */
  failed(): void;
}

/** First in, first out. */
export class MarkQueue {
  readonly #freed: () => void;
  readonly #waiting: Held[] = [];
  #storing = 0;

  /** `freed` is called when books may be let go. */
  constructor(freed: () => void) {
    this.#freed = freed;
  }

  /** Marks that the store does not have. */
  get size(): number {
    return this.#waiting.length + this.#storing;
  }

  /** The mark has risen. */
  add(held: Held): void {
    if (held.isWaiting) return;
    held.isWaiting = true;
    held.book.pins++;
    this.#waiting.push(held);
  }

  /** Takes up to so many, to be stored as they are now. */
  take(most: number): MarkBatch {
    const taken = this.#waiting.splice(0, most);
    this.#storing += taken.length;
    for (const held of taken) held.isWaiting = false;
    const over = (): void => {
      this.#storing -= taken.length;
      for (const held of taken) held.book.pins--;
      this.#freed();
    };
    return {
      rows: taken.map(rowOf),
      stored: over,
      failed: () => {
        for (const held of taken) this.add(held);
        over();
      },
    };
  }
}

function rowOf({ book, account, delivered, read, deliveredChange, readChange }: Held): MarkRow {
  return { conversation: book.conversation, account, delivered, read, change: Math.max(deliveredChange, readChange) };
}
