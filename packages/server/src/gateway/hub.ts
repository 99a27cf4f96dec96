// The sockets of one gateway, and what every hint means for them. A frame is encoded once and the same bytes go to
// every socket. It promises to hand over only to those a hint names; it must never wait, and never fetch content.
import type { AccountId, ConversationId, DeviceId, ErrorCode } from '@parley/protocol';
import type { Hint } from '../bus/bus.ts';
import type { FrameHandlers, Session } from '../kernel/frame-handlers.ts';
import type { EndCode } from './revocations.ts';
import { Rooms } from './rooms.ts';
import { type Viewer, Watchers } from './watchers.ts';
import { type Framed, framed, framedText } from './wire.ts';

/** A socket, as the hub sees it. */
export interface Connected extends Viewer {
  readonly session: Session;
  /** Says its change counter now. */
  beat(): void;
  /** Other devices may have sent something to this one. */
  wake(): void;
  /** Tells why, then closes. */
  end(code: ErrorCode): void;
}

/** What the hub asks of its surroundings. */
export interface HubParts {
  readonly handlers: Pick<FrameHandlers, 'roomsOf' | 'presenceOf'>;
  readonly fault: (error: unknown) => void;
}

/** Who is connected here. */
export class Hub {
  readonly #byAccount = new Map<AccountId, Connected[]>();
  readonly #byDevice = new Map<DeviceId, Connected>();
  readonly #rooms: Rooms;
  readonly watchers: Watchers;

  constructor({ handlers, fault }: HubParts) {
    this.#rooms = new Rooms({
      seatsOf: (account) => handlers.roomsOf(account),
      hand: (accounts, hint) => this.#hand(accounts, framed(hint.frame), false),
      fault,
    });
    this.watchers = new Watchers({ presenceOf: (viewer, accounts) => handlers.presenceOf(viewer, accounts), fault });
  }

  /** Devices connected here. */
  get devices(): number {
    return this.#byDevice.size;
  }

  /** Every socket that was welcomed. */
  sockets(): Iterable<Connected> {
    return this.#byDevice.values();
  }

  /** From now on the socket gets what its account gets. An older socket of the same device is closed. Resolves when its rooms are known. */
  add(socket: Connected): Promise<void> {
    const { account, device } = socket.session;
    this.#byDevice.get(device)?.end('device.replaced');
    this.#byDevice.set(device, socket);
    const sockets = this.#byAccount.get(account);
    if (sockets === undefined) this.#byAccount.set(account, [socket]);
    else sockets.push(socket);
    return this.#rooms.follow(account);
  }

  /** The socket is gone. */
  remove(socket: Connected): void {
    const { account, device } = socket.session;
    if (this.#byDevice.get(device) === socket) this.#byDevice.delete(device);
    this.watchers.forget(socket);
    const sockets = this.#byAccount.get(account);
    const at = sockets?.indexOf(socket) ?? -1;
    if (sockets === undefined || at < 0) return;
    sockets.splice(at, 1);
    if (sockets.length > 0) return;
    this.#byAccount.delete(account);
    this.#rooms.forget(account);
  }

  /** Reads the account's rooms again: it has noticed that it missed something. */
  refresh(account: AccountId): Promise<void> {
    return this.#byAccount.has(account) ? this.#rooms.follow(account) : Promise.resolve();
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
        else this.#hand(hint.recipients, framed(hint.frame), false);
        break;
      case 'verdict':
        if (hint.verdict.state === 'rejected') this.#hand([hint.sender], rejected(hint, hint.verdict.code), false);
        break;
      case 'accounts':
        this.#hand(hint.accounts, framed(hint.frame), hint.droppable);
        break;
      case 'changed':
        for (const account of hint.accounts) for (const socket of this.#byAccount.get(account) ?? []) socket.beat();
        break;
      case 'to_device':
        for (const device of hint.devices) this.#byDevice.get(device)?.wake();
        break;
      case 'keys':
        // Whoever follows the list tells those whom it concerns.
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
    }
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

  #hand(accounts: Iterable<AccountId>, frame: Framed, droppable: boolean): void {
    for (const account of accounts) {
      const sockets = this.#byAccount.get(account);
      if (sockets === undefined) continue;
      for (const socket of sockets) socket.push(frame, droppable);
    }
  }
}

function rejected(hint: Extract<Hint, { readonly type: 'verdict' }>, code: string): Framed {
  const { id, conversation } = hint;
  return framedText(JSON.stringify({ type: 'rejected', id, conversation_id: conversation, code }));
}
