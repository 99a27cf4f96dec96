// What clients reach: HTTP with pages, documents and routes, and sockets, before a service; in one process and at every
// gateway of a cluster alike.
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { Server as SecureServer } from 'node:tls';
import type { Service } from './compose-use-cases.ts';
import type { Config } from './config.ts';
import { clientAddress, proxies } from './gateway/addresses.ts';
import { addDocuments, type Identity } from './gateway/documents.ts';
import { openDoors } from './gateway/doors.ts';
import { createHttp } from './gateway/http.ts';
import { addWebApp, readWebApp } from './gateway/http-web-app.ts';
import { Listener } from './gateway/listener.ts';
import { addRoutes } from './gateway/rest.ts';
import { isSecureRequest } from './gateway/secure-request.ts';
import { hostClock } from './kernel/clock.ts';
import type { Events } from './kernel/events.ts';
import { drainMs } from './kernel/limits.ts';
import { hostRandom } from './kernel/random.ts';

/** What stands behind it. */
export interface FrontParts {
  readonly config: Config;
  readonly version: string;
  readonly events: Events;
  /** Where the built web app is. */
  readonly webFolder: string;
  readonly service: Service;
  /** Of a cluster: which process this is. */
  readonly identity?: Identity;
  /** Sockets that listen at its port, where the system can share one; one, unless it is said. */
  readonly doors?: number;
  /** Listens by way of `listenOn`, which resolves to the port. */
  readonly takePort: (listenOn: (port: number) => Promise<number>) => Promise<number>;
}

/** It listens. */
export interface Front {
  readonly port: number;
  /** Where people reach it. */
  readonly url: string;
  /** Reads certificate and key again. Throws when they cannot be used; the ones before then stay. */
  renewCertificate(): void;
  /** Nobody new, everybody asked to come back, what is under way finished. */
  drain(): Promise<void>;
}

/** Opens it. It is closed with `opened`. */
export async function openFront(parts: FrontParts, opened: AsyncDisposableStack): Promise<Front> {
  const { config, version, events, webFolder, service } = parts;
  const stopping = new AbortController();
  const isTls = config.tlsCert !== null;
  const isSecure = (request: IncomingMessage) => isSecureRequest(request, config);
  const trusted = config.trustedProxies ?? [];
  const addressOf = clientAddress(trusted);
  const shared = { random: hostRandom, events, publicOrigin: config.publicUrl, isSecure };
  const app = createHttp({ ...shared, tls: readTls(config) });
  let closeDoors = async (): Promise<void> => {};
  const close = () => Promise.all([app.close(), closeDoors()]);
  opened.defer(async () => void (await close()));
  addRoutes(app, {
    ...shared,
    handlers: service.handlers,
    authenticate: service.authenticate,
    answers: service.answers,
    clock: hostClock.steady,
    wall: hostClock,
    clientAddress: addressOf,
    rateFactor: config.rateFactor,
    stopping: stopping.signal,
  });
  addDocuments(app, {
    name: config.name,
    version,
    publicOrigin: config.publicUrl,
    isTls,
    notReady: service.notReady,
    alarms: () => events.alarms().map(({ name }) => name),
    ...(parts.identity && { identity: parts.identity }),
  });
  addWebApp(app, await readWebApp(webFolder));
  const listener = new Listener({
    ...service.socketParts,
    ...shared,
    clientAddress: addressOf,
    isProxy: proxies(trusted),
    rateFactor: config.rateFactor,
  });
  listener.attach(app.server as Server as Parameters<Listener['attach']>[0]);
  const port = await parts.takePort(async (wanted) => {
    const place = { port: wanted, host: config.host, doors: parts.doors ?? 1 };
    const doors = await openDoors(app.server, place, (at) => app.listen(at));
    closeDoors = () => doors.close();
    return doors.port;
  });
  const drain = async () => {
    await listener.drain();
    stopping.abort();
    await Promise.race([close(), new Promise((resolve) => hostClock.after(drainMs, () => resolve(null)))]);
  };
  const renewCertificate = () => {
    const tls = readTls(config);
    if (tls !== null && app.server instanceof SecureServer) app.server.setSecureContext(tls);
  };
  const url = config.publicUrl ?? `${isTls ? 'https' : 'http'}://${nameOf(config.host)}:${port}`;
  return { port, url, renewCertificate, drain };
}

function readTls({ tlsCert, tlsKey }: Config): { readonly cert: string; readonly key: string } | null {
  if (tlsCert === null || tlsKey === null) return null;
  return { cert: readFileSync(tlsCert, 'utf8'), key: readFileSync(tlsKey, 'utf8') };
}

/** Passkeys and cookies want a name; the loopback's is localhost. */
function nameOf(host: string): string {
  if (host === '127.0.0.1' || host === '::1' || host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

/** Where the web app stands in a checkout and in an installed package. */
export const webFolder = join(import.meta.dirname, '..', '..', 'web', 'dist');
