import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket as Network } from 'node:net';
import type { WebSocket } from 'ws';
import { LocalBus } from '../bus/local-bus.ts';
import { type Clock, hostClock } from '../kernel/clock.ts';
import type { FrameHandlers } from '../kernel/frame-handlers.ts';
import { hostRandom } from '../kernel/random.ts';
import { ok, refuse } from '../kernel/result.ts';
import { silentEvents } from '../kernel/silent-events.ts';
import { clientAddress } from './addresses.ts';
import { Allowances } from './allowance.ts';
import { agreeable, identity } from './fixture.ts';
import { Hub } from './hub.ts';
import { Listener } from './listener.ts';
import { Turn } from './turn.ts';

/** What listens. */
export interface Running {
  readonly listener: Listener;
  readonly server: Server;
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

interface Changes {
  readonly handlers?: Partial<FrameHandlers>;
  readonly maxSockets?: number;
  readonly clock?: Clock;
}

/** A listener on a real port. Token `n` is `identity(n)`. */
export async function listen(changes: Changes = {}): Promise<Running> {
  const handlers = agreeable(changes.handlers);
  const listener = new Listener({
    handlers,
    devices: { waiting: async () => null, received: async () => {} },
    hub: new Hub({ handlers, bus: new LocalBus(() => {}), clock: hostClock, moved: () => {}, fault: () => {} }),
    clock: changes.clock ?? hostClock.steady,
    wall: hostClock,
    random: hostRandom,
    events: silentEvents(),
    allowances: new Allowances(1),
    turn: new Turn((task) => void setImmediate(task)),
    authenticate: async (token) => (/^\d+$/.test(token) ? ok(identity(Number(token))) : refuse('auth.required')),
    refuses: () => null,
    server: () => ({ logId: 'log', epoch: 1, keysN: 0 }),
    clientAddress: clientAddress([]),
    isProxy: () => false,
    publicOrigin: null,
    isSecure: () => true,
    rateFactor: 1,
    ...(changes.maxSockets === undefined ? {} : { maxSockets: changes.maxSockets }),
  });
  const server = createServer();
  const networks = new Set<Network>();
  server.on('connection', (network) => networks.add(network));
  listener.attach(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    listener,
    server,
    port,
    url: `ws://127.0.0.1:${port}/v1/ws`,
    async close() {
      for (const network of networks) network.destroy();
      while (listener.size > 0) await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => server.close(resolve));
      await listener.drain();
    },
  };
}

/** What a client saw: frames in order, then how it closed. */
export function watchFrames(socket: WebSocket) {
  const frames: { type: string; [name: string]: unknown }[] = [];
  socket.on('message', (bytes) => frames.push(JSON.parse((bytes as Buffer).toString()) as (typeof frames)[number]));
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  const until = async (type: string) => {
    for (;;) {
      const found = frames.find((frame) => frame.type === type);
      if (found !== undefined) return found;
      await once(socket, 'message');
    }
  };
  return { frames, closed, until };
}

/** A masked frame with a mask of zeros. */
export const masked = (first: number, payload: Buffer) =>
  Buffer.concat([Buffer.from([first, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
