// What the parts of one client share: its rows, its place among the clients of the store, and the two ways to act:
// a row in the outbox, or a wish to the leader.
import type { AccountId, Body, ConversationId, MessageId, Conversation as WireConversation } from '@parley/protocol';
import { newMessageId } from './chance.ts';
import { ChatError } from './error.ts';
import type { Leader } from './leader.ts';
import * as limits from './limits.ts';
import { until } from './live.ts';
import type { Clock, Host } from './ports.ts';
import { rangeAt } from './ranges.ts';
import type { Batch, Replica, Want } from './replica.ts';
import type { Rest } from './rest.ts';
import { keys, type MessageRow, type OutboxRow, put, remove } from './rows.ts';
import { tickOf } from './ticks.ts';
import type { MessageState } from './views.ts';

/** What a new message is made of. */
export interface NewRow {
  readonly kind: OutboxRow['kind'];
  readonly body?: Body;
  readonly mentions?: readonly AccountId[];
  readonly targets?: readonly number[];
  readonly seconds?: number;
  readonly key?: string;
  readonly value?: string;
}

/** Shared by the parts of one client. */
export class Core {
  readonly host: Host;
  readonly clock: Clock;
  readonly replica: Replica;
  readonly rest: Rest;
  readonly me: AccountId;
  readonly accountLog: ConversationId;
  /** Origin of the server, for links that people give to others. */
  readonly origin: string;
  /** Set while this client leads. */
  leader: Leader | null = null;
  /** Lamport times given out and perhaps not kept yet. */
  readonly #lamports = new Map<ConversationId, number>();
  /** Seqs of own messages that were confirmed while this client was open. */
  readonly #confirmed = new Map<MessageId, number>();
  readonly #discarded = new Set<MessageId>();

