// How requests to Cassandra are tried again: on another node, a few times, and only where twice is as good as once. A
// read is sent to a second node when the first is slow; a write is not, for it could land after a later one.
import { policies, type types } from 'cassandra-driver';
import { cassandraRetries, cassandraSlowMs } from '../kernel/engine-limits.ts';

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

/** A second node for a slow read. */
export class ReadsTwice extends policies.speculativeExecution.ConstantSpeculativeExecutionPolicy {
  readonly #once = new policies.speculativeExecution.NoSpeculativeExecutionPolicy();

  constructor() {
    super(cassandraSlowMs, 1);
  }

  override newPlan(keyspace: string, query: string | object[]) {
    const reads = typeof query === 'string' && query.startsWith('SELECT');
    return reads ? super.newPlan(keyspace, query) : this.#once.newPlan(keyspace, query);
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
