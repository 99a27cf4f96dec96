// Room keys that did not reach a device because its queue is full. Nothing waits for that device: what it lacks is sent
// again with the next message, and ever more rarely without one, until it has room. What is forgotten here (the client is
// closed) the library still holds, and offers with the next message. [ENC]
import type { ConversationId } from '@parley/protocol';
import type { Core } from './core.ts';
import * as limits from './limits.ts';
import { type LibraryRequest, perform } from './requests.ts';

interface Debt {
  requests: readonly LibraryRequest[];
  triedAt: number;
  pauseMs: number;
  stop: () => void;
}

/** What is owed to full devices, by conversation. */
export class Owed {
  readonly #core: Core;
  readonly #debts = new Map<ConversationId, Debt>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** These reached all devices but those whose queues are full. */
  add(conversation: ConversationId, requests: readonly LibraryRequest[]): void {
    if (requests.length === 0 || this.#core.closed.aborted) return;
    const names = new Set(requests.map(({ id }) => id));
    const before = this.#debts.get(conversation)?.requests.filter(({ id }) => !names.has(id)) ?? [];
    this.#forget(conversation);
    const oldest = this.#debts.keys().next();
    if (this.#debts.size >= limits.maxRooms && !oldest.done) this.#forget(oldest.value);
    this.#keep(conversation, [...before, ...requests].slice(-limits.maxOwedPerRoom), limits.oweMinMs);
  }

  /** Tries again, where the last time is a while ago. Only in the lane of the conversation; what fails is still owed. */
  async pay(conversation: ConversationId): Promise<void> {
    const debt = this.#debts.get(conversation);
    if (debt === undefined || Math.abs(this.#core.clock.now() - debt.triedAt) < limits.oweMinMs) return;
    this.#forget(conversation);
    const left: LibraryRequest[] = [];
    for (const request of debt.requests) if (await this.#isStillOwed(request)) left.push(request);
    if (left.length > 0 && !this.#core.closed.aborted)
      this.#keep(conversation, left, Math.min(debt.pauseMs * 2, limits.oweMaxMs));
  }

  stop(): void {
    for (const conversation of [...this.#debts.keys()]) this.#forget(conversation);
  }

  async #isStillOwed(request: LibraryRequest): Promise<boolean> {
    try {
      return (await perform(this.#core, request)).isOwed === true;
    } catch {
      // The server is away, or refuses it: it is tried as rarely as the others.
      return true;
    }
  }

  #keep(conversation: ConversationId, requests: readonly LibraryRequest[], pauseMs: number): void {
    const { clock, lanes } = this.#core;
    const stop = clock.after(pauseMs, () => {
      lanes.run(`seal ${conversation}`, () => this.pay(conversation)).catch(() => {});
    });
    this.#debts.set(conversation, { requests, triedAt: clock.now(), pauseMs, stop });
  }

  #forget(conversation: ConversationId): void {
    this.#debts.get(conversation)?.stop();
    this.#debts.delete(conversation);
  }
}
