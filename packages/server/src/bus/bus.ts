// Port of the wake-up between sequencer, use cases and gateways. At most once: a hint, never the delivery
// path. Everything that it carries can be fetched again by seq, cursor or question.
import type { AccountId, ConversationId, DeviceId, MessageId } from '@parley/protocol';
import type { Verdict } from '../sequencer/record.ts';
import type { ConversationRow, MarkRow } from '../store/store.ts';

/** What every record moves in its conversation. */
export type StandsAt = Pick<ConversationRow, 'ord' | 'lamport' | 'time' | 'offset'>;

/** A conversation has this record, and all before it. */
export type Stands = Pick<ConversationRow, 'conversation' | 'seq'>;

/** What a gateway wants to hear of: an account with a socket here, a room with somebody here, a presence that is shown. */
export type Topic = `account:${AccountId}` | `room:${ConversationId}` | `presence:${AccountId}`;

/** Something that online devices may want to know at once. */
export type Hint =
  /** A record got its seq: for the sockets of these accounts, or (null: a room) of whoever has joined it. */
  | {
      readonly type: 'envelope';
      readonly conversation: ConversationId;
      readonly seq: number;
      readonly memberN: number;
      readonly sender: AccountId;
      /** Does it count, as what people say does? */
      readonly counts: boolean;
      readonly recipients: readonly AccountId[] | null;
      /** Accounts that became or stopped being members by this record (rooms: so that gateways can follow). */
      readonly joined: readonly AccountId[];
      readonly left: readonly AccountId[];
      /**
       * How the conversation stands after it, when nothing else of it has changed (in a direct one: if both had written
       * before); null: who holds it reads it again.
       */
      readonly after: StandsAt | null;
      /** The envelope as JSON text in UTF-8, encoded once. */
      readonly frame: Uint8Array;
    }
  /** What became of a record; the sender's sockets hear of a rejection, a waiting request gets its answer. */
  | {
      readonly type: 'verdict';
      readonly conversation: ConversationId;
      readonly sender: AccountId;
      readonly id: MessageId;
      readonly verdict: Verdict;
    }
  /** A ready frame for every socket of these accounts. `droppable` ones go first under pressure. */
  | {
      readonly type: 'accounts';
      readonly accounts: readonly AccountId[];
      readonly frame: Uint8Array;
      readonly droppable: boolean;
    }
  /** `sync` has something to say to these accounts for which there is no record of theirs: a heartbeat tells it at once. */
  | { readonly type: 'changed'; readonly accounts: readonly AccountId[] }
  /**
   * A watermark rose (null: several in this group did): the change counters of these accounts move, without a word.
   * Only where gateways keep watermarks apart from each other.
   */
  | {
      readonly type: 'marks';
      readonly conversation: ConversationId;
      readonly accounts: readonly AccountId[];
      readonly mark: MarkRow | null;
    }
  /** Typing: for members that have this conversation on screen, the sender's devices aside. */
  | {
      readonly type: 'typing';
      readonly conversation: ConversationId;
      readonly sender: AccountId;
      readonly recipients: readonly AccountId[] | null;
      readonly frame: Uint8Array;
    }
  /** A presence that changed: each gateway shows it to its own watchers as far as they may know. */
  | { readonly type: 'presence'; readonly account: AccountId }
  /** Something was put into the queues of these devices. */
  | { readonly type: 'to_device'; readonly accounts: readonly AccountId[]; readonly devices: readonly DeviceId[] }
  /** The list of key changes has grown. */
  | { readonly type: 'keys' }
  /** A setting of the account changed (privacy, blocks): caches drop it. */
  | { readonly type: 'settings'; readonly account: AccountId }
  /**
   * What these accounts (null: all), or whoever is in this room, were told of before its rows were stored stands in the
   * store now: sockets that were told to look within so long may have read too early. So may have states that do not have
   * what `stands`; they are read again (all of them, when everybody is told).
   */
  | {
      readonly type: 'stored';
      readonly accounts: readonly AccountId[] | null;
      readonly room: ConversationId | null;
      readonly withinMs: number;
      readonly stands: readonly Stands[];
    }
  /** This device was signed out, or (`disabled`) its account was disabled: its sockets end. The revocation list is the truth. */
  | { readonly type: 'revoked'; readonly device: DeviceId; readonly disabled?: true }
  /** The bus itself says: hints of these topics (null: any) may have been lost here. Whoever lives by them looks again. */
  | { readonly type: 'resync'; readonly topics: readonly Topic[] | null };

/** Carries hints to every gateway that wants them, this one included. */
export interface Bus {
  /** Never waits, never throws; may lose it. [BUS1] */
  publish(hint: Hint): void;
  /** Called for every hint that arrives, in the publisher's order, until the returned function is called. [BUS2] */
  subscribe(listener: (hint: Hint) => void): () => void;
  /**
   * From now on hints of this topic come here, until the returned function is called; wanted twice it is given up
   * twice. A bus may leave out of a hint's accounts those that are not wanted here. [BUS10]
   */
  want(topic: Topic): () => void;
  /** Resolves when what was wanted before is known everywhere, or cannot be now: then `resync` makes up for it. [BUS11] */
  ready(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
