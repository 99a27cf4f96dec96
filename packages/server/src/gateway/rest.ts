// REST for history, conversations, accounts and the operator, every route from the one table. It promises what the
// table says: who may call, how fast, with what; and that a refusal tells nothing that its code does not.
import {
  type AccountId,
  type ErrorCode,
  type Route,
  type RouteName,
  routes,
  limits as wireLimits,
} from '@parley/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import type { Answers } from '../directory/answers.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Events } from '../kernel/events.ts';
import type { BytesAnswer, Call, Caller, Handlers } from '../kernel/handlers.ts';
import * as limits from '../kernel/limits.ts';
import type { Random } from '../kernel/random.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import { type ClientAddress, place } from './addresses.ts';
import { auditOf } from './audited.ts';
import { type Credential, credentialOf, endedCookie, isOurPage, sessionCookie } from './credentials.ts';
import { fileConfig, sendProblem } from './http.ts';
import type { Authenticate } from './identity.ts';
import { ByName, Meter, type Rate, scaled } from './rate.ts';
import { KeptAnswers } from './rest-answers.ts';
import { sendBytes, takeBytes, uploadOf, wishOf } from './rest-bytes.ts';
import { inputReader } from './rest-input.ts';
import { LastingAnswers, lastingRoutes } from './rest-lasting.ts';

/** What the routes need. */
export interface RestParts {
  readonly handlers: Handlers;
  readonly authenticate: Authenticate;
  readonly answers: Answers;
  /** A steady one. */
  readonly clock: Clock;
  /** By which answers are kept beyond this process. */
  readonly wall: Clock;
  readonly random: Random;
  readonly events: Events;
  readonly clientAddress: ClientAddress;
  readonly publicOrigin: string | null;
  readonly rateFactor: number;
  /** Aborts when the server stops: calls that wait end. */
  readonly stopping: AbortSignal;
}

type AnyHandler = (call: Call<RouteName>) => Promise<Result<unknown, ErrorCode>>;

/** Adds every route of the table, and 405 for the other methods of their paths. */
export function addRoutes(app: FastifyInstance, parts: RestParts): void {
  const methods = new Map<string, Set<string>>();
  const desk = new Desk(parts);
  for (const [name, route] of Object.entries(routes) as [RouteName, Route][]) {
    const url = route.path.replace(/\{(\w+)\}/g, ':$1');
    const served = { name, route, handler: parts.handlers[name] as unknown as AnyHandler, read: inputReader(route) };
    const options: RouteOptions = {
      method: route.method,
      url,
      bodyLimit: route.bodyBytes ?? wireLimits.maxFrameBytes,
      ...(route.bytes === 'up' && { config: fileConfig }),
      handler: (request, reply) => desk.serve(served, request, reply),
    };
    if (route.bytes === 'up') app.register(async (scope) => takeBytes(scope.route(options)));
    else app.route(options);
    methods.set(url, (methods.get(url) ?? new Set()).add(route.method));
  }
  for (const [url, served] of methods) {
    const others = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((method) => !served.has(method));
    app.route({
      method: others,
      url,
      handler: (request, reply) =>
        sendProblem(reply.header('allow', [...served].join(', ')), 'method.not_allowed', request.id),
    });
  }
}

interface Served {
  readonly name: RouteName;
  readonly route: Route;
  readonly handler: AnyHandler;
  readonly read: ReturnType<typeof inputReader>;
}

/** Serves calls: who, how fast, what, and the answer. */
class Desk {
  readonly #parts: RestParts;
  readonly #meters = new ByName(limits.maxTrackedBuckets, () => new Meter());
  readonly #kept: KeptAnswers;

  constructor(parts: RestParts) {
    this.#parts = parts;
    const { answers, clock, random, wall } = parts;
    this.#kept = new KeptAnswers(clock, random, new LastingAnswers(answers, wall, random));
  }

