// How a use case serves a REST route: parsed input in, a value or a refusal out. No HTTP in sight.
import type {
  AccountId,
  DeviceId,
  ErrorCode,
  RouteBody,
  RouteName,
  RouteParams,
  RouteQuery,
  RouteResult,
} from '@parley/protocol';
import type { Result } from './result.ts';

/** A signed-in device. */
export interface Caller {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly admin: boolean;
}

/** One call. `caller` is null on routes without authentication; `address` is the client's, for limits only. */
export interface Call<N extends RouteName> {
  readonly caller: Caller | null;
  readonly address: string;
  readonly params: RouteParams<N>;
  readonly query: RouteQuery<N>;
  readonly body: RouteBody<N>;
  readonly idempotencyKey?: string;
  readonly signal: AbortSignal;
}

/** Serves one route. Throws `Unavailable` for faults of the world. */
export type Handler<N extends RouteName> = (call: Call<N>) => Promise<Result<RouteResult<N>, ErrorCode>>;

/** A handler for each of these routes; a missing one does not compile. */
export type Handlers<N extends RouteName = RouteName> = { readonly [K in N]: Handler<K> };
