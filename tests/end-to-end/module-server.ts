// Serves the checkout's own modules to a browser, types stripped, with an import map for the packages they name. So the
// browser's adapters are tested as they are written, without a build.
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const checkout = fileURLToPath(new URL('../../', import.meta.url));
const origin = new URL('../../', import.meta.url).href;

/** Packages that the browser's part of the SDK loads. */
const packages = [
  'idb',
  '@hpke/core',
  '@hpke/common',
  '@noble/hashes/hkdf.js',
  '@noble/hashes/pbkdf2.js',
  '@noble/hashes/sha2.js',
  '@noble/hashes/utils.js',
  '@noble/hashes/webcrypto.js',
  '@scure/bip39',
  '@scure/bip39/wordlists/english.js',
  '@parley/protocol/canonical-json',
  '@parley/protocol/errors',
  '@parley/protocol/limits',
  '@parley/protocol/settings',
  '@parley/protocol/version',
  '@parley/protocol/id-bytes',
];

/** A running server: `url` is an empty page that can import any module of the checkout by its path. */
export async function startModuleServer(): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createServer((request, response) => {
    answer(new URL(request.url ?? '/', 'http://localhost').pathname).then(
      ({ type, text }) => response.writeHead(200, { 'content-type': type }).end(text),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://localhost:${port}/`, [Symbol.asyncDispose]: () => close(server) };
}

async function answer(path: string): Promise<{ readonly type: string; readonly text: string }> {
  if (path === '/') return { type: 'text/html', text: page() };
  const file = join(checkout, normalize(path));
  if (!file.startsWith(checkout)) throw new Error('outside of the checkout');
  const text = await readFile(file, 'utf8');
  return { type: 'text/javascript', text: extname(file) === '.ts' ? stripTypeScriptTypes(text) : text };
}

function page(): string {
  const imports = Object.fromEntries(packages.map((name) => [name, import.meta.resolve(name).replace(origin, '/')]));
  return `<!doctype html><title>Modules</title><script type="importmap">${JSON.stringify({ imports })}</script>`;
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
