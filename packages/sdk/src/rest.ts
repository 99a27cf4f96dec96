// REST, typed from the protocol's route table. A refusal is a `ChatError` with the problem's code; what cannot be
// reached is `client.unreachable`. It never retries: the caller owns time.
import type { Problem, RouteBody, RouteName, RouteParams, RouteQuery, RouteResult } from '@parley/protocol';
import { ChatError, codeFromText } from './error.ts';
import type { Http, HttpRequest } from './ports.ts';
import { type PlainRoute, routePaths } from './route-paths.ts';

type Wanted<T> = T extends undefined ? undefined : T;

/** What a call may carry. Parts that the route does not have are left out. */
export interface RestCall<N extends RouteName> {
  readonly params?: Wanted<RouteParams<N>>;
  readonly query?: Wanted<RouteQuery<N>>;
  readonly body?: Wanted<RouteBody<N>>;
  readonly signal?: AbortSignal;
  readonly idempotencyKey?: string;
  /** Method and path, of a route that is not among the paths that are always here. */
  readonly route?: string;
}

/** Calls one route by its name. */
export type Rest = <N extends RouteName>(name: N, call?: RestCall<N>) => Promise<RouteResult<N>>;

/** REST over the host's HTTP. When `closed` fires, calls under way end with `client.closed`. */
export function restOver(http: Http, closed?: AbortSignal): Rest {
  return async <N extends RouteName>(name: N, call: RestCall<N> = {}): Promise<RouteResult<N>> => {
    const [method, pattern] = (call.route ?? routePaths[name as PlainRoute]).split(' ') as [
      HttpRequest['method'],
      string,
    ];
    const path = fill(pattern, call.params ?? {}) + search((call.query ?? {}) as object);
    const signals = [closed, call.signal].filter((signal) => signal !== undefined);
    const response = await http
      .call({
        method,
        path,
        ...(call.body !== undefined && { body: call.body }),
        ...(call.idempotencyKey && { headers: { 'Idempotency-Key': call.idempotencyKey } }),
        ...(signals.length > 0 && { signal: AbortSignal.any(signals) }),
      })
      .catch((cause: unknown) => {
        const ended = closed?.aborted ? 'client.closed' : call.signal?.aborted ? 'client.aborted' : null;
        // Who stands between says why it went nowhere: nothing is said before it is kept, for one.
        if (ended === null && cause instanceof ChatError) throw cause;
        throw new ChatError(ended ?? 'client.unreachable', { cause });
      });
    const { status, body } = response;
    if (status < 200 || status >= 300) throw refusal(body, status);
    // Where something is to be answered, nothing (or a page of something between us and the server) is no answer.
    if (status !== 204 && (typeof body !== 'object' || body === null)) throw new ChatError('client.unexpected');
    return body as RouteResult<N>;
  };
}

/** What an answer that is none of success says. */
export function refusal(body: unknown, status: number): ChatError {
  const { code, retry_after_ms: retryAfterMs } = (body ?? {}) as Partial<Problem>;
  // Something between us and the server answered.
  if (typeof code !== 'string') return new ChatError(status >= 500 ? 'unavailable' : 'client.unexpected');
  return new ChatError(codeFromText(code), typeof retryAfterMs === 'number' ? { retryAfterMs } : {});
}

/** The path of a route. */
export function pathOf<N extends PlainRoute>(name: N, params: RouteParams<N>): string {
  return fill(routePaths[name].split(' ')[1] ?? '', params as object);
}

function fill(pattern: string, params: object): string {
  const values = params as Readonly<Record<string, unknown>>;
  return pattern.replace(/\{(\w+)\}/g, (_, part: string) => encodeURIComponent(String(values[part])));
}

function search(query: object): string {
  const parts = Object.entries(query).filter(([, value]) => value !== undefined);
  if (parts.length === 0) return '';
  return `?${parts.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&')}`;
}
