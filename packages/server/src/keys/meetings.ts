// Places where a new device and a linked one pass each other sealed messages, for two minutes, on whatever gateway each
// of them is. What they say is opaque; who knows the name of a place may speak there, so the name comes from the code
// that was scanned. Promise: who waits at a place is bounded, and a place that is gone never comes back.
import { encodeBase64url, limits as wire } from '@parley/protocol';
import type { Ephemeral } from '../ephemeral/ephemeral.ts';
import type { Clock } from '../kernel/clock.ts';
import { maxRendezvousWaiters, rendezvousWaitMs } from '../kernel/limits.ts';
import type { Random } from '../kernel/random.ts';

/** What was said last. */
export interface Said {
  readonly data: string;
  /** From 1; one more with each. */
  readonly version: number;
}

/** Places by name. */
export class Meetings {
  readonly #values: Ephemeral;
  readonly #clock: Clock;
  readonly #random: Random;
  /** Who waits here, by the name of the place. */
  readonly #waiting = new Map<string, number>();

  constructor(values: Ephemeral, clock: Clock, random: Random) {
    this.#values = values;
    this.#clock = clock;
    this.#random = random;
  }

  /** A new place; null when there are too many. */
  async open(data: string): Promise<{ readonly name: string; readonly endsAt: number } | null> {
    const name = encodeBase64url(this.#random.bytes(16));
    const endsAt = this.#clock.now() + wire.rendezvousMs;
    const opened = await this.#values.create(keyOf(name), textOf({ data, version: 1 }), wire.rendezvousMs);
    return opened === 'done' ? { name, endsAt } : null;
  }

  /** Says the next thing there. */
  async say(name: string, said: Said): Promise<'done' | 'conflict' | 'gone'> {
    const before = await this.#values.get(keyOf(name));
    if (before === undefined) return 'gone';
    if (said.version !== saidIn(before).version + 1) return 'conflict';
    const answer = await this.#values.replace(keyOf(name), before, textOf(said));
    return answer === 'changed' ? 'conflict' : answer;
  }

  /** What was said last, at once if it is newer than `after`; else after a wait. Null: the place is gone. */
  async hear(name: string, after: number, signal: AbortSignal): Promise<Said | null> {
    const text = await this.#values.get(keyOf(name));
    if (text === undefined) return null;
    const said = saidIn(text);
    const waiting = this.#waiting.get(name) ?? 0;
    if (said.version > after || waiting >= maxRendezvousWaiters) return said;
    this.#waiting.set(name, waiting + 1);
    try {
      await this.#values.changed(keyOf(name), text, rendezvousWaitMs, signal);
    } finally {
      const left = (this.#waiting.get(name) ?? 1) - 1;
      if (left > 0) this.#waiting.set(name, left);
      else this.#waiting.delete(name);
    }
    const now = await this.#values.get(keyOf(name));
    return now === undefined ? null : saidIn(now);
  }

  /** Nobody meets there any more. */
  leave(name: string): Promise<void> {
    return this.#values.remove(keyOf(name));
  }
}

function keyOf(name: string): string {
  return `meeting/${name}`;
}

function textOf({ data, version }: Said): string {
  return `${version} ${data}`;
}

function saidIn(text: string): Said {
  const at = text.indexOf(' ');
  return { version: Number(text.slice(0, at)), data: text.slice(at + 1) };
}
