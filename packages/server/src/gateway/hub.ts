// The sockets of one gateway, and what every hint means for them. A frame is encoded once and the same bytes go to
// every socket. It promises to hand over only to those a hint names, and to say to the bus whose hints are wanted
// here; it must never wait, and never fetch content.
import type { AccountId, ConversationId, DeviceId, ErrorCode } from '@parley/protocol';
import type { Bus, Hint, Topic } from '../bus/bus.ts';
import type { Clock } from '../kernel/clock.ts';
import type { FrameHandlers, Session } from '../kernel/frame-handlers.ts';
import { Resync } from './hub-resync.ts';
import type { EndCode } from './revocations.ts';
import { Rooms } from './rooms.ts';
import { type Viewer, Watchers } from './watchers.ts';
import { type Framed, framed } from './wire.ts';

/** A socket, as the hub sees it. */
export interface Connected extends Viewer {
  readonly session: Session;
  /** Says its change counter now. */
  beat(again?: boolean): void;
  /** Was it welcomed, or told its change counter, within so long? It has looked then, or will. */
  wasTold(withinMs: number): boolean;
  /** Other devices may have sent something to this one. */
  wake(): void;
  /** Tells why, then closes. */
  end(code: ErrorCode): void;
}

/** What the hub asks of its surroundings. */
export interface HubParts {
  readonly handlers: Pick<FrameHandlers, 'roomsOf' | 'seatedSince' | 'presenceOf'>;
  readonly bus: Pick<Bus, 'want' | 'ready'>;
  readonly clock: Clock;
  /** Something that these accounts (null: all) may know of may have changed unheard: their change counters move. */
  readonly moved: (accounts: Iterable<AccountId> | null) => void;
  readonly fault: (error: unknown) => void;
}

/** Who is connected here. */
export class Hub {
  readonly #byAccount = new Map<AccountId, Connected[]>();
  readonly #byDevice = new Map<DeviceId, Connected>();
  /** Gives up the hints of an account, and since which coming all of them come; infinite until they do. */
  readonly #wanted = new Map<AccountId, { readonly giveUp: () => void; since: number }>();
  #comings = 0;
  readonly #parts: HubParts;
  readonly #rooms: Rooms;
  readonly #resync: Resync<Connected>;
  readonly watchers: Watchers;

