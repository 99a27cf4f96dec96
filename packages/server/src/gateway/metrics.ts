// Metrics on a port of their own, on this machine only unless a proxy is put before it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A running metrics server. */
export interface MetricsServer extends AsyncDisposable {
  readonly port: number;
}

/** Serves `GET /metrics`; `text` gives the exposition. Rejects when the port is taken. */
export async function serveMetrics(
  port: number,
  text: () => Promise<string>,
  host = '127.0.0.1',
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('Only GET /metrics is here.\n');
      return;
    }
    text().then(
      (body) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(body),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
