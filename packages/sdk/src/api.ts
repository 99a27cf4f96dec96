// The public face of the SDK: what an app, a command or a bot holds in its hand. Every promise rejects with `ChatError`
// only: act on its `advice`, show by its `code`. What asks the server rejects with `client.unreachable` without one and
// with `client.closed` after `close`; what only writes to this device works offline and rejects with `client.storage`.
// Seqs are places in a conversation, from 1; times are milliseconds since the Unix epoch.
import type {
  AccountId,
  ConversationId,
  DeviceId,
  InviteId,
  MessageId,
  ReportId,
  ReportReason,
  Role,
  RouteResult,
} from '@parley/protocol';
import type { Deeds } from './deeds.ts';
import type { FileView } from './file-view.ts';
import type { ReportDraft } from './reporting.ts';
import type { UndecryptableView } from './undecryptable.ts';
import type {
  AddedView,
  ClientState,
  ConversationView,
  DeviceView,
  EncryptionView,
  GroupPicture,
  InviteView,
  Live,
  MembersView,
  MemberView,
  MessageInfoView,
  MessageState,
  MessageView,
  MeView,
  PendingView,
  PersonView,
  PresenceView,
  RoomView,
  SearchHit,
  SettingsView,
  TimelineView,
} from './views.ts';

/** A fresh login. `token` is null where the platform keeps a cookie. */
export interface SessionView {
  readonly me: MeView;
  readonly token: string | null;
  /** The chat with the person who invited, where there is one. */
  readonly conversation: ConversationId | null;
  /** The link by which it signed up, if more is to be done by it: to be given to `invites.accept` of its client. Into a group that signs that it comes; of a person it remembers their key. */
  readonly invite: string | null;
}

export interface NewAccount {
  /** 3 to 32 of a-z, 0-9, dot and underscore, beginning with a letter; an `@` in front and capitals do not matter. */
  readonly handle: string;
  /** 1 to 64 characters, shown to others. */
  readonly name: string;
  /** 8 to 256 characters, and not a common one. */
  readonly password: string;
  /** 1 to 64 characters, to tell one's devices apart. */
  readonly deviceName: string;
}

/** Everything before there is a client. Made by `entrance()` of a platform. */
export interface Entrance {
  /** What anybody may know of the server. */
  server(): Promise<RouteResult<'getServer'>>;
  /** The owner's account, with the set-up link or its secret. Rejects with `setup.done` when it is used or too old. */
  setUp(secret: string, account: NewAccount): Promise<SessionView>;
  /** With `invite` an invitation, as a link or its secret. Rejects with `handle.taken`, `password.weak`, `signup.closed`, `invite.invalid`. */
  signUp(account: NewAccount & { readonly invite?: string }): Promise<SessionView>;
  /** Rejects with `auth.refused`, alike for a wrong password and an unknown handle, and with `device.too_many` at the ninth device. */
  signIn(login: {
    readonly handle: string;
    readonly password: string;
    readonly deviceName: string;
  }): Promise<SessionView>;
  /**
   * With the recovery key, as words or groups: it is never sent, it signs what the server asks. Rejects with
   * `recovery.invalid` when it is none, with `auth.refused` alike for another account's key and an unknown handle, and
   * with `device.too_many`. The chats are opened with the same key afterwards: `encryption.recover`.
   */
  signInWithRecoveryKey(login: {
    readonly handle: string;
    readonly key: string;
    readonly deviceName: string;
  }): Promise<SessionView>;
  /** Somebody types what they come in with: what opens their chats is fetched meanwhile. */
  prepare(): void;
  /** A guest of open rooms, where the operator allows it. */
  guest(name: string): Promise<SessionView>;
  /** Who invites. Uses nothing up. */
  inspectInvite(secret: string): Promise<InvitationView>;
}

/** What a link's page shows before anything is used up. */
export interface InvitationView {
  readonly kind: 'account' | 'conversation';
  readonly inviter: PersonView;
  readonly title: string;
  /** An account can be made with it. */
  readonly signup: boolean;
  /** Who follows it waits until an administrator lets them in. */
  readonly approval: boolean;
}

/** A message on its way. */
export interface SentMessage {
  readonly id: MessageId;
  readonly state: MessageState;
  /** Place in the conversation once it has come back; null before. */
  readonly seq: number | null;
  /**
   * Resolves when it is in this state or a later one. Where there is no second tick (rooms, notes to self, edits,
   * reactions, deletes) `sent` is enough. Rejects with the refusal, `client.aborted` or `client.closed`.
   */
  reached(state: 'sent' | 'delivered' | 'read', signal?: AbortSignal): Promise<void>;
  /** Resolves to its seq, with which it can be edited, answered or deleted. Rejects as `reached` does. */
  placed(signal?: AbortSignal): Promise<number>;
}

