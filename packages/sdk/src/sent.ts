// A message on its way, for whoever sent it and wants to know what became of it.
import type { MessageId } from '@parley/protocol';
import type { SentMessage } from './api.ts';
import type { Core } from './core.ts';
import { ChatError } from './error.ts';
import { until } from './live.ts';
import type { Tracked } from './message-states.ts';
import type { OutboxRow } from './rows.ts';
import type { MessageState } from './views.ts';

const order: Readonly<Record<MessageState, number>> = {
  pending: 0,
  rejected: 0,
  received: 0,
  sent: 1,
  delivered: 2,
  read: 3,
};

/** Looks at the rows whenever it is asked; it holds nothing but where to look. */
export class Sent implements SentMessage {
  readonly id: MessageId;
  readonly #core: Core;
  readonly #kind: OutboxRow['kind'];
  readonly #tracked: Tracked;

  constructor(core: Core, kind: OutboxRow['kind'], tracked: Tracked) {
    this.id = tracked.id;
    this.#core = core;
    this.#kind = kind;
    this.#tracked = tracked;
  }

  get state(): MessageState {
    try {
      return this.#state();
    } catch (error) {
      if (error instanceof ChatError) return 'rejected';
      throw error;
    }
  }

  get seq(): number | null {
    return this.#tracked.seq;
  }

  async reached(state: 'sent' | 'delivered' | 'read', signal?: AbortSignal): Promise<void> {
    const wanted = this.#hasSecondTick() ? order[state] : order.sent;
    if (wanted > order.sent) this.#core.wantMembers(this.#tracked.conversation);
    await this.#until(() => order[this.#state()] >= wanted, signal);
  }

  async placed(signal?: AbortSignal): Promise<number> {
    await this.#until(() => {
      // Throws when it was rejected or taken back.
      this.#state();
      return this.seq !== null;
    }, signal);
    return this.seq as number;
  }

  #until(done: () => boolean, signal: AbortSignal | undefined): Promise<void> {
    const { states, closed } = this.#core;
    return until((listener) => states.watch(this.#tracked, listener), done, { signal, closed });
  }

  #state(): MessageState {
    return this.#core.states.stateOf(this.#tracked);
  }

  /** In rooms and notes to self there is none, nor for what is no message of its own. */
  #hasSecondTick(): boolean {
    const server = this.#core.replica.tables.conversations.get(this.#tracked.conversation)?.server;
    if (this.#kind !== 'content' || server === undefined || server.kind === 'room') return false;
    return server.kind === 'group' || (server.peer !== undefined && server.peer !== this.#core.me);
  }
}
