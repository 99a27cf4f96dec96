// The door for sockets: upgrades, who is let in, and how everyone is let go when the server stops. It promises that
// a flood is refused before it costs memory. It must never read a frame; that is the socket's.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ErrorCode, subprotocol, limits as wireLimits } from '@parley/protocol';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import * as limits from '../kernel/limits.ts';
import type { Random } from '../kernel/random.ts';
import { type ClientAddress, Doorkeeper } from './addresses.ts';
import { boundConnections } from './connections.ts';
import { credentialOf } from './credentials.ts';
import { refuseRaw } from './http-refusal.ts';
import { Socket, type SocketParts } from './socket.ts';
import { socketPath, webSocketVersion } from './upgrades.ts';
import { WebSocketWire } from './web-socket-wire.ts';

/** What the listener needs. */
export interface ListenerParts extends Omit<SocketParts, 'gone'> {
  readonly random: Random;
  readonly clientAddress: ClientAddress;
  /** Is this peer a trusted proxy? */
  readonly isProxy: (address: string) => boolean;
  readonly publicOrigin: string | null;
  /** May this request be served at all (HTTPS, or the machine itself)? */
  readonly isSecure: (request: IncomingMessage) => boolean;
  /** Bounds of one place are that many times as generous. */
  readonly rateFactor: number;
  readonly maxSockets?: number;
}

/** What `ws` has but its types do not. */
interface MoreOptions {
  readonly closeTimeout: number;
  readonly maxPendingAutoPongs: number;
}

const webSocketOptions: ServerOptions & MoreOptions = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: wireLimits.maxFrameBytes,
  maxFragments: limits.maxFragments,
  maxBufferedChunks: limits.maxBufferedChunks,
  closeTimeout: limits.closeHandshakeMs,
  // None of its own: it would cut off without a close code. Pings count as frames, and pongs as what is unread. [HEL15]
  maxPendingAutoPongs: 0,
  handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
};

const wrongVersion = {
  status: 426,
  path: '/Sec-WebSocket-Version',
  headers: [`Sec-WebSocket-Version: ${webSocketVersion}`, 'Upgrade: websocket'],
};

/** Takes upgrades of HTTP servers and keeps the sockets. */
export class Listener {
  readonly #parts: ListenerParts;
  readonly #socketParts: SocketParts;
  readonly #doorkeeper: Doorkeeper;
  readonly #sockets = new Set<Socket>();
  readonly #webSockets = new WebSocketServer(webSocketOptions);
  #cancelSweep: () => void;
  #isClosing = false;

  constructor(parts: ListenerParts) {
    this.#parts = parts;
    this.#socketParts = { ...parts, gone: (socket) => this.#sockets.delete(socket) };
    this.#doorkeeper = new Doorkeeper(parts.rateFactor, parts.maxSockets);
    this.#cancelSweep = parts.clock.after(limits.sweepMs, () => this.#sweep());
    this.#webSockets.on('wsClientError', (_error, network) => refuseRaw(network, 'frame.malformed'));
  }

  /** Open sockets, those without a hello included. */
  get size(): number {
    return this.#sockets.size;
  }

