// The public face of the SDK: what an app, a command or a bot holds in its hand. Every promise rejects with
// `ChatError` only. Seqs are places in a conversation; a message without one cannot be referred to yet.
import type { AccountId, ConversationId, DeviceId, InviteId, MessageId, Role, RouteResult } from '@parley/protocol';
import type {
  ClientState,
  ConversationView,
  DeviceView,
  InviteView,
  Live,
  MembersView,
  MemberView,
  MessageInfoView,
  MessageState,
  MessageView,
  MeView,
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
}

export interface NewAccount {
  readonly handle: string;
  readonly name: string;
  readonly password: string;
  readonly deviceName: string;
}

/** Everything before there is a client. Made by `entrance()` of a platform. */
export interface Entrance {
  /** What anybody may know of the server. */
  server(): Promise<RouteResult<'getServer'>>;
  /** The owner's account, with the secret of the set-up link. */
  setUp(secret: string, account: NewAccount): Promise<SessionView>;
  signUp(account: NewAccount & { readonly invite?: string }): Promise<SessionView>;
  signIn(login: {
    readonly handle: string;
    readonly password: string;
    readonly deviceName: string;
  }): Promise<SessionView>;
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

/** A window of messages; it follows the newest while its newer edge is `end`. Close it when it leaves the screen. */
export interface Timeline extends Live<TimelineView> {
  /** Resolves when the edge moved or there is nothing older. Rejects with `client.unreachable` when it cannot know. */
  loadOlder(count?: number): Promise<void>;
  loadNewer(count?: number): Promise<void>;
  /** Moves the window so that this message (or what is left around it) is inside. */
  jumpTo(seq: number): Promise<void>;
  jumpToNewest(): Promise<void>;
  close(): void;
}

/** Members. Groups and direct are whole after `load`; rooms come in pages. */
export interface Members extends Live<MembersView> {
  load(): Promise<void>;
  loadMore(): Promise<void>;
  /** Adds a contact. Admins only. */
  add(account: AccountId, role?: Role): Promise<MemberView>;
  /** Changes a role; `owner` hands ownership over. */
  setRole(account: AccountId, role: Role): Promise<MemberView>;
  remove(account: AccountId): Promise<void>;
}

/** Links into one group or room. Admins only. */
export interface InviteLinks {
  list(): Promise<readonly InviteView[]>;
  create(options?: { readonly uses?: number; readonly expiresInMs?: number }): Promise<InviteView>;
  revoke(invite: InviteId): Promise<void>;
}

/** One conversation. Writing works offline: it waits in the outbox. */
export interface Conversation extends Live<ConversationView> {
  readonly id: ConversationId;
  readonly members: Members;
  readonly links: InviteLinks;
  timeline(options?: { readonly at?: number | 'newest' | 'unread'; readonly count?: number }): Timeline;

  /** Resolves when it is kept on this device; the clock shows until it is on the server. */
  send(
    text: string,
    options?: { readonly replyTo?: number; readonly mentions?: readonly AccountId[] },
  ): Promise<SentMessage>;
  sendPoll(question: string, options: readonly string[], choose?: 'one' | 'many'): Promise<SentMessage>;
  sendContact(account: AccountId): Promise<SentMessage>;
  /** Own text, within 15 minutes and at most 10 times. */
  edit(seq: number, text: string): Promise<SentMessage>;
  /** One emoji for each account; empty takes it back. */
  react(seq: number, emoji: string): Promise<SentMessage>;
  vote(seq: number, options: readonly number[]): Promise<SentMessage>;
  pin(seq: number, pinned: boolean): Promise<SentMessage>;
  /** Own ones within 48 h; admins of a group any. */
  deleteForEveryone(seq: number): Promise<SentMessage>;
  deleteForMe(seq: number): Promise<void>;
  star(seq: number, starred: boolean): Promise<void>;
  /** To at most 5 conversations, with a label. */
  forward(seq: number, to: readonly ConversationId[]): Promise<readonly SentMessage[]>;
  /** Takes a pending or rejected message away for good; a pending one may still arrive when it was sent before. */
  discard(id: MessageId): Promise<void>;
  /** Sends a rejected message again, as a new one. */
  sendAgain(id: MessageId): Promise<SentMessage>;
  /** One message with what was folded into it, from the store or the server; null when it is gone. */
  message(seq: number): Promise<MessageView | null>;
  /** From newest (or below `before`) to oldest, from the store or the server. */
  history(options?: { readonly before?: number; readonly limit?: number }): AsyncIterable<MessageView>;
  /** Who has got and read it. */
  info(seq: number): Promise<MessageInfoView>;

