// Sockets of a simulated run. A connection keeps order, as TCP does, but it is slow by chance, breaks at any moment,
// goes silent without breaking, and a partition cuts machines off. What was on its way when it broke is lost.
import type { Socket, SocketEvents } from '@parley/sdk';
import type { Wire } from '../../packages/server/src/gateway/wire.ts';
import type { Chance } from './chance.ts';
import type { WorldTime } from './timeline-clock.ts';

/** How bad the network of this run is. */
export interface NetworkFaults {
  readonly maxDelayMs: number;
  /** Probability that a frame finds its connection broken. */
  readonly breaks: number;
  /** Probability that a frame makes its connection go silent for good. */
  readonly goesSilent: number;
}

export const calm: NetworkFaults = { maxDelayMs: 20, breaks: 0, goesSilent: 0 };

/** The server's end as the network needs it. */
export interface Acceptor {
  receive(text: string): void;
  closed(): void;
}

/** One connection, both ends. */
export class Connection implements Socket, Wire {
  readonly #time: WorldTime;
  readonly #chance: Chance;
  readonly #faults: () => NetworkFaults;
  readonly #client: SocketEvents;
  #server: Acceptor | null = null;
  #state: 'opening' | 'open' | 'silent' | 'closed' = 'opening';
  #upAt = 0;
  #downAt = 0;
  /** Texts in frames, as the client reads them. */
  readonly #unframe: (bytes: Uint8Array) => readonly string[];
  readonly bufferedBytes = 0;

  constructor(parts: {
    time: WorldTime;
    chance: Chance;
    faults: () => NetworkFaults;
    client: SocketEvents;
    unframe: (bytes: Uint8Array) => readonly string[];
  }) {
    this.#time = parts.time;
    this.#chance = parts.chance;
    this.#faults = parts.faults;
    this.#client = parts.client;
    this.#unframe = parts.unframe;
  }

  get open(): boolean {
    return this.#state === 'open';
  }

  /** The server has taken the connection; null: it refuses, or cannot be reached. */
  accept(server: Acceptor | null): void {
    if (this.#state !== 'opening') return;
    if (server === null) return this.#end(1006);
    this.#state = 'open';
    this.#server = server;
    this.#client.onOpen();
  }

  /** From the client. */
  send(text: string): void {
    this.#carry('up', () => this.#server?.receive(text));
  }

  /** From the server: whole frames. */
  write(bytes: Uint8Array): void {
    for (const text of this.#unframe(bytes)) this.#carry('down', () => this.#client.onText(text));
  }

  pause(): void {}
  resume(): void {}

  close(code: number): void {
    this.#carry('down', () => this.#end(code));
  }

  terminate(): void {
    this.break();
  }

  /** It breaks: what is on its way is lost, both ends notice. */
  break(): void {
    this.#end(1006);
  }

  /** Nothing gets through any more, and nobody is told. */
  silence(): void {
    if (this.#state === 'open') this.#state = 'silent';
  }

  #carry(direction: 'up' | 'down', deliver: () => void): void {
    if (this.#state !== 'open') return;
    const faults = this.#faults();
    if (this.#chance.happens(faults.breaks)) return this.break();
    if (this.#chance.happens(faults.goesSilent)) return this.silence();
    const now = this.#time.now();
    const at = now + this.#chance.below(faults.maxDelayMs + 1);
    const due = Math.max(at, direction === 'up' ? this.#upAt : this.#downAt);
    if (direction === 'up') this.#upAt = due;
    else this.#downAt = due;
    this.#time.after(due - now, () => {
      if (this.#state === 'open') deliver();
    });
  }

  #end(code: number): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#server?.closed();
    this.#client.onClose(code, '');
  }
}
