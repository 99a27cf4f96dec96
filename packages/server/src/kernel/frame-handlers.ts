// How use cases serve the frames of a socket. The gateway owns bytes, order and limits; a use case gets a
// validated frame and the session that sent it, and answers with a value or a refusal.
import type { AccountId, ConversationId, DeviceId, ErrorCode, FramesUp, Presence } from '@parley/protocol';
import type { Result } from './result.ts';

/** One authenticated connection of a device. */
export interface Session {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly admin: boolean;
  /** Client address after trusted proxies; for limits only. */
  readonly address: string;
}

/** A frame that is ready to be sent, as UTF-8 JSON text. */
export type ReadyFrame = Uint8Array;

/** A room that an account is in, since which seq, and the version of the room's member list that says so. */
export interface Seat {
  readonly conversation: ConversationId;
  readonly joinedSeq: number;
  readonly memberN: number;
}

/** What other devices sent to one, as its socket asks for it. Both reject for faults of the world. */
export interface DeviceFrames {
  /** The oldest page that it has not acknowledged, as a `to_device` frame, and where that ends; null: nothing waits. */
  waiting(session: Session): Promise<{ readonly frame: ReadyFrame; readonly upTo: number } | null>;
  /** Everything up to `n` is kept by the device. */
  received(session: Session, frame: FramesUp['to_device_received']): Promise<void>;
}

/** The use cases behind the frames. Those that return nothing are hints and may be dropped. */
export interface FrameHandlers {
  /**
   * Authorises, builds the record, appends it. Resolves when it is durable: one tick. Called in order per socket:
   * the next message of the socket is handed over once `ordered` was called (right after the record was given to the
   * log, so that its place is fixed) or once this one is answered. Without the call each waits for the one before.
   * `isHeld`, asked right before the append: an earlier one of its conversation was refused meanwhile and is to come
   * again, so that this one is refused with `message.out_of_order`. Absent: never.
   */
  message(
    session: Session,
    frame: FramesUp['message'],
    ordered: () => void,
    isHeld?: () => boolean,
  ): Promise<Result<{ readonly id: string }, ErrorCode>>;
  /** A watermark; clamped, never lowered. */
  received(session: Session, frame: FramesUp['received']): Promise<Result<null, ErrorCode>>;
  read(session: Session, frame: FramesUp['read']): Promise<Result<null, ErrorCode>>;
  typing(session: Session, frame: FramesUp['typing']): Promise<Result<null, ErrorCode>>;
  /** A page of a conversation, or of what changed for the account: `messages` or `changes` with the ref. */
  sync(session: Session, frame: FramesUp['sync']): Promise<Result<ReadyFrame, ErrorCode>>;
  /** First `changes` page after `welcome`. */
  changesSince(session: Session, since: string | null): Promise<Result<ReadyFrame, ErrorCode>>;
  /** The account's change counter for `heartbeat`. */
  changeCounter(account: AccountId): Promise<string>;
  /** What this viewer may know of these accounts now. */
  presenceOf(viewer: AccountId, accounts: readonly AccountId[]): Promise<readonly Presence[]>;
  /** Rooms that the account is in: the hub follows them for it, from `joinedSeq` on. */
  roomsOf(account: AccountId): Promise<readonly Seat[]>;
  /** From which seq on the account is in this room now; null: it is not. */
  seatedSince(account: AccountId, room: ConversationId): Promise<number | null>;
  /** Which of these conversations the account may watch for typing. */
  watchable(account: AccountId, conversations: readonly ConversationId[]): Promise<readonly ConversationId[]>;
  /** The session's socket is up (after `welcome`), or gone; without a word when nothing was heard for `silentMs`. */
  connected(session: Session): Promise<void>;
  disconnected(session: Session, silentMs: number): Promise<void>;
}
