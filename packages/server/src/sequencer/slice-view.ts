// The view that `apply` has of a slice of records: the overlay, and in front of the store what was fetched for the
// slice before it was needed. It must never answer "there is none" for a row that was not asked for: `ready` says
// whether everything that a record may need is in memory.
import type { AccountId, ConversationId, MessageId } from '@parley/protocol';
import { assert } from '../kernel/assert.ts';
import { heirsPage, maxPrefetchRows } from '../kernel/limits.ts';
import type { Entry } from '../log/log.ts';
import type { ConversationRow, IdRow, MemberRow, MessageRow, Rows } from '../store/store.ts';
import { mayBeKnown } from './identity.ts';
import type { IdentityWindow } from './identity-window.ts';
import type { Overlay, Seat } from './overlay.ts';
import type { MembersRecord, MessageRecord } from './record.ts';
import { isOpen } from './roles.ts';
import type { View } from './view.ts';

/** What the view is made of. */
export interface SliceParts {
  readonly logId: string;
  readonly overlay: Overlay;
  /** The store alone: layers are not dropped while a slice is applied. */
  readonly store: Rows;
  readonly window: IdentityWindow;
  /** How long the frame of a first attempt may have waited on its way. Milliseconds. */
  readonly heldMs: number;
  /** Will repeats be echoed to their senders? Then their rows are needed. */
  readonly echo: boolean;
}

/** Rows for a slice. */
export class SliceView implements View {
  readonly #parts: SliceParts;
  readonly #missing = new Map<string, () => Promise<void>>();
  readonly #conversations = new Map<ConversationId, ConversationRow | null>();
  readonly #ids = new Map<string, IdRow | null>();
  readonly #messages = new Map<string, MessageRow | null>();
  readonly #seats = new Map<string, Seat>();
  readonly #heirs = new Map<ConversationId, readonly MemberRow[]>();
  /** State and id row of the record that was last found ready: `apply` asks for them next. */
  #at: ConversationId | null = null;
  #state: ConversationRow | undefined;
  #id: IdRow | undefined;

  constructor(parts: SliceParts) {
    this.#parts = parts;
  }

  get logId(): string {
    return this.#parts.logId;
  }

  /** Are as many rows noted as are fetched at once? */
  get enough(): boolean {
    return this.#missing.size >= maxPrefetchRows;
  }

