// The HTTP server below REST, pages and sockets: limits against slow and greedy clients, security headers, request
// ids, and every refusal as a problem. It must never show an exception's text, a stack or a path.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { Socket as Network } from 'node:net';
import { type ErrorCode, encodeBase64url, errors, limits as wireLimits } from '@parley/protocol';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Events } from '../kernel/events.ts';
import * as limits from '../kernel/limits.ts';
import type { Random } from '../kernel/random.ts';
import { isOfTheWorld } from '../kernel/result.ts';
import { refuseRaw } from './http-refusal.ts';
import { decodeJsonBytes } from './json.ts';
import { problem, problemType } from './problem.ts';
import { securityHeaders } from './security-headers.ts';
import { asksForSocket, socketPath } from './upgrades.ts';

/** What the HTTP server needs. */
export interface HttpParts {
  readonly random: Random;
  readonly events: Events;
  /** Certificate and key; null serves plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** Origin of `PARLEY_PUBLIC_URL`, where set. */
  readonly publicOrigin: string | null;
  readonly isSecure: (request: IncomingMessage) => boolean;
  /** How long a client may take to send its head; `limits.headersTimeoutMs` unless given. */
  readonly headersTimeoutMs?: number;
}

const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);
const requestIdPattern = /^[A-Za-z0-9._-]{1,64}$/;
/** Served whatever the scheme: probes of the machine that runs us. */
const probes = new Set(['/livez', '/readyz', '/healthz']);

/** An HTTP server without routes. */
export function createHttp(parts: HttpParts): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: wireLimits.maxFrameBytes,
    trustProxy: false,
    exposeHeadRoutes: true,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 64, ignoreTrailingSlash: false },
    genReqId: (request) => requestId(request, parts.random),
    frameworkErrors: (error, request, reply) => {
      sendFailure(parts, error, request, reply);
    },
    clientErrorHandler: refuseBrokenRequest,
    serverFactory: (handler) => limited(handler, parts),
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders(request.headers.host, parts.publicOrigin, parts.tls !== null));
    reply.header('x-request-id', request.id);
    timeBody(request, reply);
    return refuseEarly(parts, request, reply);
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    if (!isUtf8(request.headers['content-type'])) return done(failure('FST_ERR_CTP_INVALID_MEDIA_TYPE'));
    const parsed = decodeJsonBytes(bytes as Buffer);
    if (parsed.ok) done(null, parsed.value);
    else done(failure(malformed));
  });
  app.get(socketPath, (request, reply) =>
    sendProblem(
      reply.headers({ upgrade: 'websocket', connection: 'upgrade, close' }),
      'frame.invalid',
      request.id,
      { path: '/Upgrade' },
      426,
    ),
  );
  app.setErrorHandler((error, request, reply) => sendFailure(parts, error, request, reply));
  app.setNotFoundHandler((request, reply) => {
    if (isPageAsked(request)) return reply.code(404).type('text/html; charset=utf-8').send(nothingHere);
    return sendProblem(reply, knownMethods.has(request.method) ? 'not_found' : 'method.not_allowed', request.id);
  });
  return app;
}

