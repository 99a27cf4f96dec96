// What the parts of one client share: its rows, its place among the clients of the store, and the two ways to act:
// a row in the outbox, or a wish to the leader.
import type {
  AccountId,
  BlobId,
  Body,
  ConversationId,
  MessageId,
  Conversation as WireConversation,
} from '@parley/protocol';
import type { SentMessage } from './api.ts';
import { newMessageId } from './chance.ts';
import { ChatError } from './error.ts';
import type { Leader } from './leader.ts';
import * as limits from './limits.ts';
import type { ListDeeds } from './list-deeds.ts';
import { listsOf } from './list-desk.ts';
import { until } from './live.ts';
import { MessageStates } from './message-states.ts';
import type { Clock, Host } from './ports.ts';
import { rangeAt, reached } from './ranges.ts';
import type { Batch, Replica, Want } from './replica.ts';
import type { Rest } from './rest.ts';
import { keys, type OutboxRow, put, remove } from './rows.ts';
import { Sent } from './sent.ts';

/** What a new message is made of. */
export interface NewRow {
  readonly kind: OutboxRow['kind'];
  /** A new one where it has none yet. */
  readonly id?: MessageId;
  readonly blobs?: readonly BlobId[];
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
  /** Fires when the client is closed. */
  readonly closed: AbortSignal;
  readonly states: MessageStates;
  /** Signed member lists of groups; null where nothing is signed. */
  readonly lists: ListDeeds | null;
  /** Set while this client leads. */
  leader: Leader | null = null;
  /** Lamport times given out and perhaps not kept yet. */
  readonly #lamports = new Map<ConversationId, number>();
  /** What to add to the host's clock to get the server's, as the leader says; 0 before the first connection. */
  #offsetMs = 0;

  constructor(parts: {
    readonly host: Host;
    readonly replica: Replica;
    readonly rest: Rest;
    readonly me: AccountId;
    readonly accountLog: ConversationId;
    readonly origin: string;
    readonly closed: AbortSignal;
  }) {
    this.host = parts.host;
    this.clock = parts.host.clock;
    this.replica = parts.replica;
    this.rest = parts.rest;
    this.me = parts.me;
    this.accountLog = parts.accountLog;
    this.origin = parts.origin;
    this.closed = parts.closed;
    this.states = new MessageStates(parts.replica);
    this.lists = listsOf(this);
    // Never removed: they live as long as the replica.
    parts.replica.onBatch((batch) => this.#onBatch(batch));
    parts.replica.onHint((hint) => {
      if (hint.hint === 'clock') this.#offsetMs = hint.offsetMs;
    });
  }

  /** The time by the server's clock, as far as it is known. A device whose own clock is wrong goes by this. */
  now(): number {
    return this.clock.now() + this.#offsetMs;
  }

  /** Keeps a new message in the outbox; from here on it will be sent or rejected. */
  async enqueue(conversation: ConversationId, row: NewRow): Promise<SentMessage> {
    const { tables } = this.replica;
    if (tables.outbox.size >= limits.maxOutboxRows) throw new ChatError('client.queue_full');
    const kept: OutboxRow = {
      ...row,
      id: row.id ?? this.newId(),
      conversation,
      lamport: this.#nextLamport(conversation),
      timestamp: this.now(),
      body: row.body ?? null,
      above: reached(tables.conversations.get(conversation)?.ranges ?? []),
      ticked: false,
      error: null,
    };
    this.leader?.announce(kept.id);
    const tracked = this.states.track(kept);
    try {
      await this.replica.commit([put('outbox', keys.outbox(kept), kept)]);
    } catch (error) {
      this.states.drop(kept.id);
      throw error;
    }
    return new Sent(this, kept.kind, tracked);
  }

  /** A new id, made at this time. */
  newId(): MessageId {
    return newMessageId(this.now(), this.host.random);
  }

  /** Takes a message out of the outbox. */
  async discard(row: OutboxRow): Promise<void> {
    this.states.discard(row.id);
    await this.replica.commit([remove('outbox', keys.outbox(row))]);
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
      conversations.every(({ conversation_id: id, member_n, membership }) => {
        const server = this.replica.tables.conversations.get(id)?.server;
        return server !== undefined && server.member_n >= member_n && server.membership === membership;
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

  /** Asks for the members of a group, on which its ticks depend, unless they are here. */
  wantMembers(id: ConversationId): void {
    const { conversations, members } = this.replica.tables;
    const server = conversations.get(id)?.server;
    if (server?.kind === 'group' && members.get(id)?.memberN !== server.member_n)
      this.want({ want: 'members', conversation: id });
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
    await until(subscribe, isDone, { closed: this.closed }).finally(stopTimer);
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
