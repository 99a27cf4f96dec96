// Hop 8: takes in everything that the server says, one batch after the other: deduplicates, puts in order, opens,
// **keeps, then shows**, and only then lets the receipt go. It promises that each record is shown once and in the
// order of seq; it must never show or acknowledge what is not kept. [INB]
import type {
  AccountId,
  Changes,
  Conversation,
  ConversationId,
  Envelope,
  MessageId,
  Messages,
  Receipt,
} from '@parley/protocol';
import { clearKey } from '@parley/protocol/settings';
import { inBackground, tell } from './background.ts';
import type { Chain } from './crypto/membership.ts';
import { isTrue } from './direct-id.ts';
import { type Aftermath, Draft } from './draft.ts';
import { ChatError } from './error.ts';
import { takeMemberList } from './group-list.ts';
import { withChain } from './group-state.ts';
import * as limits from './limits.ts';
import { mergeConversation, newConversation, trimTracked } from './merge.ts';
import type { Clock, CryptoProvider } from './ports.ts';
import { cover, newest, rangeAt, reached } from './ranges.ts';
import { takeRecord, takeSettingValue } from './record.ts';
import type { Replica } from './replica.ts';
import { type ConversationRow, keys, type MembersRow, type SettingRow } from './rows.ts';

export type InboxInput =
  | { readonly type: 'envelope'; readonly frame: Envelope }
  /** A page that was asked for: `before` some seq, else up from one or the newest. Of a `quiet` one nothing arrives. */
  | { readonly type: 'page'; readonly frame: Messages; readonly before: number | null; readonly quiet: boolean }
  | { readonly type: 'changes'; readonly frame: Changes }
  | { readonly type: 'merge'; readonly conversations: readonly Conversation[] }
  | { readonly type: 'receipt'; readonly frame: Receipt }
  | {
      readonly type: 'members';
      readonly conversation: ConversationId;
      readonly row: MembersRow;
      /** What it was made of, to be kept with it. */
      readonly chain?: { readonly chain: Chain | null };
    }
  /** All settings, as of at least seq `upTo` of the account log. */
  | {
      readonly type: 'settings';
      readonly conversation: ConversationId;
      readonly items: readonly SettingRow[];
      readonly upTo: number;
    }
  /** Anything else that must not overlap with the batches. */
  | { readonly type: 'task'; readonly run: (draft: Draft) => Promise<void> };

/** What the inbox tells once a batch is kept (or could not be). */
export interface InboxOwner {
  readonly me: AccountId;
  /** Called before the batch is kept: these are not to be sent again. */
  onConfirmed(ids: Iterable<MessageId>): void;
  /** These were told as confirmed, and the batch could not be kept. */
  onUnkept(ids: Iterable<MessageId>): void;
  onKept(aftermath: Aftermath): void;
  /** Records are missing: below what was held back, or because they could not be kept. */
  onHole(conversation: ConversationId): void;
  onFailed(): void;
}

interface Entry {
  readonly input: InboxInput;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** One queue, one batch at a time. Only the leader has one. */
export class Inbox {
  readonly #replica: Replica;
  readonly #crypto: CryptoProvider;
  readonly #clock: Clock;
  readonly #owner: InboxOwner;
  /** Envelopes that came before the ones below them. */
  readonly #held = new Map<ConversationId, Map<number, Envelope>>();
  #heldCount = 0;
  /** Conversations whose hole is being waited for. */
  readonly #watched = new Set<ConversationId>();
  #queue: Entry[] = [];
  #working = false;
  /** A push found no room; what it said is asked for again. */
  #dropped = false;

  constructor(replica: Replica, crypto: CryptoProvider, clock: Clock, owner: InboxOwner) {
    this.#replica = replica;
    this.#crypto = crypto;
    this.#clock = clock;
    this.#owner = owner;
  }