  async serve(served: Served, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { clock, events } = this.#parts;
    const startedAt = clock.now();
    const outcome = await this.#call(served, request, reply);
    reply.header('cache-control', 'no-store');
    if (!outcome.ok) refuseCall(outcome, request, reply);
    else if (served.route.bytes === 'down')
      sendBytes(reply, outcome.value as BytesAnswer, wishOf(served.route, request).isKnown);
    else if (served.route.status === 204) reply.code(204).send();
    else reply.code(served.route.status).type('application/json; charset=utf-8').send(JSON.stringify(outcome.value));
    events.callServed(served.name, reply.statusCode, clock.now() - startedAt);
    return reply;
  }

  async #call(served: Served, request: FastifyRequest, reply: FastifyReply): Promise<Result<unknown, ErrorCode>> {
    const { route } = served;
    const address = this.#addressOf(request);
    const credential = this.#credentialOf(route, request);
    const caller = route.auth === 'none' ? ok(null) : await this.#identify(credential, address, reply);
    if (!caller.ok) return caller;
    const waitMs = this.#take(route, caller.value?.device ?? place(address), reply);
    const who = { caller: caller.value, address, params: request.params };
    if (waitMs > 0) return this.#audited(served.name, who, refuse('rate.limited', { retry_after_ms: waitMs }));
    if (route.auth === 'admin' && !caller.value?.admin)
      return this.#audited(served.name, who, refuse('admin.required'));
    const body = route.bytes === 'up' ? undefined : request.body;
    const input = served.read({ params: request.params, query: request.query, body });
    if (!input.ok) return input;
    const wantsCookie = (input.value.body as { cookie?: boolean } | undefined)?.cookie === true;
    if (wantsCookie && !this.#isOurPage(request)) return refuse('auth.origin');
    const key = idempotencyKey(request, caller.value);
    if (!key.ok) return key;
    const carried = { upload: uploadOf(route, request, this.#parts.clock), ...wishOf(route, request) };
    const given = { caller: caller.value, address, ...input.value, ...key.value, ...carried };
    const call = { ...given, signal: this.#signal(reply) };
    const result = await this.#serveOnce(served, call as Call<RouteName>);
    if (!result.ok) return result;
    return ok(wantsCookie ? keptInCookie(result.value, reply) : renewed(served.name, result.value, credential, reply));
  }

  /** What is asked by POST with a key is done once. The same key elsewhere is another key. */
  #serveOnce({ name, route, handler }: Served, call: Call<RouteName>): Promise<Result<unknown, ErrorCode>> {
    const { caller, params, body, idempotencyKey: own } = call;
    const work = async () => this.#audited(name, call, await handler(call));
    if (own === undefined || route.method !== 'POST') return work();
    const key = JSON.stringify([name, ...Object.values(params ?? {}), own]);
    const lasting = lastingRoutes.has(name) ? { lasting: own } : {};
    return this.#kept.once({ caller: caller?.account ?? 'anybody', key, body, ...lasting }, work);
  }

  /** The outcome, which leaves its line in the security log. */
  #audited<T>(
    name: RouteName,
    who: Parameters<typeof auditOf>[1],
    outcome: Result<T, ErrorCode>,
  ): Result<T, ErrorCode> {
    const entry = auditOf(name, who, outcome);
    if (entry !== null) this.#parts.events.audit(entry.kind, entry.facts);
    return outcome;
  }

  #addressOf(request: FastifyRequest): string {
    const forwardedFor = request.headers['x-forwarded-for'];
    const text = Array.isArray(forwardedFor) ? forwardedFor.join(',') : forwardedFor;
    return this.#parts.clientAddress(request.raw.socket.remoteAddress, text);
  }

