// Promises that only a whole server and whole clients can keep: who was cut off is back soon, and nothing that anybody
// sends ends the process.
import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect as dial } from 'node:net';
import { test } from 'node:test';
import { framesUp, type Route, routes } from '@parley/protocol';
import type { Client } from '@parley/sdk';
import { connect } from '@parley/sdk/node';
import fc from 'fast-check';
import { confirmed, directChat, signUp } from './people.ts';
import { call } from './rest.ts';
import { freshFolder, startServer } from './server-process.ts';
import { shaped } from './shape.ts';

const open = { PARLEY_SIGNUP: 'open', PARLEY_RATE_FACTOR: '1000' };
const clients = 20;
/** What is promised, in milliseconds. */
const backMs = 10_000;

/** Resolves with how long it took until this client has the text; it is what `caught up` means. */
function arrival(client: Client, text: string): Promise<number> {
  return new Promise((resolve) => {
    client.onMessage((message) => {
      if (message.text === text) resolve(performance.now());
    });
  });
}

test('[R11] the clients of a server that was killed are back and caught up within 10 s of its being there again', async (t) => {
  const folder = await freshFolder();
  let server = await startServer(folder, open);
  const port = new URL(server.summary.url).port;
  const all: Client[] = [];
  t.after(async () => {
    for (const client of all) await client[Symbol.asyncDispose]();
    await server.kill();
    await rm(folder, { recursive: true, force: true });
  });
  const owner = await signUp(server.summary.url, 'olga');
  const people = await Promise.all(Array.from({ length: clients }, (_, n) => signUp(server.summary.url, `person${n}`)));
  for (const { token } of [owner, ...people])
    all.push(await connect({ server: server.summary.url, session: { token } }));
  await Promise.all(all.map((client) => client.caughtUp()));
  const [host, ...others] = all as [Client, ...Client[]];
  const room = await host.createRoom({ title: 'Drill' });
  for (const client of others) await client.rooms.join(room.id);

  await server.kill();
  const arrived = others.map((client) => arrival(client, 'said while it was away'));
  await room.send('said while it was away');
  server = await startServer(folder, { ...open, PARLEY_PORT: port });
  const readyAt = performance.now();
  const latest = Math.max(...(await Promise.all(arrived)));
  t.diagnostic(`${clients} clients were caught up ${Math.round(latest - readyAt)} ms after the server was there`);
  assert.ok(latest - readyAt <= backMs, `${latest - readyAt} ms`);
  assert.ok(all.every((client) => client.state.snapshot.phase === 'online'));
});

const names = Object.keys(framesUp);
const anyValue = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom(-1, 0, 2 ** 53, 1e308, '', '\u0000', '\ud800', 'x'.repeat(20_000), '__proto__', null, [], {}),
);
const fields = ['conversation_id', 'content', 'id', 'ref', 'seq', 'kind', 'targets', 'key', 'value', 'since', 'limit'];
const anyFrame = fc
  .tuple(
    fc.constantFrom(...names, 'nothing', '__proto__'),
    fc.dictionary(fc.constantFrom(...fields, 'accounts'), anyValue),
  )
  .map(([type, more]) => JSON.stringify({ ...more, type }));
const anyText = fc.oneof(
  anyFrame,
  fc.string(),
  fc.constantFrom('[', `${'['.repeat(30_000)}`, '{"type":', 'null', '""'),
);

/** Says these on sockets of this token, a few on each; a socket that is closed for it is followed by another one. */
async function sayOnSockets(url: string, token: string, texts: readonly string[]): Promise<void> {
  for (let at = 0; at < texts.length; ) {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws`, 'parley.v1.json');
    const ended = new Promise<void>((resolve) => {
      socket.onclose = () => resolve();
    });
    await new Promise((resolve) => {
      socket.onopen = resolve;
    });
    if (at % 3 !== 0) socket.send(JSON.stringify({ type: 'hello', protocol: 1, token }));
    for (const text of texts.slice(at, at + 10)) socket.send(text);
    if (at % 5 === 0) socket.send(randomBytes(200));
    at += 10;
    socket.close();
    await ended;
  }
}

async function askRoutes(url: string, token: string, values: readonly unknown[]): Promise<void> {
  let at = 0;
  for (const { method, path } of Object.values(routes) as Route[]) {
    // Deleting the account and signing out are what they say.
    if (path === '/v1/me/delete' || path.startsWith('/v1/sessions')) continue;
    for (let n = 0; n < 4; n++) {
      const value = values[at++ % values.length];
      const place = path.replace(/\{\w+\}/g, encodeURIComponent(JSON.stringify(value)?.slice(0, 200) ?? 'x'));
      const answer = await fetch(`${url}${place}?cursor=${randomInt(9)}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': `${at}` },
        ...(method === 'GET' ? {} : { body: JSON.stringify(value) ?? '' }),
      });
      assert.notEqual(answer.status, 500, `${method} ${place}`);
      await answer.arrayBuffer();
    }
  }
}

async function rawBytes(port: number, rounds: number): Promise<void> {
  for (let n = 0; n < rounds; n++) {
    const network = dial(port, '127.0.0.1');
    network.on('error', () => {});
    await once(network, 'connect');
    const upgrade = 'GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n';
    if (n % 2 === 0)
      network.write(`${upgrade}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${'A'.repeat(22)}==\r\n\r\n`);
    network.end(randomBytes(1 + n * 13));
    network.resume();
    await once(network, 'close');
  }
}

test('[S10] nothing that is sent ends the process or hurts who writes meanwhile', { timeout: 120_000 }, async (t) => {
  const folder = await freshFolder();
  await using server = await startServer(folder, open);
  const { url } = server.summary;
  const [ana, ben, eve] = [await signUp(url, 'ana'), await signUp(url, 'ben'), await signUp(url, 'eve')];
  const chat = await directChat(url, ana, ben);
  await Promise.all([ana, ben].map(({ client }) => client.connect(url)));
  const seed = randomInt(2 ** 31);
  t.diagnostic(`seed ${seed}`);
  const texts = fc.sample(anyText, { seed, numRuns: 600 });
  const values = fc.sample(anyValue, { seed, numRuns: 200 });
  await Promise.all([
    sayOnSockets(url, eve.token, texts),
    askRoutes(url, eve.token, values),
    rawBytes(Number(new URL(url).port), 60),
    (async () => {
      for (let n = 0; n < 50; n++) {
        ana.client.say(chat, `meanwhile ${n}`, randomBytes(10));
        await confirmed(ana);
      }
    })(),
  ]);
  assert.equal((await fetch(`${url}/livez`)).status, 200);
  assert.equal((await call<{ handle: string }>(url, 'GET', '/v1/me', { token: ben.token })).handle, 'ben');
  const said = new Set(Array.from({ length: 50 }, (_, n) => shaped(`meanwhile ${n}`).content));
  const got = ben.client.history.received.filter(({ content }) => said.has(content ?? ''));
  assert.equal(got.length, 50);
});