/**
 * A window of messages, at most 2,000; beyond, the far end goes and can be loaded again. It follows the newest while its
 * newer edge is `end`. Close it when it leaves the screen.
 */
export interface Timeline extends Live<TimelineView> {
  /** Loads about `count` (50) more. Resolves when the edge moved or there is nothing older; rejects with `client.unreachable` when it cannot know. */
  loadOlder(count?: number): Promise<void>;
  loadNewer(count?: number): Promise<void>;
  /** Moves the window so that this message (or what is left around it) is inside. Rejects with `message.unknown` when there is no such place. */
  jumpTo(seq: number): Promise<void>;
  jumpToNewest(): Promise<void>;
  close(): void;
}

/** Members. Groups and direct are whole after `load`; rooms come in pages. */
export interface Members extends Live<MembersView> {
  load(): Promise<void>;
  loadMore(): Promise<void>;
  /**
   * Adds a contact, or who waits to be let in; somebody else is invited. Admins only. Rejects with `conversation.role`,
   * `conversation.full` (1,024 in a group), `members.conflict` (is in, or invited), `members.declined` (said no within a
   * day), `account.unknown`, `request.limit` (20 invitations a day), `invite.too_many` (256 are pending).
   */
  add(account: AccountId, role?: Role): Promise<AddedView>;
  /** Changes a role; `owner` hands ownership over. Admins only. */
  setRole(account: AccountId, role: Role): Promise<MemberView>;
  /** Admins only; whoever is removed keeps what they could read. */
  remove(account: AccountId): Promise<void>;
  /** Who is invited, and who waits to be let in. Admins only. */
  readonly pending: Pending;
}

/** Empty before `load`; after it the list follows what happens. */
export interface Pending extends Live<readonly PendingView[]> {
  load(): Promise<void>;
  /** Lets in who waits. */
  approve(account: AccountId, role?: Role): Promise<void>;
  /** Does not let in who waits, or takes an invitation back. Rejects with `members.conflict` when there is none (any more). */
  refuse(account: AccountId): Promise<void>;
}

/** Links into one group or room. Admins only. */
export interface InviteLinks {
  list(): Promise<readonly InviteView[]>;
  /** At most 1,000 uses and 90 days; at most 50 links are open at a time. */
  create(options?: {
    readonly uses?: number;
    readonly expiresInMs?: number;
    /** Who follows it waits until an administrator lets them in. */
    readonly approval?: boolean;
  }): Promise<InviteView>;
  revoke(invite: InviteId): Promise<void>;
}

/** Bytes that are read a piece at a time: a file of the host. */
export interface FileSource {
  /** Its size in bytes, at most 100 MiB. */
  readonly size: number;
  /** The bytes from `from` to before `to`. Rejects when the file has changed or cannot be read. */
  read(from: number, to: number): Promise<Uint8Array>;
}

/** A file to be sent. What it is was found out by whoever has it in the clear: the app. */
export interface NewFile {
  readonly source: FileSource;
  /** 1 to 200 characters; a path before it is cut off. */
  readonly name: string;
  /** As in `image/jpeg`. */
  readonly mediaType: string;
  readonly look: FileView['look'];
  /** Pixels, as it is shown. */
  readonly width?: number;
  readonly height?: number;
  readonly durationMs?: number;
  /** A JPEG or WebP of at most 4 KiB, to be seen before the file is there. */
  readonly thumb?: Uint8Array;
  /** What is said with it: a text as in `send`. */
  readonly text?: string;
  readonly replyTo?: number;
}

/**
 * One conversation. Writing works offline: it waits in the outbox, in order, and goes out once. All that writes resolves
 * when it is kept on this device; at most 20,000 messages wait (`client.queue_full`). What becomes of a message is told
 * by `SentMessage`.
 */
export interface Conversation extends Live<ConversationView> {
  readonly id: ConversationId;
  readonly members: Members;
  readonly links: InviteLinks;
  /** `at` is where it begins: a seq, the newest (default), or the first unread; `count` (50) how many messages. */
  timeline(options?: { readonly at?: number | 'newest' | 'unread'; readonly count?: number }): Timeline;

