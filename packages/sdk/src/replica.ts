// What a client has: its store, the small tables in memory, and the other clients on the same store. It promises
// that nothing is shown before it is kept, and that followers see what the leader wrote, in the same order; it must
// never decide what a row holds. [LOC]
import type { AccountId, ConversationId, MessageId, Conversation as WireConversation } from '@parley/protocol';
import { inBackground, tell } from './background.ts';
import type { DeedArguments, DeedName } from './deeds.ts';
import { ChatError, type ChatErrorCode } from './error.ts';
import { guardedStore } from './guarded-store.ts';
import type { ListDeedArguments, ListDeedName } from './list-deeds.ts';
import type { Leadership, LocalStore, LocalWrite } from './ports.ts';
import type { MessageRow } from './rows.ts';
import { readTables, Tables } from './tables.ts';
import type { ClientState, EncryptionView, PresenceView } from './views.ts';

/** One atomic change that has been kept. */
export interface Batch {
  readonly writes: readonly LocalWrite[];
  /** Messages that came in newly, in order. */
  readonly arrived: readonly MessageRow[];
  /** Messages of this store's outbox that have got their seq. */
  readonly placed: readonly (readonly [MessageId, number])[];
  /** The tables were read anew: what else is in the store may have changed without a word. */
  readonly anew?: true;
}

/** What a change means beside its writes. */
export type Meaning = Omit<Batch, 'writes' | 'anew'> & {
  /** It comes from the server, and would come again after a power cut. */
  readonly canBeFetched?: boolean;
};

const nothing = { arrived: [], placed: [] } as const;

/** What the leader tells and never keeps. */
export type Hint =
  | { readonly hint: 'state'; readonly state: ClientState }
  /** What to add to the host's clock to get the server's. */
  | { readonly hint: 'clock'; readonly offsetMs: number }
  | { readonly hint: 'typing'; readonly conversation: ConversationId; readonly account: AccountId }
  | { readonly hint: 'presence'; readonly account: AccountId; readonly presence: PresenceView }
  | { readonly hint: 'notice'; readonly topic: 'devices' | 'profile' | 'contacts'; readonly account: AccountId | null }
  | { readonly hint: 'encryption'; readonly view: EncryptionView }
  /** What came of a deed that a follower asked for. */
  | { readonly hint: 'deed'; readonly from: string; readonly answer?: unknown; readonly code?: ChatErrorCode }
  /** What another device sent could not be opened. */
  | { readonly hint: 'unopened' }
  | { readonly hint: 'cleared' };

/** What a follower asks the leader to do. There is no answer: what comes of it is seen in the rows. */
export type Want =
  | {
      readonly want: 'page';
      readonly conversation: ConversationId;
      readonly after?: number;
      readonly before?: number;
      readonly limit: number;
    }
  | { readonly want: 'typing'; readonly conversation: ConversationId }
  | {
      readonly want: 'watch';
      readonly from: string;
      readonly accounts: readonly AccountId[];
      readonly conversations: readonly ConversationId[];
    }
  | { readonly want: 'members'; readonly conversation: ConversationId }
  | { readonly want: 'merge'; readonly conversations: readonly WireConversation[] }
  | { readonly want: 'network'; readonly online: boolean }
  /** Something with keys; `from` names the asking. */
  | {
      readonly want: 'deed';
      readonly from: string;
      readonly name: DeedName;
      readonly given: DeedArguments<DeedName>;
    }
  /** A change of a member list; `from` names the asking. */
  | {
      readonly want: 'list';
      readonly from: string;
      readonly name: ListDeedName;
      readonly given: ListDeedArguments<ListDeedName>;
    }
  /** A new client on this store: say how things stand. */
  | { readonly want: 'standing' };

type Post =
  | { readonly post: 'batch'; readonly batch: Batch }
  | { readonly post: 'hint'; readonly hint: Hint }
  | { readonly post: 'want'; readonly want: Want }
  /** Some posts never came: only the store knows. */
  | { readonly post: 'gap' };

interface Waiting {
  readonly batch: Batch;
  readonly canBeFetched: boolean;
  readonly resolve: () => void;
  readonly reject: (error: ChatError) => void;
}

/** Store, tables and neighbours of one client. */
export class Replica {
  readonly store: LocalStore;
  readonly tables = new Tables();
  readonly #leadership: Leadership;
  readonly #batchListeners = new Set<(batch: Batch) => void>();
  readonly #hintListeners = new Set<(hint: Hint) => void>();
  readonly #wantListeners = new Set<(want: Want) => void>();
  readonly #stopPosts: () => void;
  #waiting: Waiting[] = [];
  #pumping = false;
  /** Nothing is kept any more. */
  #sealed = false;
  #closed = false;
  readonly #idle: (() => void)[] = [];
  /** Batches of others that came while the tables were being read. */
  #buffered: Batch[] | null = null;

