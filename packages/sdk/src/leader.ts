// The one client of a store that talks to the server: connection, inbox, outbox, sync and receipts put together.
// Followers tell it what they want; what comes of it reaches everyone as rows and hints. Frames meet rows here and
// nowhere else.
import type { AccountId, ConversationId, FrameDown, MessageId } from '@parley/protocol';
import { Consistency } from './consistency.ts';
import type { Aftermath } from './draft.ts';
import { ChatError } from './error.ts';
import { Expiries } from './expiries.ts';
import { hintOf } from './frame-hints.ts';
import { Inbox, type InboxOwner } from './inbox.ts';
import { LeaderKeys, type Led } from './leader-keys.ts';
import * as limits from './limits.ts';
import { Link } from './link.ts';
import type { ListDeeds } from './list-deeds.ts';
import { answerListDeed } from './list-desk.ts';
import { ListWriter } from './list-writer.ts';
import { Outbox } from './outbox.ts';
import type { Clock, Host, MembershipKeys } from './ports.ts';
import { readersOf } from './readers.ts';
import { Receipts } from './receipts.ts';
import type { Batch, Replica, Want } from './replica.ts';
import type { Rest } from './rest.ts';
import { sayCleared } from './restore.ts';
import { SealedHere } from './sealed-here.ts';
import type { AccountSettings } from './settings.ts';
import { settled } from './settled-link.ts';
import { Standing } from './standing.ts';
import { placesIn } from './state-places.ts';
import { steadyClock } from './steady-clock.ts';
import { Sync } from './sync.ts';
import { milliseconds } from './time.ts';
import type { ClientState } from './views.ts';
import { Watching } from './watching.ts';

/** Everything that talks to the server for one store. */
export class Leader {
  readonly #host: Host;
  /** For whatever measures how long ago something was. */
  readonly #steady: Clock;
  readonly #replica: Replica;
  readonly #me: AccountId;
  readonly #settings: AccountSettings;
  readonly #standing: Standing;
  readonly #link: Link;
  readonly #inbox: Inbox;
  readonly #keys: LeaderKeys;
  readonly #outbox: Outbox;
  readonly #receipts: Receipts;
  readonly #sync: Sync;
  readonly #expiries: Expiries;
  readonly #watching: Watching;
  readonly #consistency: Consistency;
  /** Null where nothing is signed. */
  readonly lists: ListDeeds | null;
  readonly #stops: (() => void)[] = [];
  #offsetMs = 0;