  constructor(parts: HubParts) {
    const { handlers, bus, clock, fault } = parts;
    this.#parts = parts;
    this.#rooms = new Rooms({
      seatsOf: (account) => handlers.roomsOf(account),
      seatedSince: (account, room) => handlers.seatedSince(account, room),
      hand: (accounts, hint) => this.#hand(accounts, hint.frame, false),
      want: (room) => bus.want(`room:${room}`),
      fault,
    });
    this.watchers = new Watchers({
      presenceOf: (viewer, accounts) => handlers.presenceOf(viewer, accounts),
      want: (account) => bus.want(`presence:${account}`),
      ready: () => bus.ready(),
      fault,
    });
    this.#resync = new Resync(clock, (socket) => this.#lookAgain(socket));
  }

  /** Devices connected here. */
  get devices(): number {
    return this.#byDevice.size;
  }

  /** How often hints of somebody began to come who had no socket here before. */
  get comings(): number {
    return this.#comings;
  }

  /** Have all hints of one of these accounts come ever since there had been so many comings? */
  hears(accounts: Iterable<AccountId>, since: number): boolean {
    for (const account of accounts)
      if ((this.#wanted.get(account)?.since ?? Number.POSITIVE_INFINITY) <= since) return true;
    return false;
  }

  /** Do hints of one of these come only since a later coming? */
  came(accounts: Iterable<AccountId>, since: number): boolean {
    for (const account of accounts) if ((this.#wanted.get(account)?.since ?? 0) > since) return true;
    return false;
  }

  /** Every socket that was welcomed. */
  sockets(): Iterable<Connected> {
    return this.#byDevice.values();
  }

  /**
   * From now on the socket gets what its account gets. An older socket of the same device is closed. Resolves when its
   * rooms are known and the bus knows what is wanted here: what is read afterwards and what is heard leave no gap.
   */
  add(socket: Connected): Promise<void> {
    const { account, device } = socket.session;
    this.#byDevice.get(device)?.end('device.replaced');
    this.#byDevice.set(device, socket);
    const sockets = this.#byAccount.get(account);
    if (sockets === undefined) {
      this.#byAccount.set(account, [socket]);
      this.#wanted.set(account, { giveUp: this.#parts.bus.want(`account:${account}`), since: Infinity });
    } else sockets.push(socket);
    return this.#heard(account, this.#rooms.known(account));
  }

  async #heard(account: AccountId, rooms: Promise<void>): Promise<void> {
    const wanted = this.#wanted.get(account);
    await this.#ready(rooms);
    if (wanted?.since === Infinity) wanted.since = ++this.#comings;
  }

  async #ready(rooms: Promise<void>): Promise<void> {
    await rooms;
    await this.#parts.bus.ready();
  }

  /** The socket is gone. */
  remove(socket: Connected): void {
    const { account, device } = socket.session;
    if (this.#byDevice.get(device) === socket) this.#byDevice.delete(device);
    this.watchers.forget(socket);
    this.#resync.remove(socket);
    const sockets = this.#byAccount.get(account);
    const at = sockets?.indexOf(socket) ?? -1;
    if (sockets === undefined || at < 0) return;
    sockets.splice(at, 1);
    if (sockets.length > 0) return;
    this.#byAccount.delete(account);
    this.#wanted.get(account)?.giveUp();
    this.#wanted.delete(account);
    this.#rooms.forget(account);
  }

  /** Reads the account's rooms again: it has noticed that it missed something. */
  refresh(account: AccountId): Promise<void> {
    return this.#byAccount.has(account) ? this.#ready(this.#rooms.follow(account)) : Promise.resolve();
  }

  /** Ends the socket of a device that was signed out, or whose account was disabled. */
  revoke(device: DeviceId, why: EndCode): void {
    this.#byDevice.get(device)?.end(why);
  }

  /** What a hint means for the sockets here. */
  deliver(hint: Hint): void {
    switch (hint.type) {
      case 'envelope':
        if (hint.recipients === null) this.#rooms.deliver(hint);
        else {
          this.#hand(hint.recipients, hint.frame, false);
          this.watchers.spoke(hint.recipients);
        }
        break;
      case 'verdict':
        if (hint.verdict.state === 'rejected') this.#hand([hint.sender], rejected(hint, hint.verdict.code), false);
        break;
      case 'accounts':
        this.#hand(hint.accounts, hint.frame, hint.droppable);
        break;
      case 'changed':
        for (const account of hint.accounts) for (const socket of this.#byAccount.get(account) ?? []) socket.beat();
        break;
      case 'to_device':
        for (const device of hint.devices) this.#byDevice.get(device)?.wake();
        break;
      case 'keys':
      case 'marks':
        // Whoever follows the list of key changes, or watermarks, tells those whom it concerns.
        break;
      case 'typing':
        this.#typing(hint);
        break;
      case 'presence':
        this.watchers.presenceChanged(hint.account);
        break;
      case 'settings':
        this.watchers.presenceChanged(hint.account);
        for (const socket of this.#byAccount.get(hint.account) ?? []) this.watchers.viewChanged(socket);
        break;
      case 'revoked':
        this.revoke(hint.device, hint.disabled ? 'account.disabled' : 'device.revoked');
        break;
      case 'stored':
        this.#stored(hint);
        break;
      case 'resync':
        this.#mayHaveMissed(hint.topics);
    }
  }

  /** Who looked before it was, looks again: all of a gateway in their turn. */
  #stored({ accounts, room, withinMs }: Extract<Hint, { readonly type: 'stored' }>): void {
    if (accounts === null) {
      this.#parts.moved(null);
      this.#resync.add([...this.#byDevice.values()].filter((socket) => socket.wasTold(withinMs)));
      return;
    }
    for (const account of room === null ? accounts : this.#rooms.followers(room)) {
      const early = (this.#byAccount.get(account) ?? []).filter((socket) => socket.wasTold(withinMs));
      if (early.length > 0) this.#parts.moved([account]);
      for (const socket of early) socket.beat(true);
    }
  }

  /** Counters move at once, so that whatever asks meanwhile hears of it; the sockets are told in their turn. */
  #mayHaveMissed(topics: readonly Topic[] | null): void {
    if (topics === null) {
      this.#parts.moved(null);
      this.#rooms.doubt(null);
      this.#resync.add(this.#byDevice.values());
    } else for (const topic of topics) this.#mayHaveMissedOf(topic);
  }

  #mayHaveMissedOf(topic: Topic): void {
    const at = topic.indexOf(':') + 1;
    const name = topic.slice(at);
    if (topic.startsWith('presence:')) {
      this.watchers.presenceChanged(name as AccountId);
      return;
    }
    const accounts = topic.startsWith('room:') ? this.#rooms.followers(name as ConversationId) : [name as AccountId];
    this.#parts.moved(accounts);
    for (const account of accounts) {
      this.#rooms.doubt(account);
      this.#resync.add(this.#byAccount.get(account) ?? []);
    }
  }

  #lookAgain(socket: Connected): void {
    this.#rooms.known(socket.session.account).catch(this.#parts.fault);
    this.watchers.viewChanged(socket);
    socket.wake();
    socket.beat();
  }

  #typing(hint: Extract<Hint, { readonly type: 'typing' }>): void {
    const frame = framed(hint.frame);
    for (const viewer of this.watchers.of(hint.conversation)) {
      const { account } = viewer.session;
      if (account !== hint.sender && this.#mayHear(account, hint)) viewer.push(frame, true);
    }
  }

  #mayHear(account: AccountId, hint: { recipients: readonly AccountId[] | null; conversation: ConversationId }) {
    return hint.recipients?.includes(account) ?? this.#rooms.follows(account, hint.conversation);
  }

  /** Encodes the frame only if somebody is here. */
  #hand(accounts: Iterable<AccountId>, text: Uint8Array, droppable: boolean): void {
    let frame: Framed | null = null;
    for (const account of accounts) {
      const sockets = this.#byAccount.get(account);
      if (sockets === undefined) continue;
      frame ??= framed(text);
      for (const socket of sockets) socket.push(frame, droppable);
    }
  }
}

function rejected(hint: Extract<Hint, { readonly type: 'verdict' }>, code: string): Uint8Array {
  const { id, conversation } = hint;
  return Buffer.from(JSON.stringify({ type: 'rejected', id, conversation_id: conversation, code }));
}
