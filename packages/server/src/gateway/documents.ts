// What a server says about itself without being asked who asks: health, discovery, the documents of its interfaces.
import { protocolVersion, subprotocol } from '@parley/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { asyncApiDocument } from './reference/asyncapi.ts';
import { openApiDocument } from './reference/openapi.ts';
import { referencePages } from './reference/pages.ts';

/** Which process of a cluster this is. */
export interface Identity {
  readonly node: string;
  readonly zone: string | null;
  readonly role: string;
}

/** What the documents say. */
export interface DocumentsParts {
  readonly name: string;
  readonly version: string;
  readonly publicOrigin: string | null;
  readonly isTls: boolean;
  /** Why this server should get no new clients now; null when it should. */
  readonly notReady: () => string | null;
  /** Names of alarms that are not over. */
  readonly alarms: () => readonly string[];
  readonly identity?: Identity;
}

/** Adds `/livez` `/readyz` `/healthz`, `/.well-known/parley`, `/openapi.json`, `/asyncapi.json` and `/docs`. */
export function addDocuments(app: FastifyInstance, parts: DocumentsParts): void {
  addHealth(app, parts);
  app.get('/.well-known/parley', async (request) => discovery(request, parts));
  const openApi = openApiDocument(parts.version);
  const asyncApi = asyncApiDocument(parts.version);
  const texts = [
    { path: '/openapi.json', type: 'application/json; charset=utf-8', body: JSON.stringify(openApi) },
    { path: '/asyncapi.json', type: 'application/json; charset=utf-8', body: JSON.stringify(asyncApi) },
    ...referencePages(openApi, asyncApi),
  ];
  for (const { path, type, body } of texts)
    app.get(path, async (_request, reply) => reply.header('cache-control', 'no-cache').type(type).send(body));
}

/** Adds what probes ask; of a cluster also which process answers. */
export function addHealth(app: FastifyInstance, parts: Pick<DocumentsParts, 'notReady' | 'alarms' | 'identity'>): void {
  app.get('/livez', async (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'live' }));
  for (const url of ['/readyz', '/healthz'])
    app.get(url, async (_request, reply) => {
      const reason = parts.notReady();
      reply.header('cache-control', 'no-store').code(reason === null ? 200 : 503);
      return reply.send({ status: reason ?? 'ready', alarms: parts.alarms(), ...parts.identity });
    });
}

function discovery(request: FastifyRequest, { name, version, publicOrigin, isTls }: DocumentsParts): object {
  const origin = publicOrigin ?? `${isTls ? 'https' : 'http'}://${request.headers.host ?? 'localhost'}`;
  return {
    name,
    version,
    protocol: protocolVersion,
    api: `${origin}/v1`,
    websocket: `${origin.replace(/^http/, 'ws')}/v1/ws`,
    subprotocol,
    docs: `${origin}/docs`,
  };
}
