// Who waits for something to change: accounts with a long poll, woken by the hints of the bus. A hint may be lost, so
// whoever waits looks again at the end. It must never cost more than a look-up for an account that does not wait.
import type { AccountId, ConversationId } from '@parley/protocol';
import type { Bus, Hint } from '../bus/bus.ts';
import { maxPolls, maxPollsPerAccount } from '../kernel/limits.ts';

/** One that waits. */
export interface Poll {
  /** Resolves with the first change since the last call, which may have been before this one. */
  changed(): Promise<void>;
  end(): void;
}

/** Bells by account, and by room for those who are in it. */
export class Polls {
  readonly #accounts = new Map<AccountId, Set<Bell>>();
  readonly #rooms = new Map<ConversationId, Set<Bell>>();
  #open = 0;

  constructor(bus: Bus) {
    bus.subscribe((hint) => {
      if (this.#open > 0) this.#hear(hint);
    });
  }

  /** Begins to listen; `full` when this account, or everybody together, has too many. */
  begin(account: AccountId, rooms: readonly ConversationId[]): Poll | 'account full' | 'full' {
    if ((this.#accounts.get(account)?.size ?? 0) >= maxPollsPerAccount) return 'account full';
    if (this.#open >= maxPolls) return 'full';
    this.#open++;
    const bell = new Bell();
    add(this.#accounts, account, bell);
    for (const room of rooms) add(this.#rooms, room, bell);
    let ended = false;
    return {
      changed: () => bell.wait(),
      end: () => {
        if (ended) return;
        ended = true;
        this.#open--;
        remove(this.#accounts, account, bell);
        for (const room of rooms) remove(this.#rooms, room, bell);
      },
    };
  }

  #hear(hint: Hint): void {
    switch (hint.type) {
      case 'envelope':
        if (hint.recipients === null) this.#ring(this.#rooms.get(hint.conversation));
        for (const account of hint.recipients ?? hint.joined) this.#ring(this.#accounts.get(account));
        return;
      case 'accounts':
        if (!hint.droppable) for (const account of hint.accounts) this.#ring(this.#accounts.get(account));
        return;
      case 'changed':
        for (const account of hint.accounts) this.#ring(this.#accounts.get(account));
        return;
      case 'settings':
        this.#ring(this.#accounts.get(hint.account));
        return;
      default:
        return;
    }
  }

  #ring(bells: ReadonlySet<Bell> | undefined): void {
    if (bells !== undefined) for (const bell of bells) bell.ring();
  }
}

/** Rung by whoever changes something; who waits is let on once. */
class Bell {
  #turn = Promise.withResolvers<void>();

  ring(): void {
    this.#turn.resolve();
  }

  async wait(): Promise<void> {
    await this.#turn.promise;
    this.#turn = Promise.withResolvers<void>();
  }
}

function add<Key>(map: Map<Key, Set<Bell>>, key: Key, bell: Bell): void {
  const bells = map.get(key);
  if (bells === undefined) map.set(key, new Set([bell]));
  else bells.add(bell);
}

function remove<Key>(map: Map<Key, Set<Bell>>, key: Key, bell: Bell): void {
  const bells = map.get(key);
  bells?.delete(bell);
  if (bells?.size === 0) map.delete(key);
}
