// The built web app, read once into memory: a request can name nothing but a file that was there when it was read.
// Files with a hash in their name are kept by browsers for ever; the page itself never. The build leaves what it
// compressed beside each file, so that nobody waits for it after a start.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as limits from '../kernel/limits.ts';
import { hasAlready, reads } from './preconditions.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
};
const compressible = new Set(['.html', '.js', '.css', '.json', '.webmanifest', '.svg', '.wasm', '.txt']);
/** Pages of the app, all the same file. What stands behind `#` never comes here. */
export const appPages = ['/', '/i', '/setup', '/c', '/c/*', '/settings', '/settings/*'];

/** One file of the app. */
interface Asset {
  readonly path: string;
  readonly bytes: Buffer;
  readonly type: string;
  readonly etag: string;
  readonly isHashed: boolean;
  readonly isCompressible: boolean;
  /** As the build compressed it; null where it did not. */
  readonly brotli: Buffer | null;
  gzipped: Promise<Buffer> | null;
}

const brotliExtension = '.br';

/** Every file below `folder`; none when it is not there. Throws when it is larger than an app can be. */
export async function readWebApp(folder: string): Promise<ReadonlyMap<string, Asset>> {
  const files = new Map<string, Buffer>();
  let total = 0;
  for (const entry of await entriesOf(folder)) {
    const name = join(entry.parentPath, entry.name);
    const bytes = await readFile(name);
    total += bytes.length;
    if (files.size >= limits.maxAssets || total > limits.maxAssetBytes)
      throw new Error('The built web app is larger than it can be. Build it again.');
    files.set(`/${relative(folder, name).split(sep).join('/')}`, bytes);
  }
  const own = [...files].filter(([path]) => !path.endsWith(brotliExtension));
  return new Map(own.map(([path, bytes]) => [path, asset(path, bytes, files.get(path + brotliExtension) ?? null)]));
}

/** Serves the app, and a page that says how to build it when there is none. */
export function addWebApp(app: FastifyInstance, assets: ReadonlyMap<string, Asset>): void {
  for (const each of assets.values()) app.get(each.path, (request, reply) => send(each, request, reply));
  const page = assets.get('/index.html');
  for (const url of appPages)
    app.get(url, (request, reply) => (page === undefined ? sendMissing(reply) : send(page, request, reply)));
}

async function entriesOf(folder: string) {
  try {
    return (await readdir(folder, { withFileTypes: true, recursive: true })).filter((entry) => entry.isFile());
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function asset(path: string, bytes: Buffer, brotli: Buffer | null): Asset {
  const extension = extname(path);
  return {
    path,
    bytes,
    type: types[extension] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    isHashed: /[.-][A-Za-z0-9_-]{8,}\.[a-z0-9]+$/.test(path) && path.startsWith('/assets/'),
    isCompressible: compressible.has(extension) && bytes.length > 1_024,
    brotli,
    gzipped: null,
  };
}

async function send(each: Asset, { headers }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const coding = each.isCompressible ? codingFor(each, headers) : null;
  // Other bytes, another strong tag.
  const etag = coding === null ? each.etag : each.etag.replace(/"$/, `-${coding}"`);
  reply.header('etag', etag);
  reply.header('cache-control', each.isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
  reply.header('vary', 'accept-encoding');
  if (hasAlready(headers, etag)) return reply.code(304).send();
  reply.type(each.type);
  if (coding === null) return reply.send(each.bytes);
  reply.header('content-encoding', coding);
  if (coding === 'br') return reply.send(each.brotli);
  // Once, when it is first asked for.
  each.gzipped ??= promisify(gzip)(each.bytes);
  return reply.send(await each.gzipped);
}

function codingFor({ brotli }: Asset, headers: IncomingHttpHeaders): 'br' | 'gzip' | null {
  if (brotli !== null && reads(headers, 'br')) return 'br';
  return reads(headers, 'gzip') ? 'gzip' : null;
}

function sendMissing(reply: FastifyReply): FastifyReply {
  return reply.code(503).type('text/plain; charset=utf-8').send('The web app is not built. `npm start` builds it.\n');
}
