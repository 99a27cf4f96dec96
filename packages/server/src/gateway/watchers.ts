// What is on screen: whose presence a socket shows, and in which conversations it shows typing. Only what is watched
// is sent; there is no broadcast. What a viewer may know is asked each time; it must never be decided here.
import type { AccountId, ConversationId, Presence, PresenceState } from '@parley/protocol';
import type { Session } from '../kernel/frame-handlers.ts';
import { type Framed, framedText } from './wire.ts';

/** A socket that looks at something. */
export interface Viewer {
  readonly session: Session;
  push(frame: Framed, droppable: boolean): void;
}

/** What watchers ask of their surroundings. */
export interface WatchersParts {
  readonly presenceOf: (viewer: AccountId, accounts: readonly AccountId[]) => Promise<readonly Presence[]>;
  /** From now on changes of this presence are wanted here, until the returned function is called. */
  readonly want: (account: AccountId) => () => void;
  /** What was wanted before is known. */
  readonly ready: () => Promise<void>;
  readonly fault: (error: unknown) => void;
}

interface Watched {
  readonly accounts: ReadonlySet<AccountId>;
  readonly conversations: ReadonlySet<ConversationId>;
  /** How much of each account the viewer was told last. */
  readonly told: Map<AccountId, Depth>;
}

type Depth = 'exact' | 'coarse' | 'hidden';

const nothing: Omit<Watched, 'told'> = { accounts: new Set(), conversations: new Set() };

/** Sockets by what they watch. */
export class Watchers {
  readonly #parts: WatchersParts;
  readonly #watched = new Map<Viewer, Watched>();
  readonly #byAccount = new Map<AccountId, Set<Viewer>>();
  /** Gives up the changes of an account's presence. */
  readonly #wanted = new Map<AccountId, () => void>();
  readonly #byConversation = new Map<ConversationId, Set<Viewer>>();
  /** Accounts whose presence is being told, and whether it changed again meanwhile. */
  readonly #telling = new Map<AccountId, boolean>();

  constructor(parts: WatchersParts) {
    this.#parts = parts;
  }

  /** Replaces whose presence the viewer sees, and tells it what it may know of them now. */
  async watchAccounts(viewer: Viewer, accounts: readonly AccountId[]): Promise<void> {
    const before = this.#watched.get(viewer) ?? nothing;
    const after = new Set(accounts);
    this.#move(viewer, before.accounts, after);
    this.#watched.set(viewer, { ...before, accounts: after, told: new Map() });
    // What changes from here on is heard; what was before is read.
    await this.#parts.ready();
    await this.#show(viewer, [...after]);
  }

  /** Replaces where the viewer, whose accounts were said before, sees typing. One that is gone is not kept. */
  watchConversations(viewer: Viewer, conversations: readonly ConversationId[]): void {
    const before = this.#watched.get(viewer);
    if (before === undefined) return;
    const after = new Set(conversations);
    move(this.#byConversation, viewer, before.conversations, after);
    this.#watched.set(viewer, { ...before, conversations: after });
  }

  /** The socket is gone. */
  forget(viewer: Viewer): void {
    const before = this.#watched.get(viewer);
    if (before === undefined) return;
    this.#watched.delete(viewer);
    this.#move(viewer, before.accounts, nothing.accounts);
    move(this.#byConversation, viewer, before.conversations, nothing.conversations);
  }

  /** Sockets that show typing in this conversation. */
  of(conversation: ConversationId): Iterable<Viewer> {
    return this.#byConversation.get(conversation) ?? [];
  }

  /** The account's presence, or what others may know of it, changed: every watcher is told what it may know. */
  presenceChanged(account: AccountId): void {
    if (!this.#byAccount.has(account)) return;
    if (this.#telling.has(account)) this.#telling.set(account, true);
    else this.#tell(account).catch(this.#parts.fault);
  }

  /** What this viewer may know changed (it hides or shows itself): tell it all it watches again. */
  viewChanged(viewer: Viewer): void {
    const watched = this.#watched.get(viewer);
    if (watched !== undefined && watched.accounts.size > 0)
      this.#show(viewer, [...watched.accounts]).catch(this.#parts.fault);
  }

  /** A record got its seq between two: it may have made contacts of them. Who knows all there is has nothing to ask. [PRS150] */
  spoke(between: readonly AccountId[]): void {
    const [one, other] = between;
    if (one === undefined || other === undefined || between.length > 2) return;
    this.#mayKnowMore(one, other);
    this.#mayKnowMore(other, one);
  }

  #mayKnowMore(account: AccountId, subject: AccountId): void {
    for (const viewer of this.#byAccount.get(subject) ?? []) {
      const isLess = this.#watched.get(viewer)?.told.get(subject) !== 'exact';
      if (isLess && viewer.session.account === account) this.#show(viewer, [subject]).catch(this.#parts.fault);
    }
  }

  /** The same for accounts, whose changes are wanted as long as anybody watches. */
  #move(viewer: Viewer, before: ReadonlySet<AccountId>, after: ReadonlySet<AccountId>): void {
    for (const account of after)
      if (!this.#byAccount.has(account)) this.#wanted.set(account, this.#parts.want(account));
    move(this.#byAccount, viewer, before, after);
    for (const account of before) {
      if (this.#byAccount.has(account)) continue;
      this.#wanted.get(account)?.();
      this.#wanted.delete(account);
    }
  }

  /** One telling an account at a time, so that the last word is the newest. */
  async #tell(account: AccountId): Promise<void> {
    try {
      do {
        this.#telling.set(account, false);
        const viewers = [...(this.#byAccount.get(account) ?? [])];
        await Promise.all(viewers.map((viewer) => this.#show(viewer, [account])));
      } while (this.#telling.get(account));
    } finally {
      this.#telling.delete(account);
    }
  }

  async #show(viewer: Viewer, accounts: readonly AccountId[]): Promise<void> {
    if (accounts.length === 0) return;
    const presences = await this.#parts.presenceOf(viewer.session.account, accounts);
    const watched = this.#watched.get(viewer);
    for (const presence of presences) {
      if (watched?.accounts.has(presence.account) !== true) continue;
      const depth = depthOf(presence.state);
      // To be told "recently" or "hidden" once more, at that very moment, would give away who comes and goes.
      if (depth !== 'exact' && watched.told.get(presence.account) === depth) continue;
      watched.told.set(presence.account, depth);
      viewer.push(framedText(JSON.stringify(presence)), true);
    }
  }
}

function depthOf(state: PresenceState): Depth {
  if (state === 'hidden') return 'hidden';
  return state === 'online' || state === 'offline' ? 'exact' : 'coarse';
}

/** Moves the viewer in an index from the keys of before to those of after. */
function move<Key>(index: Map<Key, Set<Viewer>>, viewer: Viewer, before: ReadonlySet<Key>, after: ReadonlySet<Key>) {
  for (const key of before) {
    if (after.has(key)) continue;
    const viewers = index.get(key);
    viewers?.delete(viewer);
    if (viewers?.size === 0) index.delete(key);
  }
  for (const key of after) {
    const viewers = index.get(key);
    if (viewers === undefined) index.set(key, new Set([viewer]));
    else viewers.add(viewer);
  }
}
