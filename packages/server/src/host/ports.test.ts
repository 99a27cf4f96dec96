import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { holderOf, listenOnFirst, PortTaken, portsToTry } from './ports.ts';

const taken = () => Promise.reject(Object.assign(new Error('taken'), { code: 'EADDRINUSE' }));

test('[CFG8] the first start tries from the standard port and keeps what it got; later ones do not move', () => {
  const first = portsToTry({ asked: null, kept: null, standard: 8_420 });
  assert.deepEqual([first.ports[0], first.ports[1], first.keep], [8_420, 8_421, true]);
  assert.deepEqual(portsToTry({ asked: null, kept: 8_425, standard: 8_420 }), { ports: [8_425], keep: false });
  assert.deepEqual(portsToTry({ asked: 9_000, kept: 8_425, standard: 8_420 }), { ports: [9_000], keep: false });
});

test('[CFG8] the next free port is taken, and other faults are not taken for a port that is taken', async () => {
  const tried: number[] = [];
  const got = await listenOnFirst([1, 2, 3], (port) => {
    tried.push(port);
    return port < 3 ? taken() : Promise.resolve(port);
  });
  assert.deepEqual([got, tried], [3, [1, 2, 3]]);
  await assert.rejects(listenOnFirst([1, 2], taken), /No port from 1 to 2 is free/);
  const broken = () => Promise.reject(Object.assign(new Error('no'), { code: 'EADDRNOTAVAIL' }));
  await assert.rejects(listenOnFirst([1, 2], broken), { code: 'EADDRNOTAVAIL' });
});

test('[CFG8] who has the port is said', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  await assert.rejects(listenOnFirst([port], taken), (error) => {
    assert.ok(error instanceof PortTaken);
    assert.match(error.message, new RegExp(`Port ${port} is taken by .+--port`));
    return true;
  });
  if (process.platform === 'linux') assert.ok(holderOf(port)?.includes(`process ${process.pid}`));
  other.close();
});
