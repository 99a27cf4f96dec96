// Small values of one process, in memory. Bounded; what is over goes when room is needed.
import type { Clock } from '../kernel/clock.ts';
import { maxEphemeral } from '../kernel/limits.ts';
import type { Ephemeral } from './ephemeral.ts';

interface Kept {
  value: string;
  readonly ms: number;
  readonly endsAt: number;
  readonly waiting: Set<() => void>;
}

/** One for a process. */
export class MemoryEphemeral implements Ephemeral {
  readonly #clock: Clock;
  readonly #most: number;
  /** Oldest first. */
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Clock, most = maxEphemeral) {
    this.#clock = clock;
    this.#most = most;
  }

  get size(): number {
    return this.#kept.size;
  }

  async create(key: string, value: string, ms: number): Promise<'done' | 'there' | 'full'> {
    if (this.#find(key) !== undefined) return 'there';
    if (this.#kept.size >= this.#most) this.#forget();
    if (this.#kept.size >= this.#most) return 'full';
    this.#kept.set(key, { value, ms, endsAt: this.#clock.now() + ms, waiting: new Set() });
    return 'done';
  }

  async get(key: string): Promise<string | undefined> {
    return this.#find(key)?.value;
  }

  async replace(key: string, before: string, value: string): Promise<'done' | 'changed' | 'gone'> {
    const kept = this.#find(key);
    if (kept === undefined) return 'gone';
    if (kept.value !== before) return 'changed';
    kept.value = value;
    wake(kept);
    return 'done';
  }

  async remove(key: string): Promise<void> {
    this.#drop(key);
  }

  async changed(key: string, seen: string, ms: number, signal: AbortSignal): Promise<void> {
    const kept = this.#find(key);
    if (kept === undefined || kept.value !== seen || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = (): void => resolve();
    kept.waiting.add(end);
    const cancel = this.#clock.after(ms, end);
    signal.addEventListener('abort', end);
    await promise;
    cancel();
    signal.removeEventListener('abort', end);
    kept.waiting.delete(end);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const key of [...this.#kept.keys()]) this.#drop(key);
  }

  #find(key: string): Kept | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined || !this.#isOver(kept)) return kept;
    this.#drop(key);
    return undefined;
  }

  /** What ends later than a new one would is from before the clock was set back. */
  #isOver({ ms, endsAt }: Kept): boolean {
    const now = this.#clock.now();
    return now >= endsAt || endsAt > now + ms;
  }

  #forget(): void {
    for (const [key, kept] of this.#kept) if (this.#isOver(kept)) this.#drop(key);
  }

  #drop(key: string): void {
    const kept = this.#kept.get(key);
    this.#kept.delete(key);
    if (kept !== undefined) wake(kept);
  }
}

function wake({ waiting }: Kept): void {
  for (const end of waiting) end();
}
