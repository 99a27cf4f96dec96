// The host's wire: `ws` reads and shakes hands, and frames of the server are written straight to the network socket
// below it, one write a turn. `ws` itself writes whole control frames only (pong, close), so nothing is ever torn.
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Wire } from './wire.ts';

/** A WebSocket of `ws` with the network socket that it was upgraded from. */
export class WebSocketWire implements Wire {
  readonly #webSocket: WebSocket;
  readonly #network: Duplex;

  constructor(webSocket: WebSocket, network: Duplex) {
    this.#webSocket = webSocket;
    this.#network = network;
  }

  get bufferedBytes(): number {
    return this.#network.writableLength;
  }

  write(bytes: Uint8Array): void {
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#network.write(bytes);
  }

  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  close(code: number, reason: string): void {
    // A client that was paused must be read from again, or its answer to the close would never be seen.
    this.#webSocket.resume();
    this.#webSocket.close(code, reason);
  }

  terminate(): void {
    this.#webSocket.terminate();
  }
}
