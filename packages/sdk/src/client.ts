// A client: puts the parts together, takes part in the choice of the leader, and is what an app holds in its hand.
// The order of construction is the order of dependence; closing goes back the same way.
import type { AccountId, ConversationId, DeviceId, Me, RouteBody, RouteResult } from '@parley/protocol';
import * as wire from '@parley/protocol/limits';
import { accountAdmin, accountDevices, accountRooms } from './account.ts';
import type { Admin, Client, Conversation, Devices, Invites, Rooms, Timeline } from './api.ts';
import { Arrivals } from './arrivals.ts';
import { inBackground } from './background.ts';
import { ConversationHandle } from './conversation.ts';
import { Core } from './core.ts';
import { directId, isDirectWith } from './direct-id.ts';
import { EncryptionDesk } from './encryption-desk.ts';
import { ChatError, type ChatErrorCode } from './error.ts';
import { leaveServer } from './farewell.ts';
import { accountInvites } from './invites.ts';
import { Leader } from './leader.ts';
import * as limits from './limits.ts';
import { Cell } from './live.ts';
import { tellNewcomers } from './newcomers.ts';
import { OwnAccount } from './own-account.ts';
import { PeopleCache } from './people.ts';
import type { Host } from './ports.ts';
import { Presences } from './presence.ts';
import { caughtUp, flushed } from './readable.ts';
import { Reader } from './reader.ts';
import { Replica } from './replica.ts';
import { restOver } from './rest.ts';
import { Roster } from './roster.ts';
import { scopedClock } from './scoped-clock.ts';
import { searchMessages } from './search.ts';
import { AccountSettings } from './settings.ts';
import { keepStatePlaces } from './state-places.ts';
import type { ClientState, ConversationView, Live, MessageView } from './views.ts';
import { whoIs } from './who-is.ts';

/** What a client is opened with. */
export interface ClientOptions {
  /** Bearer token for `hello`; null where the host keeps a cookie. */
  readonly token: string | null;
  /** Origin of the server, for links. */
  readonly origin: string;
  /** Name and version of the program, for the operator. */
  readonly program: string | null;
  /** The account, when a session has just been made; else it is known from the store or asked for. */
  readonly me: Me | null;
  /** Whose device it must be, where that is known: a store of another account is refused. */
  readonly login?: { readonly account: AccountId; readonly device: DeviceId };
  /** The session is over: forget how it was kept. */
  readonly onSignedOut: () => Promise<void>;
  /** The client is closed. */
  readonly onClosed?: () => void;
}

/** Opens the store and works from it; the connection comes up in the background. */
export async function openClient(host: Host, options: ClientOptions): Promise<Client> {
  const clock = scopedClock(host.clock);
  const scoped: Host = { ...host, clock };
  const replica = new Replica(host.store, host.leadership);
  const stopping = new AbortController();
  const rest = restOver(host.http, stopping.signal);
  const leading = host.leadership.acquire(stopping.signal);
  try {
    // Whoever leads from the beginning need not read the tables twice.
    const early = await Promise.race([leading.then(() => true), clock.wait(limits.earlyLeadMs).then(() => false)]);
    await replica.load();
    const me = await whoIs(replica, rest, options);
    const core = new Core({
      host: scoped,
      replica,
      rest,
      me: me.account,
      accountLog: me.account_log,
      origin: options.origin,
      closed: stopping.signal,
    });
    return new OpenClient({ core, options, clock, stopping, leading, early });
  } catch (error) {
    stopping.abort();
    clock.stop();
    await replica.close();
    // It may have come to lead meanwhile; if it did not, there is nothing to give back.
    leading.then(
      (lease) => lease.release(),
      () => {},
    );
    throw error;
  }
}

interface Parts {
  readonly core: Core;
  readonly options: ClientOptions;
  readonly clock: ReturnType<typeof scopedClock>;
  readonly stopping: AbortController;
  readonly leading: Promise<{ release(): void }>;
  /** It led before the tables were read. */
  readonly early: boolean;
}

