// Who of the accounts connected here is in which room, so that a room's envelope finds its sockets. Fed in order by
// the envelopes themselves and read again when one was missed. It promises that nobody gets an envelope from outside
// their membership; what it drops in doubt is healed by the heartbeat's change counter.
import type { AccountId, ConversationId } from '@parley/protocol';
import type { Hint } from '../bus/bus.ts';
import type { Seat } from '../kernel/frame-handlers.ts';
import { maxHeldEnvelopes, seatsAtOnce } from '../kernel/limits.ts';

/** An envelope on its way. */
export type EnvelopeHint = Extract<Hint, { readonly type: 'envelope' }>;

/** What rooms ask of their surroundings. */
export interface RoomsParts {
  readonly seatsOf: (account: AccountId) => Promise<readonly Seat[]>;
  /** From which seq on it is in this room now; null: it is not. */
  readonly seatedSince: (account: AccountId, room: ConversationId) => Promise<number | null>;
  readonly hand: (accounts: Iterable<AccountId>, hint: EnvelopeHint) => void;
  /** From now on envelopes of this room are wanted here, until the returned function is called. */
  readonly want: (room: ConversationId) => () => void;
  readonly fault: (error: unknown) => void;
}

interface Room {
  memberN: number;
  /** Accounts connected here that are members, with the seq they joined at. */
  readonly followers: Map<AccountId, number>;
  /** Envelopes that wait while the members are read again. */
  held: EnvelopeHint[] | null;
  readonly giveUp: () => void;
}

interface Following {
  readonly rooms: Set<ConversationId>;
  /** What envelopes said while the seats were being read: it wins over what was read. */
  heard: Map<ConversationId, 'joined' | 'left'> | null;
  reading: Promise<void> | null;
  /** How often what is known of it came in doubt, and as of which doubt it was read. */
  doubts: number;
  readAt: number;
}

/** The rooms of the accounts that are connected here. */
export class Rooms {
  readonly #parts: RoomsParts;
  readonly #rooms = new Map<ConversationId, Room>();
  readonly #accounts = new Map<AccountId, Following>();

  constructor(parts: RoomsParts) {
    this.#parts = parts;
  }

  /** Rooms with somebody here. */
  get size(): number {
    return this.#rooms.size;
  }

  /** Reads the rooms of an account that is connected here, again when it asks what changed. Rejects as the read does. */
  follow(account: AccountId): Promise<void> {
    const following = this.#following(account);
    following.reading ??= this.#read(account, following);
    return following.reading;
  }

  /** Resolves when they are known: they are read unless they were, and nothing was missed since. Rejects as the read does. */
  async known(account: AccountId): Promise<void> {
    const following = this.#following(account);
    const { doubts } = following;
    // A read that is under way may have begun before something was missed.
    await following.reading;
    if (following.readAt < doubts) await this.follow(account);
  }

  /** What changed in the rooms of this account (null: of anybody) may have been missed. */
  doubt(account: AccountId | null): void {
    if (account === null) for (const following of this.#accounts.values()) following.doubts++;
    else {
      const following = this.#accounts.get(account);
      if (following !== undefined) following.doubts++;
    }
  }

  /** The account's last device is gone. */
  forget(account: AccountId): void {
    const following = this.#accounts.get(account);
    if (following === undefined) return;
    this.#accounts.delete(account);
    for (const conversation of following.rooms) this.#drop(account, conversation);
  }

  /** Is the account in this room, as far as is known here? */
  follows(account: AccountId, conversation: ConversationId): boolean {
    return this.#accounts.get(account)?.rooms.has(conversation) ?? false;
  }

  /** Those of its members who are here. */
  followers(conversation: ConversationId): readonly AccountId[] {
    return [...(this.#rooms.get(conversation)?.followers.keys() ?? [])];
  }

  /** Hands an envelope to those of its members who are here. */
  deliver(hint: EnvelopeHint): void {
    for (const account of hint.joined) this.#accounts.get(account)?.heard?.set(hint.conversation, 'joined');
    for (const account of hint.left) this.#accounts.get(account)?.heard?.set(hint.conversation, 'left');
    const room = this.#rooms.get(hint.conversation);
    if (room === undefined) {
      if (hint.joined.some((account) => this.#accounts.has(account))) this.#apply(this.#open(hint), hint);
    } else if (room.held !== null) {
      if (room.held.length < maxHeldEnvelopes) room.held.push(hint);
    } else if (hint.memberN > room.memberN + (hint.joined.length + hint.left.length > 0 ? 1 : 0)) {
      room.held = [hint];
      this.#refresh(hint.conversation, room).catch(this.#parts.fault);
    } else this.#apply(room, hint);
  }

  #following(account: AccountId): Following {
    let following = this.#accounts.get(account);
    if (following === undefined) {
      following = { rooms: new Set(), heard: null, reading: null, doubts: 1, readAt: 0 };
      this.#accounts.set(account, following);
    }
    return following;
  }

  #open(hint: { readonly conversation: ConversationId; readonly memberN: number }): Room {
    let room = this.#rooms.get(hint.conversation);
    if (room === undefined) {
      const giveUp = this.#parts.want(hint.conversation);
      room = { memberN: hint.memberN, followers: new Map(), held: null, giveUp };
      this.#rooms.set(hint.conversation, room);
    }
    return room;
  }

  #close(conversation: ConversationId, room: Room): void {
    this.#rooms.delete(conversation);
    room.giveUp();
  }

  #apply(room: Room, hint: EnvelopeHint): void {
    room.memberN = Math.max(room.memberN, hint.memberN);
    for (const account of hint.joined) this.#add(account, hint.conversation, room, hint.seq);
    this.#parts.hand(membersAt(room, hint.seq), hint);
    for (const account of hint.left) {
      this.#accounts.get(account)?.rooms.delete(hint.conversation);
      this.#drop(account, hint.conversation);
    }
  }

  #add(account: AccountId, conversation: ConversationId, room: Room, joinedSeq: number): void {
    const following = this.#accounts.get(account);
    if (following === undefined) return;
    following.rooms.add(conversation);
    room.followers.set(account, joinedSeq);
  }

