// Questions and answers between the main thread and the threads of the store. What waits is bounded, and a thread
// that dies or stands still fails everything in flight at once. It must never block the main thread, and never
// leave a question without an answer.
import { basename, extname } from 'node:path';
import { parentPort, Worker } from 'node:worker_threads';
import { AssertionFailure } from '../kernel/assert.ts';
import type { Clock } from '../kernel/clock.ts';
import { Unavailable } from '../kernel/result.ts';
import type { KeyPart } from './keys.ts';
import { type Failure, failureOf } from './sqlite-faults.ts';
import { UnusableStore } from './sqlite-open.ts';
import type { Applied, Range, Table } from './store.ts';
import { ValueWriter } from './values.ts';

export type WriterQuestion =
  | { readonly call: 'commit'; readonly chunks: readonly Uint8Array[]; readonly applied: Applied | null }
  | { readonly call: 'checkpoint' }
  | { readonly call: 'expire'; readonly time: number; readonly limit: number };

export type ReaderQuestion =
  | { readonly call: 'get'; readonly table: Table; readonly key: readonly KeyPart[] }
  | { readonly call: 'list'; readonly table: Table; readonly range: Range }
  | { readonly call: 'copy'; readonly path: string };

/** Rows as `row-codec.ts` reads them. */
export interface RowBytes {
  readonly count: number;
  readonly bytes: Uint8Array;
}

interface Asked<Question> {
  readonly id: number;
  /** null: finish and end. */
  readonly question: Question | null;
}

interface Answer {
  readonly id: number;
  readonly value: unknown;
  readonly failure: Failure | null;
  /** Where its rows are in the bytes of the reply. */
  readonly from: number;
  readonly to: number;
}

type Reply =
  | { readonly state: 'ready'; readonly value: unknown }
  | { readonly state: 'refused'; readonly text: string }
  | { readonly state: 'answers'; readonly answers: readonly Answer[]; readonly bytes: Uint8Array };

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

const smallReplyBytes = 1024;
const largeReplyBytes = 64 * 1024;

export interface ThreadOptions {
  /** What the thread finds in `workerData`. */
  readonly path: string;
  readonly maxUnanswered: number;
  readonly clock: Clock;
  /** No answer for so long: the thread is lost. null: its work may take any time. */
  readonly stallMs: number | null;
  /** Called once; from then on every question is refused. */
  readonly onFatal: (error: Unavailable) => void;
}

/** The main thread's end. */
export class StoreThread<Question extends { readonly call: string }> {
  readonly #worker: Worker;
  readonly #options: ThreadOptions;
  readonly #waiting = new Map<number, Waiting>();
  #outgoing: Asked<Question>[] = [];
  #transfers: ArrayBuffer[] = [];
  #nextId = 1;
  /** Why nothing more is taken. */
  #refusal: Unavailable | null = null;
  #closing = false;
  #gone = false;
  #stopWatch: (() => void) | null = null;
  /** Settles when a thread that was given up is gone. */
  #terminated: Promise<unknown> | null = null;

  private constructor(worker: Worker, options: ThreadOptions) {
    this.#worker = worker;
    this.#options = options;
  }

  /** Starts the worker and waits until it has opened the database. @throws {UnusableStore} it must not be used */
  static async start<Question extends { readonly call: string }>(
    script: URL,
    options: ThreadOptions,
  ): Promise<{ readonly thread: StoreThread<Question>; readonly ready: unknown }> {
    // The name is what the system shows of the thread, and by which its time is told from the others'.
    const worker = new Worker(script, { workerData: options.path, name: threadName(script) });
    const start = Promise.withResolvers<unknown>();
    const onReply = (reply: Reply) => {
      if (reply.state === 'ready') start.resolve(reply.value);
      else if (reply.state === 'refused') start.reject(new UnusableStore(reply.text));
    };
    const onExit = () => start.reject(new Unavailable('A thread of the store ended at its start.'));
    worker.once('message', onReply).once('error', start.reject).once('exit', onExit);
    const ready = await start.promise;
    worker.off('error', start.reject).off('exit', onExit);
    const thread = new StoreThread<Question>(worker, options);
    thread.#listen();
    return { thread, ready };
  }

  /** Buffers in `transfer` are gone from this thread afterwards. @throws {Unavailable} */
  ask<Value>(question: Question, transfer: readonly ArrayBuffer[] = []): Promise<Value> {
    if (this.#waiting.size >= this.#options.maxUnanswered)
      return Promise.reject(new Unavailable('The store has too much to do.'));
    return this.#send(question, transfer) as Promise<Value>;
  }

  /** Ends the thread once everything asked before is answered. */
  async close(): Promise<void> {
    await this.#terminated;
    if (this.#refusal !== null) return;
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve));
    const last = this.#send(null, []);
    this.#refusal = new Unavailable('The store is closed.');
    this.#closing = true;
    await Promise.all([last, ended]);
  }

