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
  Routes,
} from '@parley/protocol';
import type { Result } from './result.ts';

/** A signed-in device. */
export interface Caller {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly admin: boolean;
}

/** The bytes that come with a call, as many as its head says: fewer are an error of `content`. */
export interface Upload {
  readonly bytes: number;
  readonly content: AsyncIterable<Uint8Array>;
  /** Where they come from: how many have come, and how to end it, which is an error of `content`. */
  readonly line?: { receivedBytes(): number; cut(): void };
}

/** Bytes as an answer: all of something that never changes, or the part that was asked for. */
export interface BytesAnswer {
  /** Names what it is part of. */
  readonly tag: string;
  readonly total: number;
  readonly part: { readonly from: number; readonly to: number } | null;
  readonly content: AsyncIterable<Uint8Array>;
}

/** One call. `caller` is null on routes without authentication; `address` is the client's, for limits only. */
export interface Call<N extends RouteName> {
  readonly caller: Caller | null;
  readonly address: string;
  readonly params: RouteParams<N>;
  readonly query: RouteQuery<N>;
  readonly body: RouteBody<N>;
  readonly idempotencyKey?: string;
  /** On routes that take bytes, when their number was said. */
  readonly upload?: Upload;
  /** The header `Range`, on routes that answer with bytes. */
  readonly range?: string;
  /** It has the file already and wants none of it. */
  readonly isKnown?: true;
  readonly signal: AbortSignal;
}

/** Serves one route. Throws `Unavailable` for faults of the world. */
export type Handler<N extends RouteName> = (call: Call<N>) => Promise<Result<Served<N>, ErrorCode>>;

/** What a handler gives: the route's result, or bytes. */
type Served<N extends RouteName> = Routes[N] extends { readonly bytes: 'down' } ? BytesAnswer : RouteResult<N>;

/** A handler for each of these routes; a missing one does not compile. */
export type Handlers<N extends RouteName = RouteName> = { readonly [K in N]: Handler<K> };
