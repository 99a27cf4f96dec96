import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import { createServer as createPlain } from 'node:net';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { doorsOfGateway } from '../kernel/limits.ts';
import { type Doors, openDoors } from './doors.ts';

const host = '127.0.0.1';
const crowd = 64;

async function opened(port = 0) {
  const server = createServer((_request, response) => response.end('served'));
  const doors = await openDoors(server, { port, host, doors: doorsOfGateway }, async (place) => {
    server.listen(place);
    await once(server, 'listening');
  });
  return { server, doors, [Symbol.asyncDispose]: () => end(server, doors) };
}

async function end(server: ReturnType<typeof createServer>, doors: Doors): Promise<void> {
  const over = [doors.close(), new Promise((resolve) => server.close(resolve))];
  server.closeAllConnections();
  await Promise.all(over);
}

/** Connects so many times while this thread stands still, until all of them wait at the door. */
function crowdAt(port: number): Worker {
  const connected = new Int32Array(new SharedArrayBuffer(4));
  const source = `
    const { workerData: { port, connected, crowd } } = require('node:worker_threads');
    for (let n = 0; n < crowd; n++)
      require('node:net').connect(port, '${host}', () => {
        Atomics.add(connected, 0, 1);
        Atomics.notify(connected, 0);
      }).on('error', () => {});`;
  const worker = new Worker(source, { eval: true, workerData: { port, connected, crowd } });
  for (let n = 0; n < crowd; n = Atomics.load(connected, 0)) Atomics.wait(connected, 0, n);
  return worker;
}

test('[HEL93] a crowd that waits at the door is let in by several in a turn', async (t) => {
  if (process.platform !== 'linux') return t.skip('one listens at a port here');
  await using front = await opened();
  let came = 0;
  front.server.on('connection', () => came++);
  const worker = crowdAt(front.doors.port);
  let turns = 0;
  for (; came < crowd; turns++) await turn();
  await worker.terminate();
  assert.ok(turns <= crowd / 2, `${crowd} in ${turns} turns, at ${doorsOfGateway} doors`);
});

test('[HEL93] a port on which somebody listens is refused, shared or not', async () => {
  await using front = await opened();
  await assert.rejects(opened(front.doors.port), { code: 'EADDRINUSE' });
  const plain = createPlain().listen(0, host);
  await once(plain, 'listening');
  const { port } = plain.address() as { readonly port: number };
  await assert.rejects(opened(port), { code: 'EADDRINUSE' });
  plain.close();
});

test('[HEL93] whoever comes in is served at any door, and nobody is let in once they are closed', async () => {
  const front = await opened();
  const { port } = front.doors;
  const ask = () =>
    new Promise<string>((resolve, reject) => {
      get({ host, port, agent: false }, (response) => {
        response.setEncoding('utf8').once('data', resolve);
      }).on('error', reject);
    });
  for (let n = 0; n < doorsOfGateway * 8; n++) assert.equal(await ask(), 'served');
  await front[Symbol.asyncDispose]();
  for (let n = 0; n < doorsOfGateway * 4; n++) await assert.rejects(ask(), { code: 'ECONNREFUSED' });
});

test('[HEL93] a server with one door listens as any other', async () => {
  const server = createServer();
  const places: object[] = [];
  const doors = await openDoors(server, { port: 0, host, doors: 1 }, async (place) => {
    places.push(place);
    server.listen(place);
    await once(server, 'listening');
  });
  assert.deepEqual(places, [{ port: 0, host }]);
  await end(server, doors);
});
