// Files by `fetch`: down in browsers and in Node. Something between us and the server may hold a file up without ending
// it, so a transfer that does not move is given up; one that its reader holds up is not.
import { stalledMs } from '../limits.ts';
import type { HttpBytes } from '../ports.ts';

type Receive = HttpBytes['receive'];

/** Gives a transfer up when it stands still. */
export class Movement {
  readonly signal: AbortSignal;
  readonly #stalled = new AbortController();
  readonly #afterMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(given: AbortSignal, afterMs: number = stalledMs) {
    this.signal = AbortSignal.any([given, this.#stalled.signal]);
    this.#afterMs = afterMs;
  }

  /** Something has moved, and the next is waited for. */
  wait(): void {
    clearTimeout(this.#timer);
    if (this.signal.aborted) return;
    this.#timer = setTimeout(() => this.#stalled.abort(new Error('nothing has moved')), this.#afterMs);
  }

  /** Nothing is waited for: a reader takes its time. */
  rest(): void {
    clearTimeout(this.#timer);
  }

  /** It is over: whatever still goes on ends. */
  end(): void {
    clearTimeout(this.#timer);
    this.#stalled.abort(new Error('it is over'));
  }
}

/** Gets bytes of one server. `headers` go with every call. */
export function fetchBytes(origin: string, headers: Readonly<Record<string, string>>, afterMs?: number): Receive {
  return async ({ path, range, signal }) => {
    const movement = new Movement(signal, afterMs);
    movement.wait();
    try {
      const response = await fetch(`${origin}${path}`, {
        headers: { ...headers, ...(range !== null && { range: `bytes=${range.from}-${range.to - 1}` }) },
        signal: movement.signal,
        credentials: 'same-origin',
        cache: 'no-store',
        redirect: 'error',
      });
      const { status, body } = response;
      if (status === 200 || status === 206) return { status, body: null, pieces: piecesOf(body, movement) };
      return { status, body: jsonOf(await response.text()), pieces: null };
    } finally {
      movement.rest();
    }
  };
}

/** JSON, or null for anything else. */
export function jsonOf(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    // A proxy's error page has no code, which says enough.
    return null;
  }
}

async function* piecesOf(
  body: ReadableStream<Uint8Array> | null,
  movement: Movement,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (;;) {
      movement.wait();
      const { done, value } = await reader.read();
      movement.rest();
      if (done) return;
      yield value;
    }
  } finally {
    movement.end();
    // What is not read any more need not come; a transfer that has failed is over anyway.
    await reader.cancel().catch(() => {});
  }
}
