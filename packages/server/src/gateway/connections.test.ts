import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket as Network } from 'node:net';
import { type TestContext, test } from 'node:test';
import { maxConnectionsPerAddress } from '../kernel/limits.ts';
import { boundConnections, type ConnectionBounds } from './connections.ts';

/** A server with these bounds; answers a function that connects, and says whether the connection was kept. */
async function bounded(t: TestContext, bounds: ConnectionBounds): Promise<() => Promise<Network | null>> {
  const server = createServer((_request, response) => response.end('ok'));
  boundConnections(server, bounds);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const networks: Network[] = [];
  t.after(async () => {
    for (const network of networks) network.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return async () => {
    const network = connect(port, '127.0.0.1');
    networks.push(network);
    network.on('error', () => {});
    network.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const kept = await Promise.race([once(network, 'data').then(() => true), once(network, 'close').then(() => false)]);
    return kept ? network : null;
  };
}

test('[HEL26] connections of one place are bounded before they ask for anything; one that ends makes room', async (t) => {
  const open = await bounded(t, { factor: 3 / maxConnectionsPerAddress, isProxy: () => false });
  const kept = [await open(), await open(), await open()];
  assert.ok(kept.every((network) => network !== null));
  assert.equal(await open(), null);
  kept[0]?.destroy();
  let again = await open();
  for (let tries = 0; again === null && tries < 100; tries++) again = await open();
  assert.notEqual(again, null);
});

test('[HEL26] connections of a trusted proxy are not one place, but all together are bounded', async (t) => {
  const open = await bounded(t, {
    factor: 1 / maxConnectionsPerAddress,
    isProxy: (address) => address === '127.0.0.1',
    maxConnections: 4,
  });
  for (let n = 0; n < 4; n++) assert.notEqual(await open(), null);
  assert.equal(await open(), null);
});
