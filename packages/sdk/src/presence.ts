// Who is online and who types, as far as this account may know. Hints only: never kept, gone with the connection.
import type { AccountId, ConversationId } from '@parley/protocol';
import { typingExpiresMs } from '@parley/protocol/limits';
import type { PresenceWatch } from './api.ts';
import * as limits from './limits.ts';
import { Listeners } from './live.ts';
import type { Clock } from './ports.ts';
import type { Replica, Want } from './replica.ts';
import type { PresenceView } from './views.ts';

/** Presence of the accounts on screen. */
export class Presences implements PresenceWatch {
  readonly #want: (want: Want) => void;
  readonly #clock: Clock;
  /** Tells this client's list of watched accounts from those of others on the same store. */
  readonly #name: string;
  readonly #known = new Map<AccountId, PresenceView>();
  readonly #listeners = new Listeners();
  readonly #stopHints: () => void;
  #watched: readonly [readonly AccountId[], readonly ConversationId[]] = [[], []];
  #stopTimer: () => void = () => {};

  constructor(replica: Replica, clock: Clock, name: string, want: (want: Want) => void) {
    this.#want = want;
    this.#clock = clock;
    this.#name = name;
    this.#stopHints = replica.onHint((hint) => {
      if (hint.hint === 'presence') this.#known.set(hint.account, hint.presence);
      else if (hint.hint === 'state' && hint.state.phase !== 'online') this.#known.clear();
      else return;
      this.#listeners.call();
    });
  }

  watch(accounts: readonly AccountId[], conversations: readonly ConversationId[]): void {
    this.#watched = [[...accounts], [...conversations]];
    for (const account of [...this.#known.keys()]) if (!accounts.includes(account)) this.#known.delete(account);
    this.repeat();
  }

  get(account: AccountId): PresenceView | null {
    return this.#known.get(account) ?? null;
  }

  subscribe(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Says again what is on screen: the leader forgets those who say nothing. */
  repeat(): void {
    const [accounts, conversations] = this.#watched;
    this.#want({ want: 'watch', from: this.#name, accounts, conversations });
    this.#stopTimer();
    if (accounts.length + conversations.length > 0)
      this.#stopTimer = this.#clock.after(limits.watchRepeatMs, () => this.repeat());
  }

  close(): void {
    this.#stopHints();
    this.#stopTimer();
  }
}

/** Who types where. An indicator goes three seconds after the last word of it, or with their message. */
export class Typing {
  readonly #clock: Clock;
  readonly #changed: (conversation: ConversationId) => void;
  readonly #shown = new Map<ConversationId, Map<AccountId, () => void>>();

  constructor(clock: Clock, changed: (conversation: ConversationId) => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  types(conversation: ConversationId, account: AccountId): void {
    const shown = this.#shown.get(conversation) ?? new Map<AccountId, () => void>();
    if (!shown.has(account) && shown.size >= limits.maxTypingShown) return;
    shown.get(account)?.();
    const isNew = !shown.has(account);
    shown.set(
      account,
      this.#clock.after(typingExpiresMs, () => this.stops(conversation, account)),
    );
    this.#shown.set(conversation, shown);
    if (isNew) this.#changed(conversation);
  }

  stops(conversation: ConversationId, account: AccountId): void {
    const shown = this.#shown.get(conversation);
    const stopTimer = shown?.get(account);
    if (shown === undefined || stopTimer === undefined) return;
    stopTimer();
    shown.delete(account);
    if (shown.size === 0) this.#shown.delete(conversation);
    this.#changed(conversation);
  }

  in(conversation: ConversationId): readonly AccountId[] {
    return [...(this.#shown.get(conversation)?.keys() ?? [])];
  }

  close(): void {
    for (const shown of this.#shown.values()) for (const stopTimer of shown.values()) stopTimer();
    this.#shown.clear();
  }
}
