// Watermarks by conversation: two max-registers an account, in memory while they are new or in use, else in the store.
// They only rise, whatever order they come in. It promises that what was raised is served at once and kept until the
// store has it; it must never decide who may see them.
import type { AccountId, ConversationId } from '@parley/protocol';
import { assert } from '../kernel/assert.ts';
import { type Clock, isTrusted } from '../kernel/clock.ts';
import { clockBehindMs, marksTrustMs, maxCachedMarks, maxRangeRows, maxWaitingMarks } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import type { MarkRow, Rows } from '../store/store.ts';
import { type Book, type Held, type MarkBatch, MarkQueue } from './mark-queue.ts';
import type { Here } from './parts.ts';

/** How far an account has got, and when each of the two rose last. */
export interface Mark {
  readonly account: AccountId;
  readonly delivered: number;
  readonly read: number;
  readonly deliveredChange: number;
  readonly readChange: number;
}

/** A point in the changes of marks: everything that rises later has a higher change in the same run of the server. */
export interface MarkMoment {
  /** When the run began. */
  readonly run: number;
  readonly change: number;
}

/** Bounds, smaller in tests. */
export interface MarkBounds {
  readonly cached: number;
  readonly waiting: number;
  /** Other processes raise marks too: what was read is trusted for a while only, and all moments are of one run. */
  readonly shared?: Here;
}

const defaultBounds: MarkBounds = { cached: maxCachedMarks, waiting: maxWaitingMarks };

/** Where several processes raise marks. */
export function sharedMarks(shared: Here): MarkBounds {
  return { ...defaultBounds, shared };
}

/** Marks of all conversations. */
export class Marks {
  readonly #rows: Rows;
  readonly #clock: Clock;
  readonly #bounds: MarkBounds;
  readonly #run: number;
  /** The one used longest ago comes first. */
  readonly #books = new Map<ConversationId, Book>();
  #used: Book | null = null;
  /** Marks and books held. */
  #held = 0;
  /** The clock as it was last, but never less than before, nor than at the start: above every moment that was told. */
  #newest: number;
  /** Newest change in any book that was let go. */
  #letGo = 0;
  readonly #queue = new MarkQueue(() => this.#makeRoom());

  constructor(rows: Rows, clock: Clock, bounds = defaultBounds) {
    this.#rows = rows;
    this.#clock = clock;
    this.#bounds = bounds;
    this.#run = bounds.shared === undefined ? clock.now() : 0;
    this.#newest = this.#run;
  }

  /** Marks that the store does not have. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** Marks that are at hand. */
  get size(): number {
    return this.#held;
  }

