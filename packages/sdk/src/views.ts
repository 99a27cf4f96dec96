// What the SDK shows: immutable snapshots for screens, commands and bots. Times are milliseconds since the
// Unix epoch. Nothing here is a wire frame, and nothing here is ever changed in place.
import type {
  AccountId,
  Advice,
  ConversationId,
  DeviceId,
  InviteId,
  MemberAction,
  MessageId,
  PresenceState,
  Role,
} from '@parley/protocol';
import type { ChatErrorCode } from './error.ts';
import type { FileView } from './file-view.ts';

/** Something that can be looked at now and watched. `subscribe` calls back after each change and returns the way to stop. */
export interface Live<T> {
  readonly snapshot: T;
  subscribe(listener: () => void): () => void;
}

/** How the client stands with the server. `waiting` tries again at `until`; `ended` never does by itself. */
export type ClientState =
  | { readonly phase: 'offline' }
  | { readonly phase: 'connecting' }
  | { readonly phase: 'waiting'; readonly until: number }
  /** Connected, and reading what was missed. */
  | { readonly phase: 'catching_up' }
  | { readonly phase: 'online' }
  /** Signed out, replaced or refused for good. */
  | { readonly phase: 'ended'; readonly code: ChatErrorCode; readonly advice: Advice };

/** How the encryption of this device stands. */
export interface EncryptionView {
  /** `off`: this client has no keys. `opening`: not yet. `needs_linking`: chats wait for another device or the recovery key. */
  readonly phase: 'off' | 'opening' | 'ready' | 'needs_linking';
  /**
   * `none`: it is not known here. `offered`: it can be shown until it is confirmed. `unfinished`: the account has a new
   * identity without one, because making it was cut off; `newRecoveryKey` ends that.
   */
  readonly recovery: 'none' | 'offered' | 'confirmed' | 'unfinished';
  /** People who set up Parley afresh; `left_out` get nothing until that is reviewed. */
  readonly changed: readonly { readonly account: AccountId; readonly what: 'changed' | 'left_out' }[];
  /** Two own devices that compare pictures, as far as they have got. */
  readonly comparison: ComparisonView | null;
  /** A new device and a linked one over a code that is scanned, as far as they have got. */
  readonly pairing: PairingView | null;
  /** Why the keys could not be opened; it is tried again by itself. Without them chats are neither read nor written. */
  readonly problem?: ChatErrorCode | null;
}

/** A new device shows a code, a linked one scans it and shows digits, and these are typed on the new one. */
export interface PairingView {
  readonly role: 'new' | 'old';
  /** New: `shown`, `digits` (to be typed here), `working`, `done`. Old: `waiting`, `digits` (to be typed there), … */
  readonly state: 'shown' | 'waiting' | 'digits' | 'working' | 'done' | 'ended';
  /** What the code says, while it is shown. */
  readonly text: string | null;
  /** Old: what is to be typed on the new one. */
  readonly digits: string | null;
  /** Old: the new one, once that is known. */
  readonly device: string | null;
  /** `mistyped`: try again. The others have ended it: `wrong` digits, the code is `gone`, what came does not fit. */
  readonly problem: 'mistyped' | 'wrong' | 'gone' | 'refused' | 'ended' | null;
}

/** A comparison of seven pictures between two own devices. */
export interface ComparisonView {
  readonly flow: string;
  /** The other one. */
  readonly device: string | null;
  /** `asked`: by the other one, until it is joined. `waiting`: for the other one. */
  readonly state: 'asked' | 'waiting' | 'compare' | 'done' | 'cancelled';
  /** Seven, in order, while they are to be compared. */
  readonly emoji: readonly { readonly symbol: string; readonly name: string }[];
}

/**
 * The devices of whoever starts over. `safe`: nobody else has a device of before, or its keys; what those said and others have not read yet is believed.
 * `lost`: somebody may, so it is not.
 */
export type DevicesBefore = 'safe' | 'lost';

/** The one secret of an account, in both forms in which it can be written down. */
export interface RecoveryKeyView {
  readonly words: readonly string[];
  readonly groups: string;
}