  /**
   * 1 to 16,384 characters and at most 32 KiB in UTF-8, else `message.too_large`, or `frame.invalid` when there is only
   * space. At most 50 mentions.
   */
  send(
    text: string,
    options?: { readonly replyTo?: number; readonly mentions?: readonly AccountId[] },
  ): Promise<SentMessage>;
  /** 2 to 12 options of at most 100 characters, a question of at most 300. */
  sendPoll(question: string, options: readonly string[], choose?: 'one' | 'many'): Promise<SentMessage>;
  sendContact(account: AccountId): Promise<SentMessage>;
  /**
   * Seals a file, puts it on the server and then sends the message that carries it. Not in rooms (`blob.room`). Needs the
   * server: rejects with `client.unreachable`, `blob.too_large` (100 MiB), `blob.quota`, `blob.none` (this server keeps no
   * files), `request.limit` (not accepted yet), `client.unreadable_file`, `client.aborted`; nothing is sent then.
   * `onProgress` is told how many sealed bytes have gone, how many there are, and whether the server is waited for: a file of
   * more than 5 MiB goes on where it stopped when the server is back, for up to ten minutes without anything getting through.
   */
  sendFile(
    file: NewFile,
    options?: {
      readonly signal?: AbortSignal;
      readonly onProgress?: (bytes: number, of: number, isWaiting: boolean) => void;
    },
  ): Promise<SentMessage>;
  /**
   * Bytes of the file of a message, whole or from `from` to before `to`, opened and checked piece by piece. Rejects with
   * `blob.unknown` when it is gone, `message.unknown` where there is none, and with `client.altered_file` when it was
   * altered: what came before that is right.
   */
  openFile(
    seq: number,
    range?: { readonly from?: number; readonly to?: number; readonly signal?: AbortSignal },
  ): AsyncIterable<Uint8Array>;
  /** Own text (not what is said with a file), within 15 minutes and at most 10 times; rejects with `message.too_late`, `message.unknown`. */
  edit(seq: number, text: string): Promise<SentMessage>;
  /** One emoji for each account; empty takes it back. */
  react(seq: number, emoji: string): Promise<SentMessage>;
  /** Indexes of the options; replaces one's vote before. */
  vote(seq: number, options: readonly number[]): Promise<SentMessage>;
  /** The newest three are shown as pinned. */
  pin(seq: number, pinned: boolean): Promise<SentMessage>;
  /** Own ones within 48 h; admins of a group any, at any time. */
  deleteForEveryone(seq: number): Promise<SentMessage>;
  /** On all devices of this account. */
  deleteForMe(seq: number): Promise<void>;
  star(seq: number, starred: boolean): Promise<void>;
  /**
   * To at most 5 conversations, with a label. A file is fetched and sealed anew for each of them, and rejects as `sendFile`
   * and `openFile` do, at the first that fails.
   */
  forward(seq: number, to: readonly ConversationId[]): Promise<readonly SentMessage[]>;
  /** Takes a pending or rejected message away for good; a pending one may still arrive when it was sent before. */
  discard(id: MessageId): Promise<void>;
  /** Sends a rejected message again, as a new one. Not with a file (`blob.unknown`): that belongs to the one message. */
  sendAgain(id: MessageId): Promise<SentMessage>;
  /** One message with what was folded into it, from the store or the server; null when it is gone. */
  message(seq: number): Promise<MessageView | null>;
  /** From newest (or below the seq `before`) to oldest, at most `limit`, from the store or the server. */
  history(options?: { readonly before?: number; readonly limit?: number }): AsyncIterable<MessageView>;
  /**
   * Groups: sends the newest texts (at most 100, two weeks, none that disappear) once more, for somebody who was just
   * added. How many there were.
   */
  shareHistory(account: AccountId, count: number): Promise<number>;
  /** Who has got and read it. Not for rooms. */
  info(seq: number): Promise<MessageInfoView>;

  /** Up to the newest seq that was on screen in a visible, focused window. A lower one than before changes nothing. */
  markRead(seq: number): Promise<void>;
  /** While keys go down; sends at most one frame every 2 s. */
  typing(): void;
  /** Kept a second after the last call, on all devices; empty removes it. */
  setDraft(text: string): void;
  /** Until a time, at most a year ahead; null ends it. */
  mute(until: number | null): Promise<void>;
  archive(archived: boolean): Promise<void>;
  keepOnTop(top: boolean): Promise<void>;
  /** Lifetime of later messages, 30 seconds to a year; 0 is for ever. */
  setTimer(seconds: number): Promise<SentMessage>;

