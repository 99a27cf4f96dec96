// A gateway for unit tests: a wire that shows what was written, use cases that say yes, and time moved by hand.
import type {
  AccountId,
  ConversationId,
  DeviceId,
  ErrorCode,
  FrameDown,
  FramesDown,
  FramesUp,
  FrameUp,
  MessageId,
} from '@parley/protocol';
import type { Bus } from '../bus/bus.ts';
import { LocalBus } from '../bus/local-bus.ts';
import type { Events } from '../kernel/events.ts';
import type { DeviceFrames, FrameHandlers } from '../kernel/frame-handlers.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import { silentEvents } from '../kernel/silent-events.ts';
import { Allowances } from './allowance.ts';
import { Hub, type HubParts } from './hub.ts';
import type { Identity } from './identity.ts';
import { Socket } from './socket.ts';
import { Turn } from './turn.ts';
import type { Wire } from './wire.ts';

/** The payloads of unmasked text frames; `ping` for a protocol ping. */
export function payloads(bytes: Uint8Array): string[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: string[] = [];
  for (let at = 0; at < view.length; ) {
    const opcode = view.readUInt8(at) & 15;
    const short = view.readUInt8(at + 1);
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    const length =
      short < 126 ? short : short === 126 ? view.readUInt16BE(at + 2) : Number(view.readBigUInt64BE(at + 2));
    found.push(opcode === 9 ? 'ping' : view.toString('utf8', at + head, at + head + length));
    at += head + length;
  }
  return found;
}

/** Shows what a socket does. */
export class TestWire implements Wire {
  readonly writes: Uint8Array[] = [];
  bufferedBytes = 0;
  /** When true nothing that is written is taken. */
  stuck = false;
  paused = false;
  closedWith: { readonly code: number; readonly reason: string } | 'terminated' | null = null;

  write(bytes: Uint8Array): void {
    if (this.closedWith !== null) return;
    this.writes.push(bytes);
    if (this.stuck) this.bufferedBytes += bytes.length;
  }

  /** All frames so far, or of one type. */
  frames(): FrameDown[];
  frames<T extends FrameDown['type']>(type: T): FramesDown[T][];
  frames(type?: string): FrameDown[] {
    const all = this.writes
      .flatMap(payloads)
      .filter((text) => text !== 'ping')
      .map((text) => JSON.parse(text) as FrameDown);
    return type === undefined ? all : all.filter((frame) => frame.type === type);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  close(code: number, reason: string): void {
    this.closedWith ??= { code, reason };
  }

  terminate(): void {
    this.closedWith ??= 'terminated';
  }
}

const short = (n: number) => String(n).padStart(22, '0');
export const accountId = (n: number) => `a_${short(n)}` as AccountId;
export const deviceId = (n: number) => `d_${short(n)}` as DeviceId;
export const conversationId = (n: number) => `c_${short(n)}` as ConversationId;
export const messageId = (n: number) => `0198c000-0000-7000-8000-${String(n).padStart(12, '0')}` as MessageId;

/** Device `n` of account `account` (default: the same number). */
export const identity = (n: number, account = n): Identity => ({
  account: accountId(account),
  device: deviceId(n),
  handle: `person${account}`,
  admin: false,
});

/** Use cases that say yes to everything. */
export function agreeable(changes: Partial<FrameHandlers> = {}): FrameHandlers {
  const bytes = (frame: object) => new TextEncoder().encode(JSON.stringify(frame));
  const { roomsOf = async () => [] } = changes;
  return {
    async message(_session, frame, ordered) {
      ordered();
      return ok({ id: frame.id ?? messageId(0) });
    },
    received: async () => ok(null),
    read: async () => ok(null),
    typing: async () => ok(null),
    sync: async (_session, frame) => ok(bytes({ type: 'messages', ref: frame.ref })),
    changesSince: async () => ok(bytes({ type: 'changes', items: [], has_more: false, since: 's1' })),
    changeCounter: async () => '1',
    presenceOf: async (_viewer, accounts) =>
      accounts.map((account) => ({ type: 'presence', account, state: 'online' }) as const),
    roomsOf,
    seatedSince: async (account, room) =>
      (await roomsOf(account)).find(({ conversation }) => conversation === room)?.joinedSeq ?? null,
    watchable: async (_account, conversations) => conversations,
    connected: async () => {},
    disconnected: async () => {},
    ...changes,
  };
}

/** What a test may want to be different. */
export interface TestGatewayOptions {
  readonly handlers?: Partial<FrameHandlers>;
  readonly devices?: DeviceFrames;
  readonly refuses?: (identity: Identity) => ErrorCode | null;
  readonly rateFactor?: number;
  readonly events?: Events;
  readonly bus?: Pick<Bus, 'want' | 'ready'>;
  readonly moved?: HubParts['moved'];
}

/** Sockets over test wires. Token `n` belongs to `identity(n)`. */
export class TestGateway {
  readonly clock = new ManualClock();
  readonly faults: string[] = [];
  readonly hub: Hub;
  readonly sockets = new Set<Socket>();
  readonly #parts;
  #turnTasks: (() => void)[] = [];

