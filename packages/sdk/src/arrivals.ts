// Tells the app of messages that came in: each once, in the order in which they were kept, as it looks when it is told.
import type { ConversationId } from '@parley/protocol';
import type { Conversation } from './api.ts';
import { tell } from './background.ts';
import { toldRows } from './limits.ts';
import type { Reader } from './reader.ts';
import type { MessageRow } from './rows.ts';
import type { MessageView } from './views.ts';

type Listener = (message: MessageView, conversation: Conversation) => void;

/** Who wants to hear of new messages. */
export class Arrivals {
  readonly #reader: Reader;
  readonly #conversation: (id: ConversationId) => Conversation | null;
  readonly #listeners = new Set<Listener>();
  #work: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(reader: Reader, conversation: (id: ConversationId) => Conversation | null) {
    this.#reader = reader;
    this.#conversation = conversation;
  }

  add(listener: Listener): () => void {
    // A wrapper of its own, so that the same function can be added twice.
    const own: Listener = (message, conversation) => listener(message, conversation);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /** These were kept just now. */
  tell(arrived: readonly MessageRow[]): void {
    if (arrived.length === 0 || this.#listeners.size === 0) return;
    // What cannot be read any more cannot be told: the client is closed, or its storage is gone, which shows elsewhere.
    this.#work = this.#work.then(() => this.#tellAll(arrived)).catch(() => {});
  }

  close(): void {
    this.#closed = true;
  }

  async #tellAll(arrived: readonly MessageRow[]): Promise<void> {
    for (const rows of runsOf(arrived)) {
      const conversation = rows[0] === undefined ? null : this.#conversation(rows[0].conversation);
      if (conversation === null) continue;
      for (const view of await this.#reader.views(conversation.id, rows)) {
        if (this.#closed) return;
        for (const listener of [...this.#listeners]) tell(listener, view, conversation);
      }
    }
  }
}

/** The same rows, cut where the conversation changes and where there are many. */
function* runsOf(rows: readonly MessageRow[]): Iterable<readonly MessageRow[]> {
  let from = 0;
  for (let at = 1; at <= rows.length; at++) {
    const isOver = at === rows.length || rows[at]?.conversation !== rows[from]?.conversation;
    if (!isOver && at - from < toldRows) continue;
    yield rows.slice(from, at);
    from = at;
  }
}
