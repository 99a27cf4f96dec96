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
  /** While held, WebSockets are taken and never answered; everything else goes on. */
  hold(held: boolean): void;
}

/** Lays a wire to the server at this address. */
export async function layWire(url: string): Promise<Wire> {
  const target = Number(new URL(url).port);
  const open = new Set<Socket>();
  let held = false;
  const server = createServer((near) => {
    open.add(near);
    near.once('data', (first) => {
      if (held && first.toString('latin1').startsWith('GET /v1/ws')) return;
      near.pause();
      near.unshift(first);
      join(near, connect(target, 'localhost'));
    });
    near.on('error', () => open.delete(near));
  });
  const join = (near: Socket, far: Socket) => {
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
  };
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
    hold: (on) => {
      held = on;
    },
    [Symbol.asyncDispose]: cut,
  };
}