  constructor(options: TestGatewayOptions = {}) {
    const handlers = agreeable(options.handlers);
    const fault = (where: string) => this.faults.push(where);
    const bus = options.bus ?? new LocalBus(() => fault('bus'));
    const moved = options.moved ?? (() => {});
    this.hub = new Hub({ handlers, bus, clock: this.clock, moved, fault: () => fault('hub') });
    this.#parts = {
      handlers,
      devices: options.devices ?? { waiting: async () => null, received: async () => {} },
      hub: this.hub,
      clock: this.clock.steady,
      wall: this.clock,
      events: options.events ?? silentEvents(fault),
      allowances: new Allowances(options.rateFactor ?? 1),
      turn: new Turn((task) => this.#turnTasks.push(task)),
      authenticate: async (token: string): Promise<Result<Identity, ErrorCode>> => {
        const [device = '', account = device] = token.split('-');
        return Number.isInteger(Number(device))
          ? ok(identity(Number(device), Number(account)))
          : refuse('auth.required');
      },
      refuses: options.refuses ?? (() => null),
      server: () => ({ logId: 'log', epoch: 1, keysN: 7 }),
      gone: (socket: Socket) => this.sockets.delete(socket),
    };
  }

  /** A socket that has said nothing yet. */
  open(token: string | null = null, address = '192.0.2.1'): { readonly socket: Socket; readonly wire: TestWire } {
    const wire = new TestWire();
    const socket = new Socket(wire, this.#parts, token, address);
    this.sockets.add(socket);
    return { socket, wire };
  }

  /** A socket of device `n` (of account `account`) that was welcomed. */
  async greeted(n: number, account = n): Promise<{ readonly socket: Socket; readonly wire: TestWire }> {
    const opened = this.open();
    this.send(opened.socket, { type: 'hello', protocol: 1, token: `${n}-${account}` });
    await this.settle();
    return opened;
  }

  send(socket: Socket, frame: FrameUp): void {
    socket.receive(JSON.stringify(frame));
  }

  /** The end of the event-loop turn. */
  endTurn(): void {
    const tasks = this.#turnTasks;
    this.#turnTasks = [];
    for (const task of tasks) task();
  }

  /** Lets everything that only waits for promises happen, then ends the turn. */
  async settle(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.endTurn();
  }

  /** Moves time, sweeping every second as the listener does. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1_000) {
      this.clock.advance(Math.min(1_000, left));
      for (const socket of [...this.sockets]) socket.sweep(this.clock.elapsed());
      await this.settle();
    }
  }
}

/** A message frame. */
export const message = (n: number, conversation = 1): FramesUp['message'] => ({
  type: 'message',
  ref: `r${n}`,
  id: messageId(n),
  conversation_id: conversationId(conversation),
  content: `text ${n}`,
});