/** What is known of the keys of a person, and the code to compare: twelve groups of five digits, alike at both ends. */
export interface IdentityView {
  readonly account: AccountId;
  readonly state: 'none' | 'known' | 'confirmed' | 'changed' | 'left_out';
  /** Null while one of the two has no keys. */
  readonly code: { readonly digits: string; readonly qr: string } | null;
}

/**
 * What the code that somebody shows says: the same, their key is not what we know, they do not know our key, it is
 * another person's (or not for us), of another version, or none.
 */
export type ScanResult =
  | 'match'
  | 'their_key_differs'
  | 'our_key_differs'
  | 'other_person'
  | 'older'
  | 'newer'
  | 'unreadable';

/** An own device, and whether the account vouches for it: only then it gets keys. */
export interface DeviceKeysView {
  readonly device: string;
  readonly linked: boolean;
  readonly current: boolean;
}

/** `pending` clock · `sent` ✓ · `delivered` ✓✓ · `read` blue · `rejected` ⚠. Others' messages are `received`. */
export type MessageState = 'pending' | 'sent' | 'delivered' | 'read' | 'rejected' | 'received';

/** What a row of a timeline is. `change` and `timer` are system rows. */
export type MessageType =
  | 'text'
  | 'file'
  | 'poll'
  | 'contact'
  | 'shared'
  | 'change'
  | 'timer'
  | 'deleted'
  | 'undecryptable';

export interface ReactionView {
  readonly emoji: string;
  readonly accounts: readonly AccountId[];
  readonly own: boolean;
}

/** What a message answers. `state` says why there is no text. */
export interface ReplyView {
  readonly seq: number;
  readonly sender: AccountId | null;
  readonly text: string;
  readonly state: 'here' | 'deleted' | 'missing';
  /** With a file: how it is shown, and its name. */
  readonly look?: FileView['look'];
  readonly name?: string;
}

export interface PollView {
  readonly question: string;
  readonly choose: 'one' | 'many';
  readonly options: readonly { readonly text: string; readonly voters: readonly AccountId[]; readonly own: boolean }[];
}

/** Earlier messages that the sender of a row shared with `subject`, who came in; without items for everybody else. */
export interface SharedView {
  readonly subject: AccountId;
  readonly part: number;
  readonly parts: number;
  /** Oldest first. Who wrote them is what the sharer says. */
  readonly items: readonly { readonly sender: AccountId; readonly at: number; readonly text: string }[];
}

/** What happened, in a system row. */
export interface ChangeView {
  readonly action: MemberAction | 'title' | 'picture' | 'picture_removed';
  readonly actor: AccountId;
  readonly subject: AccountId | null;
  readonly role: Role | null;
  readonly title: string | null;
  /** With `create`: who was not added but invited. */
  readonly invited: readonly AccountId[];
}

/** One row of a timeline. */
export interface MessageView {
  readonly id: MessageId;
  readonly conversation: ConversationId;
  /** Place in the conversation; null while it has none (pending, rejected, only on this device). */
  readonly seq: number | null;
  readonly sender: AccountId;
  readonly own: boolean;
  readonly type: MessageType;
  /** Plain text with light marks; empty where there is none. */
  readonly text: string;
  readonly state: MessageState;
  /** Why it was rejected. */
  readonly error: { readonly code: ChatErrorCode; readonly advice: Advice } | null;
  /** Not sent yet although the server can be reached: who is to read it has changed five times meanwhile. */
  readonly unsettled: boolean;
  /** The sender's clock, as clamped by the server. Shown, never used for order. */
  readonly timestamp: number;
  /** The server's clock; null while pending. */
  readonly storedAt: number | null;
  readonly expiresAt: number | null;
  readonly edited: boolean;
  /** Own: its last edit was sent in time and stored too late, so it counts for nobody. */
  readonly tooLate: boolean;
  readonly reactions: readonly ReactionView[];
  readonly replyTo: ReplyView | null;
  readonly mentions: readonly AccountId[];
  readonly mentionsMe: boolean;
  /** How often it was forwarded; 0 when never. */
  readonly forwarded: number;
  readonly starred: boolean;
  readonly pinned: boolean;
  readonly poll: PollView | null;
  readonly contact: AccountId | null;
  /** With `file`; what was said with it is `text`. */
  readonly file: FileView | null;
  readonly change: ChangeView | null;
  /** With `shared`. */
  readonly shared: SharedView | null;
  /** With `timer`: the new lifetime in seconds, 0 for ever. */
  readonly timerSeconds: number | null;
  /** With `undecryptable`: why. It opens by itself when a key that is missing comes. */
  readonly unreadable: 'no_key' | 'not_trusted' | 'altered' | 'broken' | null;
  /** The server was restored from a backup that does not have it. */
  readonly onlyHere: boolean;
}