  /** Groups: title and what newcomers may read. Rooms: title, topic, access as well. Titles have at most 100 characters, topics 500. Admins only. */
  update(changes: {
    readonly title?: string;
    readonly topic?: string;
    readonly access?: 'open' | 'invite';
    readonly history?: 'none' | 'all';
  }): Promise<void>;
  /**
   * Groups, by those who lead them: a JPEG, PNG or WebP of at most 12 KiB, 512 pixels in each direction, which does not
   * move and says nothing beside what it shows; else `message.too_large` or `frame.invalid`. Null takes it away. The
   * caller makes it small: it is sent to everybody, and again to everybody who comes.
   */
  setPicture(bytes: Uint8Array | null): Promise<SentMessage>;
  /** The picture that `snapshot.picture` is about; null when there is none, or what others made of it is none. */
  picture(): Promise<GroupPicture | null>;
  /** Accepts a stranger's request, or comes in where one is invited (rejects with `conversation.denied` when it was taken back). */
  accept(): Promise<void>;
  /** Declines an invitation, or waits no more to be let in. Deletes a request (or a chat) for this account: clears and archives. */
  decline(): Promise<void>;
  /** Direct: blocks or unblocks the other. */
  block(blocked: boolean): Promise<void>;
  /**
   * What a report of somebody here would show the operator: the newest texts of theirs that this device has opened, among
   * the last 1,000 messages. Nothing is sent yet. `account` is the other of a direct chat unless it is named.
   */
  reportDraft(account?: AccountId): Promise<ReportDraft>;
  /**
   * Sends the draft to the operator of this server, who can read it. The same draft again is the same report. Rejects with
   * `message.unknown` (one of them is gone: make another draft) and `rate.limited` (ten a day).
   */
  report(draft: ReportDraft, options?: { readonly reason?: ReportReason; readonly note?: string }): Promise<ReportId>;
  /** Hides everything so far for this account. */
  clear(): Promise<void>;
  /** What was said until then stays readable. An owner's role goes to the next. */
  leave(): Promise<void>;
}

/** Accounts, as far as this one may know of them. */
export interface People {
  /** What is known now; asks the server for those that are not, and tells subscribers. */
  get(account: AccountId): PersonView | null;
  subscribe(listener: () => void): () => void;
  /** The same, asked for at once; those that do not exist (for this account) are left out. */
  load(accounts: readonly AccountId[]): Promise<readonly PersonView[]>;
  /** `@handle` or `handle`. The first answer is pinned: another account later is refused with `client.handle_changed`. Known without the server from then on. */
  find(handle: string): Promise<PersonView>;
  /** By the beginning of a handle or name, as far as the operator allows. */
  search(words: string): Promise<readonly PersonView[]>;
}

/** Who is online, and (in conversations on screen) who types: hints, gone with the connection. */
export interface PresenceWatch {
  /** What is on screen; replaces what was watched before. At most 200 each. */
  watch(accounts: readonly AccountId[], conversations: readonly ConversationId[]): void;
  /** Null while nothing is known, which may be for ever. */
  get(account: AccountId): PresenceView | null;
  subscribe(listener: () => void): () => void;
}

/** Private settings; a change shows at once and reaches all devices of the account. */
export interface Settings extends Live<SettingsView> {
  setPresence(audience: SettingsView['presence']): Promise<void>;
  /** Off: others see no blue ticks of this account in direct chats, and it sees none of theirs. */
  setReadReceipts(on: boolean): Promise<void>;
  setAdding(audience: SettingsView['adding']): Promise<void>;
  block(account: AccountId, blocked: boolean): Promise<void>;
  /** An app's own values; null when absent. Names are 1 to 100 of a-z, 0-9 and `_./-`, values at most 32 KiB. */
  get(name: string): string | null;
  set(name: string, value: string): Promise<void>;
}

/** The devices of this account, at most 8. */
export interface Devices {
  list(): Promise<readonly DeviceView[]>;
  /** Signs it out; its connection ends within 2 s. */
  revoke(device: DeviceId): Promise<void>;
  /** Called when the list may have changed. */
  subscribe(listener: () => void): () => void;
}

/** Invitations to the server by this account. */
export interface Invites {
  list(): Promise<readonly InviteView[]>;
  /** At most 1,000 uses and 90 days; at most 50 are open at a time (`invite.too_many`). */
  create(options?: { readonly uses?: number; readonly expiresInMs?: number }): Promise<InviteView>;
  revoke(invite: InviteId): Promise<void>;
  inspect(secret: string): Promise<InvitationView>;
  /** Uses an invitation with this account, as a link or its secret; resolves to the chat that it opened, perhaps one with `membership` `waiting`. Rejects with `invite.invalid`. */
  accept(secret: string): Promise<Conversation>;
}