/** For people. The page of the app is for its own addresses: it would open as if nothing were wrong. */
const nothingHere = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Nothing here</title>
<h1>There is nothing here.</h1>
<p><a href="/">To the chats</a></p>
</html>
`;

function isPageAsked({ method, url, headers }: FastifyRequest): boolean {
  return (
    (method === 'GET' || method === 'HEAD') && !/^\/v1(\/|$)/.test(url) && /\btext\/html\b/.test(headers.accept ?? '')
  );
}

/** Answers with a refusal, by the code's own status unless another one is meant. */
export function sendProblem(
  reply: FastifyReply,
  code: ErrorCode,
  requestId: string,
  details?: Readonly<Record<string, unknown>>,
  status: number = errors[code].status,
): FastifyReply {
  const body = { ...problem(code, details, requestId), status };
  if (errors[code].advice === 'wait' || errors[code].status === 503)
    reply.header('retry-after', Math.max(1, Math.ceil((body.retry_after_ms ?? 1_000) / 1_000)));
  if (body.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply.code(body.status).header('cache-control', 'no-store').type(problemType).send(JSON.stringify(body));
}

const malformed = 'PARLEY_MALFORMED';
const slowRequest = 'ERR_HTTP_REQUEST_TIMEOUT';

const failure = (code: string) => Object.assign(new Error('not JSON of UTF-8'), { code });

/** JSON is UTF-8; who says that it is something else would be misread. */
function isUtf8(contentType = ''): boolean {
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(contentType) ?? [];
  return /^utf-?8$/i.test(charset);
}

function requestId(request: IncomingMessage, random: Random): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && requestIdPattern.test(given) ? given : encodeBase64url(random.bytes(12));
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

function limited(handler: Handler, { tls, headersTimeoutMs = limits.headersTimeoutMs }: HttpParts): Server {
  const options: ServerOptions = {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: headersTimeoutMs,
    requestTimeout: limits.fileTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(1_000, headersTimeoutMs),
    noDelay: true,
    requireHostHeader: true,
    shouldUpgradeCallback: asksForSocket,
  };
  const server = tls === null ? createServer(options, handler) : createSecureServer({ ...options, ...tls }, handler);
  server.on('connect', (_request, network) => refuseRaw(network, 'method.not_allowed'));
  server.maxHeadersCount = limits.maxHeaders + 1;
  return server as Server;
}

/** Node knows one time for all requests, and files take long: the bodies of all others are timed here. */
function timeBody({ raw, routeOptions, headers }: FastifyRequest, reply: FastifyReply): void {
  const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
  if (!hasBody || takesFiles(routeOptions.config)) return;
  const tooSlow = Object.assign(new Error('the body came too slowly'), { code: slowRequest });
  const timer = setTimeout(() => refuseBrokenRequest(tooSlow, raw.socket), limits.requestTimeoutMs);
  const over = () => clearTimeout(timer);
  raw.once('end', over);
  reply.raw.once('close', over);
  reply.raw.once('finish', over);
}

/** Marks the routes whose bodies are files. */
export const fileConfig = { parleyFile: true } as const;

function takesFiles(config: object): boolean {
  return 'parleyFile' in config;
}

async function refuseEarly(parts: HttpParts, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const [path = '', query] = request.raw.url?.split('?', 2) ?? [];
  if (request.raw.rawHeaders.length > limits.maxHeaders * 2)
    return sendProblem(reply, 'frame.too_large', request.id, {}, 431);
  if (!namesOneHost(request.raw)) return sendProblem(reply, 'frame.invalid', request.id, { path: '/Host' });
  if (!parts.isSecure(request.raw) && !probes.has(path)) return needsHttps(reply);
  if (query !== undefined && /(?:^|&)(?:access_)?token=/.test(query))
    return sendProblem(reply, 'auth.token_in_url', request.id);
  if (!knownMethods.has(request.method)) return sendProblem(reply, 'method.not_allowed', request.id);
  if (request.headers['content-encoding'] !== undefined)
    return sendProblem(reply, 'media_type.unsupported', request.id);
  return undefined;
}

/** Of several hosts a proxy before us may have meant another one; Node refuses only that there is none. */
function namesOneHost({ rawHeaders, headers }: IncomingMessage): boolean {
  const names = rawHeaders.filter((name, n) => n % 2 === 0 && name.toLowerCase() === 'host');
  return names.length <= 1 && headers.host !== '';
}

function needsHttps(reply: FastifyReply): FastifyReply {
  return reply.code(403).header('cache-control', 'no-store').type('text/html; charset=utf-8').send(httpsPage);
}

/** The one page of plain HTTP off this machine. */
const httpsPage = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>This address needs HTTPS</title>
<h1>This address needs HTTPS</h1>
<p>Browsers give a page no cryptography, no safe cookie and no service worker over plain HTTP, so Parley does not work here.</p>
<p>For whoever runs this server, two ways:</p>
<ol><li>Put a proxy in front that has a certificate, such as Caddy, and tell Parley its address:
<pre>caddy reverse-proxy --from chat.example.org --to localhost:8420
PARLEY_PUBLIC_URL=https://chat.example.org npm start</pre></li>
<li>Give Parley the certificate:
<pre>PARLEY_TLS_CERT=/path/to/cert.pem PARLEY_TLS_KEY=/path/to/key.pem npm start</pre></li></ol>
<p>On the machine itself <code>http://localhost</code> works without either.</p></html>
`;

/** Requests that are not HTTP, or too slow, or too large in their head. */
function refuseBrokenRequest(error: NodeJS.ErrnoException, network: Network): void {
  if (error.code === 'ECONNRESET' || !network.writable) network.destroy();
  else if (error.code === 'HPE_HEADER_OVERFLOW') refuseRaw(network, 'frame.too_large', { status: 431 });
  else if (error.code === slowRequest) refuseRaw(network, 'unavailable', { status: 408 });
  else refuseRaw(network, 'frame.malformed');
}

const codesOfFastify: Readonly<Record<string, ErrorCode>> = {
  [malformed]: 'frame.malformed',
  FST_ERR_CTP_BODY_TOO_LARGE: 'frame.too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'media_type.unsupported',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'frame.malformed',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'frame.malformed',
  FST_ERR_BAD_URL: 'not_found',
  FST_ERR_MAX_PARAM_LENGTH: 'not_found',
  FST_ERR_ASYNC_CONSTRAINT: 'not_found',
  ECONNRESET: 'frame.malformed',
};

function sendFailure(parts: HttpParts, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const name = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = codesOfFastify[name];
  if (known !== undefined) return sendProblem(reply, known, request.id);
  parts.events.fault('rest', error);
  return sendProblem(reply, isOfTheWorld(error) ? 'unavailable' : 'internal', request.id);
}