  constructor(store: LocalStore, leadership: Leadership) {
    this.store = guardedStore(store);
    this.#leadership = leadership;
    this.#stopPosts = leadership.subscribe((message) => this.#receive(message as Post));
  }

  /** Reads the tables from the store (again), shows them, then what others wrote meanwhile. */
  async load(): Promise<void> {
    this.#buffered = [];
    const writes = await readTables(this.store);
    const buffered = this.#buffered;
    this.#buffered = null;
    this.tables.fill(writes);
    tellAll(this.#batchListeners, { writes, ...nothing, anew: true });
    for (const batch of buffered) this.#apply(batch);
  }

  /** Keeps the writes, then shows them, here and at the neighbours. All of them or none. Commits keep their order. */
  commit(writes: readonly LocalWrite[], meaning: Meaning = nothing): Promise<void> {
    if (this.#sealed) return Promise.reject(new ChatError('client.closed'));
    return new Promise((resolve, reject) => {
      const { arrived, placed, canBeFetched = false } = meaning;
      this.#waiting.push({ batch: { writes, arrived, placed }, canBeFetched, resolve, reject });
      if (!this.#pumping) inBackground(this.#pump());
    });
  }

  onBatch(listener: (batch: Batch) => void): () => void {
    return add(this.#batchListeners, listener);
  }

  onHint(listener: (hint: Hint) => void): () => void {
    return add(this.#hintListeners, listener);
  }

  onWant(listener: (want: Want) => void): () => void {
    return add(this.#wantListeners, listener);
  }

  /** Tells everyone, this client included. */
  hint(hint: Hint): void {
    tellAll(this.#hintListeners, hint);
    this.#post({ post: 'hint', hint });
  }

  /** Asks the leader, who may be somebody else. */
  want(want: Want): void {
    this.#post({ post: 'want', want });
  }

  /** Keeps nothing more; resolves when what was being kept is. */
  async seal(): Promise<void> {
    this.#sealed = true;
    while (this.#pumping) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Removes everything, what the clients of this store have told each other included. Only once it is sealed. */
  async clear(): Promise<void> {
    await this.store.clear();
    await this.#leadership.clear();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopPosts();
    await this.seal();
    await this.store.close();
  }

  /** Writes what waits, group by group; never rejects. */
  async #pump(): Promise<void> {
    this.#pumping = true;
    // What is said in the same turn is kept in one write.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      const batch =
        group.length === 1 && group[0]
          ? group[0].batch
          : {
              writes: group.flatMap((waiting) => waiting.batch.writes),
              arrived: group.flatMap((waiting) => waiting.batch.arrived),
              placed: group.flatMap((waiting) => waiting.batch.placed),
            };
      try {
        const relaxed = group.every(({ canBeFetched }) => canBeFetched);
        await this.store.write(batch.writes, { relaxed });
      } catch (cause) {
        for (const waiting of group) waiting.reject(cause as ChatError);
        continue;
      }
      tell(() => this.#apply(batch));
      tell(() => this.#post({ post: 'batch', batch }));
      for (const waiting of group) waiting.resolve();
    }
    this.#pumping = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #apply(batch: Batch): void {
    if (this.#buffered !== null) {
      this.#buffered.push(batch);
      return;
    }
    for (const write of batch.writes) this.tables.apply(write);
    tellAll(this.#batchListeners, batch);
  }

  #reload(): void {
    // What cannot be read now shows with the next post.
    this.load().catch(() => {
      this.#buffered = null;
    });
  }

  #post(post: Post): void {
    if (!this.#closed) this.#leadership.post(post);
  }

  #receive(post: Post): void {
    if (this.#closed) return;
    if (post.post === 'batch') this.#apply(post.batch);
    else if (post.post === 'gap') this.#reload();
    else if (post.post === 'hint') tellAll(this.#hintListeners, post.hint);
    else tellAll(this.#wantListeners, post.want);
  }
}

function add<T>(set: Set<T>, item: T): () => void {
  set.add(item);
  return () => set.delete(item);
}

/** One that throws keeps neither the others from hearing nor what waits from being kept. */
function tellAll<T>(listeners: ReadonlySet<(told: T) => void>, told: T): void {
  for (const listener of [...listeners]) tell(listener, told);
}
