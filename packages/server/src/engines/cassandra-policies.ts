// How requests to Cassandra are tried again: on another node, a few times, and only where twice is as good as once. A
// read is sent to a second node when the first is slow; a write is not, for it could land after a later one.
import { policies, type types } from 'cassandra-driver';
import { cassandraMs, cassandraRetries, cassandraSlowMs, cassandraSlowTimes } from '../kernel/engine-limits.ts';

type Info = policies.retry.OperationInfo;
type Decision = policies.retry.DecisionInfo;

/** What failed by a fault of one node is asked of another one. The driver asks only about what may be done twice. */
export class BoundedRetry extends policies.retry.RetryPolicy {
  override onReadTimeout(info: Info, consistency: types.consistencies): Decision {
    return this.#again(info, consistency);
  }

  override onWriteTimeout(info: Info, consistency: types.consistencies): Decision {
    return this.#again(info, consistency);
  }

  override onUnavailable(info: Info, consistency: types.consistencies): Decision {
    return this.#again(info, consistency);
  }

  override onRequestError(info: Info, consistency: types.consistencies): Decision {
    return this.#again(info, consistency);
  }

  #again(info: Info, consistency: types.consistencies): Decision {
    if (info.nbRetry >= cassandraRetries) return this.rethrowResult();
    return this.retryResult(consistency, false);
  }
}

/**
 * How long reads take at present: about the median of those that were answered. One node that is silent does not move it,
 * a cluster that is busy does.
 */
export class ReadPace {
  #usualMs = 1;

  /** A read was answered, or was not, after so long. */
  took(ms: number): void {
    this.#usualMs = ms > this.#usualMs ? this.#usualMs * paceStep : Math.max(1, this.#usualMs / paceStep);
    this.#usualMs = Math.min(this.#usualMs, cassandraMs.request);
  }

  /** What takes longer is slow for its node, and no sign that all of them are busy. Milliseconds. */
  get slowMs(): number {
    return Math.max(cassandraSlowMs, cassandraSlowTimes * this.#usualMs);
  }
}

/** How fast the usual time follows: in some 50 reads it doubles. */
const paceStep = 1.015;

/** A second node for a slow read; not where all are slow, for it would be the more to do for nodes that are busy. [STR43] */
export class ReadsTwice extends policies.speculativeExecution.NoSpeculativeExecutionPolicy {
  readonly #pace: ReadPace;

  constructor(pace: ReadPace) {
    super();
    this.#pace = pace;
  }

  override newPlan(_keyspace: string, query: string | object[]): { readonly nextExecution: () => number } {
    let left = typeof query === 'string' && query.startsWith('SELECT') ? 1 : 0;
    return { nextExecution: () => (left-- > 0 ? this.#pace.slowMs : -1) };
  }
}

/** A write without a stamp has the time of its coordinator, as a claim has: the clocks of gateways count for nothing. */
export class CoordinatorTime extends policies.timestampGeneration.MonotonicTimestampGenerator {
  constructor() {
    super(0, 0);
  }

  override next(): number {
    return undefined as unknown as number;
  }
}
