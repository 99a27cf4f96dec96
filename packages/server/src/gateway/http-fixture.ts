// A whole HTTP server for unit tests: every route answered by a use case that says what it got.
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ErrorCode, type RouteName, routes } from '@parley/protocol';
import type { FastifyInstance } from 'fastify';
import type { Answers } from '../directory/answers.ts';
import { memoryDirectory } from '../directory/memory-directory.ts';
import type { AuditFacts, AuditKind } from '../kernel/audit.ts';
import type { Call, Handlers } from '../kernel/handlers.ts';
import * as limits from '../kernel/limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { hostRandom } from '../kernel/random.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import { silentEvents } from '../kernel/silent-events.ts';
import { clientAddress } from './addresses.ts';
import { addDocuments } from './documents.ts';
import { accountId, identity } from './fixture.ts';
import { createHttp } from './http.ts';
import { addWebApp, readWebApp } from './http-web-app.ts';
import type { Identity } from './identity.ts';
import { addRoutes } from './rest.ts';

type AnyCall = Call<RouteName>;

/** What a test may want to be different. */
export interface TestHttpOptions {
  readonly serve?: Partial<Record<RouteName, (call: AnyCall) => Promise<Result<unknown, ErrorCode>>>>;
  readonly isSecure?: (request: IncomingMessage) => boolean;
  readonly publicOrigin?: string;
  readonly notReady?: () => string | null;
  readonly webFolder?: string;
  readonly headersTimeoutMs?: number;
  /** What an earlier server has answered. */
  readonly answers?: Answers;
}

/** The server, and every call that a use case got. Token `n` is `identity(n)`; `admin` is an operator, `disabled` a disabled account. */
export async function testHttp(options: TestHttpOptions = {}) {
  const calls: { readonly name: RouteName; readonly call: AnyCall }[] = [];
  const clock = new ManualClock();
  const stop = new AbortController();
  const faults: unknown[] = [];
  const audits: (readonly [AuditKind, AuditFacts])[] = [];
  const events = silentEvents((_where, error) => faults.push(error));
  events.audit = (...entry) => void audits.push(entry);
  const handlers = Object.fromEntries(
    (Object.keys(routes) as RouteName[]).map((name) => [
      name,
      async (call: AnyCall) => {
        calls.push({ name, call });
        return options.serve?.[name]?.(call) ?? ok({ me: { account: accountId(1) }, token: 'fresh', name });
      },
    ]),
  ) as unknown as Handlers;
  const publicOrigin = options.publicOrigin ?? null;
  const isSecure = options.isSecure ?? (() => true);
  const { headersTimeoutMs = limits.headersTimeoutMs } = options;
  const app = createHttp({ random: hostRandom, events, tls: null, publicOrigin, isSecure, headersTimeoutMs });
  const authenticate = async (token: string): Promise<Result<Identity, ErrorCode>> => {
    if (token === 'admin') return ok({ ...identity(9), admin: true });
    if (token === 'disabled') return refuse('account.disabled');
    return /^\d+$/.test(token) ? ok(identity(Number(token))) : refuse('auth.required');
  };
  addRoutes(app, {
    handlers,
    authenticate,
    answers: options.answers ?? memoryDirectory().answers,
    clock: clock.steady,
    wall: clock,
    random: hostRandom,
    events,
    clientAddress: clientAddress([]),
    publicOrigin,
    rateFactor: 1,
    stopping: stop.signal,
  });
  const notReady = options.notReady ?? (() => null);
  addDocuments(app, { name: 'Test', version: '1.2.3', publicOrigin, isTls: false, notReady, alarms: () => [] });
  addWebApp(app, await readWebApp(options.webFolder ?? '/nowhere-at-all'));
  return { app, audits, calls, clock, faults, stop };
}

/** Listens on a free port of this machine. */
export async function listening(app: FastifyInstance): Promise<number> {
  await app.listen({ port: 0, host: '127.0.0.1' });
  return (app.server.address() as AddressInfo).port;
}
