// The network between the devices and the server of a simulated run: sockets and calls that are slow, lost, broken,
// silent or cut off, as the run's faults say. The server's machine may be away.
import type { Http, HttpRequest, HttpResponse, SocketEvents, SocketFactory } from '@parley/sdk';
import type { Wire } from '../../packages/server/src/gateway/wire.ts';
import type { Chance } from './chance.ts';
import { type Acceptor, Connection, type Mishaps } from './connection.ts';
import type { Life } from './life.ts';
import { Pipe } from './pipe.ts';
import type { WorldTime } from './timeline-clock.ts';
import type { Trace } from './trace.ts';

/** How bad the network of this run is. Probabilities are by write, connection or call. */
export interface NetworkFaults {
  readonly maxDelayMs: number;
  readonly breaks: number;
  readonly goesSilent: number;
  readonly refuses: number;
  readonly losesCalls: number;
}

export const calm: NetworkFaults = { maxDelayMs: 20, breaks: 0, goesSilent: 0, refuses: 0, losesCalls: 0 };

/** How long a call waits for its answer. Milliseconds. */
const callMs = 30_000;

/** The server, as the network sees it. */
export interface Served {
  accept(wire: Wire, device: string): Acceptor | null;
  serve(request: HttpRequest, device: string): Promise<HttpResponse>;
}

/** Who looks at what passes. */
export interface Wiretap {
  /** A frame of the server for this device, at the moment when it was written. */
  written(device: string, text: string): void;
  /** A frame of this device has reached the server. */
  received(device: string, text: string): void;
  /** A frame of the server has reached this device. */
  delivered(device: string, text: string): void;
  /** An answer of the server to a call of this device, at the moment when it was given. */
  answered(device: string, request: HttpRequest, response: HttpResponse): void;
}

export interface NetworkParts {
  readonly time: WorldTime;
  readonly chance: Chance;
  readonly trace: Trace;
  readonly tap: Wiretap;
}

/** Everything between machines. */
export class Network implements Mishaps {
  readonly #parts: NetworkParts;
  readonly #connections = new Set<Connection>();
  readonly #cut = new Set<string>();
  /** Calls that wait until a line is whole again. */
  #waiting: (() => void)[] = [];
  faults: NetworkFaults = calm;
  /** Null while no server runs. */
  server: Served | null = null;

  constructor(parts: NetworkParts) {
    this.#parts = parts;
  }

  /** The sockets of one program of a device. */
  sockets(device: string, life: Life): SocketFactory {
    return { open: (events) => this.#open(device, life, events).socket() };
  }

  /** The calls of one program of a device. */
  http(device: string, life: Life): Http {
    return { call: (request) => life.hold(this.#call(device, request)) };
  }

  /** Nothing gets through to or from this device until it is healed; what is sent waits. */
  cut(device: string): void {
    this.#cut.add(device);
    for (const connection of this.#of(device)) connection.block('cut');
  }

  heal(device: string): void {
    this.#cut.delete(device);
    for (const connection of this.#of(device)) connection.unblock('cut');
    for (const go of this.#waiting.splice(0)) go();
  }

  /** The device's program stops reading from its sockets, or goes on. */
  stall(device: string, stalled: boolean): void {
    for (const connection of this.#of(device)) connection.stall(stalled);
  }

  break(device: string): void {
    for (const connection of this.#of(device)) connection.break();
  }

  /** The server's program, or whoever held these ends, is gone. `told`: its machine closes its connections. */
  orphan(told: boolean, ends?: ReadonlySet<Acceptor>): void {
    for (const connection of [...this.#connections])
      if (ends === undefined || connection.isOf(ends)) connection.orphan(told);
    this.#forget();
  }

  strike(connection: Connection): void {
    const { chance, trace, time } = this.#parts;
    if (this.faults.breaks > 0 && chance.happens(this.faults.breaks)) {
      trace.note(connection.name, 'connection breaks');
      // A program learns it in a turn of its own.
      time.after(0, () => connection.break());
    } else if (this.faults.goesSilent > 0 && chance.happens(this.faults.goesSilent)) {
      trace.note(connection.name, 'connection goes silent');
      connection.silence();
    }
  }

  carried(connection: Connection, direction: 'up' | 'down', text: string): void {
    this.#parts.trace.note(connection.name, `${direction === 'up' ? '→' : '←'} ${text}`);
    if (direction === 'up') this.#parts.tap.received(connection.name, text);
    else this.#parts.tap.delivered(connection.name, text);
  }

  written(connection: Connection, text: string): void {
    this.#parts.tap.written(connection.name, text);
  }

  #open(device: string, life: Life, client: SocketEvents): Connection {
    const delayMs = () => this.#delayMs();
    const { time } = this.#parts;
    const up = new Pipe(time, delayMs);
    const down = new Pipe(time, delayMs);
    const connection = new Connection({ name: device, client, life, up, down, mishaps: this });
    this.#forget();
    this.#connections.add(connection);
    if (this.#cut.has(device)) connection.block('cut');
    up.push(0, () => this.#arrive(connection));
    return connection;
  }

  #arrive(connection: Connection): void {
    if (!connection.opening) return;
    const { chance, trace } = this.#parts;
    const refused = this.faults.refuses > 0 && chance.happens(this.faults.refuses);
    const socket = refused ? null : (this.server?.accept(connection.wire(), connection.name) ?? null);
    trace.note(connection.name, socket === null ? 'connection refused' : 'connection opened');
    if (socket === null) connection.refuse();
    else connection.accept(socket);
  }

  async #call(device: string, request: HttpRequest): Promise<HttpResponse> {
    const { chance, time, trace, tap } = this.#parts;
    const late = time.now() + callMs;
    const lost = this.faults.losesCalls > 0 && chance.happens(this.faults.losesCalls) ? chance.below(2) : null;
    await this.#pass(device, late);
    if (lost === 0) return this.#lost(device, request, 'call is lost');
    if (this.server === null) return this.#lost(device, request, 'call is refused');
    const body: unknown = request.body === undefined ? undefined : JSON.parse(JSON.stringify(request.body));
    const response = await this.server.serve({ ...request, body }, device);
    tap.answered(device, request, response);
    const text = JSON.stringify(response.body ?? null);
    await this.#pass(device, late);
    if (lost === 1) return this.#lost(device, request, 'answer is lost');
    trace.note(device, `${request.method} ${request.path} ${response.status} ${text}`);
    return { status: response.status, body: JSON.parse(text) };
  }

  /** One way, as soon as the line is whole. Rejects when it is not until `late`. */
  async #pass(device: string, late: number): Promise<void> {
    const { time } = this.#parts;
    await this.#wait(this.#delayMs());
    while (this.#cut.has(device)) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        time.after(late - time.now(), resolve);
      });
      if (time.now() >= late) throw new Error('no answer in time');
    }
  }

  #lost(device: string, request: HttpRequest, what: string): never {
    this.#parts.trace.note(device, `${request.method} ${request.path} ${what}`);
    throw new Error(what);
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#parts.time.after(ms, resolve);
    });
  }

  #delayMs(): number {
    return this.#parts.chance.between(1, this.faults.maxDelayMs);
  }

  #of(device: string): readonly Connection[] {
    return [...this.#connections].filter((connection) => connection.name === device);
  }

  #forget(): void {
    for (const connection of this.#connections) if (connection.over) this.#connections.delete(connection);
  }
}