class OpenClient implements Client {
  readonly me: OwnAccount;
  readonly conversations: Live<readonly ConversationView[]>;
  readonly people: PeopleCache;
  readonly presence: Presences;
  readonly settings: AccountSettings;
  readonly encryption: EncryptionDesk;
  readonly devices: Devices;
  readonly invites: Invites;
  readonly rooms: Rooms;
  readonly admin: Admin;
  readonly #core: Core;
  readonly #parts: Parts;
  readonly #roster: Roster;
  readonly #reader: Reader;
  readonly #state = new Cell<ClientState>({ phase: 'connecting' });
  readonly state: Live<ClientState> = this.#state;
  readonly #leads = new Cell(false);
  readonly leads: Live<boolean> = this.#leads;
  readonly #handles = new Map<ConversationId, ConversationHandle>();
  readonly #timelines = new Set<Timeline>();
  readonly #arrivals: Arrivals;
  readonly #stops: (() => void)[] = [];
  #lease: { release(): void } | null = null;
  #closing: Promise<void> | null = null;
  /** It is being signed out. */
  #isForgotten = false;

  constructor(parts: Parts) {
    const { core } = parts;
    const { replica, clock, rest } = core;
    this.#parts = parts;
    this.#core = core;
    this.people = new PeopleCache(replica, rest, clock);
    this.settings = new AccountSettings(replica, core.accountLog, async (key, value) => {
      await core.enqueue(core.accountLog, { kind: 'setting', key, value });
    });
    this.#reader = new Reader({ me: core.me, replica, settings: this.settings });
    this.#arrivals = new Arrivals(this.#reader, (id) => this.conversation(id));
    this.me = new OwnAccount(core, this.people);
    this.#roster = new Roster({ me: core.me, replica, settings: this.settings, people: this.people, clock });
    this.conversations = this.#roster;
    this.presence = new Presences(replica, clock, core.newId(), (want) => core.want(want));
    this.encryption = new EncryptionDesk(core);
    this.devices = accountDevices(core);
    this.rooms = accountRooms(core, (id) => this.#must(id));
    this.invites = accountInvites(core, this.encryption, (id) => this.#fetch(id));
    this.admin = accountAdmin(core);
    tellNewcomers(core);
    keepStatePlaces(core, this.settings);
    this.#stops.push(
      replica.onBatch(({ arrived }) => this.#arrivals.tell(arrived)),
      replica.onHint((hint) => {
        if (hint.hint === 'state' && !this.#isForgotten) this.#state.set(hint.state);
        else if (hint.hint === 'cleared') this.#cleared();
      }),
    );
    inBackground(this.#lead());
  }

  conversation(id: ConversationId): Conversation | null {
    if (this.#roster.view(id) === null) return null;
    const { settings } = this;
    const parts = {
      core: this.#core,
      roster: this.#roster,
      settings,
      reader: this.#reader,
      timelines: this.#timelines,
    };
    const handle = this.#handles.get(id) ?? new ConversationHandle(id, parts);
    this.#handles.set(id, handle);
    return handle;
  }

  async createDirect(who: string): Promise<Conversation> {
    const account = /^a_[\w-]{22}$/.test(who) ? (who as AccountId) : (await this.people.find(who)).account;
    if (account === this.#core.me) return this.#fetch(this.me.snapshot.notes);
    // One without a record is one that a restored server does not have any more.
    const id = directId(this.#core.me, account);
    if ((this.#core.replica.tables.conversations.get(id)?.head ?? 0) > 0) return this.#must(id);
    const made = await this.#core.rest('createConversation', { body: { kind: 'direct', account } });
    if (!isDirectWith(made, this.#core.me, account)) throw new ChatError('client.unexpected');
    return this.#made(made);
  }

  async createGroup(title: string, members: readonly AccountId[]): Promise<Conversation> {
    if (title === '' || title.length > wire.maxTitleCharacters) throw new ChatError('frame.invalid');
    const { lists } = this.#core;
    const group =
      lists === null
        ? await this.#create({ kind: 'group', id: this.#core.newId(), members: [...members] })
        : await this.#made(await lists.found(members));
    await group.update({ title });
    return group;
  }

  createRoom(room: Parameters<Client['createRoom']>[0]): Promise<Conversation> {
    return this.#create({ kind: 'room', id: this.#core.newId(), access: 'open', ...room });
  }

  onMessage(listener: (message: MessageView, conversation: Conversation) => void): () => void {
    return this.#arrivals.add(listener);
  }

  search(words: string, options: Parameters<Client['search']>[1] = {}) {
    return searchMessages({ me: this.#core.me, replica: this.#core.replica, settings: this.settings }, words, options);
  }

  caughtUp = (signal?: AbortSignal): Promise<void> => caughtUp(this.#core, this.#state, signal);
  flushed = (signal?: AbortSignal): Promise<void> => flushed(this.#core, signal);

  updateMe(changes: { readonly name?: string; readonly about?: string }): Promise<void> {
    return this.me.update(changes);
  }

  async changePassword(change: Parameters<Client['changePassword']>[0]): Promise<void> {
    const { oldPassword, newPassword, signOutOthers = false } = change;
    const body = { old_password: oldPassword, new_password: newPassword, sign_out_others: signOutOthers };
    await this.#core.rest('changePassword', { body });
  }

  networkChanged(online: boolean): void {
    this.#core.want({ want: 'network', online });
  }

  async signOut(): Promise<void> {
    const late = new AbortController();
    const stopTimer = this.#core.clock.after(limits.signOutMs, () => late.abort());
    // A session that cannot be ended now, or is ended already, ends here all the same.
    await this.#core.rest('deleteSession', { signal: late.signal }).catch(() => {});
    stopTimer();
    await this.#forget();
  }

  async deleteAccount(password: string): Promise<void> {
    await leaveServer(this.#core, password, this.encryption.snapshot.phase === 'ready');
    await this.#forget();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Leads as soon as nobody else does; never rejects. */
  async #lead(): Promise<void> {
    const { leading, early, options, stopping } = this.#parts;
    const { replica, host, rest, me } = this.#core;
    if (!early) replica.want({ want: 'standing' });
    try {
      this.#lease = await leading;
      if (!early) await replica.load();
    } catch (error) {
      this.#lease?.release();
      // Closed before it came to lead; or the rows cannot be read, and then somebody else may try.
      if (!stopping.signal.aborted) this.#end(error instanceof ChatError ? error.code : 'client.storage');
      return;
    }
    if (stopping.signal.aborted) {
      this.#lease.release();
      return;
    }
    const { token, program } = options;
    const who = { me, token, program, settings: this.settings, onLost: () => inBackground(this.signOut()) };
    const leader = new Leader(host, replica, rest, who);
    this.#core.leader = leader;
    this.#leads.set(true);
    leader.start();
    this.presence.repeat();
  }

  async #close(): Promise<void> {
    this.#parts.stopping.abort();
    for (const timeline of [...this.#timelines]) timeline.close();
    this.#core.leader?.close();
    for (const stop of this.#stops) stop();
    const { presence, settings, encryption, me, people } = this;
    for (const part of [this.#arrivals, presence, this.#roster, settings, encryption, me, people]) part.close();
    this.#parts.clock.stop();
    await this.#core.replica.close();
    this.#lease?.release();
    this.#parts.options.onClosed?.();
    if (this.#state.snapshot.phase !== 'ended') this.#state.set({ phase: 'offline' });
  }

  /** Whoever closes meanwhile waits for it: it needs what closing takes away. */
  #forget(): Promise<void> {
    this.#closing ??= this.#forgetAndClose();
    return this.#closing;
  }

  async #forgetAndClose(): Promise<void> {
    try {
      await this.#forgetAll();
    } finally {
      await this.#close();
    }
  }

  async #forgetAll(): Promise<void> {
    const { replica, host, me } = this.#core;
    this.#isForgotten = true;
    // Nothing is waited for any more, the lead included.
    this.#parts.stopping.abort();
    this.#core.leader?.close();
    this.#end('auth.required');
    await this.#parts.options.onSignedOut();
    await replica.seal();
    await replica.clear();
    await host.crypto.wipe(me);
    replica.hint({ hint: 'cleared' });
    // Until the others on this store have heard it they may still write.
    await this.#parts.clock.wait(limits.clearedMs);
    await replica.clear();
  }

  /** Somebody signs this store out: this client, or another one, and then this one ends with it. */
  #cleared(): void {
    if (this.#isForgotten) return;
    this.#isForgotten = true;
    this.#end('auth.required');
    inBackground(this.close());
  }

  #end(code: ChatErrorCode): void {
    this.#state.set({ phase: 'ended', code, advice: new ChatError(code).advice });
  }

  async #create(body: RouteBody<'createConversation'>): Promise<Conversation> {
    return this.#made(await this.#core.rest('createConversation', { body }));
  }

  async #made(made: RouteResult<'createConversation'>): Promise<Conversation> {
    await this.#core.merge([made]);
    return this.#must(made.conversation_id);
  }

  async #fetch(id: ConversationId): Promise<Conversation> {
    if (this.conversation(id) === null)
      await this.#core.merge([await this.#core.rest('getConversation', { params: { conversation_id: id } })]);
    return this.#must(id);
  }

  #must(id: ConversationId): Conversation {
    const conversation = this.conversation(id);
    if (conversation === null) throw new ChatError('conversation.denied');
    return conversation;
  }
}
