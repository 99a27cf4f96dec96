// Hop 1: messages that were said and are not confirmed yet. Each row knows its next step (`outbox-row.ts`); this
// file writes them to the connection: in their order within a conversation, a bounded number at a time, fewer when
// the server says it is too fast. It must never write a row before it is kept, nor end one by itself. [OUT]
import type { ConversationId, FrameDown, MessageId, SendMessage } from '@parley/protocol';
import { errors, isErrorCode } from '@parley/protocol/errors';
import { inBackground } from './background.ts';
import { chance } from './chance.ts';
import { codeFromText } from './error.ts';
import * as limits from './limits.ts';
import { frameOf, keptRow, unsealed } from './outbox-frame.ts';
import { acceptedRow, compare, freshRow, knownRow, type RowEvent, type RowState, stepRow } from './outbox-row.ts';
import { Seals } from './outbox-seals.ts';
import type { Clock, CryptoProvider, Random, Readers } from './ports.ts';
import type { Batch, Replica } from './replica.ts';
import { keys, type OutboxRow, put } from './rows.ts';
import { isStale, type StaleCode } from './stale.ts';
import { utf8Length } from './utf8.ts';

/** What an outbox needs of the connection. */
export interface OutboxLink {
  readonly online: boolean;
  readonly bufferedBytes: number;
  send(frame: SendMessage): boolean;
  /** Drops the connection and makes a new one. */
  restart(): void;
}

interface Item {
  row: OutboxRow;
  state: RowState;
  queued: boolean;
  /** Bytes of the last frame, to find the culprit of a 1009. */
  bytes: number;
}

/** The sender. Only the leader has one. */
export class Outbox {
  readonly #replica: Replica;
  readonly #link: OutboxLink;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #look: (conversation: ConversationId, above: number) => void;
  readonly #seals: Seals;
  readonly #onStale: (code: StaleCode) => void;
  readonly #items = new Map<MessageId, Item>();
  /** Rows to be written, by conversation, in order. */
  readonly #queues = new Map<ConversationId, Item[]>();
  readonly #flying = new Set<Item>();
  /** Rows that wait for a time. */
  readonly #waiting = new Set<Item>();
  readonly #stopBatches: () => void;
  #window: number = limits.maxFlying;
  #pausedUntil = 0;
  #pumping = false;
  #again = false;
  #closed = false;
  #stopTimer: () => void = () => {};
  #timerAt = Number.POSITIVE_INFINITY;
  /** Refused on this connection, to come again: the server takes nothing behind them until they come again. */
  readonly #awaited = new Set<MessageId>();
  /** Rows that this client makes itself while it leads: nobody else can have written them. */
  readonly #ownFresh = new Set<MessageId>();