  constructor(host: Host, replica: Replica, rest: Rest, who: Led) {
    this.#host = host;
    this.#replica = replica;
    this.#me = who.me;
    this.#settings = who.settings;
    const { clock, random } = host;
    const crypto = new SealedHere(host.crypto, replica.tables);
    this.#steady = steadyClock(clock);
    this.#standing = new Standing(replica, clock, this.#steady);
    this.#link = new Link(host.sockets, this.#steady, random, {
      hello: () => ({ token: who.token, since: replica.tables.fact('since'), client: who.program }),
      onWelcome: (frame) => this.#welcome(frame),
      onFrame: (frame) => this.#frame(frame),
      onDown: (code) => this.#down(code),
      onState: (state) => this.#standing.connection(state),
    });
    this.#inbox = new Inbox(replica, crypto, clock, this.#inboxOwner());
    this.#sync = new Sync({
      replica,
      rest,
      clock,
      inbox: this.#inbox,
      ask: (question) => this.#link.ask(question),
      onCaughtUp: () => this.#caughtUp(),
      onLooked: (id) => this.#outbox.absent(id),
      onCut: (id) => this.#receipts.forget(id),
      onRestored: () => this.#restored(),
      keys: crypto.membership,
      onRead: () => this.#outbox.hurry(),
    });
    this.lists = this.#listWriter(rest, crypto.membership);
    this.#outbox = new Outbox({
      replica,
      link: settled(this.#link, this.#sync),
      crypto,
      clock: this.#steady,
      random,
      look: (id, above) => this.#sync.look(id, above),
      readers: (id) =>
        this.#consistency.witnessed(id, readersOf(id, this.#me, { replica, members: this.#sync.members })),
      onStale: (code) => (code === 'devices.stale' ? this.#keys.changed(null) : this.#sync.changesSoon()),
    });
    this.#keys = new LeaderKeys({
      host,
      replica,
      me: this.#me,
      inbox: this.#inbox,
      settings: who.settings,
      send: (frame) => this.#link.send(frame),
      onReady: () => this.#outbox.hurry(),
      onLost: who.onLost,
    });
    this.#receipts = new Receipts((frame) => this.#sync.takesPushes && this.#link.send(frame), this.#steady);
    this.#watching = new Watching((frame) => this.#link.send(frame), clock);
    this.#expiries = new Expiries(replica, this.#inbox, clock);
    const compared = { replica, inbox: this.#inbox, link: this.#link, sync: this.#sync, standing: this.#standing };
    this.#consistency = new Consistency(host, compared);
    this.#stops.push(
      replica.onWant((want) => this.take(want)),
      replica.onBatch((batch) => this.#batch(batch)),
    );
  }

  start(): void {
    this.#keys.start();
    this.#receipts.repeat(this.#replica.tables);
    this.#expiries.start();
    this.#consistency.start();
    this.#link.start();
  }

  get state(): ClientState {
    return this.#standing.state;
  }

  /** This client is about to keep a new outbox row. */
  announce(id: MessageId): void {
    this.#outbox.announce(id);
  }

  /** One page of a conversation. Resolves when it is kept. */
  page(want: Want & { readonly want: 'page' }): Promise<void> {
    const { conversation, after, before, limit } = want;
    return this.#sync.page(conversation, {
      ...(after !== undefined && { after }),
      ...(before !== undefined && { before }),
      limit,
    });
  }

  members(id: ConversationId): Promise<void> {
    return this.#sync.members.read(id);
  }

  /** Takes in conversations that REST answered with. */
  merge(want: Want & { readonly want: 'merge' }): Promise<void> {
    this.#sync.allow(want.conversations.map((item) => item.conversation_id));
    return this.#inbox.take({ type: 'merge', conversations: want.conversations });
  }

  /** What this client or a follower wants; nobody waits. */
  take(want: Want): void {
    switch (want.want) {
      case 'page':
        // Nobody waits: what went wrong shows in the rows that do not come.
        this.page(want).catch(() => this.#sync.changesSoon());
        return;
      case 'members':
        this.#sync.members.readSoon(want.conversation);
        return;
      case 'merge':
        this.merge(want).catch(() => this.#sync.changesSoon());
        return;
      case 'typing':
        this.#link.send({ type: 'typing', conversation_id: want.conversation });
        return;
      case 'network':
        this.#link.network(want.online);
        return;
      case 'standing':
        this.#replica.hint({ hint: 'clock', offsetMs: this.#offsetMs });
        this.#replica.hint({ hint: 'state', state: this.#standing.state });
        this.#keys.tell();
        return;
      case 'deed':
        this.#keys.deed(want);
        return;
      case 'list':
        answerListDeed(want, this.lists, this.#replica);
        return;
      case 'watch':
        this.#watching.take(want);
        this.#sync.members.readForShown(want.conversations, this.#me);
        return;
    }
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.#link.stop();
    const parts = [this.#sync, this.#outbox, this.#receipts, this.#expiries, this.#consistency, this.#keys];
    for (const part of parts) part.close();
  }

  #welcome(frame: FrameDown & { type: 'welcome' }): void {
    if (frame.account !== this.#me) {
      // Somebody else's token: nothing of theirs may get into this store.
      this.#link.stop();
      this.#standing.end(new ChatError('client.other_account'));
      return;
    }
    if (frame.device !== this.#replica.tables.fact('me')?.device)
      this.#replica.hint({ hint: 'notice', topic: 'profile', account: null });
    this.#serverTime(frame.server_time);
    this.#inbox.dropHeld();
    this.#standing.say({ phase: 'catching_up' });
    this.#sync.welcome(frame);
    this.#consistency.up();
    this.#keys.changed(frame.keys_n ?? null);
    if (this.#sync.takesPushes) this.#speak();
    this.#watching.up();
  }

  /** Who changes the signed lists of groups; nobody where nothing is signed. */
  #listWriter(rest: Rest, keys: MembershipKeys | null): ListWriter | null {
    const { checked: lists } = this.#sync.members;
    if (!lists || !keys) return null;
    const { clock, random } = this.#host;
    const now = () => clock.now() + this.#offsetMs;
    return new ListWriter({ replica: this.#replica, rest, random, me: this.#me, keys, lists, now });
  }

  #inboxOwner(): InboxOwner {
    return {
      me: this.#me,
      onConfirmed: (ids) => this.#outbox.confirmed(ids),
      onUnkept: (ids) => this.#outbox.unkept(ids),
      onKept: (aftermath) => this.#kept(aftermath),
      onHole: (id) => this.#sync.fill(id),
      onFailed: () => this.#sync.again(),
    };
  }

  #caughtUp(): void {
    this.#standing.say({ phase: 'online' });
    this.#consistency.caughtUp();
    // What could not be kept is said when this client has caught up again.
    sayCleared(this.#replica, this.#settings).catch(() => {});
  }

  /** The server is another than before, and this store fits to it again. */
  #restored(): void {
    this.#outbox.restored();
    this.#receipts.repeat(this.#replica.tables);
    this.#speak();
  }

  /** Seqs mean the same at both ends: what names some may go out. */
  #speak(): void {
    this.#outbox.up();
    this.#receipts.up();
  }

  #frame(frame: FrameDown): void {
    switch (frame.type) {
      case 'message':
        if (this.#sync.takesPushes) this.#inbox.push({ type: 'envelope', frame });
        return;
      case 'receipt':
        if (this.#sync.takesPushes) this.#inbox.push({ type: 'receipt', frame });
        return;
      case 'changes':
        this.#sync.pushedChanges(frame);
        return;
      case 'heartbeat':
        this.#serverTime(frame.server_time);
        this.#sync.heartbeat(frame.change);
        return;
      case 'sent':
      case 'rejected':
      case 'error':
        this.#outbox.onFrame(frame);
        if (frame.type === 'error') this.#receipts.onError(frame);
        return;
      case 'to_device':
        this.#keys.take(frame);
        return;
      case 'keys':
        this.#keys.changed(frame.n);
        return;
      case 'typing':
      case 'presence':
      case 'notice':
        this.#replica.hint(hintOf(frame));
        return;
      default:
        // Answers to questions that nobody waits for any more, and frames of newer servers.
        return;
    }
  }

  #down(code: number): void {
    this.#sync.down();
    this.#expiries.down();
    this.#inbox.dropHeld();
    this.#outbox.down(code);
    this.#receipts.down();
  }

  /** How far the clocks are apart, for everything that is compared with the server's times. */
  #serverTime(text: string): void {
    const time = milliseconds(text);
    if (Number.isNaN(time)) return;
    const offsetMs = time - this.#host.clock.now();
    this.#expiries.serverTime(time);
    if (Math.abs(offsetMs - this.#offsetMs) <= limits.clockToleranceMs) return;
    this.#offsetMs = offsetMs;
    this.#replica.hint({ hint: 'clock', offsetMs });
  }

  #kept(aftermath: Aftermath): void {
    for (const [id, seq] of aftermath.deliver) this.#receipts.deliver(this.#replica.tables, id, seq);
    for (const [id, seq] of aftermath.read) this.#receipts.raise('read', id, seq);
    this.#sync.members.hear(aftermath);
    if (aftermath.changes) this.#sync.changesSoon();
  }

  /** Reads of any client of this store go out from here; new expiries are watched. */
  #batch(batch: Batch): void {
    for (const id of placesIn(batch.writes)) this.#sync.fill(id);
    for (const write of batch.writes) {
      if ('remove' in write) continue;
      if (write.table === 'marks' && write.key.length === 1)
        this.#receipts.raise('read', write.key[0] as ConversationId, (write.value as { readonly seq: number }).seq);
      else if (write.table === 'expiries') this.#expiries.expect(write.key[0] as number);
    }
  }
}
