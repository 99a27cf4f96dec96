// What calls with an Idempotency-Key were answered, for an hour, and for a day where making them again would come to
// something else: a retry after a lost answer gets the same answer, and nothing is done twice. Bounded, for a caller and
// for all; bodies stand in memory as keyed hashes only, and what outlives the process is sealed.
import { createHmac } from 'node:crypto';
import type { ErrorCode } from '@parley/protocol';
import type { Clock } from '../kernel/clock.ts';
import { keptAnswerMs, maxKeptAnswers, maxKeptAnswersPerCaller } from '../kernel/limits.ts';
import type { Random } from '../kernel/random.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import { bodyHash, type LastingAnswers } from './rest-lasting.ts';

/** One call: whose key it is, and what is asked under it. */
export interface KeyedCall {
  readonly caller: string;
  readonly key: string;
  readonly body: unknown;
  /** What the caller sent as its key, where the answer outlives the process. */
  readonly lasting?: string;
}

type Answer = Result<unknown, ErrorCode>;

interface Kept {
  readonly body: string;
  readonly until: number;
  /** Resolves to null when the call came to nothing: then it may be made again. */
  readonly answer: Promise<Answer | null>;
}

/** Answers by caller and key. */
export class KeptAnswers {
  readonly #clock: Clock;
  readonly #secret: Uint8Array;
  /** The caller that made a keyed call last comes last, and so do its calls. */
  readonly #kept = new Map<string, Map<string, Kept>>();
  readonly #lasting: LastingAnswers;
  #size = 0;

  constructor(clock: Clock, random: Random, lasting: LastingAnswers) {
    this.#clock = clock;
    this.#lasting = lasting;
    this.#secret = random.bytes(32);
  }

  /** Answers are kept when they are good; what was refused or failed is done anew. */
  async once(call: KeyedCall, work: () => Promise<Answer>): Promise<Answer> {
    const body = createHmac('sha256', this.#secret)
      .update(JSON.stringify(call.body) ?? '')
      .digest('base64');
    for (;;) {
      const known = this.#kept.get(call.caller)?.get(call.key);
      if (known === undefined || known.until <= this.#clock.now()) return this.#begin(call, body, work);
      if (known.body !== body) return refuse('idempotency.mismatch');
      const answer = await known.answer;
      if (answer !== null) return answer;
    }
  }

  get size(): number {
    return this.#size;
  }

  async #begin(call: KeyedCall, body: string, work: () => Promise<Answer>): Promise<Answer> {
    const { caller, key } = call;
    const { promise, resolve } = Promise.withResolvers<Answer | null>();
    const kept: Kept = { body, until: this.#clock.now() + keptAnswerMs, answer: promise };
    this.#forget(caller, key);
    this.#makeRoom(caller);
    const own = this.#kept.get(caller) ?? new Map<string, Kept>();
    this.#kept.delete(caller);
    this.#kept.set(caller, own.set(key, kept));
    this.#size++;
    let answer: Answer | null = null;
    try {
      const earlier = await this.#earlier(call);
      answer = earlier ?? (await work());
      // It was done, also when that cannot be kept: whoever asks this process again is answered so.
      if (earlier === null && answer.ok) await this.#keep(call, answer.value);
      return answer;
    } finally {
      if (answer?.ok !== true && this.#kept.get(caller)?.get(key) === kept) this.#forget(caller, key);
      resolve(answer?.ok === true ? answer : null);
    }
  }

  /** What an earlier process has answered. */
  async #earlier({ caller, key, body, lasting: secret }: KeyedCall): Promise<Answer | null> {
    const known = secret === undefined ? null : await this.#lasting.of({ caller, key, secret });
    if (known === null) return null;
    return known.body === bodyHash(body) ? ok(known.value) : refuse('idempotency.mismatch');
  }

  async #keep({ caller, key, body, lasting: secret }: KeyedCall, value: unknown): Promise<void> {
    if (secret === undefined) return;
    await this.#lasting.keep({ caller, key, secret }, { body: bodyHash(body), value: value ?? null });
  }

  /** The oldest go: of a caller that has as many as it may, else of who has made no such call for longest. */
  #makeRoom(caller: string): void {
    const now = this.#clock.now();
    for (const [name, own] of this.#kept) {
      const [oldest] = own;
      if (oldest === undefined || oldest[1].until > now) break;
      this.#forget(name, oldest[0]);
    }
    const isFull = (this.#kept.get(caller)?.size ?? 0) >= maxKeptAnswersPerCaller;
    const [longest] = isFull ? [caller] : this.#size >= maxKeptAnswers ? this.#kept.keys() : [];
    const [key] = longest === undefined ? [] : (this.#kept.get(longest)?.keys() ?? []);
    if (longest !== undefined && key !== undefined) this.#forget(longest, key);
  }

  #forget(caller: string, key: string): void {
    const own = this.#kept.get(caller);
    if (own?.delete(key) !== true) return;
    this.#size--;
    if (own.size === 0) this.#kept.delete(caller);
  }
}