  /** What was on screen in a visible, focused window. */
  markRead(seq: number): Promise<void>;
  /** While keys go down; sends at most one frame every 2 s. */
  typing(): void;
  setDraft(text: string): void;
  mute(until: number | null): Promise<void>;
  archive(archived: boolean): Promise<void>;
  keepOnTop(top: boolean): Promise<void>;
  setTimer(seconds: number): Promise<SentMessage>;

  /** Groups: title. Rooms: title, topic, access. */
  update(changes: {
    readonly title?: string;
    readonly topic?: string;
    readonly access?: 'open' | 'invite';
    readonly history?: 'none' | 'all';
  }): Promise<void>;
  /** Accepts a stranger's request. */
  accept(): Promise<void>;
  /** Deletes a request (or a chat) for this account: clears and archives. */
  decline(): Promise<void>;
  /** Direct: blocks or unblocks the other. */
  block(blocked: boolean): Promise<void>;
  /** Hides everything so far for this account. */
  clear(): Promise<void>;
  leave(): Promise<void>;
}

export interface People {
  /** What is known now; asks the server for those that are not, and tells subscribers. */
  get(account: AccountId): PersonView | null;
  subscribe(listener: () => void): () => void;
  load(accounts: readonly AccountId[]): Promise<readonly PersonView[]>;
  /** `@handle` or `handle`. The first answer is pinned: another account later is refused with `client.handle_changed`. Known without the server from then on. */
  find(handle: string): Promise<PersonView>;
  /** By the beginning of a handle or name, as far as the operator allows. */
  search(words: string): Promise<readonly PersonView[]>;
}

export interface PresenceWatch {
  /** What is on screen; replaces what was watched before. At most 200 each. */
  watch(accounts: readonly AccountId[], conversations: readonly ConversationId[]): void;
  get(account: AccountId): PresenceView | null;
  subscribe(listener: () => void): () => void;
}

export interface Settings extends Live<SettingsView> {
  setPresence(audience: SettingsView['presence']): Promise<void>;
  setReadReceipts(on: boolean): Promise<void>;
  setAdding(audience: SettingsView['adding']): Promise<void>;
  block(account: AccountId, blocked: boolean): Promise<void>;
  /** An app's own values, under `own/NAME`; null when absent. */
  get(name: string): string | null;
  set(name: string, value: string): Promise<void>;
}

export interface Devices {
  list(): Promise<readonly DeviceView[]>;
  revoke(device: DeviceId): Promise<void>;
  /** Called when the list may have changed. */
  subscribe(listener: () => void): () => void;
}

export interface Invites {
  list(): Promise<readonly InviteView[]>;
  create(options?: { readonly uses?: number; readonly expiresInMs?: number }): Promise<InviteView>;
  revoke(invite: InviteId): Promise<void>;
  inspect(secret: string): Promise<InvitationView>;
  /** Uses an invitation with this account; resolves to the chat that it opened. */
  accept(secret: string): Promise<Conversation>;
}

export interface Rooms {
  /** Open rooms of the server. */
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
  readonly devices: Devices;
  readonly invites: Invites;
  readonly rooms: Rooms;
  readonly admin: Admin;

  /** A conversation by id; null when this account has none with it. */
  conversation(id: ConversationId): Conversation | null;
  /** `@handle`, `handle` or an account id. The own account gives the notes to self. */
  createDirect(who: string): Promise<Conversation>;
  createGroup(title: string, members: readonly AccountId[]): Promise<Conversation>;
  createRoom(room: {
    readonly title: string;
    readonly topic?: string;
    readonly access?: 'open' | 'invite';
  }): Promise<Conversation>;
  /** Every message that comes in after this call and counts (own devices' too), once, in the order of its conversation, after it was kept. */
  onMessage(listener: (message: MessageView, conversation: Conversation) => void): () => void;
  /** Messages on this device that have all the words, newest first. */
  search(
    words: string,
    options?: { readonly limit?: number; readonly conversation?: ConversationId; readonly signal?: AbortSignal },
  ): Promise<readonly SearchHit[]>;
  /** Resolves when everything that was missed is here; rejects when the client has ended, or on abort. */
  caughtUp(signal?: AbortSignal): Promise<void>;
  /** Resolves when nothing waits to be sent (sent or rejected). */
  flushed(signal?: AbortSignal): Promise<void>;

  updateMe(changes: { readonly name?: string; readonly about?: string }): Promise<void>;
  changePassword(change: {
    readonly oldPassword: string;
    readonly newPassword: string;
    readonly signOutOthers?: boolean;
  }): Promise<void>;
  /** The host says whether there is a network, or that somebody looks again: tries at once. */
  networkChanged(online: boolean): void;
  /** Ends the session on the server (as far as it can be reached) and removes everything from this device. */
  signOut(): Promise<void>;
  /** For good. */
  deleteAccount(password: string): Promise<void>;
  close(): Promise<void>;
}