  constructor(parts: {
    readonly host: Host;
    readonly replica: Replica;
    readonly rest: Rest;
    readonly me: AccountId;
    readonly accountLog: ConversationId;
    readonly origin: string;
  }) {
    this.host = parts.host;
    this.clock = parts.host.clock;
    this.replica = parts.replica;
    this.rest = parts.rest;
    this.me = parts.me;
    this.accountLog = parts.accountLog;
    this.origin = parts.origin;
    // Never removed: it lives as long as the replica.
    parts.replica.onBatch((batch) => this.#onBatch(batch));
  }

  /** Keeps a new message in the outbox; from here on it will be sent or rejected. */
  async enqueue(conversation: ConversationId, row: NewRow): Promise<OutboxRow> {
    const { tables } = this.replica;
    if (tables.outbox.size >= limits.maxOutboxRows) throw new ChatError('client.queue_full');
    const id = newMessageId(this.clock, this.host.random);
    const kept: OutboxRow = {
      ...row,
      id,
      conversation,
      lamport: this.#nextLamport(conversation),
      timestamp: this.clock.now(),
      body: row.body ?? null,
      ticked: false,
      error: null,
    };
    this.leader?.announce(id);
    await this.replica.commit([put('outbox', keys.outbox(kept), kept)]);
    return kept;
  }

  /** Takes a message out of the outbox. */
  async discard(row: OutboxRow): Promise<void> {
    if (this.#discarded.size >= limits.maxConfirmedTracked) this.#discarded.clear();
    this.#discarded.add(row.id);
    await this.replica.commit([remove('outbox', keys.outbox(row))]);
  }

  /** How far a message of this client has got. Throws when it was rejected or taken back. */
  stateOf(conversation: ConversationId, id: MessageId): MessageState {
    const row = this.replica.tables.outbox.get(id);
    if (row !== undefined && row.error !== null) throw new ChatError(row.error);
    if (row !== undefined) return row.ticked ? 'sent' : 'pending';
    if (this.#discarded.has(id)) throw new ChatError('client.aborted');
    const seq = this.#confirmed.get(id);
    const here = this.replica.tables.conversations.get(conversation);
    if (seq === undefined || here === undefined) return 'sent';
    return tickOf(seq, here.server.kind, here.ticks);
  }

  /** Seq of a message of this client that was confirmed while it was open. */
  confirmedSeq(id: MessageId): number | null {
    return this.#confirmed.get(id) ?? null;
  }

  /** Says something to the leader, who may be this client. */
  want(want: Want): void {
    if (this.leader !== null) this.leader.take(want);
    else this.replica.want(want);
  }

  /** Fetches a page; resolves when it is here. */
  async pull(
    conversation: ConversationId,
    at: { readonly after?: number; readonly before?: number; readonly limit: number },
  ): Promise<void> {
    const want = { want: 'page', conversation, ...at } as const;
    if (this.leader !== null) return this.leader.page(want);
    this.replica.want(want);
    const wanted = at.before !== undefined ? at.before - 1 : (at.after ?? 0) + 1;
    await this.#follow(() => this.has(conversation, wanted));
  }

  /** Takes conversations in that REST answered with; resolves when they are here. */
  async merge(conversations: readonly WireConversation[]): Promise<void> {
    const want = { want: 'merge', conversations } as const;
    if (this.leader !== null) return this.leader.merge(want);
    this.replica.want(want);
    await this.#follow(() =>
      conversations.every(({ conversation_id: id, member_n }) => {
        const row = this.replica.tables.conversations.get(id);
        return row !== undefined && row.server.member_n >= member_n;
      }),
    );
  }

  /** Reads the member list of a group; resolves when it is here. */
  async readMembers(id: ConversationId): Promise<void> {
    if (this.leader !== null) return this.leader.members(id);
    this.replica.want({ want: 'members', conversation: id });
    const { tables } = this.replica;
    await this.#follow(() => tables.members.get(id)?.memberN === tables.conversations.get(id)?.server.member_n);
  }

  /** Waits until the leader has done something that shows in the rows. */
  async #follow(done: () => boolean): Promise<void> {
    let late = false;
    let tell = () => {};
    const stopTimer = this.clock.after(limits.followTimeoutMs, () => {
      late = true;
      tell();
    });
    const subscribe = (listener: () => void) => {
      tell = listener;
      return this.replica.onBatch(listener);
    };
    const isDone = () => {
      if (late) throw new ChatError('client.unreachable');
      return done();
    };
    await until(subscribe, isDone, undefined, () => new ChatError('client.aborted')).finally(stopTimer);
  }

  /** Is it known what stands at this seq (perhaps nothing)? */
  has(conversation: ConversationId, seq: number): boolean {
    return rangeAt(this.replica.tables.conversations.get(conversation)?.ranges ?? [], seq) !== null;
  }

  #nextLamport(conversation: ConversationId): number {
    const { conversations, outboxOf } = this.replica.tables;
    const before = this.#lamports.get(conversation) ?? newestLamport(outboxOf.get(conversation)?.values() ?? []);
    const next = Math.max(before, conversations.get(conversation)?.lamport ?? 0) + 1;
    this.#lamports.set(conversation, next);
    return next;
  }

  #onBatch({ writes }: Batch): void {
    for (const write of writes) {
      if ('remove' in write) continue;
      if (write.table === 'outbox') this.#sawLamport(write.value as OutboxRow);
      if (write.table !== 'messages') continue;
      const row = write.value as MessageRow;
      if (row.sender !== this.me || row.onlyHere !== undefined) continue;
      if (this.#confirmed.size >= limits.maxConfirmedTracked) this.#confirmed.clear();
      this.#confirmed.set(row.id, row.seq);
    }
  }

  /** Another client of this store has written as well. */
  #sawLamport({ conversation, lamport }: OutboxRow): void {
    const known = this.#lamports.get(conversation);
    if (known !== undefined && known < lamport) this.#lamports.set(conversation, lamport);
  }
}

function newestLamport(rows: Iterable<OutboxRow>): number {
  let newest = 0;
  for (const { lamport } of rows) newest = Math.max(newest, lamport);
  return newest;
}
