// What the log carries, as the sequencer sees it. The codec is `record-codec.ts`. A record holds everything
// that `apply` may not decide: the gateway's time, who must not see it, which rules were checked before.
import type { AccountId, ConversationId, DeviceId, InviteId, MessageId, Role, SignedEntry } from '@parley/protocol';

interface Addressed {
  readonly conversation: ConversationId;
  readonly sender: AccountId;
  readonly id: MessageId;
  readonly lamport: number;
  /** The gateway's clock when it checked, in milliseconds. */
  readonly stamp: number;
  /** Never sent before (DESIGN 5): with an append time −5…+30 s from `stamp` the id table is not asked. */
  readonly first: boolean;
  /**
   * Part of the envelope that goes through untouched: JSON members without braces, with `"timestamp"` and, where they
   * are, `"device"`, `"content"`, `"format"`, `"mentions"`, `"blobs"`. What has a field of its own in the record
   * (`targets`, `seconds`, `key`, `value`, `change`) is not in it: `apply` adds it to the row's tail.
   * In a members record it may be empty: then `apply` writes device and timestamp too.
   */
  readonly tail: Uint8Array;
}

/** A message of a person or bot, or a setting in an account log. */
export interface MessageRecord extends Addressed {
  readonly type: 'message';
  readonly kind: 'content' | 'quiet' | 'delete' | 'timer' | 'setting';
  readonly hiddenFrom: readonly AccountId[];
  /** delete: seqs of the message and its edits. */
  readonly targets: readonly number[];
  /** timer: lifetime in seconds. */
  readonly seconds: number;
  /** setting: key and value, else empty. */
  readonly key: string;
  readonly value: string;
}

/** Who is invited. `hidden`: it has blocked who invites, and is told nothing. */
export interface Invited {
  readonly account: AccountId;
  readonly hidden?: true;
}

/** What a members record asks for. The sender is the actor. */
export type Change =
  | {
      readonly action: 'create';
      readonly kind: 'direct' | 'group' | 'room' | 'account';
      /** Founding members, the creator included (rooms: only the creator). */
      readonly members: readonly AccountId[];
      readonly title: string;
      readonly topic: string;
      readonly access: 'open' | 'invite';
      readonly history: 'none' | 'all';
      /** Direct: both are contacts from the start (they met by an invite link). */
      readonly contact: boolean;
      /** Groups: who is invited from the start. */
      readonly invited?: readonly Invited[];
    }
  | { readonly action: 'add'; readonly subject: AccountId; readonly role: Role }
  /** By an invite's secret hash (of a signed link: its key), or (open rooms, and who is invited) without one. */
  | { readonly action: 'join'; readonly inviteHash: string }
  | { readonly action: 'leave' }
  | { readonly action: 'remove'; readonly subject: AccountId }
  | { readonly action: 'role'; readonly subject: AccountId; readonly role: Role }
  | { readonly action: 'accept' }
  | {
      readonly action: 'settings';
      readonly title?: string;
      readonly topic?: string;
      readonly access?: 'open' | 'invite';
      readonly history?: 'none' | 'all';
    }
  | {
      readonly action: 'invite';
      readonly inviteId: InviteId;
      readonly secretHash: string;
      readonly expiresAt: number | null;
      readonly uses: number | null;
      readonly approval?: true;
    }
  | { readonly action: 'revoke_invite'; readonly inviteId: InviteId }
  /** An invitation; only the subject's own `join` makes it a member. */
  | { readonly action: 'ask'; readonly subject: AccountId; readonly role: Role; readonly hidden?: true }
  /** The subject's own no; or it waits no more. */
  | { readonly action: 'decline' }
  /** The invitation is taken back. */
  | { readonly action: 'withdraw'; readonly subject: AccountId }
  /** By a link that needs an approval: it waits until somebody adds it. */
  | { readonly action: 'knock'; readonly inviteHash: string }
  /** Who waits is not let in. */
  | { readonly action: 'refuse'; readonly subject: AccountId };

/** Creation, membership and settings of a conversation, ordered with its messages. */
export interface MembersRecord extends Addressed {
  readonly type: 'members';
  readonly device: DeviceId | null;
  readonly change: Change;
  /** In a group, of who has an identity: the same as a signed entry, verified. */
  readonly entry?: SignedEntry;
}

/** For the sequencer itself: nothing is shown. */
export interface ControlRecord {
  readonly type: 'control';
  /** `epoch`: the server was restored; `version`: records of this version may follow. */
  readonly control: 'epoch' | 'version';
  readonly value: number;
}

export type LogRecord = MessageRecord | MembersRecord | ControlRecord;

/** What became of a record. A repeat gets the first verdict again. */
export type Verdict =
  | { readonly state: 'accepted'; readonly seq: number; readonly repeat: boolean }
  | { readonly state: 'rejected'; readonly code: string; readonly repeat: boolean };

/** A record changed a conversation. */
export interface Heard {
  readonly conversation: ConversationId;
  /** Of the record. */
  readonly offset: number;
  /** Who may know of it, those who left by it aside; null: whoever is in this room. */
  readonly members: { keys(): Iterable<AccountId> } | null;
  /** Who came and went by it, and who, not in it, is concerned by it. */
  readonly joined: readonly AccountId[];
  readonly left: readonly AccountId[];
  readonly concerned: readonly AccountId[];
  /** Whose settings have changed. */
  readonly settingsOf: AccountId | null;
}

/** Hears of changes. */
export type Follower = (heard: Heard) => void;
