// What became of the messages that this client sent, for those who wait for it. A waiter is called when its own message
// has changed, so that ten thousand of them cost no more than one each.
import type { ConversationId, MessageId } from '@parley/protocol';
import { ChatError } from './error.ts';
import { maxConfirmedTracked } from './limits.ts';
import type { Batch, Replica } from './replica.ts';
import type { ConversationRow } from './rows.ts';
import { type Ticks, tickOf } from './ticks.ts';
import type { MessageState } from './views.ts';

interface Waiters {
  readonly conversation: ConversationId;
  readonly listeners: Set<() => void>;
}

/** States of own messages by id, while the client is open. */
export class MessageStates {
  readonly #replica: Replica;
  /** Seqs of own records that were confirmed while this client was open. */
  readonly #confirmed = new Map<MessageId, number>();
  readonly #discarded = new Set<MessageId>();
  readonly #waiters = new Map<MessageId, Waiters>();
  readonly #waitedIn = new Map<ConversationId, { readonly ids: Set<MessageId>; ticks: Ticks | undefined }>();

  constructor(replica: Replica) {
    this.#replica = replica;
    // Never removed: it lives as long as the replica.
    replica.onBatch((batch) => this.#onBatch(batch));
  }

  /** How far a message of this client has got. Throws when it was rejected or taken back. */
  stateOf(conversation: ConversationId, id: MessageId): MessageState {
    const { outbox, conversations } = this.#replica.tables;
    const row = outbox.get(id);
    if (row !== undefined && row.error !== null) throw new ChatError(row.error);
    if (row !== undefined) return row.ticked ? 'sent' : 'pending';
    if (this.#discarded.has(id)) throw new ChatError('client.aborted');
    const seq = this.#confirmed.get(id);
    const here = conversations.get(conversation);
    if (seq === undefined || here === undefined) return 'sent';
    return tickOf(seq, here.server.kind, here.ticks);
  }

  /** Seq of a record of this client that was confirmed while it was open. */
  seqOf(id: MessageId): number | null {
    return this.#confirmed.get(id) ?? null;
  }

  /** A person takes this message back. */
  discard(id: MessageId): void {
    if (this.#discarded.size >= maxConfirmedTracked) this.#discarded.clear();
    this.#discarded.add(id);
  }

  /** Calls back whenever something about this message may have changed. */
  watch(conversation: ConversationId, id: MessageId, listener: () => void): () => void {
    const waiters = this.#waiters.get(id) ?? { conversation, listeners: new Set() };
    this.#waiters.set(id, waiters);
    waiters.listeners.add(listener);
    const ticks = this.#replica.tables.conversations.get(conversation)?.ticks;
    const here = this.#waitedIn.get(conversation) ?? { ids: new Set(), ticks };
    this.#waitedIn.set(conversation, here);
    here.ids.add(id);
    return () => {
      waiters.listeners.delete(listener);
      if (waiters.listeners.size > 0) return;
      this.#waiters.delete(id);
      here.ids.delete(id);
      if (here.ids.size === 0) this.#waitedIn.delete(conversation);
    };
  }

  #onBatch({ writes, placed }: Batch): void {
    for (const [id, seq] of placed) {
      if (this.#confirmed.size >= maxConfirmedTracked) this.#forgetOldest();
      this.#confirmed.set(id, seq);
    }
    if (this.#waiters.size === 0) return;
    const changed = new Set<MessageId>();
    for (const write of writes) {
      if (write.table === 'outbox') changed.add(write.key[2] as MessageId);
      else if (write.table === 'conversations' && !('remove' in write)) {
        const [id] = write.key as readonly [ConversationId];
        for (const waiting of this.#ticked(id, (write.value as ConversationRow).ticks)) changed.add(waiting);
      }
    }
    for (const id of changed) for (const listener of [...(this.#waiters.get(id)?.listeners ?? [])]) listener();
  }

  /** The one confirmed longest ago that nobody waits for. */
  #forgetOldest(): void {
    for (const id of this.#confirmed.keys()) {
      if (this.#waiters.has(id) && this.#confirmed.size < 2 * maxConfirmedTracked) continue;
      this.#confirmed.delete(id);
      return;
    }
  }

  /** Who waits in a conversation, when its ticks have risen. */
  #ticked(id: ConversationId, ticks: Ticks): Iterable<MessageId> {
    const here = this.#waitedIn.get(id);
    if (here === undefined) return [];
    const same = here.ticks?.delivered === ticks.delivered && here.ticks.read === ticks.read;
    here.ticks = ticks;
    return same ? [] : here.ids;
  }
}