/** One end of a window: nothing beyond, more to load, loading, or more that cannot be reached now. */
export type Edge = 'end' | 'more' | 'loading' | 'unreachable';

/** The window of messages that a timeline shows: confirmed by seq, then (at the newest end) pending. */
export interface TimelineView {
  readonly items: readonly MessageView[];
  readonly older: Edge;
  readonly newer: Edge;
  /** First message that was unread when the timeline was opened, for the dividing line. */
  readonly firstUnreadSeq: number | null;
}

export interface PersonView {
  readonly account: AccountId;
  readonly handle: string;
  readonly name: string;
  readonly about: string;
  readonly kind: 'person' | 'bot' | 'guest';
  readonly deleted: boolean;
}

export interface MeView extends PersonView {
  readonly device: DeviceId;
  readonly admin: boolean;
  /** Notes to self. */
  readonly notes: ConversationId;
  readonly createdAt: number;
}

/** The newest message of a conversation in one line. */
export interface PreviewView {
  readonly id: MessageId;
  readonly sender: AccountId;
  readonly own: boolean;
  readonly type: MessageType;
  /** At most 200 characters; with a file about which nothing is said, its name. */
  readonly text: string;
  /** With a file: how it is shown, and its name. */
  readonly look?: FileView['look'];
  readonly name?: string;
  readonly state: MessageState;
  readonly at: number;
  readonly change: ChangeView | null;
  /** Why it cannot be opened; `no_key`: it opens when its key comes. */
  readonly unreadable: MessageView['unreadable'];
}

/** `ended`: it was invited or waited, and is not any more; such a conversation is in no list. */
export type Membership = 'member' | 'left' | 'invited' | 'waiting' | 'ended';

/** An invitation, or (`by` null) an own wish to be let in. */
export interface InvitationState {
  readonly by: AccountId | null;
  readonly askedAt: number;
  readonly expiresAt: number;
}

/** Somebody who is invited, or waits to be let in, as administrators see it. */
export interface PendingView {
  readonly account: AccountId;
  readonly state: 'invited' | 'waiting';
  /** Who invited; null for who waits. */
  readonly by: AccountId | null;
  readonly role: Role;
  readonly askedAt: number;
  readonly expiresAt: number;
}

/** Somebody who was added, or only invited. */
export interface AddedView {
  readonly account: AccountId;
  readonly role: Role;
  readonly membership: 'member' | 'invited';
}

/**
 * Why nothing is sealed in a group: nobody signed who is in it; people (or this device and the server) see different
 * member lists; who changed the list was confirmed and set up afresh, and has to be reviewed.
 */
export type ListFault = 'unsigned' | 'different' | 'review';

