// Messages that could not be opened yet: they wait under the session whose key is missing, and are opened when it
// comes; private settings wait for the vault. It promises that each is tried for every key, and at every start; what a
// list of chats shows is opened first, and what comes in meanwhile is not kept waiting. [ENC]
import type { ConversationId } from '@parley/protocol';
import { inBackground } from './background.ts';
import type { Draft } from './draft.ts';
import type { Inbox } from './inbox.ts';
import * as limits from './limits.ts';
import type { CryptoProvider, LocalKey } from './ports.ts';
import { openingOf, openSettingOf, takeOpened } from './record.ts';
import type { Replica } from './replica.ts';
import type { MessageRow } from './rows.ts';

/** A session whose key has come. */
type Come = readonly [conversation: ConversationId, session: string];

/** Opens what waits. Only the leader has one. */
export class Unopened {
  readonly #replica: Replica;
  readonly #inbox: Inbox;
  readonly #crypto: CryptoProvider;
  /** Keys that have come since it was last looked. */
  #come = new Map<string, Come>();
  #isOpening = false;
  /** Everything that waits is to be tried. */
  #all = false;
  #waiting: (() => void)[] = [];

  constructor(replica: Replica, inbox: Inbox, crypto: CryptoProvider) {
    this.#replica = replica;
    this.#inbox = inbox;
    this.#crypto = crypto;
  }

  /**
   * A key may have come, and the program ended before what waits for it was opened. Resolves when what the list shows was
   * tried, or could not be.
   */
  start(): Promise<void> {
    this.#all = true;
    this.#openSoon();
    inBackground(this.#openSettings().catch(() => {}));
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The key of this session is here. */
  onKey(conversation: ConversationId, session: string): void {
    this.#come.set(`${conversation} ${session}`, [conversation, session]);
    this.#openSoon();
  }

  #openSoon(): void {
    if (this.#isOpening) return;
    this.#isOpening = true;
    inBackground(this.#openAll());
  }

  /** Never rejects: what cannot be kept now is opened at the next start. */
  async #openAll(): Promise<void> {
    // Keys come many at once.
    await Promise.resolve();
    while (this.#all || this.#come.size > 0) {
      const come = this.#all ? null : [...this.#come.values()];
      this.#come = new Map();
      this.#all = false;
      await this.#openThose(come).catch(() => {});
    }
    this.#isOpening = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Null: all that wait. Whoever waits for what the list shows waits for one piece of the rest at most. */
  async #openThose(come: readonly Come[] | null): Promise<void> {
    await this.#openNewest(come);
    const left: Left = { prefixes: come === null ? [[]] : [...come], before: null };
    while (left.prefixes.length > 0) {
      await this.#inbox.take({ type: 'task', run: async (draft) => this.#open(draft, await this.#next(draft, left)) });
      const waiting = this.#waiting.splice(0);
      if (waiting.length > 0) await this.#openNewest(null);
      for (const resolve of waiting) resolve();
    }
  }

  /** What the rows of the list show, with what was done to it since; the newest chat first. */
  async #openNewest(come: readonly Come[] | null): Promise<void> {
    const among = come === null ? null : new Set(come.map(([id]) => id));
    const sessions = come === null ? null : new Set(come.map(([, session]) => session));
    const tried = new Set<ConversationId>();
    let isDone = false;
    const run = async (draft: Draft) => {
      const places: Place[] = [];
      const left = this.#chatsThatWait(draft, among).filter(({ id }) => !tried.has(id));
      for (const { id, from } of left.slice(0, limits.openedAtOnce)) {
        if (places.length >= limits.openedAtOnce) break;
        tried.add(id);
        places.push(...(await this.#above(id, from, sessions)));
      }
      isDone = left.every(({ id }) => tried.has(id));
      return this.#open(draft, places);
    };
    while (!isDone) await this.#inbox.take({ type: 'task', run });
  }

  /** Null: among all. `from`: the lower one of its lines that waits. */
  #chatsThatWait(draft: Draft, among: ReadonlySet<ConversationId> | null) {
    const ids = among ?? this.#replica.tables.conversations.keys();
    const chats = [...ids].flatMap((id) => {
      const row = draft.conversation(id);
      const lines = [row?.last, row?.before].filter((line) => line?.unreadable !== undefined);
      const [newest, older = newest] = lines;
      return newest && older ? [{ id, at: newest.storedAt, from: older.seq }] : [];
    });
    return chats.sort((one, other) => other.at - one.at);
  }

  /** Records from this seq on that wait for one of these keys. Null: for any. */
  async #above(id: ConversationId, from: number, sessions: ReadonlySet<string> | null): Promise<readonly Place[]> {
    const range = { prefix: [id], after: [id, from - 1], limit: limits.openedAtOnce, reverse: true };
    const rows = (await this.#replica.store.list('messages', range)).map(({ value }) => value as MessageRow);
    const isWaiting = ({ sealed }: MessageRow) =>
      typeof sealed?.session === 'string' && sessions?.has(sealed.session) !== false;
    return rows.filter(isWaiting).map(({ seq }): Place => [id, seq]);
  }

  /** Some of what is left, the newest of a session first. Read in its turn: what came in before is kept by then. */
  async #next(draft: Draft, left: Left): Promise<readonly Place[]> {
    const places: Place[] = [];
    // Keys come for which nothing waits.
    for (let reads = 0; reads < limits.openedAtOnce && places.length < limits.openedAtOnce; reads++) {
      const [prefix] = left.prefixes;
      if (prefix === undefined) break;
      const limit = limits.openedAtOnce - places.length;
      const range = { prefix, limit, reverse: true, ...(left.before && { before: left.before }) };
      const rows = await this.#replica.store.list('unopened', range);
      left.before = rows.length < limit ? null : (rows.at(-1)?.key ?? null);
      if (left.before === null) left.prefixes.shift();
      for (const { key } of rows) {
        const [conversation, session, seq] = key as WaitingKey;
        const row = await draft.message(conversation, seq);
        // It was deleted, or expired, or opened by another key.
        if (row?.sealed?.session !== session) draft.remove('unopened', key);
        else places.push([conversation, seq]);
      }
    }
    return places;
  }

  /** They are opened side by side, and taken in one after the other, in their order. */
  async #open(draft: Draft, places: readonly Place[]): Promise<void> {
    const ordered = [...places].sort(([, one], [, other]) => one - other);
    const rows = (await Promise.all(ordered.map(([id, seq]) => draft.message(id, seq)))).filter((row) => row !== null);
    const opening = rows.map(async (row) => {
      const order = openingOf(draft, row);
      return order === null ? null : this.#crypto.open(order);
    });
    const opened = await Promise.all(opening);
    for (const [at, row] of rows.entries()) {
      const one = opened[at] ?? null;
      if (one !== null) await takeOpened(draft, row, one);
    }
  }

  async #openSettings(): Promise<void> {
    const waiting = () => [...this.#replica.tables.settings.values()].filter(({ sealed }) => sealed !== undefined);
    if (waiting().length === 0) return;
    await this.#inbox.take({
      type: 'task',
      run: async (draft) => {
        for (const setting of waiting()) await openSettingOf(draft, setting, this.#crypto);
      },
    });
  }
}

/** What was not looked at yet. `before`: of the first prefix, what stands above was. */
interface Left {
  readonly prefixes: LocalKey[];
  before: LocalKey | null;
}

type Place = readonly [conversation: ConversationId, seq: number];
type WaitingKey = readonly [conversation: ConversationId, session: string, seq: number];
