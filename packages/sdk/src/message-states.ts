// What became of the messages that this client sent, for those who wait for it. Each is told of its own changes only, so
// that ten thousand of them cost no more than one each; what has got its seq is not held here any longer.
import type { ConversationId, MessageId } from '@parley/protocol';
import { ChatError } from './error.ts';
import type { Batch, Replica } from './replica.ts';
import type { ConversationRow, OutboxRow } from './rows.ts';
import { type Ticks, tickOf } from './ticks.ts';
import type { MessageState } from './views.ts';

/** One message of this client. Whoever sent it holds it. */
export interface Tracked {
  readonly id: MessageId;
  readonly conversation: ConversationId;
  /** Once it has come back. */
  seq: number | null;
  /** A person took it back. */
  isDiscarded: boolean;
  readonly listeners: Set<() => void>;
}

/** Own messages while the client is open. */
export class MessageStates {
  readonly #replica: Replica;
  /** Those in the outbox. */
  readonly #waiting = new Map<MessageId, Tracked>();
  /** Those that somebody waits for, by conversation, with its ticks as they were. */
  readonly #watched = new Map<ConversationId, { readonly all: Set<Tracked>; ticks: Ticks | undefined }>();

  constructor(replica: Replica) {
    this.#replica = replica;
    // Never removed: it lives as long as the replica.
    replica.onBatch((batch) => this.#onBatch(batch));
  }

  /** A message that is about to be kept in the outbox. */
  track({ id, conversation }: Pick<OutboxRow, 'id' | 'conversation'>): Tracked {
    const tracked = { id, conversation, seq: null, isDiscarded: false, listeners: new Set<() => void>() };
    this.#waiting.set(id, tracked);
    return tracked;
  }

  /** It could not be kept. */
  drop(id: MessageId): void {
    this.#waiting.delete(id);
  }

  /** A person takes this message back. */
  discard(id: MessageId): void {
    const tracked = this.#waiting.get(id);
    if (tracked !== undefined) tracked.isDiscarded = true;
  }

  /** How far a message has got. Throws when it was rejected or taken back. */
  stateOf({ id, conversation, seq, isDiscarded }: Tracked): MessageState {
    const { outbox, conversations } = this.#replica.tables;
    const row = outbox.get(id);
    if (row !== undefined && row.error !== null) throw new ChatError(row.error);
    if (row !== undefined) return row.ticked ? 'sent' : 'pending';
    if (isDiscarded && seq === null) throw new ChatError('client.aborted');
    const here = conversations.get(conversation);
    return seq === null || here === undefined ? 'sent' : tickOf(seq, here.server.kind, here.ticks);
  }

  /** Calls back whenever something about this message may have changed. */
  watch(tracked: Tracked, listener: () => void): () => void {
    const { conversation, listeners } = tracked;
    const ticks = this.#replica.tables.conversations.get(conversation)?.ticks;
    const here = this.#watched.get(conversation) ?? { all: new Set(), ticks };
    this.#watched.set(conversation, here);
    listeners.add(listener);
    here.all.add(tracked);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) here.all.delete(tracked);
      if (here.all.size === 0) this.#watched.delete(conversation);
    };
  }

  #onBatch({ writes, placed }: Batch): void {
    const changed = new Set<Tracked>();
    for (const [id, seq] of placed) {
      const tracked = this.#waiting.get(id);
      if (tracked !== undefined) tracked.seq = seq;
    }
    for (const write of writes) {
      if (write.table === 'outbox') this.#outboxChanged(write.key[2] as MessageId, 'remove' in write, changed);
      else if (write.table === 'conversations' && !('remove' in write)) {
        const [id] = write.key as readonly [ConversationId];
        for (const tracked of this.#ticked(id, (write.value as ConversationRow).ticks)) changed.add(tracked);
      }
    }
    for (const { listeners } of changed) for (const listener of [...listeners]) listener();
  }

  #outboxChanged(id: MessageId, isGone: boolean, changed: Set<Tracked>): void {
    const tracked = this.#waiting.get(id);
    if (tracked === undefined) return;
    changed.add(tracked);
    if (isGone) this.#waiting.delete(id);
  }

  /** Whoever is waited for in a conversation, when its ticks have risen. */
  #ticked(id: ConversationId, ticks: Ticks): Iterable<Tracked> {
    const here = this.#watched.get(id);
    if (here === undefined) return [];
    const isSame = here.ticks?.delivered === ticks.delivered && here.ticks.read === ticks.read;
    here.ticks = ticks;
    return isSame ? [] : here.all;
  }
}
