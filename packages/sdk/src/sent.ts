// A message on its way, for whoever sent it and wants to know what became of it.
import type { MessageId } from '@parley/protocol';
import type { SentMessage } from './api.ts';
import type { Core } from './core.ts';
import { ChatError } from './error.ts';
import { until } from './live.ts';
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

/** Looks at the rows whenever it is asked; it holds no state of its own. */
export class Sent implements SentMessage {
  readonly id: MessageId;
  readonly #core: Core;
  readonly #row: OutboxRow;

  constructor(core: Core, row: OutboxRow) {
    this.id = row.id;
    this.#core = core;
    this.#row = row;
  }

  get state(): MessageState {
    try {
      return this.#core.stateOf(this.#row.conversation, this.id);
    } catch (error) {
      if (error instanceof ChatError) return 'rejected';
      throw error;
    }
  }

  reached(state: 'sent' | 'delivered' | 'read', signal?: AbortSignal): Promise<void> {
    const done = () => order[this.#core.stateOf(this.#row.conversation, this.id)] >= order[state];
    return until(
      (listener) => this.#core.replica.onBatch(listener),
      done,
      signal,
      () => new ChatError('client.aborted'),
    );
  }
}
