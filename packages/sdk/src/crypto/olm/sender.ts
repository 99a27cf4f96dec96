// Sealing. One conversation at a time: who reads it, their keys, a session with each of their devices, the room key to
// those that lack it, the message itself. What is sealed while the room key is on its way is handed out only when the
// server has that. Offering the room key again checks a signature of every device, so it is done when keys or members
// changed, when a session ends, and every hour; sessions end by our own count and clock, long before the library's: on one
// that ran out it panics. Whatever makes the library save a session happens in the lane of its conversation: of two that
// are saved at once the older one could stay, and would use a key twice.
import { CollectStrategy, EncryptionSettings, type ToDeviceRequest } from '@matrix-org/matrix-sdk-crypto-wasm';
import type { AccountId, ConversationId } from '@parley/protocol';
import { maxDevices } from '@parley/protocol/limits';
import { inBackground } from '../../background.ts';
import { ChatError } from '../../error.ts';
import type { SealOrder, SealOutcome } from '../key-machine.ts';
import { messageIndex } from '../message-index.ts';
import { printInner, printSealed, sealedEventType } from '../sealed-content.ts';
import type { Core } from './core.ts';
import { type Readers, readersFact } from './healing.ts';
import type { Identities } from './identities.ts';
import type { KeyList } from './key-list.ts';
import * as limits from './limits.ts';
import { roomId, userId, userIds } from './names.ts';
import { masterKeyOf, type Origins } from './origins.ts';
import { Owed } from './owed.ts';
import type { OwnIdentity } from './own-identity.ts';
import { type Answered, deliver, perform } from './requests.ts';

/** Who reads a conversation, as worked out for one generation of keys. */
interface Room {
  generation: number;
  /** Somebody's device gave no key for a session: it is asked again from then on. */
  claimAt: number | null;
  readonly members: string;
  readonly readers: readonly AccountId[];
  /** How often somebody had become another one before it was worked out. */
  readonly changes: number;
  readonly isLarge: boolean;
  /** When everybody had the room key; null: somebody may lack it. */
  sharedAt: number | null;
  seals: number;
}

/** The session with which a conversation is sealed, and when it began. */
interface Began {
  readonly session: string;
  readonly at: number;
  /** How many messages it has sealed. */
  count: number;
  /** Lifetime of its messages in seconds; 0: they stay. */
  readonly timer: number;
}

/** A room key on its way to the devices that lack it. */
interface Sharing {
  readonly room: Room;
  readonly at: number;
  readonly requests: readonly ToDeviceRequest[];
  /** Which of them are owed to devices with full queues. Rejects when the server does not have all of them. */
  readonly sent: Promise<readonly boolean[]>;
}

interface Parts {
  readonly keys: KeyList;
  readonly identities: Identities;
  readonly own: OwnIdentity;
  readonly origins: Origins;
}

/** Seals messages of all conversations. */
export class Sender {
  readonly #core: Core;
  readonly #parts: Parts;
  readonly #owed: Owed;
  readonly #rooms = new Map<ConversationId, Room>();
  readonly #sessions = new Map<ConversationId, Began>();
  readonly #sharing = new Map<ConversationId, Sharing>();
  /** For whom the session is. */
  readonly #offered = new Map<ConversationId, readonly AccountId[]>();

  constructor(core: Core, parts: Parts) {
    this.#core = core;
    this.#parts = parts;
    this.#owed = new Owed(core);
  }

  stop(): void {
    this.#owed.stop();
  }

  async seal(order: SealOrder): Promise<SealOutcome> {
    if (order.members.length > limits.maxMembers) throw new ChatError('client.crypto');
    const { outcome, sharing } = await this.#inLane(order.conversation, () => this.#seal(order));
    await sharing?.sent;
    return outcome;
  }

