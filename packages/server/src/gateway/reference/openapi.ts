// The OpenAPI 3.1 document, from the route table and nothing else.
import { type ErrorCode, errors, Problem, type Route, routes } from '@parley/protocol';
import { maxIdempotencyKeyCharacters, minAnonymousKeyCharacters } from '../../kernel/limits.ts';
import { type JsonSchema, SchemaBook } from './schemas.ts';

/** Refusals that every route may answer. */
const everywhere = ['rate.limited', 'unavailable', 'internal'] as const satisfies readonly ErrorCode[];
/** Refusals of input, for routes that have some. */
const ofInput = ['frame.malformed', 'frame.invalid', 'frame.too_large', 'media_type.unsupported'] as const;

const tags = [
  { name: 'accounts', description: 'Accounts, sign-up, sign-in, devices, invitations.' },
  { name: 'conversations', description: 'Conversations, members, messages, rooms.' },
  { name: 'server', description: 'About the server.' },
  { name: 'admin', description: 'For operators.' },
];

/** The document for this version of the program. */
export function openApiDocument(version: string): JsonSchema {
  const book = new SchemaBook();
  const problemSchema = book.plain(Problem);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, route] of Object.entries(routes) as [string, Route][]) {
    const path = paths[route.path] ?? {};
    path[route.method.toLowerCase()] = operation(name, route, book, problemSchema);
    paths[route.path] = path;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Parley',
      version,
      description:
        'REST of a Parley server. Refusals are RFC 9457 problems with a stable `code` and `advice`. Live messages come over the WebSocket (`/asyncapi.json`).',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'This server.' }],
    tags,
    paths,
    components: {
      schemas: book.components,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'Token of a device.' },
        cookie: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-parley-ACCOUNT',
          description: 'Browsers. Writes also need the header `Parley-Account` and `Sec-Fetch-Site: same-origin`.',
        },
      },
    },
  };
}

function operation(name: string, route: Route, book: SchemaBook, problemSchema: JsonSchema): JsonSchema {
  const hasInput = route.query !== undefined || route.body !== undefined || route.params !== undefined;
  const isPost = route.method === 'POST';
  const ofKey = isPost ? (['idempotency.mismatch'] as const) : [];
  const codes: readonly ErrorCode[] = [...route.errors, ...ofKey, ...everywhere, ...(hasInput ? ofInput : [])];
  return {
    operationId: name,
    summary: route.summary,
    tags: [tagOf(route)],
    security: route.auth === 'none' ? [] : [{ bearer: [] }, { cookie: [] }],
    parameters: [
      ...parameters('path', route.params, book),
      ...parameters('query', route.query, book),
      ...(isPost ? [keyParameter(route)] : []),
      ...(route.bytes === 'down' ? [rangeParameter] : []),
    ],
    ...requestBody(route, book),
    responses: {
      [String(route.status)]: success(route, book),
      ...(route.bytes === 'down' && { '206': { description: 'The range that was asked for.', content: bytes } }),
      ...refusals(codes, problemSchema),
    },
  };
}

/** The bytes of a file. */
const bytes = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } };

function requestBody(route: Route, book: SchemaBook): JsonSchema {
  if (route.bytes === 'up') return { requestBody: { required: true, content: bytes } };
  if (route.body === undefined) return {};
  return { requestBody: { required: true, content: { 'application/json': { schema: book.plain(route.body) } } } };
}

function success(route: Route, book: SchemaBook): JsonSchema {
  if (route.status === 204) return { description: 'Done.' };
  const json = { 'application/json': { schema: book.plain(route.result) } };
  return { description: 'Done.', content: route.bytes === 'down' ? bytes : json };
}

function keyParameter({ auth }: Route): JsonSchema {
  return {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description:
      'The same call again under this key is answered as before and done once; a new random one for each call.',
    schema: {
      type: 'string',
      pattern: '^[!-~]+$',
      minLength: auth === 'none' ? minAnonymousKeyCharacters : 1,
      maxLength: maxIdempotencyKeyCharacters,
    },
  };
}

const rangeParameter: JsonSchema = {
  name: 'Range',
  in: 'header',
  required: false,
  description: 'One range, as in `bytes=0-65551`. Others are answered with all of it.',
  schema: { type: 'string' },
};

function tagOf({ auth, path }: Route): string {
  if (auth === 'admin') return 'admin';
  if (path === '/v1/server') return 'server';
  return /^\/v1\/(?:conversations|rooms|sync)/.test(path) ? 'conversations' : 'accounts';
}

function parameters(place: 'path' | 'query', schema: unknown, book: SchemaBook): readonly JsonSchema[] {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    readonly properties?: Readonly<Record<string, { readonly description?: string }>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, each]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(each.description === undefined ? {} : { description: each.description }),
    schema: book.plain(each),
  }));
}

function refusals(codes: readonly ErrorCode[], schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(codes)) {
    const { status } = errors[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, each]) => [
      String(status),
      {
        description: each.map((code) => `\`${code}\`: ${errors[code].title}`).join(' '),
        content: { 'application/problem+json': { schema } },
      },
    ]),
  );
}
