// Calls over a message port: what an object in a worker can do, its owner calls as if it were here, and the other way
// round on the same port. Calls begin in the order in which they were made; when the port ends, everything that waits
// is told so. Arguments and results are copied, never shared. What is said can be held until something is safe. [ENC]
import { inBackground } from '../background.ts';
import { ChatError, type ChatErrorCode, codeFromText } from '../error.ts';
import { maxRemoteCalls } from '../limits.ts';

/** One end of a message port: a browser's `MessagePort`, Node's, or anything like them. */
export interface Port {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  start(): void;
}

/** Objects whose methods all answer with a promise. */
export type Served<T> = { readonly [K in keyof T]: (...given: never[]) => Promise<unknown> };

/** Nothing is said before it resolves; when it rejects, that is said instead. */
export type Hold = () => Promise<void>;

/** What stands at the other end: its methods, and whether it could be made. */
export interface Remote<T> {
  readonly calls: T;
  /** Resolves when the object that is served is there, rejects with the reason why it is not. */
  readonly opened: Promise<void>;
}

type Call = { readonly call: number; readonly method: string; readonly given: readonly unknown[] };
type Answer = { readonly answer: number } & ({ readonly value: unknown } | { readonly error: Fault });
/** An error as it travels. */
type Fault = {
  readonly name: string;
  readonly message: string;
  readonly code: string | null;
  readonly retryAfterMs: number | null;
};
/** The answer to a call that nobody makes: the object is there. */
const opening = 0;
const atOnce: Hold = async () => {};

/** Lets the other end call `object`, as soon as it is there, until `ended`. */
export function serve<T extends Served<T>>(
  port: Port,
  object: T | Promise<T>,
  ended: AbortSignal,
  hold: Hold = atOnce,
): void {
  const made = Promise.resolve(object);
  const run = async (id: number, work: Promise<unknown>): Promise<void> => {
    try {
      const value = await work;
      await hold();
      if (!ended.aborted) port.postMessage({ answer: id, value });
    } catch (error) {
      // What is refused says nothing that would have to be held.
      if (!ended.aborted) port.postMessage({ answer: id, error: faultOf(error) });
    }
  };
  const opens = made.then(() => null);
  inBackground(run(opening, opens));
  port.addEventListener('message', ({ data }) => {
    if (!isCall(data) || ended.aborted) return;
    const work = made.then((target) => perform(target, data));
    inBackground(run(data.call, work));
  });
  port.start();
}

/** The methods of what the other end serves. All that waits rejects with the reason of `ended` when that comes. */
export function remote<T extends Served<T>>(port: Port, ended: AbortSignal, hold: Hold = atOnce): Remote<T> {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  let last = opening;
  const wait = (id: number) =>
    new Promise<unknown>((resolve, reject) => {
      if (ended.aborted) reject(ended.reason as Error);
      else waiting.set(id, { resolve, reject });
    });
  const opened = wait(opening).then(() => {});
  // Whoever does not ask whether it could be made hears of it from the first call.
  opened.catch(() => {});
  const call = async (method: string, given: readonly unknown[]): Promise<unknown> => {
    if (waiting.size >= maxRemoteCalls) throw new ChatError('client.queue_full');
    const id = ++last;
    const answered = wait(id);
    try {
      await hold();
      if (!ended.aborted) port.postMessage({ call: id, method, given });
    } catch (error) {
      settle(id, { error });
    }
    return answered;
  };
  const settle = (id: number, outcome: { readonly value: unknown } | { readonly error: unknown }) => {
    const waiter = waiting.get(id);
    waiting.delete(id);
    if ('error' in outcome) waiter?.reject(outcome.error);
    else waiter?.resolve(outcome.value);
  };
  port.addEventListener('message', ({ data }) => {
    if (isAnswer(data)) settle(data.answer, 'error' in data ? { error: errorOf(data.error) } : data);
  });
  ended.addEventListener('abort', () => {
    for (const id of [...waiting.keys()]) settle(id, { error: ended.reason });
  });
  port.start();
  return { calls: methods<T>(call), opened };
}

/** Every name is a method. It is no promise itself, so it can be handed through one. */
function methods<T>(call: (method: string, given: readonly unknown[]) => Promise<unknown>): T {
  const get = (_: object, name: string | symbol) =>
    typeof name === 'symbol' || name === 'then' ? undefined : (...given: readonly unknown[]) => call(name, given);
  return new Proxy({}, { get }) as T;
}

async function perform(target: object, { method, given }: Call): Promise<unknown> {
  const found: unknown = Reflect.get(target, method);
  if (typeof found !== 'function' || method in Object.prototype) throw new TypeError(`there is no method ${method}`);
  return Reflect.apply(found, target, given);
}

function faultOf(error: unknown): Fault {
  const { name, message, code } = error instanceof Error ? (error as Error & { code?: unknown }) : asFields(error);
  const retryAfterMs = error instanceof ChatError ? error.retryAfterMs : null;
  return { name, message, code: typeof code === 'string' ? code : null, retryAfterMs };
}

function asFields(thrown: unknown): { readonly name: string; readonly message: string; readonly code?: unknown } {
  return { name: 'Error', message: String(thrown) };
}

function errorOf({ name, message, code, retryAfterMs }: Fault): Error {
  if (name === 'ChatError' && code !== null)
    return new ChatError(knownCode(code), {
      cause: new Error(message),
      ...(retryAfterMs !== null && { retryAfterMs }),
    });
  return Object.assign(new Error(message), { name, ...(code !== null && { code }) });
}

/** A code of the client's own is known here, too: both ends are the same program. */
function knownCode(code: string): ChatErrorCode {
  return code.startsWith('client.') ? (code as ChatErrorCode) : codeFromText(code);
}

function isCall(data: unknown): data is Call {
  return typeof data === 'object' && data !== null && 'call' in data;
}

function isAnswer(data: unknown): data is Answer {
  return typeof data === 'object' && data !== null && 'answer' in data;
}
