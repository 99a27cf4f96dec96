// Calls to the server without HTTP: the route is found in the protocol's table, the input read by its schemas, the
// token told apart and the handler called, as the gateway's REST does, but for headers, cookies and rates.
import { type ErrorCode, errors, type Route, type RouteName, routes } from '@parley/protocol';
import type { HttpRequest, HttpResponse } from '@parley/sdk';
import type { Authenticate } from '../../packages/server/src/gateway/identity.ts';
import { inputReader, type ReadInput } from '../../packages/server/src/gateway/rest-input.ts';
import type { Call, Caller, Handlers } from '../../packages/server/src/kernel/handlers.ts';
import { isOfTheWorld, type Result } from '../../packages/server/src/kernel/result.ts';

/** What a node serves calls with. */
export interface DeskParts {
  readonly routes: Handlers;
  readonly authenticate: Authenticate;
  readonly fault: (where: string, error: unknown) => void;
  readonly signal: AbortSignal;
}

interface Entry {
  readonly name: RouteName;
  readonly route: Route;
  readonly parts: readonly string[];
  readonly read: ReadInput;
}

// Compiled once for all runs.
const table: readonly Entry[] = (Object.entries(routes) as [RouteName, Route][]).map(([name, route]) => ({
  name,
  route,
  parts: route.path.split('/'),
  read: inputReader(route),
}));

/** Serves one call of a device that holds this token. */
export async function serveCall(desk: DeskParts, request: HttpRequest, token: string | null): Promise<HttpResponse> {
  const [path = '', search = ''] = request.path.split('?');
  const parts = path.split('/');
  const entry = table.find(({ route, parts: own }) => route.method === request.method && fits(own, parts));
  if (entry === undefined) return problem('not_found');
  try {
    const outcome = await call(desk, entry, { request, parts, search, token });
    if (!outcome.ok) return problem(outcome.code, outcome.details);
    return { status: entry.route.status, body: entry.route.status === 204 ? null : outcome.value };
  } catch (error) {
    desk.fault(entry.name, error);
    return problem(isOfTheWorld(error) ? 'unavailable' : 'internal');
  }
}

interface Asked {
  readonly request: HttpRequest;
  readonly parts: readonly string[];
  readonly search: string;
  readonly token: string | null;
}

async function call(desk: DeskParts, entry: Entry, asked: Asked): Promise<Result<unknown, ErrorCode>> {
  const { request, parts, search, token } = asked;
  let caller: Caller | null = null;
  if (entry.route.auth !== 'none') {
    if (token === null) return { ok: false, code: 'auth.required' };
    const found = await desk.authenticate(token);
    if (!found.ok) return found;
    caller = found.value;
    if (entry.route.auth === 'admin' && !caller.admin) return { ok: false, code: 'admin.required' };
  }
  const query = Object.fromEntries(new URLSearchParams(search));
  const input = entry.read({ params: paramsOf(entry, parts), query, body: request.body });
  if (!input.ok) return input;
  const idempotencyKey = request.headers?.['Idempotency-Key'];
  const rest = { caller, address: '192.0.2.1', signal: desk.signal, ...(idempotencyKey && { idempotencyKey }) };
  const handler = desk.routes[entry.name] as unknown as (call: Call<RouteName>) => Promise<Result<unknown, ErrorCode>>;
  return handler({ ...rest, ...input.value } as Call<RouteName>);
}

function fits(own: readonly string[], parts: readonly string[]): boolean {
  return own.length === parts.length && own.every((part, at) => part.startsWith('{') || part === parts[at]);
}

function paramsOf({ parts: own }: Entry, parts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    own.flatMap((part, at) => (part.startsWith('{') ? [[part.slice(1, -1), decodeURIComponent(parts[at] ?? '')]] : [])),
  );
}

function problem(code: ErrorCode, details: Readonly<Record<string, unknown>> = {}): HttpResponse {
  const { status, advice, title } = errors[code];
  return { status, body: { type: 'about:blank', title, status, code, advice, ...details } };
}
