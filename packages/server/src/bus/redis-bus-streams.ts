// What every publisher has told this node, by the numbers of its messages: a number that is missing, and silence, mean
// that hints were lost. Pure. It must never take a publisher that said farewell for one that fell silent.
import { busSilenceMs } from '../kernel/engine-limits.ts';
import type { BusMessage } from './redis-bus-codec.ts';

interface Stream {
  n: number;
  heardAt: number;
}

/** Streams by publisher. */
export class Streams {
  readonly #streams = new Map<string, Stream>();

  /** Is there a stream of this publisher? */
  has(publisher: string): boolean {
    return this.#streams.has(publisher);
  }

  /** A message came: was nothing lost before it? `repeat`: it came before. */
  heard({ publisher, n, isLate, isLast }: Omit<BusMessage, 'hints'>, now: number): 'whole' | 'gap' | 'repeat' {
    const stream = this.#streams.get(publisher);
    if (stream !== undefined && n > 1 && n <= stream.n) return 'repeat';
    const isNext = n === 1 ? !isLate : n === (stream?.n ?? 0) + 1;
    if (isLast) this.#streams.delete(publisher);
    else this.#streams.set(publisher, { n, heardAt: now });
    return isNext ? 'whole' : 'gap';
  }

  /** Publishers that fell silent. They are forgotten: should they speak again, what they said meanwhile is missing. */
  silent(now: number): readonly string[] {
    const silent: string[] = [];
    for (const [publisher, { heardAt }] of this.#streams) {
      if (now - heardAt < busSilenceMs) continue;
      silent.push(publisher);
      this.#streams.delete(publisher);
    }
    return silent;
  }
}