  #credentialOf(route: Route, request: FastifyRequest): Credential {
    const account = request.headers['parley-account'];
    return credentialOf({
      headers: request.headers,
      account: typeof account === 'string' ? account : undefined,
      purpose: route.method === 'GET' ? 'read' : 'write',
      publicOrigin: this.#parts.publicOrigin,
    });
  }

  #isOurPage(request: FastifyRequest): boolean {
    return isOurPage({ headers: request.headers, purpose: 'write', publicOrigin: this.#parts.publicOrigin });
  }

  async #identify(credential: Credential, address: string, reply: FastifyReply): Promise<Result<Caller, ErrorCode>> {
    if (credential.kind === 'foreign') return refuse('auth.origin');
    if (credential.kind === 'none') return refuse('auth.required');
    const found = await this.#parts.authenticate(credential.token);
    if (found.ok) return found;
    // A disabled account may be enabled again: its devices keep what they have.
    if (credential.kind === 'cookie' && found.code !== 'account.disabled')
      reply.header('set-cookie', endedCookie(credential.account));
    const waitMs = this.#meters
      .of(`denied ${place(address)}`, this.#parts.clock.now())
      .take(deniedRate, this.#parts.clock.now());
    return waitMs > 0 ? refuse('rate.limited', { retry_after_ms: waitMs }) : found;
  }

  /** Counts the call; milliseconds to wait, or 0. */
  #take(route: Route, who: string, reply: FastifyReply): number {
    const now = this.#parts.clock.now();
    const { burst, perMinute } = limits.callRates[route.rate];
    const rate = scaled({ burst, perSecond: perMinute / 60 }, this.#parts.rateFactor);
    const meter = this.#meters.of(`${route.rate} ${who}`, now);
    const waitMs = meter.take(rate, now);
    reply.header('ratelimit-policy', `"${route.rate}";q=${rate.burst};w=${Math.ceil(rate.burst / rate.perSecond)}`);
    reply.header('ratelimit', `"${route.rate}";r=${meter.left(rate, now)};t=${Math.ceil(waitMs / 1_000)}`);
    return waitMs;
  }

  /** Aborts when the client is gone or the server stops. */
  #signal(reply: FastifyReply): AbortSignal {
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    return AbortSignal.any([gone.signal, this.#parts.stopping]);
  }
}

function refuseCall({ code, details }: Refusal, request: FastifyRequest, reply: FastifyReply): void {
  if (code === 'blob.range') reply.header('content-range', `bytes */${String(details?.total)}`);
  sendProblem(reply, code, request.id, details);
}

type Refusal = Extract<Result<never, ErrorCode>, { readonly ok: false }>;

const deniedRate: Rate = { burst: 30, perSecond: 0.5 };

function idempotencyKey(
  request: FastifyRequest,
  caller: Caller | null,
): Result<{ readonly idempotencyKey?: string }, 'frame.invalid'> {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return ok({});
  const least = caller === null ? limits.minAnonymousKeyCharacters : 1;
  const isKey = typeof key === 'string' && /^[\x21-\x7e]+$/.test(key) && key.length >= least;
  if (isKey && key.length <= limits.maxIdempotencyKeyCharacters) return ok({ idempotencyKey: key });
  return refuse('frame.invalid', { path: '/Idempotency-Key' });
}

/** The token of a new session of a browser goes into a cookie, and not into the answer. */
function keptInCookie(value: unknown, reply: FastifyReply): unknown {
  const { token, ...session } = value as { readonly token: string; readonly me: { readonly account: AccountId } };
  reply.header('set-cookie', sessionCookie(session.me.account, token));
  return session;
}

/** A session in a cookie is renewed when the app starts, replaced with its token, and ends with its cookie. */
function renewed(name: RouteName, value: unknown, credential: Credential, reply: FastifyReply): unknown {
  if (credential.kind !== 'cookie') return value;
  const { account, token } = credential;
  if (name === 'getMe') reply.header('set-cookie', sessionCookie(account, token));
  if (name === 'deleteSession' || name === 'deleteMe') reply.header('set-cookie', endedCookie(account));
  if (name !== 'replaceToken') return value;
  reply.header('set-cookie', sessionCookie(account, (value as { readonly token: string }).token));
  return {};
}