  #inLane<T>(conversation: ConversationId, work: () => Promise<T>): Promise<T> {
    return this.#core.lanes.run(`seal ${conversation}`, work);
  }

  /** The outcome, and what has to reach the server before it is handed out. */
  async #seal(order: SealOrder): Promise<{ readonly outcome: SealOutcome; readonly sharing: Sharing | null }> {
    const { keys, own } = this.#parts;
    const sharing = null;
    // The first start may not have got through.
    const state = own.state === 'opening' ? await own.settle() : own.state;
    if (state !== 'ready') return { outcome: { content: null, reason: 'needs_linking' }, sharing };
    // Read before anything else: what changes while this is sealed is not in it.
    const keysN = keys.n;
    const room = await this.#room(order);
    if (typeof room === 'string') return { outcome: { content: null, reason: room }, sharing };
    const shared = await this.#share(order, room);
    const content = await this.#encrypt(order, room);
    return { outcome: { content, memberN: order.memberN, keysN }, sharing: shared };
  }

  /** Who is to read it and has sessions; or why a direct conversation is held. */
  async #room(order: SealOrder): Promise<Room | 'identity_changed' | 'no_keys'> {
    const { keys, identities } = this.#parts;
    const members = [...new Set([...order.members, this.#core.account])].sort();
    const joined = members.join();
    await keys.ensureTold(members);
    const { generation } = this.#core;
    const known = this.#rooms.get(order.conversation);
    const changed = known === undefined ? members : keys.changedSince(members, known.generation);
    if (known !== undefined && known.members === joined && changed.length === 0) {
      known.generation = generation;
      known.seals += 1;
      const isDue = known.claimAt !== null && this.#core.clock.now() >= known.claimAt;
      if (!isDue && known.seals % limits.sealsBetweenClaims !== 0) return known;
      const { claimed, claimAt } = await this.#claim(known.readers);
      known.claimAt = claimAt;
      if (claimed === 0) return known;
      // Another one: what is on its way for this one is not for whoever gave a key now.
      return this.#keepRoom(order.conversation, { ...known, sharedAt: null });
    }
    const changes = await identities.changes();
    const leftOut = new Set(await identities.leftOut(members));
    if (order.kind === 'direct' && leftOut.size > 0) return 'identity_changed';
    // Between two, nobody could ever read it.
    if (order.kind === 'direct' && !(await this.#haveDevices(members))) return 'no_keys';
    const readers = members.filter((account) => !leftOut.has(account));
    const before = new Set(known?.readers);
    const isLarge = await this.#isLarge(readers);
    const { claimAt } = await this.#claim(
      readers.filter((account) => !before.has(account) || changed.includes(account)),
    );
    const room = { generation, members: joined, readers, changes, isLarge, sharedAt: null, seals: 1, claimAt };
    return this.#keepRoom(order.conversation, room);
  }

  #keepRoom(conversation: ConversationId, room: Room): Room {
    remember(this.#rooms, conversation, room);
    return room;
  }

  /** Has each of them a device that its account vouches for? */
  async #haveDevices(accounts: readonly AccountId[]): Promise<boolean> {
    for (const account of accounts) {
      const devices = (await this.#core.ask(this.#core.olm.getUserDevices(userId(account)))).devices();
      if (!devices.some((device) => device.isCrossSignedByOwner())) return false;
    }
    return true;
  }

  /** Opens sessions with devices that have none; who gave no key is asked again. Two claims at once would take two of each. */
  async #claim(readers: readonly AccountId[]): Promise<Pick<Room, 'claimAt'> & { readonly claimed: number }> {
    const { olm, lanes, clock } = this.#core;
    const { claimed = 0, unclaimed = 0 } = await lanes.run('claim', async (): Promise<Answered> => {
      const request = await this.#core.ask(olm.getMissingSessions(userIds(readers)));
      return request ? perform(this.#core, request) : {};
    });
    return { claimed, claimAt: unclaimed > 0 ? clock.now() + limits.claimAgainMs : null };
  }

  /** Devices are counted only where it is not plain from the accounts. */
  async #isLarge(readers: readonly AccountId[]): Promise<boolean> {
    if (readers.length > limits.fewDevices) return true;
    if (readers.length * (maxDevices + 1) <= limits.fewDevices) return false;
    let devices = 0;
    for (const account of readers)
      devices += (await this.#core.ask(this.#core.olm.getUserDevices(userId(account)))).keys().length;
    return devices > limits.fewDevices;
  }

  /** The room key goes to all devices that lack it; a new one begins when somebody left, or the old one ran out. */
  async #share({ conversation, timerSeconds = 0 }: SealOrder, room: Room): Promise<Sharing | null> {
    const { olm, clock } = this.#core;
    const now = clock.now();
    const offered = this.#offered.get(conversation) ?? (await this.#readOffered(conversation));
    const isLost = offered !== room.readers && (offered === null || hasLost(offered, room.readers));
    const ends = isLost || (await this.#endsNow(conversation, { ...room, timer: timerSeconds }, now));
    await this.#owed.pay(conversation);
    const underWay = this.#sharing.get(conversation) ?? null;
    if (!ends && underWay?.room === room) return underWay;
    if (!ends && room.sharedAt !== null && isWithin(room.sharedAt, limits.shareAgainMs, now)) return null;
    // What was sent with it has failed when it has; the library offers it again.
    if (underWay !== null) await this.#arrived(conversation, underWay).catch(() => {});
    room.sharedAt = null;
    if (ends) await this.#core.ask(olm.invalidateGroupSession(roomId(conversation)));
    // Kept before anybody can get the key: whoever dies now may have sent it, or sends it when it lives again.
    if (ends || offered?.length !== room.readers.length)
      await this.#core.facts.put([[offeredFact(conversation), room.readers]]);
    remember(this.#offered, conversation, room.readers);
    const requests = await this.#core.ask(olm.shareRoomKey(roomId(conversation), userIds(room.readers), settings()));
    if (requests.length > 0) return this.#send(conversation, { room, at: now, requests });
    room.sharedAt = now;
    return null;
  }

  /** Sends a room key; sealing goes on meanwhile. */
  #send(conversation: ConversationId, parts: Omit<Sharing, 'sent'>): Sharing {
    const sharing = { ...parts, sent: this.#deliver(parts.requests) };
    this.#sharing.set(conversation, sharing);
    const arrives = sharing.sent.then(() => this.#inLane(conversation, () => this.#arrived(conversation, sharing)));
    // Who waits for it is told, and it is offered again with the next message.
    inBackground(arrives.catch(() => this.#forget(conversation, sharing)));
    return sharing;
  }

  async #deliver(requests: readonly ToDeviceRequest[]): Promise<readonly boolean[]> {
    const owed: boolean[] = [];
    for (let at = 0; at < requests.length; at += limits.parallelCalls) {
      const some = requests.slice(at, at + limits.parallelCalls);
      owed.push(...(await Promise.all(some.map((request) => deliver(this.#core, request)))));
    }
    return owed;
  }

  /** Tells the library what has reached the server, once that has all of it. Only in the lane of the conversation. */
  async #arrived(conversation: ConversationId, sharing: Sharing): Promise<void> {
    if (this.#sharing.get(conversation) !== sharing) return;
    const { room, at, requests } = sharing;
    try {
      const owed = await sharing.sent;
      for (const [n, request] of requests.entries())
        if (owed[n] !== true) await this.#core.answer(request.id, request.type, {});
      const left = requests.filter((_, n) => owed[n]);
      this.#owed.add(conversation, left);
      room.sharedAt = at;
    } finally {
      this.#forget(conversation, sharing);
    }
  }

  #forget(conversation: ConversationId, sharing: Sharing): void {
    if (this.#sharing.get(conversation) === sharing) this.#sharing.delete(conversation);
  }

  /**
   * The library ends a session when somebody left who has its key for sure. Whoever lacks it may still get it: here it ends
   * when anybody left for whom it was. Null: that is not known, as when there is none.
   */
  async #readOffered(conversation: ConversationId): Promise<readonly AccountId[] | null> {
    const [kept] = await this.#core.facts.get([offeredFact(conversation)]);
    return Array.isArray(kept) ? (kept as AccountId[]) : null;
  }

  /** Whether the session has sealed enough, or for long enough, or what is said lives longer or shorter from here on. */
  async #endsNow(
    conversation: ConversationId,
    { isLarge, timer }: Pick<Room, 'isLarge'> & { readonly timer: number },
    now: number,
  ): Promise<boolean> {
    const began = this.#sessions.get(conversation) ?? (await this.#readBegan(conversation));
    if (began === null) return false;
    if (began.timer !== timer) return true;
    const most = isLarge ? limits.manyMessages : limits.fewMessages;
    return began.count >= most || !isWithin(began.at, isLarge ? limits.manyMs : limits.fewMs, now);
  }

  async #readBegan(conversation: ConversationId): Promise<Began | null> {
    const [kept] = await this.#core.facts.get([beganFact(conversation)]);
    const { session, at, timer = 0 } = (kept ?? {}) as Partial<Began>;
    if (typeof session !== 'string' || typeof at !== 'number') return null;
    // How many messages it sealed shows with the next one.
    const began = { session, at, count: 0, timer };
    remember(this.#sessions, conversation, began);
    return began;
  }

  async #encrypt(order: SealOrder, room: Room): Promise<string> {
    const { conversation, id, body, entry = null, witness = null, timerSeconds: timer = 0 } = order;
    const { account: sender, device } = this.#core;
    const text = printInner({ conversation, id, sender, device, entry, witness, body });
    if (text === null) throw new ChatError('message.too_large');
    const encrypted = await this.#core.ask(
      this.#core.olm.encryptRoomEvent(roomId(conversation), sealedEventType, text),
    );
    const { session_id: session, ciphertext } = JSON.parse(encrypted) as { session_id: string; ciphertext: string };
    const began = this.#sessions.get(conversation);
    const count = (messageIndex(ciphertext) ?? limits.fewMessages) + 1;
    if (began?.session === session) began.count = count;
    else await this.#begin(conversation, session, { room, count, timer });
    return printSealed({ session, ciphertext });
  }

  /** Writes that a session is this device's own, and when it began. */
  async #begin(
    conversation: ConversationId,
    session: string,
    { room, count, timer }: { readonly room: Room; readonly count: number; readonly timer: number },
  ): Promise<void> {
    const { olm, account, device, clock, facts } = this.#core;
    const { ed25519, curve25519 } = olm.identityKeys;
    const [other, ...more] = room.readers.filter((reader) => reader !== account);
    const master = other === undefined || more.length > 0 ? null : await masterKeyOf(this.#core, other);
    const origin = {
      account,
      device,
      ed25519: ed25519.toBase64(),
      curve25519: curve25519.toBase64(),
      master_key: (await masterKeyOf(this.#core, account)) ?? '',
      vouched_by: device,
      ...(other !== undefined && master !== null && { for: { account: other, master_key: master } }),
    };
    await this.#parts.origins.put([{ conversation, session, origin }]);
    const at = clock.now();
    // Whoever joins a session later is not in the list: the key would open more than was meant for them.
    const readers: Readers = { readers: room.readers, changes: room.changes };
    const first = count === 1 ? [[readersFact({ conversation, session }), readers] as const] : [];
    await facts.put([[beganFact(conversation), { session, at, timer }], ...first]);
    remember(this.#sessions, conversation, { session, at, count, timer });
  }
}

/** The library's own limits are never reached. */
function settings(): EncryptionSettings {
  const made = new EncryptionSettings();
  made.sharingStrategy = CollectStrategy.identityBasedStrategy();
  made.rotationPeriodMessages = 10_000n;
  // Microseconds.
  made.rotationPeriod = BigInt(limits.libraryMs) * 1_000n;
  return made;
}

/** Somebody is not among them any more. */
function hasLost(before: readonly AccountId[], now: readonly AccountId[]): boolean {
  const left = new Set(now);
  return before.some((account) => !left.has(account));
}

/** Since `from` no more than `forMs` has passed, and no clock was set back. */
function isWithin(from: number, forMs: number, now: number): boolean {
  return now >= from && now - from < forMs;
}

function remember<T>(map: Map<ConversationId, T>, conversation: ConversationId, value: T): void {
  map.delete(conversation);
  map.set(conversation, value);
  const oldest = map.keys().next();
  if (map.size > limits.maxRooms && !oldest.done) map.delete(oldest.value);
}

function beganFact(conversation: ConversationId): string {
  return `began:${conversation}`;
}

function offeredFact(conversation: ConversationId): string {
  return `offered:${conversation}`;
}