  /** Whatever rises from now on is after this, also when the clock is set back. */
  now(): MarkMoment {
    this.#newest = Math.max(this.#newest, this.#clock.now());
    return { run: this.#run, change: this.#newest - 1 };
  }

  /** The change above which everything rose after this moment. A moment of an earlier run is dated with some leeway. */
  after({ run, change }: MarkMoment): number {
    if (this.#bounds.shared !== undefined) return change - clockBehindMs;
    return run === this.#run ? change : Math.min(change, this.#run) - clockBehindMs;
  }

  /** Did surely nothing rise here since then? False says nothing. */
  isUnmoved(conversation: ConversationId, moment: MarkMoment): boolean {
    if (this.#bounds.shared !== undefined) return false;
    const newest = this.#books.get(conversation)?.newest ?? 0;
    return moment.run === this.#run && moment.change >= Math.max(newest, this.#letGo);
  }

  /** What is at hand of one account; undefined: ask `of`. */
  peek(conversation: ConversationId, account: AccountId): Mark | undefined {
    const book = this.#trusted(conversation);
    return book?.marks.get(account) ?? (book?.isWhole === true ? unmarked(account) : undefined);
  }

  /** One account's, as far as it is enough to raise it: the store may have more. */
  async of(conversation: ConversationId, account: AccountId): Promise<Mark> {
    const known = this.peek(conversation, account);
    if (known !== undefined) return known;
    this.#trusted(conversation);
    const book = this.#open(conversation);
    book.pins++;
    try {
      const row = await this.#rows.get('marks', [conversation, account]);
      return book.marks.get(account) ?? this.#hold(book, account, row);
    } finally {
      this.#unpin(book);
    }
  }

  /** One account's, for itself. */
  async own(conversation: ConversationId, account: AccountId): Promise<Mark> {
    const known = this.#books.get(conversation);
    if (known === undefined || this.#serves(known, account)) return this.of(conversation, account);
    if (known.pins === 0 && !this.#isTrusted(known)) this.#letGoOf(known);
    const book = this.#open(conversation);
    book.pins++;
    try {
      return this.#merge(book, account, await this.#rows.get('marks', [conversation, account]));
    } finally {
      this.#unpin(book);
    }
  }

  /** Everybody's who has any, for one account. Not for rooms: they may have a hundred thousand. */
  async all(conversation: ConversationId, viewer: AccountId): Promise<Iterable<Mark>> {
    const book = this.#bookFor(conversation, viewer);
    if (!book.isWhole) {
      book.reading ??= this.#readAll(book);
      await book.reading;
    }
    return book.marks.values();
  }

  /**
   * Raises what is at hand of an account (`peek` knows it); null when nothing rose.
   * @throws {Unavailable} too much waits for the store
   */
  raise(conversation: ConversationId, account: AccountId, delivered: number, read: number): Mark | null {
    const book = this.#open(conversation);
    const before = book.marks.get(account);
    const isKnown = before !== undefined || book.isWhole || this.#bounds.shared !== undefined;
    assert(isKnown, 'a mark that is raised is at hand');
    if (before !== undefined && delivered <= before.delivered && read <= before.read) return null;
    if (this.waiting >= this.#bounds.waiting) throw new Unavailable('too many watermarks wait for the store');
    const held = before ?? this.#hold(book, account);
    const change = Math.max(this.#newest, this.#clock.now());
    this.#newest = change;
    book.newest = change;
    if (delivered > held.delivered) {
      held.delivered = delivered;
      held.deliveredChange = change;
    }
    if (read > held.read) {
      held.read = read;
      held.readChange = change;
    }
    this.#queue.add(held);
    return held;
  }

  /** Another process has raised it: what is held of it rises, too. */
  heard(row: MarkRow): void {
    const book = this.#books.get(row.conversation);
    if (book === undefined || !(book.isWhole || book.marks.has(row.account))) return;
    const { delivered, read } = book.marks.get(row.account) ?? unmarked(row.account);
    if (row.delivered > delivered || row.read > read) this.#merge(book, row.account, row).isHeard = true;
  }

  /** It is said again, and nothing rises: what is only heard of is stored from here, too. Says whether it will be. */
  keep(conversation: ConversationId, account: AccountId): boolean {
    const held = this.#books.get(conversation)?.marks.get(account);
    if (held?.isHeard !== true) return false;
    held.isHeard = false;
    this.#queue.add(held);
    return true;
  }

  /** What others raised here (null: anywhere) may have been missed: it is read again before it is used. */
  distrust(conversation: ConversationId | null): void {
    if (conversation === null) for (const book of this.#books.values()) book.until = 0;
    else {
      const book = this.#books.get(conversation);
      if (book !== undefined) book.until = 0;
    }
  }

  /** Takes up to so many that wait, to be stored. */
  take(most: number): MarkBatch {
    return this.#queue.take(most);
  }

  async #readAll(book: Book): Promise<void> {
    const { doubts } = book;
    book.pins++;
    try {
      let after: readonly string[] | undefined;
      for (;;) {
        const range = { prefix: [book.conversation], limit: maxRangeRows, ...(after === undefined ? {} : { after }) };
        const page = await this.#rows.list('marks', range);
        for (const row of page) this.#merge(book, row.account, row);
        const last = page.at(-1);
        if (last === undefined || page.length < maxRangeRows) break;
        after = [last.account];
      }
      if (book.doubts === doubts) book.isWhole = true;
    } finally {
      if (book.doubts === doubts) book.reading = null;
      this.#unpin(book);
    }
  }

  /** The book as this account may see it: read anew when something of it may have been missed. */
  #bookFor(conversation: ConversationId, viewer: AccountId): Book {
    const book = this.#books.get(conversation);
    if (book !== undefined && !this.#serves(book, viewer)) this.#doubt(book);
    return this.#open(conversation);
  }

  /** Did hints of all that rose since it was read come here, as far as this account sees them? */
  #serves(book: Book, viewer: AccountId): boolean {
    return this.#isTrusted(book) && this.#bounds.shared?.hears([viewer], book.since) !== false;
  }

  #isTrusted({ until }: Book): boolean {
    return this.#bounds.shared === undefined || isTrusted(until, marksTrustMs, this.#clock.now());
  }

  /** What stands in it may not be in the store yet: it stays, and what the store has is read again. */
  #doubt(book: Book): void {
    book.doubts++;
    book.isWhole = false;
    book.reading = null;
    this.#renew(book);
  }

  #renew(book: Book): void {
    book.until = this.#clock.now() + marksTrustMs;
    book.since = this.#bounds.shared?.comings ?? 0;
  }

  #letGoOf({ conversation, marks }: Book): void {
    this.#books.delete(conversation);
    this.#held -= 1 + marks.size;
  }

  /** The book of a conversation, unless others may have raised marks in it that were missed: then it goes. */
  #trusted(conversation: ConversationId): Book | undefined {
    const book = this.#books.get(conversation);
    if (book === undefined || this.#isTrusted(book) || book.pins > 0) return book;
    this.#letGoOf(book);
    return undefined;
  }

  /** The book of a conversation, used just now. */
  #open(conversation: ConversationId): Book {
    let book = this.#books.get(conversation);
    if (book !== undefined) this.#books.delete(conversation);
    else {
      const blank = { isWhole: false, newest: 0, pins: 0, reading: null, until: 0, since: 0, doubts: 0 };
      book = { conversation, marks: new Map(), ...blank };
      this.#renew(book);
      this.#held++;
    }
    this.#books.set(conversation, book);
    this.#used = book;
    return book;
  }

  /** A mark, as high as it is known from anywhere. */
  #merge(book: Book, account: AccountId, row: MarkRow | undefined): Held {
    const held = book.marks.get(account);
    if (held === undefined || row === undefined) return held ?? this.#hold(book, account, row);
    const { delivered, read, change } = row;
    if (delivered > held.delivered) Object.assign(held, { delivered, deliveredChange: change });
    if (read > held.read) Object.assign(held, { read, readChange: change });
    book.newest = Math.max(book.newest, change);
    return held;
  }

