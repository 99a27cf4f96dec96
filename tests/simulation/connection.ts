// One WebSocket of a simulated run, both ends. It keeps order, as TCP does, but it is slow by chance, breaks at any
// moment, goes silent without breaking, and stalls. What was on its way when it broke is lost.
import type { Socket, SocketEvents } from '@parley/sdk';
import type { Wire } from '../../packages/server/src/gateway/wire.ts';
import type { Life } from './life.ts';
import type { Block, Pipe } from './pipe.ts';

/** The server's end: a gateway's socket. */
export interface Acceptor {
  receive(text: string): void;
  heard(): void;
  closed(code: number): void;
}

/** What befalls frames that are put on a connection. */
export interface Mishaps {
  /** Before each write, up or down. */
  strike(connection: Connection): void;
  /** A text reached the client, or the server. */
  carried(connection: Connection, direction: 'up' | 'down', text: string): void;
  /** The server has written a text. */
  written(connection: Connection, text: string): void;
}

/** What a connection is made of. */
export interface ConnectionParts {
  readonly name: string;
  readonly client: SocketEvents;
  /** Of the client's program. */
  readonly life: Life;
  readonly up: Pipe;
  readonly down: Pipe;
  readonly mishaps: Mishaps;
}

/** Until the server took it, it is opening; an end that is closed hears nothing more. */
export class Connection {
  readonly name: string;
  readonly #parts: ConnectionParts;
  #server: Acceptor | null = null;
  #clientUp = true;
  #silent = false;

  constructor(parts: ConnectionParts) {
    this.name = parts.name;
    this.#parts = parts;
    parts.life.onEnd(() => this.#leave(1006));
  }

  /** Is it of no use to anybody? */
  get over(): boolean {
    return (!this.#clientUp || this.#silent) && this.#server === null;
  }

  /** Does the client still wait for the server? */
  get opening(): boolean {
    return this.#clientUp && this.#server === null && !this.#silent;
  }

  /** The client's end. */
  socket(): Socket {
    const { up } = this.#parts;
    return {
      send: (text) => this.#send(text),
      close: (code) => this.#leave(code),
      get bufferedBytes() {
        return up.bytes;
      },
    };
  }

  /** The server's end. */
  wire(): Wire {
    const { up, down } = this.#parts;
    return {
      write: (bytes) => this.#write(bytes),
      pause: () => up.block('paused'),
      resume: () => up.unblock('paused'),
      close: (code) => this.#closeFromServer(code),
      terminate: () => this.break(),
      get bufferedBytes() {
        return down.bytes;
      },
    };
  }

  /** The server has taken the connection. */
  accept(server: Acceptor): void {
    this.#server = server;
    this.#parts.client.onOpen();
  }

  /** Nobody takes it. */
  refuse(): void {
    this.#endClient(1006);
  }

  block(reason: Block): void {
    this.#parts.up.block(reason);
    this.#parts.down.block(reason);
  }

  unblock(reason: Block): void {
    this.#parts.up.unblock(reason);
    this.#parts.down.unblock(reason);
  }

  /** The client stops reading, or goes on. */
  stall(stalled: boolean): void {
    if (stalled) this.#parts.down.block('slow');
    else this.#parts.down.unblock('slow');
  }

  /** It breaks: what is on its way is lost, and both ends notice, unless nothing reaches them. */
  break(): void {
    this.#parts.up.end();
    this.#parts.down.end();
    const server = this.#server;
    this.#server = null;
    server?.closed(1006);
    if (!this.#silent) this.#endClient(1006);
  }

  /** Has one of these taken it? */
  isOf(ends: ReadonlySet<Acceptor>): boolean {
    return this.#server !== null && ends.has(this.#server);
  }

  /** The server's program is gone. Its machine says so, or has lost its power as well. */
  orphan(told: boolean): void {
    this.#server = null;
    if (told) this.break();
    else this.silence();
  }

  /** Nothing gets through any more, and nobody is told. */
  silence(): void {
    this.#silent = true;
    this.#parts.up.end();
    this.#parts.down.end();
  }

  #send(text: string): void {
    if (!this.#clientUp) return;
    this.#parts.mishaps.strike(this);
    this.#parts.up.push(text.length, () => {
      if (this.#server === null) return;
      this.#parts.mishaps.carried(this, 'up', text);
      this.#server.receive(text);
    });
  }

  #write(bytes: Uint8Array): void {
    if (this.#server === null) return;
    const frames = unframe(bytes);
    for (const { text } of frames) if (text !== null) this.#parts.mishaps.written(this, text);
    this.#parts.mishaps.strike(this);
    this.#parts.down.push(bytes.length, () => {
      for (const { text } of frames) this.#arrive(text);
    });
  }

  #arrive(text: string | null): void {
    if (!this.#clientUp) return;
    if (text === null) {
      // A ping is answered below the client's program.
      this.#parts.up.push(0, () => this.#server?.heard());
      return;
    }
    this.#parts.mishaps.carried(this, 'down', text);
    this.#parts.client.onText(text);
  }

  /** By the server; the client learns it after what is on its way. */
  #closeFromServer(code: number): void {
    this.#server = null;
    this.#parts.up.end();
    this.#parts.down.push(0, () => this.#endClient(code));
  }

  /** By the client, or by its machine when the program is gone; the server learns it after what is on its way. */
  #leave(code: number): void {
    if (!this.#clientUp) return;
    this.#clientUp = false;
    this.#parts.down.end();
    this.#parts.up.push(0, () => {
      const server = this.#server;
      this.#server = null;
      server?.closed(code);
    });
  }

  #endClient(code: number): void {
    if (!this.#clientUp) return;
    this.#clientUp = false;
    this.#parts.up.end();
    this.#parts.client.onClose(code, '');
  }
}

interface Frame {
  /** Null: a ping. */
  readonly text: string | null;
}

const textOpcode = 0x81;
const decoder = new TextDecoder();

/** The frames of the server in one write, as a WebSocket client reads them. */
export function unframe(bytes: Uint8Array): readonly Frame[] {
  const frames: Frame[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at < bytes.length) {
    const opcode = view.getUint8(at);
    let length = view.getUint8(at + 1);
    at += 2;
    if (length === 126) {
      length = view.getUint16(at);
      at += 2;
    } else if (length === 127) {
      length = Number(view.getBigUint64(at));
      at += 8;
    }
    frames.push({ text: opcode === textOpcode ? decoder.decode(bytes.subarray(at, at + length)) : null });
    at += length;
  }
  return frames;
}