/** Rooms of the server that anybody may join. */
export interface Rooms {
  /** A page of them; give `nextCursor` for the next one. */
  list(cursor?: string): Promise<{ readonly items: readonly RoomView[]; readonly nextCursor: string | null }>;
  join(id: ConversationId): Promise<Conversation>;
}

/** For operators, thin over REST. */
export interface Admin {
  status(): Promise<RouteResult<'adminStatus'>>;
  accounts(cursor?: string): Promise<RouteResult<'adminAccounts'>>;
  update(
    account: AccountId,
    changes: { readonly disabled?: boolean; readonly admin?: boolean },
  ): Promise<RouteResult<'adminUpdateAccount'>>;
  resetPassword(account: AccountId): Promise<string>;
  signOut(account: AccountId): Promise<void>;
  /** Open ones first, without what was written. */
  reports(cursor?: string): Promise<RouteResult<'adminReports'>>;
  report(report: ReportId): Promise<RouteResult<'adminReport'>>;
  closeReport(report: ReportId): Promise<void>;
}

/** One device of an account. Works offline from its store; several on one store share one connection. */
export interface Client extends AsyncDisposable {
  readonly state: Live<ClientState>;
  readonly me: Live<MeView>;
  /** Top ones first, then newest activity. Requests and archived ones are in it, marked. */
  readonly conversations: Live<readonly ConversationView[]>;
  /** Is this client the one that holds the connection, or does it follow another on the same store? */
  readonly leads: Live<boolean>;
  readonly people: People;
  readonly presence: PresenceWatch;
  readonly settings: Settings;
  /** Keys: how they stand, the recovery key, codes to compare, own devices. */
  readonly encryption: Live<EncryptionView> & Deeds & { readonly undecryptable: Live<UndecryptableView> };
  readonly devices: Devices;
  readonly invites: Invites;
  readonly rooms: Rooms;
  readonly admin: Admin;

  /** A conversation by id; null when this account has none with it. */
  conversation(id: ConversationId): Conversation | null;
  /** `@handle`, `handle` or an account id. The own account gives the notes to self. Rejects with `account.unknown`, `request.limit`. */
  createDirect(who: string): Promise<Conversation>;
  /** With at most 256 members to begin with, of whom those who are no contacts are invited; a title of 1 to 100 characters. */
  createGroup(title: string, members: readonly AccountId[]): Promise<Conversation>;
  /** Open to anybody by default. */
  createRoom(room: {
    readonly title: string;
    readonly topic?: string;
    readonly access?: 'open' | 'invite';
  }): Promise<Conversation>;
  /** Every message that comes in after this call and counts (own devices' too), once, in the order of its conversation, after it was kept. */
  onMessage(listener: (message: MessageView, conversation: Conversation) => void): () => void;
  /** Messages on this device that have all the words, newest first: 50, or `limit` up to 500. Rejects with `client.aborted`. */
  search(
    words: string,
    options?: { readonly limit?: number; readonly conversation?: ConversationId; readonly signal?: AbortSignal },
  ): Promise<readonly SearchHit[]>;
  /**
   * Resolves when everything that was missed is here and the newest messages of the chats are readable; for keys that are
   * on their way it waits two seconds at most, and others come later (`onMessage` tells of each). Rejects with the
   * reason when the client has ended, and with `client.aborted`.
   */
  caughtUp(signal?: AbortSignal): Promise<void>;
  /** Resolves when nothing waits to be sent (all is sent or rejected); rejects with `client.aborted`. */
  flushed(signal?: AbortSignal): Promise<void>;

  /** A name of 1 to 64 characters, about at most 200. */
  updateMe(changes: { readonly name?: string; readonly about?: string }): Promise<void>;
  /** Rejects with `auth.refused` when the old one is wrong, and with `password.weak`. */
  changePassword(change: {
    readonly oldPassword: string;
    readonly newPassword: string;
    readonly signOutOthers?: boolean;
  }): Promise<void>;
  /** The host says whether there is a network, or that somebody looks again: tries at once. */
  networkChanged(online: boolean): void;
  /** Ends the session on the server (as far as it can be reached) and removes everything from this device. */
  signOut(): Promise<void>;
  /** For good, everywhere; the handle is never given out again. */
  deleteAccount(password: string): Promise<void>;
  /** Ends this client and all that it does; what is kept stays for the next `connect`. Whoever still waits is told `client.closed`. */
  close(): Promise<void>;
}
