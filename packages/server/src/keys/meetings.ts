// Places where a new device and a linked one pass each other sealed messages, for two minutes, in memory. What they say
// is opaque; who knows the name of a place may speak there, so the name comes from the code that was scanned. Promise:
// places and who waits at them are bounded, and a place that is gone never comes back.
import { encodeBase64url, limits as wire } from '@parley/protocol';
import type { Clock } from '../kernel/clock.ts';
import { maxRendezvous, maxRendezvousWaiters, rendezvousWaitMs } from '../kernel/limits.ts';
import type { Random } from '../kernel/random.ts';

/** What was said last. */
export interface Said {
  readonly data: string;
  /** From 1; one more with each. */
  readonly version: number;
}

interface Place {
  said: Said;
  readonly endsAt: number;
  readonly waiting: Set<() => void>;
}

/** Places by name. */
export class Meetings {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #most: number;
  /** Oldest first. */
  readonly #places = new Map<string, Place>();

  constructor(clock: Clock, random: Random, most = maxRendezvous) {
    this.#clock = clock;
    this.#random = random;
    this.#most = most;
  }

  get size(): number {
    return this.#places.size;
  }

  /** A new place; null when there are too many. */
  open(data: string): { readonly name: string; readonly endsAt: number } | null {
    this.#close();
    if (this.#places.size >= this.#most) return null;
    const name = encodeBase64url(this.#random.bytes(16));
    const endsAt = this.#clock.now() + wire.rendezvousMs;
    this.#places.set(name, { said: { data, version: 1 }, endsAt, waiting: new Set() });
    return { name, endsAt };
  }

  /** Says the next thing there. */
  say(name: string, said: Said): 'done' | 'conflict' | 'gone' {
    const place = this.#find(name);
    if (place === undefined) return 'gone';
    if (said.version !== place.said.version + 1) return 'conflict';
    place.said = said;
    wake(place);
    return 'done';
  }

  /** What was said last, at once if it is newer than `after`; else after a wait. Null: the place is gone. */
  async hear(name: string, after: number, signal: AbortSignal): Promise<Said | null> {
    const place = this.#find(name);
    if (place === undefined) return null;
    if (place.said.version <= after && place.waiting.size < maxRendezvousWaiters) await this.#wait(place, signal);
    return this.#find(name)?.said ?? null;
  }

  /** Nobody meets there any more. */
  leave(name: string): void {
    const place = this.#places.get(name);
    this.#places.delete(name);
    if (place !== undefined) wake(place);
  }

  #find(name: string): Place | undefined {
    const place = this.#places.get(name);
    if (place === undefined || !this.#isOver(place)) return place;
    this.leave(name);
    return undefined;
  }

  /** A place that ends later than a new one would is from before the clock was set back. */
  #isOver({ endsAt }: Place): boolean {
    const now = this.#clock.now();
    return now >= endsAt || endsAt > now + wire.rendezvousMs;
  }

  #close(): void {
    for (const [name, place] of this.#places) {
      if (!this.#isOver(place)) return;
      this.leave(name);
    }
  }

  async #wait(place: Place, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = () => resolve();
    place.waiting.add(end);
    const cancel = this.#clock.after(rendezvousWaitMs, end);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    await promise;
    cancel();
    signal.removeEventListener('abort', end);
    place.waiting.delete(end);
  }
}

function wake({ waiting }: Place): void {
  for (const end of waiting) end();
}