  /** Puts a mark into its book, as it is in the store; of what rose last the store knows only one date. */
  #hold(book: Book, account: AccountId, row?: MarkRow): Held {
    const { delivered = 0, read = 0, change = 0 } = row ?? {};
    const held: Held = {
      book,
      account,
      delivered,
      read,
      deliveredChange: change,
      readChange: change,
      isWaiting: false,
      isHeard: false,
    };
    book.marks.set(account, held);
    book.newest = Math.max(book.newest, change);
    this.#newest = Math.max(this.#newest, change);
    this.#held++;
    return held;
  }

  #unpin(book: Book): void {
    book.pins--;
    this.#makeRoom();
  }

  /** Lets go what was used longest ago and the store has. Looks at a few books a call; the next call goes on. */
  #makeRoom(): void {
    let looks = 0;
    for (const [conversation, book] of this.#books) {
      if (this.#held <= this.#bounds.cached || looks++ === looksPerCall) return;
      this.#books.delete(conversation);
      if (book.pins > 0 || book === this.#used) this.#books.set(conversation, book);
      else {
        this.#held -= 1 + book.marks.size;
        this.#letGo = Math.max(this.#letGo, book.newest);
      }
    }
  }
}

const looksPerCall = 256;

/** Of somebody who has got nothing yet. */
export function unmarked(account: AccountId): Mark {
  return { account, delivered: 0, read: 0, deliveredChange: 0, readChange: 0 };
}
