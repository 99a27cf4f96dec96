// How many uploads are under way at once, of an account and in all: each holds a part of a file in memory. When there
// are as many as there may be, an account that has several gives one up for an account that has none, so that a few
// keep nobody out.
import type { AccountId, ErrorCode } from '@parley/protocol';
import type { Clock } from '../kernel/clock.ts';
import type { Upload } from '../kernel/handlers.ts';
import { maxUploads, maxUploadsPerAccount, uploadAgainMs } from '../kernel/limits.ts';
import { type Result, refuse } from '../kernel/result.ts';

interface Held {
  readonly account: AccountId;
  readonly line: NonNullable<Upload['line']> | undefined;
  readonly since: number;
  readonly over: Promise<void>;
  isCut: boolean;
}

export class UploadGate {
  readonly #held = new Set<Held>();
  readonly #clock: Pick<Clock, 'now'>;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** Does the work, unless there is too much of it. [MED2] [MED125] */
  async pass<T>(
    account: AccountId,
    { line }: Pick<Upload, 'line'>,
    work: () => Promise<Result<T, ErrorCode>>,
  ): Promise<Result<T, ErrorCode>> {
    // Each time one that was cut has ended, so at most as often as there are uploads.
    while (this.#held.size >= maxUploads && this.#countOf(account) === 0) {
      const slowest = this.#toGiveUp();
      if (slowest === undefined) return busy;
      slowest.isCut = true;
      slowest.line?.cut();
      await slowest.over;
    }
    if (this.#countOf(account) >= maxUploadsPerAccount) return refuse('rate.limited', again);
    if (this.#held.size >= maxUploads) return busy;
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const own: Held = { account, line, since: this.#clock.now(), over, isCut: false };
    this.#held.add(own);
    try {
      return await work();
    } catch (error) {
      if (own.isCut) return busy;
      throw error;
    } finally {
      this.#held.delete(own);
      resolve();
    }
  }

  #countOf(account: AccountId): number {
    return [...this.#held].filter((each) => each.account === account && !each.isCut).length;
  }

  /** The slowest upload of those whose account has several. */
  #toGiveUp(): Held | undefined {
    const now = this.#clock.now();
    const paceOf = ({ line, since }: Held) => (line?.receivedBytes() ?? 0) / Math.max(1, now - since);
    return [...this.#held]
      .filter((each) => each.line !== undefined && !each.isCut && this.#countOf(each.account) > 1)
      .sort((a, b) => paceOf(a) - paceOf(b))[0];
  }
}

const again = { retry_after_ms: uploadAgainMs };
const busy = refuse('server.overloaded', again);
