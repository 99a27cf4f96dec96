// Who waits for something to change: accounts with a long poll, woken by the hints of the bus. A hint may be lost, so
// whoever waits looks again at the end. It must never cost more than a look-up for an account that does not wait.
import type { AccountId, ConversationId } from '@parley/protocol';
import type { Bus, Hint, Topic } from '../bus/bus.ts';
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
  readonly #bus: Bus;
  #open = 0;

  constructor(bus: Bus) {
    this.#bus = bus;
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
    const topics: readonly Topic[] = [`account:${account}`, ...rooms.map((room): Topic => `room:${room}`)];
    const wanted = topics.map((topic) => this.#bus.want(topic));
    let ended = false;
    return {
      changed: () => bell.wait(),
      end: () => {
        if (ended) return;
        ended = true;
        this.#open--;
        remove(this.#accounts, account, bell);
        for (const room of rooms) remove(this.#rooms, room, bell);
        for (const giveUp of wanted) giveUp();
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
      case 'resync':
        if (hint.topics === null) for (const bells of this.#accounts.values()) this.#ring(bells);
        else for (const topic of hint.topics) this.#ring(this.#of(topic));
        return;
      default:
        return;
    }
  }

  #of(topic: Topic): ReadonlySet<Bell> | undefined {
    const name = topic.slice(topic.indexOf(':') + 1);
    if (topic.startsWith('room:')) return this.#rooms.get(name as ConversationId);
    return topic.startsWith('account:') ? this.#accounts.get(name as AccountId) : undefined;
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