  /** Resolves when it is kept and shown. Rejects with `client.storage` when it could not be kept. */
  take(input: InboxInput): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ input, resolve, reject });
      if (!this.#working) inBackground(this.#work());
    });
  }

  /** Takes what the server pushes; what becomes of it is told to the owner. While too much waits it is let go, and fetched later. */
  push(input: InboxInput): void {
    if (this.#queue.length >= limits.maxInboxQueue) {
      this.#dropped = true;
      return;
    }
    this.#queue.push({ input, resolve: () => {}, reject: () => {} });
    if (!this.#working) inBackground(this.#work());
  }

  /** Forgets what was held back: another epoch, another connection. */
  dropHeld(): void {
    this.#held.clear();
    this.#heldCount = 0;
  }

  /** Batch after batch; never rejects. */
  async #work(): Promise<void> {
    this.#working = true;
    // What comes in the same turn goes into one batch.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      await this.#takeBatch(this.#queue.splice(0, limits.maxInboxBatch));
      if (this.#dropped && this.#queue.length === 0) {
        this.#dropped = false;
        tell(() => this.#owner.onFailed());
      }
    }
    this.#working = false;
  }

  /** All of them, or, where a bug of ours stops one, those before and after it. */
  async #takeBatch(entries: readonly Entry[]): Promise<void> {
    const draft = new Draft(this.#replica.tables, this.#replica.store);
    try {
      for (const { input } of entries) await this.#takeOne(draft, input);
      const { arrived, placed } = draft;
      if (placed.size > 0) this.#owner.onConfirmed(placed.keys());
      const writes = draft.finish();
      if (writes.length > 0) await this.#replica.commit(writes, { arrived, placed: [...placed], canBeFetched: true });
    } catch (error) {
      tell(() => this.#owner.onUnkept(draft.placed.keys()));
      // What was held back and fitted is not held any more: it is asked for again, whatever is taken in now.
      tell(() => this.#owner.onFailed());
      const isBug = !(error instanceof ChatError);
      if (isBug && entries.length > 1) {
        const half = entries.length >> 1;
        await this.#takeBatch(entries.slice(0, half));
        return this.#takeBatch(entries.slice(half));
      }
      for (const { reject } of entries) reject(error);
      if (isBug) inBackground(Promise.reject(error as Error));
      return;
    }
    for (const { resolve } of entries) resolve();
    tell(() => this.#owner.onKept(draft.aftermath));
  }

  async #takeOne(draft: Draft, input: InboxInput): Promise<void> {
    switch (input.type) {
      case 'envelope':
        return this.#takeEnvelope(draft, input.frame);
      case 'page':
        return this.#takePage(draft, input);
      case 'changes': {
        const fresh = this.#replica.tables.fact('since') === null;
        for (const item of input.frame.items) takeConversation(draft, item, fresh, this.#owner.me);
        draft.put('facts', keys.fact('since'), input.frame.since);
        return;
      }
      case 'merge':
        for (const item of input.conversations) takeConversation(draft, item, false, this.#owner.me);
        return;
      case 'receipt':
        return takeReceipt(draft, input.frame, this.#owner.me);
      case 'members':
        await takeMemberList(
          draft,
          input.conversation,
          withChain(input.row, input.chain?.chain ?? null, this.#owner.me),
        );
        if (input.chain !== undefined) draft.put('chains', keys.chain(input.conversation), input.chain);
        return;
      case 'settings':
        for (const item of input.items) await takeSettingValue(draft, item, this.#crypto);
        return extend(draft, input.conversation, input.upTo, input.upTo);
      case 'task':
        return input.run(draft);
    }
  }

  async #takeEnvelope(draft: Draft, envelope: Envelope): Promise<void> {
    const { conversation_id: id, seq } = envelope;
    const row = draft.conversation(id);
    if (row === null) {
      draft.aftermath.changes = true;
      return;
    }
    const tail = reached(row.ranges);
    if (rangeAt(row.ranges, seq) !== null) {
      // Known; but a message of this device may come back a second time because the first was not noticed.
      if (envelope.sender === this.#owner.me) draft.confirm(envelope.id, seq);
      return;
    }
    if (seq <= tail) {
      // From a hole that is not filled yet; only the answer to one's own message comes from there by itself.
      if (envelope.sender !== this.#owner.me) return;
      await takeRecord(draft, envelope, { newer: false, arrives: false }, this.#crypto, this.#owner.me);
      return extend(draft, id, seq, seq);
    }
    if (seq > tail + 1) return this.#hold(draft, row, envelope);
    await this.#append(draft, envelope);
    await this.#release(draft, id);
  }

  async #append(draft: Draft, envelope: Envelope): Promise<void> {
    await takeRecord(draft, envelope, { newer: true, arrives: true }, this.#crypto, this.#owner.me);
    extend(draft, envelope.conversation_id, envelope.seq, envelope.seq);
  }

  async #takePage(draft: Draft, input: InboxInput & { type: 'page' }): Promise<void> {
    const { frame, before, quiet } = input;
    const id = frame.conversation_id;
    const row = draft.conversation(id);
    if (row === null) return;
    const tail = reached(row.ranges);
    for (const envelope of frame.items) {
      if (rangeAt(row.ranges, envelope.seq) !== null && envelope.deleted_by === undefined) {
        if (envelope.sender === this.#owner.me) draft.confirm(envelope.id, envelope.seq);
        continue;
      }
      const newer = envelope.seq > tail && before === null;
      await takeRecord(draft, envelope, { newer, arrives: newer && !quiet }, this.#crypto, this.#owner.me);
    }
    // With nothing more below, the rest down to the first is not for this reader.
    if (before !== null && !frame.has_more) extend(draft, id, 1, Math.max(frame.to_seq, before - 1));
    else extend(draft, id, frame.from_seq, frame.to_seq);
    const after = draft.conversation(id);
    if (after !== null && frame.head > after.head) draft.setConversation(id, { ...after, head: frame.head });
    await this.#release(draft, id);
  }

  #hold(draft: Draft, row: ConversationRow, envelope: Envelope): void {
    const id = envelope.conversation_id;
    // Both, or reading up to that head would count too little.
    const [head, ord] = [Math.max(row.head, envelope.seq), Math.max(row.ord, envelope.ord)];
    draft.setConversation(id, { ...row, head, ord });
    const held = this.#held.get(id) ?? new Map<number, Envelope>();
    // Where nothing is known yet there is nothing to wait for.
    this.#watchHole(id, newest(row.ranges) === null ? 0 : limits.holdMs);
    if (held.size >= limits.maxHeldPerConversation || this.#heldCount >= limits.maxHeld) return;
    if (!held.has(envelope.seq)) this.#heldCount++;
    this.#held.set(id, held.set(envelope.seq, envelope));
  }

  #watchHole(id: ConversationId, delayMs: number): void {
    if (this.#watched.has(id)) return;
    this.#watched.add(id);
    this.#clock.after(delayMs, () => {
      this.#watched.delete(id);
      this.#owner.onHole(id);
    });
  }

  /** Takes in what was held back and fits now. */
  async #release(draft: Draft, id: ConversationId): Promise<void> {
    const held = this.#held.get(id);
    if (held === undefined) return;
    for (;;) {
      const row = draft.conversation(id);
      if (row === null) break;
      const tail = reached(row.ranges);
      for (const seq of held.keys()) if (seq <= tail) this.#unhold(held, seq);
      const next = held.get(tail + 1);
      if (next === undefined) break;
      this.#unhold(held, tail + 1);
      await this.#append(draft, next);
    }
    if (held.size === 0) this.#held.delete(id);
    else this.#watchHole(id, limits.holdMs);
  }

  #unhold(held: Map<number, Envelope>, seq: number): void {
    held.delete(seq);
    this.#heldCount--;
  }
}

function takeConversation(draft: Draft, item: Conversation, fresh: boolean, me: AccountId): void {
  const id = item.conversation_id;
  const before = draft.conversation(id);
  // It was invited into it, and this device never knew.
  if (before === null && item.membership === 'ended') return;
  // It is something else than the server says: a chat of somebody else's, or a chat or a group that it calls a room.
  if (before === null && !isTrue(item, me)) return;
  const merged =
    before === null
      ? newConversation(item, fresh && item.head > 0, Number(draft.setting(clearKey(id))?.value || 0))
      : mergeConversation(before, item);
  draft.setConversation(id, trimTracked(merged, draft.tables.reads.get(id) ?? null));
  for (const mark of item.marks) draft.raiseMark(id, mark.account, mark);
  const members = draft.members(id);
  if (members !== null && members.memberN !== item.member_n) draft.aftermath.members.add(id);
}

/** A watermark of somebody; one's own comes from another device of this account. */
async function takeReceipt(draft: Draft, frame: Receipt, me: AccountId): Promise<void> {
  const { conversation_id: id, read } = frame;
  const row = draft.conversation(id);
  if (row === null) return;
  if (frame.account !== me) {
    draft.raiseMark(id, frame.account, frame);
    return;
  }
  if (read <= row.server.read) return;
  const read_ord = read >= row.head ? row.ord : (await draft.message(id, read))?.ord;
  if (read_ord !== undefined) draft.setConversation(id, { ...row, server: { ...row.server, read, read_ord } });
  // How many messages that is, only the server knows.
  else draft.aftermath.changes = true;
}

/** This device has everything from `from` to `to`; inside it, a seq without a record is gone. */
function extend(draft: Draft, id: ConversationId, from: number, to: number): void {
  const row = draft.conversation(id);
  if (row !== null)
    draft.setConversation(id, { ...row, ranges: cover(row.ranges, from, to), head: Math.max(row.head, to) });
}
