// What a real server sends is the release that was built; one byte less, and it is said which file.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildWeb } from '../../scripts/build-web.mjs';
import { open, startServer } from './operated.ts';
import { freshFolder } from './server-process.ts';

const run = promisify(execFile);
const parley = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));

/** Runs `parley verify-web`; the exit code with what it printed. */
async function verify(url: string) {
  try {
    const { stdout } = await run(process.execPath, [parley, 'verify-web', url]);
    return { code: 0, stdout };
  } catch (error) {
    const { code, stdout } = error as { code: number; stdout: string };
    return { code, stdout };
  }
}

/** Stands before a server, and leaves out the last byte of one file. */
async function thief(url: string, file: RegExp) {
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    const answer = await fetch(new URL(request.url ?? '/', url));
    const bytes = Buffer.from(await answer.arrayBuffer());
    const headers = Object.fromEntries(answer.headers);
    for (const name of ['content-encoding', 'content-length', 'connection', 'transfer-encoding']) delete headers[name];
    const csp = headers['content-security-policy']?.replaceAll(new URL(url).host, request.headers.host ?? '');
    response.writeHead(answer.status, { ...headers, ...(csp !== undefined && { 'content-security-policy': csp }) });
    response.end(file.test(request.url ?? '') ? bytes.subarray(0, -1) : bytes);
  };
  const server = createServer((...call) => void pass(...call)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

test('[CLI26] a real server sends what was built; of what a thief sends the one altered file is named', async () => {
  await buildWeb({ path: process.execPath });
  await using server = await startServer(await freshFolder(), open);
  const honest = await verify(server.summary.url);
  assert.match(honest.stdout, /^OK: /);
  assert.equal(honest.code, 0);

  await using between = await thief(server.summary.url, /^\/assets\/index-.*\.js$/);
  const robbed = await verify(between.url);
  assert.match(robbed.stdout, /^\/assets\/index-[\w-]+\.js is not the file of the release\n$/);
  assert.equal(robbed.code, 1);
});
