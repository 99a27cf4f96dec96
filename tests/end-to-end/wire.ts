// A wire between a browser and the server that can be cut and mended: what happens when the network goes away under a
// page. Browsers keep live sockets when a test only says that there is no network.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Wire extends AsyncDisposable {
  /** Where the server is reached through it. */
  readonly url: string;
  /** Ends every connection and takes no other. */
  cut(): Promise<void>;
  mend(): Promise<void>;
}

/** Lays a wire to the server at this address. */
export async function layWire(url: string): Promise<Wire> {
  const target = Number(new URL(url).port);
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target, 'localhost');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cut = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of open) socket.destroy();
    await closed;
  };
  return {
    url: `http://localhost:${port}`,
    cut,
    mend: async () => {
      server.listen(port, 'localhost');
      await once(server, 'listening');
    },
    [Symbol.asyncDispose]: cut,
  };
}
