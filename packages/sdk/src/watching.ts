// What the clients of one store have on screen, together, as one `watch` for the server.
import type { AccountId, ConversationId, Watch } from '@parley/protocol';
import { maxWatchedAccounts, maxWatchedConversations } from '@parley/protocol/limits';
import * as limits from './limits.ts';
import type { Clock } from './ports.ts';
import type { Want } from './replica.ts';

interface Screen {
  readonly accounts: readonly AccountId[];
  readonly conversations: readonly ConversationId[];
  readonly until: number;
}

/** Screens by client. One that says nothing for a while is forgotten. */
export class Watching {
  readonly #send: (frame: Watch) => boolean;
  readonly #clock: Clock;
  readonly #screens = new Map<string, Screen>();
  #last = '';

  constructor(send: (frame: Watch) => boolean, clock: Clock) {
    this.#send = send;
    this.#clock = clock;
  }

  /** One client says what it has on screen. */
  take({ from, accounts, conversations }: Want & { readonly want: 'watch' }): void {
    this.#screens.delete(from);
    this.#screens.set(from, { accounts, conversations, until: this.#clock.now() + limits.watchExpiresMs });
    this.#say(false);
  }

  /** A new connection knows of nothing. */
  up(): void {
    this.#say(true);
  }

  #say(again: boolean): void {
    const now = this.#clock.now();
    for (const [from, screen] of this.#screens) if (screen.until < now) this.#screens.delete(from);
    const all = [...this.#screens.values()].reverse().slice(0, limits.maxFollowers);
    const accounts = [...new Set(all.flatMap((one) => one.accounts))].slice(0, maxWatchedAccounts);
    const conversations = [...new Set(all.flatMap((one) => one.conversations))].slice(0, maxWatchedConversations);
    const watch = JSON.stringify([accounts, conversations]);
    if (watch === this.#last && !again) return;
    if (accounts.length + conversations.length === 0 && this.#last === '') return;
    if (this.#send({ type: 'watch', accounts, conversations })) this.#last = watch;
  }
}
