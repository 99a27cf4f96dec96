// Sessions whose key is here while somebody's keys, or a review, are missing. When those come, what is sealed with them
// is opened again.
import type { AccountId } from '@parley/protocol';
import type { Core } from './core.ts';
import { maxBlocked } from './limits.ts';
import type { SessionName } from './origins.ts';

/** By whose keys are missing; the oldest go first. */
export class Blocked {
  readonly #core: Core;
  readonly #waiting = new Map<string, SessionName & { readonly account: AccountId }>();

  constructor(core: Core) {
    this.#core = core;
  }

  add(account: AccountId, { conversation, session }: SessionName): void {
    this.#waiting.set(`${account} ${conversation} ${session}`, { account, conversation, session });
    const oldest = this.#waiting.keys().next();
    if (this.#waiting.size > maxBlocked && !oldest.done) this.#waiting.delete(oldest.value);
  }

  /** Keys or reviews of these accounts came. */
  release(accounts: Iterable<AccountId>): void {
    const freed = new Set(accounts);
    for (const [name, { account, conversation, session }] of this.#waiting) {
      if (!freed.has(account)) continue;
      this.#waiting.delete(name);
      this.#core.events.readable(conversation, session);
    }
  }
}
