// REST: one table of routes with schemas, refusals, authentication and rate class. The server's handlers
// must cover it, the SDK takes its types from it, and both API documents are made from it.
import Type, { type Static, type TSchema } from 'typebox';
import { accountRoutes } from './account-routes.ts';
import { blobRoutes } from './blob-routes.ts';
import { conversationRoutes } from './conversation-routes.ts';
import { entryRoutes } from './entry-routes.ts';
import type { ErrorCode } from './errors.ts';
import { keyRoutes } from './key-routes.ts';
import { memberRoutes } from './member-routes.ts';
import { operatorRoutes } from './operator-routes.ts';
import { reportRoutes } from './report-routes.ts';
import { Integer, Text } from './schema.ts';
import { sealedRoutes } from './sealed-routes.ts';

/** Who may call: anybody, a signed-in device, or an operator's device. */
export type RouteAuth = 'none' | 'device' | 'admin';

/** Which limiter counts the call. */
export type RateClass = 'read' | 'write' | 'credentials' | 'lookup' | 'keys' | 'files';

/** One route. `{name}` in the path is a member of `params`. Every route may also answer `rate.limited`, `unavailable`, `internal`. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly summary: string;
  readonly auth: RouteAuth;
  readonly rate: RateClass;
  readonly params?: TSchema;
  readonly query?: TSchema;
  readonly body?: TSchema;
  /** Its body (`up`) or its answer (`down`) is the bytes of a file instead of JSON. */
  readonly bytes?: 'up' | 'down';
  /** Largest body; `maxFrameBytes` when absent. */
  readonly bodyBytes?: number;
  readonly result: TSchema;
  /** HTTP status of success. */
  readonly status: 200 | 201 | 204;
  readonly errors: readonly ErrorCode[];
}

export const routes = {
  ...accountRoutes,
  ...conversationRoutes,
  ...memberRoutes,
  ...entryRoutes,
  ...keyRoutes,
  ...sealedRoutes,
  ...blobRoutes,
  ...reportRoutes,
  ...operatorRoutes,
} as const satisfies Readonly<Record<string, Route>>;

export type Routes = typeof routes;
export type RouteName = keyof Routes;

type Part<R, Name extends string> = R extends { readonly [K in Name]: infer S extends TSchema } ? Static<S> : undefined;
export type RouteParams<N extends RouteName> = Part<Routes[N], 'params'>;
export type RouteQuery<N extends RouteName> = Part<Routes[N], 'query'>;
export type RouteBody<N extends RouteName> = Part<Routes[N], 'body'>;
export type RouteResult<N extends RouteName> = Part<Routes[N], 'result'>;
export type RouteError<N extends RouteName> = Routes[N]['errors'][number];

/** RFC 9457, with our stable `code` and what to do. */
export const Problem = Type.Object(
  {
    type: Text(300, 'Address of the documentation of the code.'),
    title: Text(200, 'What is wrong, for people.'),
    status: Integer('HTTP status.', 400, 599),
    code: Text(64, 'Code from the error table.'),
    advice: Text(16, 'retry, wait, fix, sign_in or give_up.'),
    detail: Type.Optional(Text(300, 'For developers; never parse it.')),
    path: Type.Optional(Text(200, 'JSON pointer to the field.')),
    retry_after_ms: Type.Optional(Integer('With `wait`.')),
    request_id: Type.Optional(Text(128, 'Names the call in the log of the server.')),
  },
  { $id: 'Problem' },
);
export type Problem = Static<typeof Problem>;