  #drop(account: AccountId, conversation: ConversationId): void {
    const room = this.#rooms.get(conversation);
    if (room?.followers.delete(account) && room.followers.size === 0 && room.held === null)
      this.#close(conversation, room);
  }

  async #read(account: AccountId, following: Following): Promise<void> {
    const heard = new Map<ConversationId, 'joined' | 'left'>();
    following.heard = heard;
    const { doubts } = following;
    try {
      const seats = await this.#parts.seatsOf(account);
      const left = await this.#leftOf(account, following, seats);
      if (this.#accounts.get(account) !== following) return;
      for (const conversation of left) {
        if (heard.get(conversation) === 'joined') continue;
        following.rooms.delete(conversation);
        this.#drop(account, conversation);
      }
      for (const seat of seats) {
        if (heard.has(seat.conversation)) continue;
        this.#add(account, seat.conversation, this.#open(seat), seat.joinedSeq);
      }
      following.readAt = doubts;
    } finally {
      following.heard = null;
      following.reading = null;
    }
  }

  /** Rooms that it is not in any more. What an envelope said may be newer than the list of its rooms: their members know. */
  async #leftOf(account: AccountId, { rooms }: Following, seats: readonly Seat[]): Promise<readonly ConversationId[]> {
    const seated = new Set(seats.map((seat) => seat.conversation));
    const left: ConversationId[] = [];
    for (const room of [...rooms])
      if (!seated.has(room) && (await this.#parts.seatedSince(account, room)) === null) left.push(room);
    return left;
  }

  /** A membership record was missed: nothing is handed out before everyone's seat was read again. */
  async #refresh(conversation: ConversationId, room: Room): Promise<void> {
    try {
      const followers = [...room.followers.keys()];
      for (let at = 0; at < followers.length; at += seatsAtOnce)
        await this.#readSeats(followers.slice(at, at + seatsAtOnce), conversation, room);
    } catch (error) {
      room.held = null;
      throw error;
    } finally {
      if (room.followers.size === 0) this.#close(conversation, room);
    }
    const held = room.held ?? [];
    room.held = null;
    room.memberN = Math.max(room.memberN, held[0]?.memberN ?? 0);
    for (const hint of held) this.deliver(hint);
  }

  /** Also where one cannot be read nothing is under way any more when it is over. */
  async #readSeats(accounts: readonly AccountId[], conversation: ConversationId, room: Room): Promise<void> {
    const reads = await Promise.allSettled(accounts.map((account) => this.#readSeat(account, conversation, room)));
    for (const read of reads) if (read.status === 'rejected') throw read.reason;
  }

  async #readSeat(account: AccountId, conversation: ConversationId, room: Room): Promise<void> {
    const following = this.#accounts.get(account);
    // A read of all its rooms that is under way may have begun before the record that was missed.
    await following?.reading;
    const joinedSeq = await this.#parts.seatedSince(account, conversation);
    if (following === undefined || this.#accounts.get(account) !== following) return;
    if (joinedSeq !== null) this.#add(account, conversation, room, joinedSeq);
    else {
      following.rooms.delete(conversation);
      this.#drop(account, conversation);
    }
  }
}

function* membersAt(room: Room, seq: number): Iterable<AccountId> {
  for (const [account, joinedSeq] of room.followers) if (joinedSeq <= seq) yield account;
}
