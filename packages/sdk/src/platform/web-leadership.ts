// Tabs of one browser on one account: a Web Lock says who leads, a BroadcastChannel carries what they tell each
// other. A tab that is closed or crashes lets go of both. [LOC]
import type { AccountId } from '@parley/protocol';
import { ChatError } from '../error.ts';
import type { Leadership } from '../ports.ts';

/** One tab among those of an account. */
export class TabLeadership implements Leadership {
  readonly #name: string;
  readonly #channel: BroadcastChannel;
  readonly #listeners = new Set<(message: unknown) => void>();

  constructor(account: AccountId) {
    this.#name = `parley.${account}`;
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => {
      for (const hear of [...this.#listeners]) hear(data);
    };
  }

  acquire(signal: AbortSignal): Promise<{ release(): void }> {
    return new Promise((resolve, reject) => {
      const held = (): Promise<void> => new Promise((release) => resolve({ release }));
      navigator.locks
        .request(this.#name, { signal }, held)
        .catch((cause: unknown) => reject(new ChatError('client.aborted', { cause })));
    });
  }

  post(message: unknown): void {
    this.#channel.postMessage(message);
  }

  subscribe(listener: (message: unknown) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#channel.close();
    };
  }

  /** A channel keeps nothing. */
  async clear(): Promise<void> {}
}
