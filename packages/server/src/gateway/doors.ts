// Where an HTTP server takes connections. Node takes one from a listening socket in each turn of its event loop: before a
// gateway that is busy, whose turns are long, a crowd waits for seconds, and so does a balancer that asks whether it is
// ready. Several sockets on one port let in as many a turn. It promises that a port on which somebody listens is refused as
// ever, and that nobody comes in at any of them once it is closed.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';

/** A place to listen at. */
export interface Place {
  readonly port: number;
  readonly host: string;
  /** Others of this user may listen there, too. */
  readonly reusePort?: boolean;
}

/** A place with so many sockets that listen, where the system can. */
export interface Entrance extends Omit<Place, 'reusePort'> {
  readonly doors: number;
}

/** A server that listens. */
export interface Doors {
  readonly port: number;
  /** Resolves when nobody is left who came in by one of them. The server itself is its owner's to close. */
  close(): Promise<void>;
}

/** Opens the server by `listen`, and the others beside it. @throws what `listen` does, as when the port is in use */
export async function openDoors(
  server: Server,
  { port, host, doors: wanted }: Entrance,
  listen: (place: Place) => Promise<unknown>,
): Promise<Doors> {
  // Elsewhere this is not to be had, or the newest socket takes everybody.
  const canShare = wanted > 1 && process.platform === 'linux';
  if (canShare && port !== 0) await refuseTaken({ port, host });
  await listen({ port, host, ...(canShare && { reusePort: true }) });
  const taken = (server.address() as AddressInfo).port;
  const doors: Server[] = [];
  for (let n = 1; canShare && n < wanted; n++) doors.push(await openDoor(server, { port: taken, host }));
  return {
    port: taken,
    async close() {
      await Promise.all(doors.map(closed));
    },
  };
}

/** Who shares a port with nobody finds out whether somebody has it. @throws `EADDRINUSE` */
export async function refuseTaken(place: Place): Promise<void> {
  const alone = createServer();
  alone.listen(place);
  await once(alone, 'listening');
  await closed(alone);
}

async function openDoor(server: Server, place: Place): Promise<Server> {
  // As the server makes its own connections; the types of Node do not have it.
  const { allowHalfOpen } = server as Server & { readonly allowHalfOpen: boolean };
  const door = createServer({ allowHalfOpen, noDelay: true }, (network) => server.emit('connection', network));
  door.listen({ ...place, reusePort: true });
  await once(door, 'listening');
  door.on('error', (error) => server.emit('error', error));
  return door;
}

async function closed(door: Server): Promise<void> {
  if (!door.listening) return;
  door.close();
  await once(door, 'close');
}