  /** Takes the upgrades of this server, and bounds its connections. */
  attach(server: Server): void {
    boundConnections(server, { factor: this.#parts.rateFactor, isProxy: this.#parts.isProxy });
    server.on('upgrade', (request, network, head) => {
      network.on('error', () => network.destroy());
      this.#upgrade(request, network, head);
    });
  }

  /** Lets nobody in any more, asks everyone in waves to come back, and closes them. Resolves when closing has begun for all. */
  async drain(): Promise<void> {
    this.#isClosing = true;
    this.#cancelSweep();
    const sockets = [...this.#sockets];
    const waves = Math.min(limits.goawayWaves, Math.ceil(sockets.length / limits.goawayWaveSockets));
    const perWave = Math.ceil(sockets.length / Math.max(1, waves));
    for (let wave = 0; wave < waves; wave++) {
      const leaving = sockets.slice(wave * perWave, (wave + 1) * perWave);
      for (const socket of leaving) socket.goaway(this.#jitterMs());
      await this.#pause(limits.goawayGraceMs);
      for (const socket of leaving) socket.close(1012, 'restart');
    }
    for (const socket of [...this.#sockets]) socket.close(1012, 'restart');
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#parts.clock.after(ms, resolve);
    });
  }

  #jitterMs(): number {
    const [high = 0, low = 0] = this.#parts.random.bytes(2);
    return Math.round(limits.goawayMinMs + ((high * 256 + low) / 65_536) * limits.goawaySpreadMs);
  }

  #sweep(): void {
    const now = this.#parts.clock.now();
    for (const socket of this.#sockets) socket.sweep(now);
    if (!this.#isClosing) this.#cancelSweep = this.#parts.clock.after(limits.sweepMs, () => this.#sweep());
  }

  #upgrade(request: IncomingMessage, network: Duplex, head: Buffer): void {
    const { clientAddress: addressOf, clock, events, publicOrigin } = this.#parts;
    const forwardedFor = request.headers['x-forwarded-for'];
    const address = addressOf(
      request.socket.remoteAddress,
      Array.isArray(forwardedFor) ? forwardedFor.join(',') : forwardedFor,
    );
    const url = URL.parse(request.url ?? '/', 'http://localhost');
    const hindrance = this.#refusal(request, url);
    // Before it takes a place.
    if (hindrance === null && request.headers['sec-websocket-version'] !== webSocketVersion) {
      events.upgradeRefused('frame.invalid');
      refuseRaw(network, 'frame.invalid', wrongVersion);
      return;
    }
    const refused = hindrance ?? this.#doorkeeper.enter(address, clock.now());
    if (refused !== null) {
      events.upgradeRefused(refused);
      refuseRaw(network, refused);
      return;
    }
    let isIn = true;
    network.once('close', () => {
      if (isIn) this.#doorkeeper.leave(address);
      isIn = false;
    });
    const account = url?.searchParams.get('account') ?? undefined;
    const credential = credentialOf({ headers: request.headers, account, purpose: 'socket', publicOrigin });
    const token = 'token' in credential ? credential.token : null;
    this.#webSockets.handleUpgrade(request, network, head, (webSocket) =>
      this.#open(webSocket, network, token, address),
    );
  }

  #refusal(request: IncomingMessage, url: URL | null): ErrorCode | null {
    if (url?.pathname !== socketPath || !this.#parts.isSecure(request)) return 'not_found';
    if (url.searchParams.has('token') || url.searchParams.has('access_token')) return 'auth.token_in_url';
    return this.#isClosing ? 'server.overloaded' : null;
  }

  #open(webSocket: WebSocket, network: Duplex, token: string | null, address: string): void {
    const socket = new Socket(new WebSocketWire(webSocket, network), this.#socketParts, token, address);
    this.#sockets.add(socket);
    webSocket.on('message', (bytes, isBinary) => {
      if (isBinary) socket.receiveBinary();
      else socket.receive((bytes as Buffer).toString());
    });
    webSocket.on('ping', () => socket.heard());
    webSocket.on('pong', () => socket.heard());
    // What breaks the WebSocket protocol is answered by `ws` with its close code; there is nothing to add.
    webSocket.on('error', (error) => socket.closed(closeCodeOf(error)));
    webSocket.on('close', (code) => socket.closed(code));
  }
}

/** The close code with which `ws` has answered a broken frame. */
function closeCodeOf(error: Error): number {
  const code = 'code' in error ? error.code : '';
  if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') return 1009;
  if (code === 'WS_ERR_INVALID_UTF8') return 1007;
  if (code === 'WS_ERR_TOO_MANY_BUFFERED_PARTS') return 1008;
  return typeof code === 'string' && code.startsWith('WS_ERR') ? 1002 : 1006;
}
