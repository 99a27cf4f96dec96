// One direction of a connection: what goes in comes out in order, later. While anything blocks it, nothing comes out
// and what was put in counts as not taken, as the buffers of a stalled TCP connection do.
import type { WorldTime } from './timeline-clock.ts';

/** Why nothing moves: the line is cut, the reader does not read, the server has paused reading. */
export type Block = 'cut' | 'slow' | 'paused';

interface Item {
  readonly due: number;
  readonly bytes: number;
  readonly deliver: () => void;
}

/** Carries things in order. */
export class Pipe {
  readonly #time: WorldTime;
  readonly #delayMs: () => number;
  readonly #blocks = new Set<Block>();
  #items: Item[] = [];
  #bytes = 0;
  #dueAt = 0;
  #cancel: (() => void) | null = null;
  #over = false;

  constructor(time: WorldTime, delayMs: () => number) {
    this.#time = time;
    this.#delayMs = delayMs;
  }

  /** Bytes on their way. */
  get bytes(): number {
    return this.#bytes;
  }

  push(bytes: number, deliver: () => void): void {
    if (this.#over) return;
    this.#dueAt = Math.max(this.#time.now() + this.#delayMs(), this.#dueAt);
    this.#items.push({ due: this.#dueAt, bytes, deliver });
    this.#bytes += bytes;
    this.#arm();
  }

  block(reason: Block): void {
    this.#blocks.add(reason);
    this.#cancel?.();
    this.#cancel = null;
  }

  unblock(reason: Block): void {
    this.#blocks.delete(reason);
    this.#arm();
  }

  /** What is on its way is lost, and nothing comes any more. */
  end(): void {
    this.#over = true;
    this.#items = [];
    this.#bytes = 0;
    this.#cancel?.();
  }

  #arm(): void {
    const next = this.#items[0];
    if (next === undefined || this.#cancel !== null || this.#blocks.size > 0 || this.#over) return;
    this.#cancel = this.#time.after(next.due - this.#time.now(), () => {
      this.#cancel = null;
      this.#deliver();
    });
  }

  /** Everything that is due, as a reader finds it in its buffer. */
  #deliver(): void {
    const now = this.#time.now();
    while (this.#blocks.size === 0) {
      const next = this.#items[0];
      if (next === undefined || next.due > now) break;
      this.#items.shift();
      this.#bytes -= next.bytes;
      next.deliver();
    }
    this.#arm();
  }
}
