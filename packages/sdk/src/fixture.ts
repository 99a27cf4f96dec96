// A host for tests, driven by hand: a clock that moves when told, chance from a seed, sockets whose other end is the
// test, HTTP that answers from a table.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { AccountId, ConversationId, FrameDown, FramesUp, FrameUp, MessageId } from '@parley/protocol';
import { idFromBytes, uuid7FromBytes } from '@parley/protocol/id-bytes';
import type {
  Clock,
  Http,
  HttpRequest,
  HttpResponse,
  LocalStore,
  Random,
  SocketEvents,
  SocketFactory,
} from './ports.ts';

/** Time that stands still until the test moves it. */
export class HandClock implements Clock {
  #now = Date.UTC(2026, 10, 25, 9);
  readonly #timers = new Set<{ at: number; readonly task: () => void }>();

  now(): number {
    return this.#now;
  }

  after(delayMs: number, task: () => void): () => void {
    const timer = { at: this.#now + delayMs, task };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Moves on, running what is due in its order, and lets everything settle after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].sort((a, b) => a.at - b.at);
      if (next === undefined || next.at > end) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.task();
      await settle();
    }
    this.#now = end;
    await settle();
  }

  /** Somebody sets the clock. Timers do not notice. */
  jump(ms: number): void {
    this.#now += ms;
    for (const timer of this.#timers) timer.at += ms;
  }

  get pending(): number {
    return this.#timers.size;
  }
}

/** The same bytes for the same seed. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 255;
  };
  return { bytes: (length) => Uint8Array.from({ length }, next) };
}

/** One socket, seen from the server. */
export class HandSocket {
  readonly sent: FrameUp[] = [];
  bufferedBytes = 0;
  closedWith: number | null = null;
  readonly #events: SocketEvents;

  constructor(events: SocketEvents) {
    this.#events = events;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as FrameUp);
  }

  close(code: number): void {
    this.closedWith = code;
  }

  opened(): void {
    this.#events.onOpen();
  }

  say(frame: FrameDown): void {
    this.#events.onText(JSON.stringify(frame));
  }

  sayText(text: string): void {
    this.#events.onText(text);
  }

  dropped(code = 1006): void {
    this.#events.onClose(code, '');
  }

  /** Frames of one type that were sent. */
  of<T extends FrameUp['type']>(type: T): FramesUp[T][] {
    return this.sent.filter((frame): frame is FramesUp[T] => frame.type === type);
  }

  /** Takes the frames that were sent so far. */
  take(): FrameUp[] {
    return this.sent.splice(0);
  }
}

/** Sockets that the test opens, answers and drops. */
export class HandSockets implements SocketFactory {
  readonly all: HandSocket[] = [];

  open(events: SocketEvents): HandSocket {
    const socket = new HandSocket(events);
    this.all.push(socket);
    return socket;
  }

  get last(): HandSocket {
    const socket = this.all.at(-1);
    assert.ok(socket, 'no socket was opened');
    return socket;
  }
}

/** A store whose writes and lists the test holds or fails. */
export class HandStore implements LocalStore {
  readonly #store: LocalStore;
  #held: Promise<void> = Promise.resolve();
  #heldLists: Promise<void> = Promise.resolve();
  /** What writes fail with. */
  failure: Error | null = null;

  constructor(store: LocalStore) {
    this.#store = store;
  }

  hold(): { release(): void } {
    let release = () => {};
    this.#held = new Promise((resolve) => {
      release = resolve;
    });
    return { release };
  }

  async write(...write: Parameters<LocalStore['write']>): Promise<void> {
    await this.#held;
    if (this.failure !== null) throw this.failure;
    await this.#store.write(...write);
  }

  get(...at: Parameters<LocalStore['get']>) {
    return this.#store.get(...at);
  }

  /** Lists are read, and given later. */
  holdLists(): { release(): void } {
    let release = () => {};
    this.#heldLists = new Promise((resolve) => {
      release = resolve;
    });
    return { release };
  }

  async list(...at: Parameters<LocalStore['list']>) {
    const rows = await this.#store.list(...at);
    await this.#heldLists;
    return rows;
  }

  clear() {
    return this.#store.clear();
  }

  close() {
    return this.#store.close();
  }
}

/** Answers by `METHOD /path`, without the query. Anything else cannot be reached. */
export class HandHttp implements Http {
  readonly asked: HttpRequest[] = [];
  readonly answers = new Map<string, (request: HttpRequest) => HttpResponse>();
  readonly #stalled = new Set<string>();

  async call(request: HttpRequest): Promise<HttpResponse> {
    this.asked.push(request);
    request.signal?.throwIfAborted();
    const route = `${request.method} ${request.path.split('?')[0]}`;
    if (this.#stalled.has(route)) await gone(request.signal);
    const answer = this.answers.get(route);
    if (answer === undefined) throw new Error('unreachable');
    return answer(request);
  }

  /** Calls of this route are never answered. */
  stall(route: string): void {
    this.#stalled.add(route);
  }

  on(route: string, body: unknown, status = 200): void {
    this.answers.set(route, () => ({ status, body }));
  }
}

/** Rejects when somebody no longer waits. */
function gone(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(new Error('no longer waited for')), { once: true });
  });
}

/** Lets everything that is ready happen. Bounded: what keeps itself going does not keep the test. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

const bytesOf = (n: number, length: number) => Uint8Array.from({ length }, (_, at) => (n >>> (8 * (at % 4))) & 255);

export const accountId = (n: number) => idFromBytes('a', bytesOf(n, 16)) as AccountId;
export const conversationId = (n: number) => idFromBytes('c', bytesOf(n, 16)) as ConversationId;
export const messageId = (n: number): MessageId => uuid7FromBytes(Date.UTC(2026, 10, 25), bytesOf(n, 10));

/** What the host sees of bugs until the test is over. The test runner would take them for its own. */
export function seenByHost(t: TestContext): readonly unknown[] {
  const seen: unknown[] = [];
  const before = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (error) => seen.push(error));
  t.after(() => {
    process.removeAllListeners('unhandledRejection');
    for (const listener of before) process.on('unhandledRejection', listener);
  });
  return seen;
}
