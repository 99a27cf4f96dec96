// Sessions whose messages disappear: what the first message of a session says holds for all of it, as its maker begins
// another one when the timer of the conversation changes. Their room keys stand in the backup with an expiry and go from
// it then. It must never let go of a session with a message that stays: one is enough, and it is kept for good. [ENC]
import type { Body } from '@parley/protocol';
import * as limits from '../limits.ts';
import type { Clock } from '../ports.ts';

/** Until when a session is needed; null: for good, a message in it stays after all. `gone`: it was dropped. */
type Until = number | null | 'gone';

/** When a message disappears; or that it stays; or that it goes with another one, like an edit or a reaction. */
export type Lifetime = number | 'stays' | 'follows';

/** Of what was opened. */
export function lifetimeOf({ type }: Body, expiresAt: number | null): Lifetime {
  if (expiresAt !== null) return expiresAt;
  return type === 'edit' || type === 'reaction' || type === 'vote' ? 'follows' : 'stays';
}

interface TimedParts {
  readonly clock: Clock;
  readonly secrets: {
    get(name: string): Promise<unknown>;
    put(name: string, value: unknown): Promise<void>;
  };
  /** What the backup says of these sessions is not so any more. */
  readonly onChanged: (sessions: readonly string[]) => void;
  /** Their keys are not needed any more. Rejects when they could not be dropped. */
  readonly drop: (sessions: readonly string[]) => Promise<void>;
}

const keptName = 'timed sessions';

/** Knows them, and drops them when their time has come. */
export class TimedSessions {
  readonly #parts: TimedParts;
  readonly #timed = new Map<string, Until>();
  /** Sessions of which all that was seen up to this number follows other messages. */
  readonly #followed = new Map<string, number>();
  #stopTimer: () => void = () => {};
  #closed = false;

  constructor(parts: TimedParts) {
    this.#parts = parts;
  }

  async load(): Promise<void> {
    const kept = ((await this.#parts.secrets.get(keptName)) ?? {}) as Readonly<Record<string, Until>>;
    for (const [session, until] of Object.entries(kept)) this.#timed.set(session, until);
    this.#sweepAt(this.#parts.clock.now());
  }

  /** When the key of a session is to go; null: never; 0: it is gone already. */
  untilOf(session: string): number | null {
    const until = this.#timed.get(session) ?? null;
    return until === 'gone' ? 0 : until;
  }

  /** The backup says until when the key of a session is needed. False: it is not needed any more. */
  learn(session: string, until: number): boolean {
    if (until < this.#parts.clock.now()) return false;
    if (!this.#timed.has(session)) this.#set(session, until);
    return true;
  }

  /** A message was opened. `index`: its number in the session. */
  opened(session: string, index: number | null, lives: Lifetime): void {
    const known = this.#timed.get(session);
    if (known === null || known === 'gone' || index === null) return;
    if (lives === 'follows') this.#follow(session, index);
    else if (known === undefined) {
      const isFirst = index === 0 || this.#followed.get(session) === index - 1;
      if (!isFirst || lives === 'stays') return;
      // The last message of it may be sealed so long after the first, and lives as long.
      this.#change(session, lives + limits.timedSessionMs);
    } else if (lives === 'stays') this.#change(session, null);
    else if (lives > known) this.#change(session, lives);
  }

  close(): void {
    this.#closed = true;
    this.#stopTimer();
  }

  /** What follows others says nothing of a session; the one after it may be the first that does. */
  #follow(session: string, index: number): void {
    if (index > 0 && this.#followed.get(session) !== index - 1) return;
    this.#followed.set(session, index);
    const [oldest] = this.#followed.keys();
    if (this.#followed.size > limits.maxTimedSessions && oldest !== undefined) this.#followed.delete(oldest);
  }

  #change(session: string, until: number | null): void {
    this.#followed.delete(session);
    this.#set(session, until);
    this.#parts.onChanged([session]);
  }

  #set(session: string, until: Until): void {
    this.#timed.delete(session);
    this.#timed.set(session, until);
    const [oldest] = this.#timed.keys();
    // Whoever restores the backup still finds its expiry there.
    if (this.#timed.size > limits.maxTimedSessions && oldest !== undefined) this.#timed.delete(oldest);
    this.#keep();
    if (typeof until === 'number') this.#sweepAt(until);
  }

  /** What cannot be kept now is kept with the next one, or learned again with its messages. */
  #keep(): void {
    this.#parts.secrets.put(keptName, Object.fromEntries(this.#timed)).catch(() => {});
  }

  /** When the next one goes, or looks again in a while. */
  #sweepAt(at: number): void {
    const next = Math.min(at, ...[...this.#timed.values()].filter((until) => typeof until === 'number'));
    this.#sweepIn(Math.min(limits.timedSweepMs, Math.max(0, next - this.#parts.clock.now())));
  }

  #sweepIn(delayMs: number): void {
    if (this.#closed) return;
    this.#stopTimer();
    this.#stopTimer = this.#parts.clock.after(delayMs, () => {
      this.#sweep().catch(() => this.#sweepIn(limits.timedSweepMs));
    });
  }

  async #sweep(): Promise<void> {
    const now = this.#parts.clock.now();
    const due = [...this.#timed].filter(([, until]) => typeof until === 'number' && until <= now);
    const some = due.slice(0, limits.maxSessionsPerLook).map(([session]) => session);
    if (some.length > 0) {
      await this.#parts.drop(some);
      // It is remembered that they are: the library has their keys for ever, and hands them out with a new epoch.
      for (const session of some) this.#timed.set(session, 'gone');
      this.#keep();
    }
    if (this.#timed.size > 0) this.#sweepAt(Number.POSITIVE_INFINITY);
  }
}
