// The change counter of each account that is connected here: another one means that `sync` has something to say. Moved
// in process by every record and every mark that the account may see, so that it shows what a push has lost. It must
// never move for what an account may not know.
import type { AccountId, ConversationId } from '@parley/protocol';
import type { Seat } from '../kernel/frame-handlers.ts';
import type { Heard } from '../sequencer/record.ts';

interface Counter {
  sessions: number;
  tick: number;
  /** Rooms that it is in, as far as they were read or heard of. */
  readonly rooms: Set<ConversationId>;
  wereRoomsRead: boolean;
}

interface Room {
  tick: number;
  /** Accounts counted for that are in it. */
  accounts: number;
}

/** Counters of connected accounts. */
export class ChangeCounters {
  readonly #counters = new Map<AccountId, Counter>();
  readonly #rooms = new Map<ConversationId, Room>();
  #tick = 0;

  /** Accounts that are counted for. */
  get size(): number {
    return this.#counters.size;
  }

  /** Rooms that somebody counted for is in. */
  get rooms(): number {
    return this.#rooms.size;
  }

  /** One more session of the account. */
  connected(account: AccountId): void {
    const counter = this.#counters.get(account);
    if (counter === undefined)
      this.#counters.set(account, { sessions: 1, tick: 0, rooms: new Set(), wereRoomsRead: false });
    else counter.sessions++;
  }

  /** One less. */
  disconnected(account: AccountId): void {
    const counter = this.#counters.get(account);
    if (counter === undefined || --counter.sessions > 0) return;
    this.#counters.delete(account);
    for (const room of counter.rooms) this.#leave(counter, room);
  }

  /** A record changed this conversation. Every record, in order. */
  heard({ conversation, members, joined, left, concerned }: Omit<Heard, 'offset' | 'settingsOf'>): void {
    if (members !== null) for (const account of members.keys()) this.moved(account);
    else this.#roomHeard(conversation, joined, left);
    for (const account of left) this.moved(account);
    for (const account of concerned) this.moved(account);
  }

  /** Records or marks may have been missed: everybody has something to ask. */
  allMoved(): void {
    for (const counter of this.#counters.values()) counter.tick = ++this.#tick;
  }

  /** Something that this account may know has changed. */
  moved(account: AccountId): void {
    const counter = this.#counters.get(account);
    if (counter !== undefined) counter.tick = ++this.#tick;
  }

  /** The rooms of the account, read after it was connected. */
  seated(account: AccountId, seats: readonly Seat[]): void {
    const counter = this.#counters.get(account);
    if (counter === undefined) return;
    counter.wereRoomsRead = true;
    for (const { conversation } of seats) this.#enter(counter, conversation);
  }

  /** Are the rooms of this account known? */
  knowsRooms(account: AccountId): boolean {
    return this.#counters.get(account)?.wereRoomsRead === true;
  }

  /** The counter now. */
  of(account: AccountId): string {
    const counter = this.#counters.get(account);
    if (counter === undefined) return '0';
    let newest = counter.tick;
    for (const room of counter.rooms) newest = Math.max(newest, this.#rooms.get(room)?.tick ?? 0);
    return String(newest);
  }

  #roomHeard(conversation: ConversationId, joined: readonly AccountId[], left: readonly AccountId[]): void {
    for (const account of joined) {
      const counter = this.#counters.get(account);
      if (counter !== undefined) this.#enter(counter, conversation);
    }
    const room = this.#rooms.get(conversation);
    if (room === undefined) return;
    room.tick = ++this.#tick;
    for (const account of left) {
      const counter = this.#counters.get(account);
      if (counter !== undefined) this.#leave(counter, conversation);
    }
  }

  #enter({ rooms }: Counter, conversation: ConversationId): void {
    if (rooms.has(conversation)) return;
    rooms.add(conversation);
    const room = this.#rooms.get(conversation);
    if (room === undefined) this.#rooms.set(conversation, { tick: 0, accounts: 1 });
    else room.accounts++;
  }

  #leave({ rooms }: Counter, conversation: ConversationId): void {
    const room = this.#rooms.get(conversation);
    if (!rooms.delete(conversation) || room === undefined) return;
    if (--room.accounts === 0) this.#rooms.delete(conversation);
  }
}