  /** Gives the thread up: everything in flight fails. */
  kill(error: Unavailable): void {
    if (this.#gone) return;
    this.#refusal ??= error;
    this.#end(error);
    this.#terminated = this.#worker.terminate();
    this.#options.onFatal(error);
  }

  #end(error: Unavailable): void {
    this.#gone = true;
    this.#stopWatch?.();
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #listen(): void {
    const ended = new Unavailable('A thread of the store ended.');
    this.#worker.on('message', (reply: Reply) => {
      if (reply.state === 'answers') for (const answer of reply.answers) this.#settle(answer, reply.bytes);
    });
    this.#worker.on('error', (error) =>
      this.kill(new Unavailable(`A thread of the store failed: ${failureOf(error).text}.`)),
    );
    this.#worker.on('exit', () => (this.#closing ? this.#end(ended) : this.kill(ended)));
  }

  #send(question: Question | null, transfer: readonly ArrayBuffer[]): Promise<unknown> {
    if (this.#refusal !== null) return Promise.reject(this.#refusal);
    const id = this.#nextId++;
    this.#outgoing.push({ id, question });
    this.#transfers.push(...transfer);
    if (this.#outgoing.length === 1) queueMicrotask(() => this.#flush());
    this.#watch();
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  /** What was asked in one turn of the event loop goes as one message. */
  #flush(): void {
    const asked = this.#outgoing;
    const transfers = this.#transfers;
    this.#outgoing = [];
    this.#transfers = [];
    if (!this.#gone) this.#worker.postMessage(asked, transfers);
  }

  #settle(answer: Answer, bytes: Uint8Array): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (waiting === undefined) return;
    if (answer.failure === null) {
      const rows = { count: answer.value, bytes: bytes.subarray(answer.from, answer.to) };
      waiting.resolve(typeof answer.value === 'number' && answer.to > answer.from ? rows : answer.value);
    } else if (answer.failure.fault === 'bug') waiting.reject(new AssertionFailure(answer.failure.text));
    else waiting.reject(new Unavailable(answer.failure.text));
    if (answer.failure?.fault === 'fatal') this.kill(new Unavailable(answer.failure.text));
  }

  /** One timer at a time: the oldest question must be answered before the second one fires. */
  #watch(): void {
    const { clock, stallMs } = this.#options;
    if (stallMs === null || this.#stopWatch !== null) return;
    const upTo = this.#nextId - 1;
    this.#stopWatch = clock.after(stallMs, () => {
      this.#stopWatch = null;
      const [oldest] = this.#waiting.keys();
      if (oldest === undefined) return;
      if (oldest <= upTo) this.kill(new Unavailable('A thread of the store stands still.'));
      else this.#watch();
    });
  }
}

/** The worker's end: what `open` returns answers until the main thread says that it is enough. */
export interface Served<Question> {
  readonly ready: unknown;
  /** The value of the answer; rows go to `out` and their number is the value. Throwing is an answer too. */
  answer(question: Question, out: ValueWriter): unknown;
  close(): void;
}

/** Runs in the worker. A refusal to open ends it. */
export function serveThread<Question>(open: () => Served<Question>): void {
  const port = parentPort;
  if (port === null) throw new Error('a thread of the store is started as a worker');
  const reply = (message: Reply, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  let served: Served<Question>;
  try {
    served = open();
  } catch (error) {
    if (!(error instanceof UnusableStore)) throw error;
    reply({ state: 'refused', text: error.message });
    return;
  }
  let roomBytes = smallReplyBytes;
  port.on('message', (asked: readonly Asked<Question>[]) => {
    const out = new ValueWriter(roomBytes);
    let answers: Answer[] = [];
    for (const [i, { id, question }] of asked.entries()) {
      answers.push(answerOf(id, question, served, out));
      if (out.length < largeReplyBytes && i < asked.length - 1) continue;
      roomBytes = Math.min(Math.max(out.length, smallReplyBytes), largeReplyBytes);
      const bytes = out.take(roomBytes);
      reply({ state: 'answers', answers, bytes }, [bytes.buffer]);
      answers = [];
    }
    if (asked.some(({ question }) => question === null)) port.close();
  });
  reply({ state: 'ready', value: served.ready });
}

function answerOf<Question>(id: number, question: Question | null, served: Served<Question>, out: ValueWriter): Answer {
  const from = out.length;
  try {
    const value = question === null ? served.close() : served.answer(question, out);
    return { id, value, failure: null, from, to: out.length };
  } catch (error) {
    return { id, value: null, failure: failureOf(error), from, to: from };
  }
}

/** `store-writer` of `sqlite-writer.ts`: systems keep 15 characters. */
function threadName(script: URL): string {
  return basename(script.pathname, extname(script.pathname)).replace('sqlite', 'store');
}