  constructor(parts: {
    readonly replica: Replica;
    readonly link: OutboxLink;
    readonly crypto: CryptoProvider;
    readonly clock: Clock;
    readonly random: Random;
    /** Reads a conversation from above a seq up to its head; then `absent` or a confirmation comes. */
    readonly look: (conversation: ConversationId, above: number) => void;
    /** Who is to read what is sealed now. */
    readonly readers: (conversation: ConversationId) => Promise<Readers>;
    /** Something was sealed for readers, or for devices, that are not the present ones. */
    readonly onStale: (code: StaleCode) => void;
  }) {
    this.#replica = parts.replica;
    this.#link = parts.link;
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#look = parts.look;
    this.#seals = new Seals({
      crypto: parts.crypto,
      tables: parts.replica.tables,
      readers: parts.readers,
      onSealed: () => this.#schedulePump(),
      onFailed: (id, error) => this.#event(id, unsealed(error)),
    });
    this.#onStale = parts.onStale;
    for (const row of parts.replica.tables.outbox.values()) this.#add(row, knownRow(row.ticked, this.#clock.now()));
    this.#stopBatches = parts.replica.onBatch((batch) => this.#onBatch(batch));
  }

  /** Says that a row with this id, about to be kept, is made by this very client. */
  announce(id: MessageId): void {
    this.#ownFresh.add(id);
  }

  /** The connection is up: everything queued may go. */
  up(): void {
    this.#window = limits.maxFlying;
    this.#pausedUntil = 0;
    this.#schedulePump();
  }

  /** What could not be sealed can be now. */
  hurry(): void {
    for (const item of this.#waiting) if (item.state.name === 'waiting') this.#step(item, { type: 'hurry' });
    this.#schedulePump();
  }

  /** The connection is gone. What was not answered may have been accepted; after a 1009 the largest one was not. */
  down(closeCode: number): void {
    this.#awaited.clear();
    const flying = [...this.#flying].sort((a, b) => b.bytes - a.bytes);
    const culprit = closeCode === 1009 ? flying[0] : undefined;
    for (const item of flying) this.#step(item, item === culprit ? { type: 'too_big' } : { type: 'lost' });
  }

  /** The server was restored: what has no seq yet may have lost its place, and goes again before what is newer. */
  restored(): void {
    for (const item of this.#items.values()) if (item.state.name === 'sent') this.#step(item, { type: 'lost' });
  }

  onFrame(frame: FrameDown): void {
    if (frame.type === 'sent') this.#event(frame.id, { type: 'sent' });
    else if (frame.type === 'rejected') this.#event(frame.id, { type: 'verdict', code: codeFromText(frame.code) });
    else if (frame.type === 'error' && frame.id !== undefined) this.#refused(frame.id as MessageId, frame);
  }

  /** These have come back with their seq. */
  confirmed(ids: Iterable<MessageId>): void {
    for (const id of ids) this.#event(id, { type: 'confirmed' });
  }

  /** These have come back and could not be kept: they are sent again after a while, unless they come back before. */
  unkept(ids: Iterable<MessageId>): void {
    for (const id of ids) {
      const row = this.#replica.tables.outbox.get(id);
      if (row !== undefined && !this.#items.has(id)) this.#add(row, acceptedRow(this.#clock.now()));
    }
  }

  /** The conversation is known up to its head: doubtful rows that are still here are not in it. */
  absent(conversation: ConversationId): void {
    for (const item of [...this.#waiting])
      if (item.row.conversation === conversation && item.state.name === 'doubtful')
        this.#step(item, { type: 'absent' });
  }

  close(): void {
    this.#closed = true;
    this.#stopBatches();
    this.#stopTimer();
  }

  #refused(id: MessageId, frame: FrameDown & { type: 'error' }): void {
    const code = codeFromText(frame.code);
    const advice = isErrorCode(code) ? errors[code].advice : 'retry';
    if (isStale(code)) {
      const conversation = this.#items.get(id)?.row.conversation;
      if (conversation !== undefined) this.#seals.forgetAll(conversation);
      this.#onStale(code);
    }
    const retryAfterMs = frame.retry_after_ms ?? null;
    if (advice === 'wait') {
      this.#window = 1;
      this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + (retryAfterMs ?? limits.retryMinMs));
    }
    this.#event(id, { type: 'refused', code, advice, retryAfterMs });
    if ((advice !== 'retry' && advice !== 'wait') || code === 'message.out_of_order') return;
    if (this.#items.has(id)) this.#awaited.add(id);
    // It has come back in another way before this refusal, or was taken back.
    else this.#link.restart();
  }

  #onBatch(batch: Batch): void {
    for (const write of batch.writes) {
      if (write.table !== 'outbox') continue;
      const id = write.key[2] as MessageId;
      const item = this.#items.get(id);
      const row = 'remove' in write ? null : (write.value as OutboxRow);
      // Taken back by a person, or gone already.
      if (row === null) this.#event(id, { type: 'discard' });
      else if (item !== undefined) this.#changed(item, row);
      else {
        this.#add(row, this.#ownFresh.delete(id) ? freshRow : knownRow(row.ticked, this.#clock.now()));
        this.#schedulePump();
      }
    }
  }

  /** A row was kept again; one that has lost what it refers to ends here. */
  #changed(item: Item, row: OutboxRow): void {
    item.row = row;
    if (row.error !== null) this.#step(item, { type: 'verdict', code: row.error });
  }

  #add(row: OutboxRow, state: RowState): void {
    const rejected: RowState | null =
      row.error === null ? null : { name: 'rejected', code: row.error, past: state.past };
    const item: Item = { row, state: rejected ?? state, queued: false, bytes: 0 };
    this.#items.set(row.id, item);
    if (item.state.name === 'queued') this.#enqueue(item);
    if (!('until' in item.state)) return;
    this.#waiting.add(item);
    this.#wakeAt(item.state.until);
  }

  #event(id: MessageId, event: RowEvent): void {
    const item = this.#items.get(id);
    if (item !== undefined) this.#step(item, event);
  }

  #step(item: Item, event: RowEvent): void {
    const before = item.state;
    const [state, effects] = stepRow(before, event, this.#clock.now(), chance(this.#random));
    item.state = state;
    if (state.name === 'flying') this.#flying.add(item);
    else this.#flying.delete(item);
    if ('until' in state) this.#waiting.add(item);
    else this.#waiting.delete(item);
    if (state.name === 'sent') this.#window = Math.min(limits.maxFlying, this.#window + 1);
    if (state.name === 'queued' || state.name === 'waiting') this.#enqueue(item);
    else this.#dequeue(item);
    if (state.name === 'gone') this.#items.delete(item.row.id);
    if (state.name === 'gone' || state.name === 'rejected') this.#seals.forget(item.row.id);
    for (const effect of effects) {
      if (effect.type === 'keep') this.#keep(item);
      else if (effect.type === 'look') this.#look(item.row.conversation, item.row.above);
      else if (effect.type === 'timer') this.#wakeAt(effect.at);
    }
    this.#unblock(item, event, before);
    this.#schedulePump();
  }

  /** What the server awaits on this socket and will never get holds back its conversation there: a new socket does not. */
  #unblock({ row, state }: Item, event: RowEvent, before: RowState): void {
    if (event.type === 'written') this.#awaited.delete(row.id);
    const isOver = state.name === 'gone' || state.name === 'rejected';
    if (!isOver || !this.#awaited.delete(row.id)) return;
    // Nothing is awaited of what the server itself refuses; what cannot be sealed any more is refused here.
    if (event.type !== 'refused' || before.name !== 'flying') this.#link.restart();
  }

  /** Keeps a tick, a rejection or what it waits for, as often as it takes: nobody says it again. */
  #keep(item: Item): void {
    const row = keptRow(item.row, item.state);
    const meaning = { arrived: [], placed: [], canBeFetched: true };
    this.#replica.commit([put('outbox', keys.outbox(row), row)], meaning).catch(() => {
      this.#clock.after(limits.retryMinMs, () => {
        if (!this.#closed && this.#items.get(row.id) === item) this.#keep(item);
      });
    });
  }

  #enqueue(item: Item): void {
    const queue = this.#queues.get(item.row.conversation) ?? [];
    if (item.queued) return;
    item.queued = true;
    let at = queue.length;
    while (at > 0 && compare(item.row, (queue[at - 1] as Item).row) < 0) at--;
    queue.splice(at, 0, item);
    this.#queues.set(item.row.conversation, queue);
  }

  #dequeue(item: Item): void {
    const queue = this.#queues.get(item.row.conversation);
    if (queue === undefined || !item.queued) return;
    item.queued = false;
    queue.splice(queue.indexOf(item), 1);
    if (queue.length === 0) this.#queues.delete(item.row.conversation);
  }

  #wakeAt(at: number): void {
    if (this.#closed || at >= this.#timerAt) return;
    this.#stopTimer();
    this.#timerAt = at;
    this.#stopTimer = this.#clock.after(Math.max(0, at - this.#clock.now()), () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#onTimer();
    });
  }

  #onTimer(): void {
    let next = Number.POSITIVE_INFINITY;
    for (const item of [...this.#waiting]) {
      this.#step(item, { type: 'timer' });
      if ('until' in item.state) next = Math.min(next, item.state.until);
    }
    if (Number.isFinite(next)) this.#wakeAt(next);
    this.#schedulePump();
  }

  #schedulePump(): void {
    this.#again = true;
    if (this.#pumping || this.#closed || this.#queues.size === 0 || !this.#link.online) return;
    this.#pumping = true;
    // What is said in the same turn is sealed together.
    inBackground(Promise.resolve().then(() => this.#pump()));
  }

  /** Writes what may be written now. Whatever throws in it, it can begin again. */
  #pump(): void {
    try {
      while (this.#again && !this.#closed) {
        this.#again = false;
        this.#sealAhead();
        for (const [id, queue] of this.#queues) {
          if (!this.#mayWrite()) break;
          const [item] = queue;
          if (item?.state.name !== 'queued' || this.#isHeld(item) || !this.#seals.isReady(item.row)) continue;
          if (this.#isOvertaken(item)) this.#link.restart();
          // To the end of the line: a long queue does not keep the other conversations waiting.
          this.#queues.delete(id);
          this.#queues.set(id, queue);
          this.#write(item);
        }
      }
    } finally {
      this.#pumping = false;
    }
  }

  /** Rows are ready when their turn comes: of the conversations that are next, the first few. */
  #sealAhead(): void {
    let left: number = limits.maxSealedAhead;
    for (const queue of this.#queues.values()) {
      if (left-- === 0) return;
      for (const { row, state } of queue.slice(0, limits.maxFlying))
        if (state.name === 'queued') this.#seals.begin(row);
    }
  }

  /** A later one of its conversation is on the wire and must come back first, or this one could not keep its place; or
   * an earlier one is in doubt: it may have to go again. */
  #isHeld({ row }: Item): boolean {
    for (const other of this.#flying)
      if (other.row.conversation === row.conversation && compare(row, other.row) < 0) return true;
    for (const { row: other, state } of this.#waiting)
      if (state.name === 'doubtful' && other.conversation === row.conversation && compare(other, row) < 0) return true;
    return false;
  }

  /** It came to be known after a later one of its conversation was refused, which the server awaits on this socket. */
  #isOvertaken({ row }: Item): boolean {
    if (this.#awaited.has(row.id)) return false;
    for (const id of this.#awaited) if (this.#items.get(id)?.row.conversation === row.conversation) return true;
    return false;
  }

  #mayWrite(): boolean {
    if (!this.#link.online || this.#closed || this.#flying.size >= this.#window) return false;
    const now = this.#clock.now();
    if (now < this.#pausedUntil) this.#wakeAt(this.#pausedUntil);
    else if (this.#link.bufferedBytes > limits.maxSocketBufferBytes) this.#wakeAt(now + limits.socketBufferCheckMs);
    else return true;
    return false;
  }

  #write(item: Item): void {
    const { row, state } = item;
    const frame = frameOf(row, state.past, this.#seals.of(row));
    if (!this.#link.send(frame)) return;
    item.bytes = utf8Length(frame.content ?? '') + utf8Length(frame.value ?? '');
    this.#step(item, { type: 'written' });
  }
}
