// Tells of watermarks that rose: the account's own devices what was read, the others what they may know, at most twice
// a second for each account and conversation, the newest always. Any may be lost: the marks of `changes` have it too,
// and the change counters of those who may know move.
import type { AccountId, ConversationId } from '@parley/protocol';
import { limits as wire } from '@parley/protocol';
import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../kernel/clock.ts';
import { maxReceiptsPaced, maxToldGroup, maxToldRows } from '../kernel/limits.ts';
import type { ConversationRow } from '../store/store.ts';
import { peerOf, stateOf } from './access.ts';
import { sightFor } from './conversation-view.ts';
import { type MarkSight, sightByKind, sightOf } from './mark-sight.ts';
import type { Mark } from './marks.ts';
import type { Moved } from './marks-between.ts';
import type { LiveRows, MessagesParts } from './parts.ts';
import type { Settings } from './settings.ts';

/** What the teller works with. */
export interface ReceiptTellerParts extends Pick<MessagesParts, 'fault'> {
  readonly rows: LiveRows;
  readonly settings: Settings;
  readonly moved: Moved;
  readonly bus: Bus;
  readonly clock: Clock;
}

/** Two watermarks. */
export interface Level {
  readonly delivered: number;
  readonly read: number;
}

/** A mark that is being told of, and for half a second after. */
interface Paced {
  readonly conversation: ConversationId;
  readonly mark: Mark;
  /** What was told. */
  told: Level;
  due: number;
  /** Is a frame sent, or are only counters moved? */
  readonly isPushed: boolean;
}

type Members = NonNullable<ConversationRow['members']>;

const everyMs = 1_000 / wire.receiptsPerSecond;

/** Tells of marks. */
export class ReceiptTeller {
  readonly #parts: ReceiptTellerParts;
  /** In the order in which they are due. */
  readonly #paced = new Map<Mark, Paced>();
  /** Members of groups whose counters are to be moved: once for all marks of half a second. */
  readonly #groups = new Map<ConversationId, Members>();
  #cancelTimer: (() => void) | null = null;

  constructor(parts: ReceiptTellerParts) {
    this.#parts = parts;
  }

  /** Marks that were told of a moment ago. */
  get size(): number {
    return this.#paced.size;
  }

  /** A mark rose from this level. */
  tell(conversation: ConversationId, mark: Mark, from: Level): void {
    if (this.#paced.has(mark)) return;
    const isPushed = this.#paced.size < maxReceiptsPaced;
    const paced = { conversation, mark, told: from, due: this.#parts.clock.now() + everyMs, isPushed };
    if (isPushed) this.#paced.set(mark, paced);
    this.#tell(paced);
    this.#schedule();
  }

  close(): void {
    this.#cancelTimer?.();
    this.#paced.clear();
    this.#groups.clear();
  }

  #schedule(): void {
    if (this.#cancelTimer !== null) return;
    const now = this.#parts.clock.now();
    let delayMs = this.#groups.size > 0 ? everyMs : -1;
    for (const { due } of this.#paced.values()) {
      delayMs = Math.max(0, Math.min(due - now, everyMs));
      break;
    }
    if (delayMs < 0) return;
    this.#cancelTimer = this.#parts.clock.after(delayMs, () => {
      this.#cancelTimer = null;
      this.#tick();
      this.#schedule();
    });
  }

  #tick(): void {
    const now = this.#parts.clock.now();
    for (const [mark, paced] of this.#paced) {
      // A clock that was set back makes nobody wait.
      if (paced.due > now && paced.due <= now + everyMs) break;
      this.#paced.delete(mark);
      if (mark.delivered === paced.told.delivered && mark.read === paced.told.read) continue;
      paced.due = now + everyMs;
      this.#paced.set(mark, paced);
      this.#tell(paced);
    }
    for (const [conversation, members] of this.#groups) this.#parts.moved(conversation, [...members.keys()], null);
    this.#groups.clear();
  }

  #tell(paced: Paced): void {
    const { conversation, mark } = paced;
    const state = this.#parts.rows.conversation(conversation);
    const sight = state === undefined ? undefined : this.#sightAtHand(state, mark.account);
    if (state !== undefined && sight !== undefined) this.#publish(paced, state, sight);
    else this.#lookUp(paced).catch((error) => this.#parts.fault('receipts.tell', error));
  }

  async #lookUp(paced: Paced): Promise<void> {
    const { rows, settings } = this.#parts;
    const state = await stateOf(rows, paced.conversation);
    if (state === undefined) return;
    const { account } = paced.mark;
    this.#publish(paced, state, await sightFor(settings, state, account, peerOf(state, account)));
  }

  #sightAtHand(state: ConversationRow, account: AccountId): MarkSight | undefined {
    const byKind = sightByKind(state);
    if (byKind !== null) return byKind;
    const peer = peerOf(state, account);
    if (peer === null) return 'nothing';
    const own = this.#parts.settings.peek(account);
    const others = this.#parts.settings.peek(peer);
    if (own === undefined || others === undefined) return undefined;
    return sightOf({ account, settings: own }, { account: peer, settings: others });
  }

  #publish(paced: Paced, state: ConversationRow, sight: MarkSight): void {
    const { mark, told } = paced;
    const { account, delivered, read } = mark;
    const { bus, moved } = this.#parts;
    paced.told = { delivered, read };
    const hasRead = read > told.read;
    if (hasRead) moved(state.conversation, [account], mark);
    const isSeen = delivered > told.delivered || (hasRead && sight === 'all');
    const others = isSeen && sight !== 'nothing' ? this.#others(state, mark, told) : [];
    if (!paced.isPushed) return;
    const isOneFrame = hasRead && sight === 'all';
    if (isOneFrame) others.push(account);
    else if (hasRead) bus.publish(receipt(state, account, paced.told, [account]));
    const shown = sight === 'all' ? paced.told : { delivered, read: 0 };
    if (others.length > 0) bus.publish(receipt(state, account, shown, others));
  }

  /** Who is told now. The others' counters are moved with them. */
  #others(state: ConversationRow, mark: Mark, from: Level): AccountId[] {
    const { members, conversation, kind } = state;
    const { account, delivered, read } = mark;
    if (members?.has(account) !== true) return [];
    if (kind === 'group') this.#groups.set(conversation, members);
    if (members.size <= maxToldGroup) {
      const others = [...members.keys()].filter((member) => member !== account);
      if (kind !== 'group') this.#parts.moved(conversation, others, mark);
      return others;
    }
    const low = Math.min(delivered, from.delivered, read > from.read ? from.read : delivered);
    return this.#senders(state, low, Math.max(delivered, read), account);
  }

  /** In a large group: whose messages were covered, as far as they are few and at hand. */
  #senders({ conversation, members }: ConversationRow, after: number, upTo: number, reader: AccountId): AccountId[] {
    if (upTo - after > maxToldRows) return [];
    const senders = new Set<AccountId>();
    for (let seq = after + 1; seq <= upTo; seq++) {
      const sender = this.#parts.rows.counted(conversation, seq);
      if (typeof sender === 'string' && sender !== reader && members?.has(sender) === true) senders.add(sender);
    }
    return [...senders];
  }
}

function receipt(
  { conversation }: ConversationRow,
  account: AccountId,
  { delivered, read }: Level,
  accounts: readonly AccountId[],
) {
  const frame = Buffer.from(
    `{"type":"receipt","conversation_id":"${conversation}","account":"${account}","delivered":${delivered},"read":${read}}`,
  );
  return { type: 'accounts', accounts, frame, droppable: false } as const;
}