/** A picture of a group: small, still, and of one of three types. */
export interface GroupPicture {
  readonly type: 'image/jpeg' | 'image/png' | 'image/webp';
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** One conversation in the list. */
export interface ConversationView {
  readonly id: ConversationId;
  readonly kind: 'direct' | 'group' | 'room';
  /** Title; in direct the name of the other; notes to self has an empty one (the screen names it). */
  readonly title: string;
  /** A group whose title is not known (yet): one of its people, by name, after whom a screen may call it. */
  readonly namedAfter: string | null;
  /** Groups: the record with its picture, which `Conversation.picture()` reads; another picture has another one. */
  readonly picture: number | null;
  /** And with whose link this account came into it, by name. */
  readonly joinedWith: string | null;
  readonly topic: string;
  readonly access: 'open' | 'invite' | null;
  /** Direct: the other account; null for notes to self. */
  readonly peer: AccountId | null;
  readonly notes: boolean;
  /** Own role; null after leaving, and for who is not in it yet. */
  readonly role: Role | null;
  readonly membership: Membership;
  /** With `invited` and `waiting`. Then nothing else is known but kind, number of members, and a room's title. */
  readonly invitation: InvitationState | null;
  readonly memberCount: number;
  /** Of a group: its member list is not in order, and messages wait. */
  readonly listFault: ListFault | null;
  /** `in`: a stranger's request to answer. `out`: ours, not yet answered. */
  readonly request: 'in' | 'out' | null;
  readonly contact: boolean;
  readonly blocked: boolean;
  readonly unread: number;
  readonly unreadMentions: number;
  readonly head: number;
  readonly readSeq: number;
  readonly last: PreviewView | null;
  /** Nothing was ever said in it, or everything was cleared. Else, without a last one, that is not here (yet). */
  readonly empty: boolean;
  /** While the last one waits for its key: what stands before it. */
  readonly before: PreviewView | null;
  /** When something last happened, for the order of the list. */
  readonly activeAt: number;
  readonly draft: string;
  readonly mutedUntil: number | null;
  readonly archived: boolean;
  /** On top of the list. */
  readonly top: boolean;
  readonly typing: readonly AccountId[];
  readonly timerSeconds: number;
  /** Newest pinned messages, at most 3. */
  readonly pinnedSeqs: readonly number[];
  /** Part of it is missing or differs from what this person (perhaps oneself, on another device) has seen; null: nothing is. */
  readonly doubt: AccountId | null;
  /** When the message was stored that said so; null: nothing is doubted, or it is not known. */
  readonly doubtAt: number | null;
  /** The server was restored, and has lost messages that only this device has: what it has reaches up to here. */
  readonly restoredFrom: number | null;
}

export interface MemberView {
  readonly account: AccountId;
  readonly role: Role;
  readonly joinedSeq: number;
}

export interface MembersView {
  readonly items: readonly MemberView[];
  readonly more: boolean;
  readonly loaded: boolean;
}

/** Who has got and read one message. */
export interface MessageInfoView {
  readonly read: readonly AccountId[];
  readonly delivered: readonly AccountId[];
  readonly waiting: readonly AccountId[];
}

export interface PresenceView {
  readonly state: PresenceState;
  readonly lastSeenAt: number | null;
}

export interface DeviceView {
  readonly device: DeviceId;
  readonly name: string;
  readonly createdAt: number;
  readonly lastSeenAt: number | null;
  /** When somebody last used a sign-in that this device had replaced: it may have been copied. */
  readonly oldTokenUsedAt: number | null;
  readonly current: boolean;
  readonly online: boolean;
}

/** An invitation. `link` only right after it was made; it holds the secret behind its `#`. */
export interface InviteView {
  readonly invite: InviteId;
  readonly createdAt: number | null;
  readonly expiresAt: number | null;
  readonly usesLeft: number | null;
  /** Who follows it waits until an administrator lets them in. */
  readonly approval: boolean;
  readonly link: string | null;
  /** A link to the server was made on a device that has no keys: it does not name the key of who invites. */
  readonly keyless: boolean;
}

export interface RoomView {
  readonly id: ConversationId;
  readonly title: string;
  readonly topic: string;
  readonly memberCount: number;
  readonly member: boolean;
}

/** Private settings of the account; all its devices agree. */
export interface SettingsView {
  readonly presence: 'everyone' | 'contacts' | 'nobody';
  readonly readReceipts: boolean;
  readonly adding: 'everyone' | 'contacts' | 'nobody';
  readonly blocked: readonly AccountId[];
  readonly starred: readonly { readonly conversation: ConversationId; readonly seq: number }[];
}

export interface SearchHit {
  readonly conversation: ConversationId;
  readonly seq: number;
  readonly sender: AccountId;
  readonly text: string;
  readonly storedAt: number;
}
