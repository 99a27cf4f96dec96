// What other devices send to this one: keys, above all. It promises to acknowledge only what is kept, and to take one
// page after the other. The server sends nothing more on this connection before a page is acknowledged, so one that
// could not be kept is taken again after a pause, and in any case with the next connection. [ENC]
import type { FrameUp, ToDevice } from '@parley/protocol';
import { inBackground } from './background.ts';
import { ChatError } from './error.ts';
import * as limits from './limits.ts';
import type { Clock, CryptoProvider } from './ports.ts';

/** The receiver. Only the leader has one. */
export class Parcels {
  readonly #crypto: CryptoProvider;
  readonly #clock: Clock;
  readonly #send: (frame: FrameUp) => boolean;
  #last: Promise<void> = Promise.resolve();
  /** The page that came last. */
  #page: ToDevice['items'] = [];
  #stopTimer: () => void = () => {};

  /** `clock`: its timers end with the client. */
  constructor(crypto: CryptoProvider, clock: Clock, send: (frame: FrameUp) => boolean) {
    this.#crypto = crypto;
    this.#clock = clock;
    this.#send = send;
  }

  take({ items }: ToDevice): void {
    if (!isWhole(items)) throw new ChatError('client.unexpected');
    // It begins with what could not be kept before.
    this.#page = items;
    this.#stopTimer();
    const newest = items.at(-1)?.n;
    if (newest !== undefined) this.#take(items, newest, 0);
  }

  #take(items: ToDevice['items'], newest: number, failures: number): void {
    const taking = this.#last.then(async () => {
      await this.#crypto.receive(items);
      this.#send({ type: 'to_device_received', n: newest });
    });
    this.#last = taking.catch(() => {
      if (this.#page !== items) return;
      const pauseMs = Math.min(limits.retryMaxMs, limits.retryMinMs * 2 ** Math.min(failures, 16));
      this.#stopTimer = this.#clock.after(pauseMs, () => this.#take(items, newest, failures + 1));
    });
    inBackground(this.#last);
  }
}

/** Servers can say anything. What is in an item is looked at where it is opened. */
function isWhole(items: unknown): boolean {
  return Array.isArray(items) && items.every((item: unknown) => typeof item === 'object' && item !== null);
}