  /** Is everything in memory that the next record may need? What is not is noted for `fetch`. */
  ready(entry: Entry, record: MessageRecord | MembersRecord): boolean {
    this.foresee(entry, record);
    if (record.type === 'members' && this.#state?.members === null) this.#needHeirs(this.#state, record);
    return this.#missing.size === 0;
  }

  /** Notes what a later record may need, as far as it can be told now. */
  foresee(entry: Entry, record: MessageRecord | MembersRecord): void {
    const { conversation } = record;
    this.#at = conversation;
    this.#state = this.#findState(conversation);
    this.#id = this.#findId(entry, record);
    if (record.type === 'message') for (const seq of record.targets) this.#needMessage(conversation, seq);
    if (this.#state?.members !== null) return;
    this.#needSeat(conversation, record.sender);
    if (record.type === 'members' && 'subject' in record.change) this.#needSeat(conversation, record.change.subject);
  }

  /** The next record was applied: what is true for it alone is forgotten. */
  passed(): void {
    if (this.#heirs.size > 0) this.#heirs.clear();
  }

  /**
   * Asks the store for everything that was noted.
   * @throws {Unavailable} the store cannot be read now; what was noted is forgotten
   */
  async fetch(): Promise<void> {
    const asked = [...this.#missing.values()];
    this.#missing.clear();
    await Promise.all(asked.map((ask) => ask()));
  }

  conversation(conversation: ConversationId): ConversationRow | undefined {
    assert(conversation === this.#at, 'apply looks at the conversation of its record only');
    return this.#state;
  }

  id(conversation: ConversationId, _sender: AccountId, _id: MessageId): IdRow | undefined {
    assert(conversation === this.#at, 'apply looks at the identity of its record only');
    return this.#id;
  }

  message(conversation: ConversationId, seq: number): MessageRow | undefined {
    return (
      this.#parts.overlay.peek('messages', [conversation, seq]) ??
      this.#messages.get(`${conversation}${seq}`) ??
      undefined
    );
  }

  member(conversation: ConversationId, account: AccountId): MemberRow | undefined {
    const seat = this.#parts.overlay.seat(conversation, account) ?? this.#seats.get(conversation + account);
    if (seat !== undefined) return seat.row ?? undefined;
    return this.#heirs.get(conversation)?.find((row) => row.account === account);
  }

  members(conversation: ConversationId): readonly MemberRow[] {
    return this.#heirs.get(conversation) ?? [];
  }

  #findState(conversation: ConversationId): ConversationRow | undefined {
    const held = this.#parts.overlay.conversation(conversation);
    if (held !== undefined) return held;
    const fetched = this.#conversations.get(conversation);
    if (fetched === undefined) {
      this.#missing.set(conversation, async () => {
        const row = await this.#parts.store.get('conversations', [conversation]);
        this.#conversations.set(conversation, row ?? null);
        if (row !== undefined) this.#parts.overlay.keepConversation(row);
      });
    }
    return fetched ?? undefined;
  }

  #findId(entry: Entry, record: MessageRecord | MembersRecord): IdRow | undefined {
    const { overlay, window, store, heldMs } = this.#parts;
    if (!mayBeKnown(record, entry, this.#state?.offset, window, heldMs)) return undefined;
    const { conversation, sender, id } = record;
    const held = overlay.id(conversation, sender, id);
    if (held !== undefined) return this.#echoed(held);
    const key = conversation + sender + id;
    const fetched = this.#ids.get(key);
    if (fetched === undefined) {
      this.#missing.set(key, async () => {
        this.#ids.set(key, (await store.get('ids', [conversation, sender, id])) ?? null);
      });
    }
    return this.#echoed(fetched ?? undefined);
  }

  /** The row that a repeat will be answered with is needed too. */
  #echoed(row: IdRow | undefined): IdRow | undefined {
    if (row !== undefined && row.seq > 0 && this.#parts.echo) this.#needMessage(row.conversation, row.seq);
    return row;
  }

  #needMessage(conversation: ConversationId, seq: number): void {
    const { overlay, store } = this.#parts;
    const key = `${conversation}${seq}`;
    if (this.#messages.has(key) || overlay.peek('messages', [conversation, seq]) !== undefined) return;
    this.#missing.set(key, async () => {
      this.#messages.set(key, (await store.get('messages', [conversation, seq])) ?? null);
    });
  }

  #needSeat(conversation: ConversationId, account: AccountId): void {
    const { overlay, store } = this.#parts;
    const key = conversation + account;
    const seq = this.#state?.seq ?? 0;
    if (this.#seats.has(key) || overlay.seat(conversation, account) !== undefined) return;
    this.#missing.set(key, async () => {
      const range = { prefix: [conversation, account], before: [seq + 1], limit: 1, reverse: true };
      const seat = { row: (await store.list('members', range))[0] ?? null };
      this.#seats.set(key, seat);
      overlay.keepSeat(conversation, account, seat);
    });
  }

  /** Everybody who is in the room: only when its owner goes. */
  #needHeirs(state: ConversationRow, { change, sender }: MembersRecord): void {
    const { conversation } = state;
    const leaves = change.action === 'leave' || (change.action === 'remove' && change.subject === sender);
    if (!leaves || this.#heirs.has(conversation) || this.member(conversation, sender)?.role !== 'owner') return;
    this.#missing.set(`${conversation}*`, async () => {
      this.#heirs.set(conversation, await openIntervals(this.#parts.overlay, state));
    });
  }
}

async function openIntervals(rows: Rows, state: ConversationRow): Promise<readonly MemberRow[]> {
  const open: MemberRow[] = [];
  let after: readonly [AccountId, number] | undefined;
  for (;;) {
    const range = { prefix: [state.conversation], limit: heirsPage, ...(after === undefined ? {} : { after }) };
    const page = await rows.list('members', range);
    for (const row of page) if (isOpen(row, state)) open.push(row);
    const last = page.at(-1);
    if (last === undefined || page.length < heirsPage) return open;
    after = [last.account, last.joinedSeq];
  }
}
