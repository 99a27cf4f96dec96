// What the server has ever said of each conversation, by epoch: the truth that everything shown is held against. It is
// made of the server's own frames and answers, and nothing else; that they agree with each other is the first check.
import { type AccountId, type ConversationId, type Envelope, limits, type MessageId } from '@parley/protocol';

/** Somebody was a member from one seq to another. */
export interface Interval {
  readonly account: AccountId;
  readonly from: number;
  to: number;
}

/** One conversation of one epoch. */
export class Chapter {
  readonly records = new Map<number, Envelope>();
  readonly seqs = new Map<MessageId, number>();
  /** When the deletion of a seq was first told. */
  readonly deletedAt = new Map<number, number>();
  /** Which device the news of a deletion has reached: `device seq`. */
  readonly toldDeleted = new Set<string>();

  /** The newest seq that was ever told. */
  get head(): number {
    let head = 0;
    for (const seq of this.records.keys()) head = Math.max(head, seq);
    return head;
  }

  isDeleted(seq: number): boolean {
    return this.deletedAt.has(seq) || this.records.get(seq)?.deleted_by !== undefined;
  }

  /** Kind of the conversation, as its first record says; null while that was not seen. */
  get founders(): readonly AccountId[] | null {
    const first = this.records.get(1);
    if (first?.change?.action !== 'create') return null;
    return [...new Set([first.sender, ...(first.change.members ?? [])])];
  }

  /** Did this account go out and come in again? Nobody may have been told of how it went. */
  hasComeBack(account: AccountId): boolean {
    const wasFirst = this.founders?.includes(account) === true ? 1 : 0;
    const entries = [...this.records.values()].filter(
      ({ sender, change }) =>
        (change?.action === 'add' || change?.action === 'join') && (change.subject ?? sender) === account,
    );
    return wasFirst + entries.length > 1;
  }

  /** Was a request accepted here that had no room for more? */
  get wasFull(): boolean {
    const accepted = [...this.records.values()].find(({ change }) => change?.action === 'accept');
    return accepted !== undefined && accepted.ord >= limits.requestTexts;
  }

  /** Who was a member when, as the records themselves say. */
  intervals(): readonly Interval[] {
    const intervals: Interval[] = (this.founders ?? []).map((account) => ({ account, from: 1, to: Infinity }));
    const inside = (account: AccountId) => intervals.find((each) => each.account === account && each.to === Infinity);
    for (const seq of [...this.records.keys()].sort((a, b) => a - b)) {
      const { sender, change } = this.records.get(seq) as Envelope;
      if (change === undefined || seq === 1) continue;
      // The subject of a leave is the heir.
      const subject = change.action === 'leave' ? sender : (change.subject ?? sender);
      if (change.action === 'add' || change.action === 'join') {
        if (inside(subject) === undefined) intervals.push({ account: subject, from: seq, to: Infinity });
      } else if (change.action === 'leave' || change.action === 'remove') {
        const open = inside(subject);
        if (open !== undefined) open.to = seq;
      }
    }
    return intervals;
  }
}

/** Every epoch of every conversation. */
export class Ledger {
  readonly #epochs = new Map<number, Map<ConversationId, Chapter>>();
  readonly #violate: (text: string) => void;

  constructor(violate: (text: string) => void) {
    this.#violate = violate;
  }

  chapter(epoch: number, conversation: ConversationId): Chapter {
    const chapters = this.#chapters(epoch);
    let chapter = chapters.get(conversation);
    if (chapter === undefined) {
      chapter = new Chapter();
      chapters.set(conversation, chapter);
    }
    return chapter;
  }

  /** Conversations of this epoch. */
  conversations(epoch: number): readonly ConversationId[] {
    return [...this.#chapters(epoch).keys()];
  }

  /** Was this id at this seq, in any epoch? */
  knows(conversation: ConversationId, seq: number, id: MessageId): boolean {
    for (const chapters of this.#epochs.values())
      if (chapters.get(conversation)?.records.get(seq)?.id === id) return true;
    return false;
  }

  /** Was it deleted in an epoch before, and a restore has lost that? */
  isBack(epoch: number, conversation: ConversationId, seq: number): boolean {
    if (this.chapter(epoch, conversation).isDeleted(seq)) return false;
    return [...this.#epochs.keys()].some((each) => each < epoch && this.chapter(each, conversation).isDeleted(seq));
  }

  /** The server has said this. */
  note(epoch: number, envelope: Envelope, now: number): void {
    const chapter = this.chapter(epoch, envelope.conversation_id);
    const before = chapter.records.get(envelope.seq);
    if (before === undefined) this.#first(chapter, envelope);
    else this.#again(chapter, before, envelope);
    if (envelope.kind !== 'delete') return;
    for (const target of envelope.targets ?? []) {
      if (!chapter.deletedAt.has(target)) chapter.deletedAt.set(target, now);
    }
  }

  /** A device has it. What is still on its way to one obliges it to nothing. */
  reached(epoch: number, envelope: Envelope, device: string): void {
    const { conversation_id, kind, seq, deleted_by, targets = [] } = envelope;
    const { toldDeleted } = this.chapter(epoch, conversation_id);
    if (deleted_by !== undefined) toldDeleted.add(`${device} ${seq}`);
    if (kind === 'delete') for (const target of targets) toldDeleted.add(`${device} ${target}`);
  }

  #chapters(epoch: number): Map<ConversationId, Chapter> {
    const chapters = this.#epochs.get(epoch) ?? new Map<ConversationId, Chapter>();
    this.#epochs.set(epoch, chapters);
    return chapters;
  }

  #first(chapter: Chapter, envelope: Envelope): void {
    const { id, seq, conversation_id: conversation } = envelope;
    const other = chapter.seqs.get(id);
    if (other !== undefined) this.#violate(`${id} stands at ${other} and at ${seq} of ${conversation}`);
    chapter.seqs.set(id, seq);
    chapter.records.set(seq, envelope);
  }

  #again(chapter: Chapter, before: Envelope, envelope: Envelope): void {
    const { seq, conversation_id: conversation } = envelope;
    if (fixed(before) !== fixed(envelope))
      this.#violate(`seq ${seq} of ${conversation} is told as ${fixed(before)} and as ${fixed(envelope)}`);
    // The fuller one stays: what was blanked later was whole before.
    if (before.content === undefined && envelope.content !== undefined) chapter.records.set(seq, envelope);
  }
}

/** What may never change of a record. */
function fixed(envelope: Envelope): string {
  const { id, sender, kind, ord, lamport, stored_at, member_n } = envelope;
  return [id, sender, kind, ord, lamport, stored_at, member_n].join(' ');
}
