// What other devices send to this one: keys, above all. It promises to acknowledge only what is kept, and to take one
// page after the other; what could not be kept comes again with the next connection. [ENC]
import type { FrameUp, ToDevice } from '@parley/protocol';
import { inBackground } from './background.ts';
import type { CryptoProvider } from './ports.ts';

/** The receiver. Only the leader has one. */
export class Parcels {
  readonly #crypto: CryptoProvider;
  readonly #send: (frame: FrameUp) => boolean;
  #last: Promise<void> = Promise.resolve();

  constructor(crypto: CryptoProvider, send: (frame: FrameUp) => boolean) {
    this.#crypto = crypto;
    this.#send = send;
  }

  take({ items }: ToDevice): void {
    const newest = items.at(-1)?.n;
    if (newest === undefined) return;
    this.#last = this.#last.then(async () => {
      await this.#crypto.receive(items);
      this.#send({ type: 'to_device_received', n: newest });
    });
    // The server keeps what is not acknowledged.
    this.#last = this.#last.catch(() => {});
    inBackground(this.#last);
  }
}
