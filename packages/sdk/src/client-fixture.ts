// A whole client whose server is the test: it answers the welcome, pushes records, and looks at what was written.
import assert from 'node:assert/strict';
import type {
  AccountId,
  Changes,
  ConversationId,
  Envelope,
  FrameDown,
  FramesUp,
  Me,
  Messages,
  Conversation as WireConversation,
} from '@parley/protocol';
import type { Client } from './api.ts';
import { type ClientOptions, openClient } from './client.ts';
import { plainCrypto } from './crypto/plain.ts';
import { directId, logId, roomId } from './direct-id.ts';
import {
  accountId,
  conversationId,
  HandClock,
  HandHttp,
  type HandSocket,
  HandSockets,
  HandStore,
  messageId,
  seededRandom,
  settle,
} from './fixture.ts';
import { MemoryDisk, MemoryStore, noBytes } from './platform/memory.ts';
import type { CryptoProvider, HttpBytes } from './ports.ts';
import { rfc3339 } from './time.ts';

export const [ana, ben, cleo] = [accountId(1), accountId(2), accountId(3)];
export const [chat, notes] = [directId(ana, ben), directId(ana, ana)];
export const group = conversationId(2);
const origin = { by: ana, as: messageId(3) };
export const [room, accountLog] = [roomId(origin), logId(ana)];

export const me = {
  account: ana,
  handle: 'ana',
  name: 'Ana',
  kind: 'person',
  device: `d_${'A'.repeat(22)}`,
  admin: false,
  account_log: accountLog,
  notes,
  created_at: '2026-11-01T00:00:00.000Z',
} as unknown as Me;

export type WireChanges = Partial<WireConversation>;

/** A conversation as the server tells of it. */
export function wire(id: ConversationId, more: WireChanges = {}): WireConversation {
  return {
    conversation_id: id,
    kind: 'direct',
    peer: ben,
    accepted: true,
    contact: true,
    role: 'member',
    joined_seq: 1,
    member_n: 1,
    member_count: 2,
    timer_seconds: 0,
    head: 0,
    ord: 0,
    read: 0,
    read_ord: 0,
    marks: [],
    created_at: '2026-11-01T00:00:00.000Z',
    ...(id === room && { made: origin }),
    ...more,
  };
}

/** A record as the server pushes it: content `text N` by Ben, unless told otherwise. */
export function record(id: ConversationId, seq: number, more: Partial<Envelope> = {}): Envelope {
  return {
    type: 'message',
    conversation_id: id,
    seq,
    ord: seq,
    id: messageId(1_000 * Number(id.charCodeAt(2)) + seq),
    sender: ben,
    kind: 'content',
    lamport: seq,
    stored_at: rfc3339(Date.UTC(2026, 10, 25, 9) + seq * 1_000),
    timestamp: rfc3339(Date.UTC(2026, 10, 25, 9) + seq * 1_000),
    member_n: 1,
    content: `text ${seq}`,
    ...more,
  };
}

export function body(value: object): Partial<Envelope> {
  return { content: JSON.stringify(value), format: 'body' };
}

export function quiet(value: object): Partial<Envelope> {
  return { kind: 'quiet', ...body(value) };
}

export function changes(items: readonly WireConversation[], more: Partial<Changes> = {}): Changes {
  return { type: 'changes', items: [...items], has_more: false, since: 's1', ...more };
}

export function messages(
  id: ConversationId,
  from: number,
  to: number,
  items: readonly Envelope[],
  more: Partial<Messages> = {},
): Messages {
  return {
    type: 'messages',
    conversation_id: id,
    from_seq: from,
    to_seq: to,
    head: to,
    items: [...items],
    has_more: false,
    ...more,
  };
}

/** A client and the other ends of everything it holds. */
export class Stage {
  readonly clock: HandClock;
  readonly sockets = new HandSockets();
  readonly http = new HandHttp();
  bytes: HttpBytes = noBytes;
  readonly disk: MemoryDisk;
  readonly seed: number;
  client!: Client;

  readonly store: HandStore;
  readonly #crypto: CryptoProvider;

  private constructor(parts: {
    readonly clock: HandClock;
    readonly disk: MemoryDisk;
    readonly seed: number;
    readonly seal?: () => Promise<void>;
    readonly crypto?: Partial<CryptoProvider>;
  }) {
    this.clock = parts.clock;
    this.disk = parts.disk;
    this.seed = parts.seed;
    this.store = new HandStore(new MemoryStore(parts.disk));
    this.#crypto = {
      ...plainCrypto,
      seal: async (...sealed) => {
        await parts.seal?.();
        return plainCrypto.seal(...sealed);
      },
      ...parts.crypto,
    };
    this.http.on('GET /v1/me', me);
    this.http.on('GET /v1/accounts', { items: [], has_more: false });
  }

  /** Everything but the client; on the disk and clock of another stage it is another tab or the next start. */
  static make(
    from?: Stage,
    seed = 1,
    more: { readonly seal?: () => Promise<void>; readonly crypto?: Partial<CryptoProvider> } = {},
  ): Stage {
    return new Stage({ clock: from?.clock ?? new HandClock(), disk: from?.disk ?? new MemoryDisk(), seed, ...more });
  }

  static async open(
    from?: Stage,
    seed = 1,
    more: {
      readonly seal?: () => Promise<void>;
      readonly crypto?: Partial<CryptoProvider>;
      readonly offline?: boolean;
    } = {},
  ): Promise<Stage> {
    const stage = Stage.make(from, seed, more);
    if (more.offline === true) stage.http.answers.clear();
    await stage.connect();
    return stage;
  }

  /** Opens the client. */
  async connect(more: Partial<ClientOptions> = {}): Promise<void> {
    const { clock, sockets, http, disk, store } = this;
    const leadership = disk.hub.member();
    const bytes: HttpBytes = { send: (up) => this.bytes.send(up), receive: (down) => this.bytes.receive(down) };
    const host = {
      clock,
      sockets,
      http,
      bytes,
      store,
      leadership,
      random: seededRandom(this.seed),
      crypto: this.#crypto,
    };
    const options = { token: 'secret', origin: 'http://localhost', program: null, me: null, ...more };
    const opening = openClient(host, { onSignedOut: async () => {}, ...options });
    opening.catch(() => {});
    // A follower waits a moment to see whether it leads.
    await settle();
    await clock.advance(200);
    this.client = await opening;
    await settle();
  }

  get socket(): HandSocket {
    return this.sockets.last;
  }

  /** Welcomes the newest socket, tells these conversations, and answers every question with nothing. */
  async up(
    items: readonly WireConversation[] = [],
    more: { readonly epoch?: number; readonly since?: string; readonly serverTime?: number } = {},
  ): Promise<void> {
    this.socket.opened();
    await this.welcome(more);
    this.say(changes(items, { since: more.since ?? 's1' }));
    await settle();
  }

  /** The answer to `hello`. */
  async welcome(
    more: { readonly epoch?: number; readonly serverTime?: number; readonly account?: AccountId } = {},
  ): Promise<void> {
    this.say({
      type: 'welcome',
      protocol: 1,
      account: more.account ?? ana,
      device: this.client.me.snapshot.device,
      handle: 'ana',
      log_id: 'l1',
      epoch: more.epoch ?? 1,
      server_time: rfc3339(more.serverTime ?? this.clock.now()),
      heartbeat_ms: 25_000,
      limits: { frame_bytes: 65_536, content_bytes: 49_152, text_characters: 16_384, page_items: 200 },
    });
    await settle();
  }

  /** The network breaks and comes back: a new socket, welcomed. */
  async reconnect(items: readonly WireConversation[] = [], more: Parameters<Stage['up']>[1] = {}): Promise<void> {
    this.socket.dropped();
    await this.upAgain(items, more);
  }

  /** Waits for the next attempt, however long that takes, and welcomes it. */
  async upAgain(items: readonly WireConversation[] = [], more: Parameters<Stage['up']>[1] = {}): Promise<void> {
    const before = this.sockets.all.length;
    for (let second = 0; second < 60 && this.sockets.all.length === before; second++) await this.clock.advance(1_000);
    await this.up(items, more);
  }

  /** Time passes, and the server is heard. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 10_000) {
      this.say({ type: 'heartbeat', change: 'same', server_time: rfc3339(this.clock.now()) });
      await this.clock.advance(Math.min(left, 10_000));
    }
  }

  say(frame: FrameDown): void {
    this.socket.say(frame);
  }

  async push(...frames: readonly FrameDown[]): Promise<void> {
    for (const frame of frames) this.say(frame);
    await settle();
  }

  /** The newest question that was asked and not answered here. */
  question(): FramesUp['sync'] {
    const asked = this.socket.of('sync').at(-1);
    assert.ok(asked, 'nothing was asked');
    return asked;
  }

  async answer(question: FramesUp['sync'], frame: Messages | Changes): Promise<void> {
    await this.push({ ...frame, ref: question.ref });
  }

  async refuse(frame: { readonly id?: string; readonly ref?: string }, code: string, more: object = {}): Promise<void> {
    await this.push({ type: 'error', code, advice: 'x', ...frame, ...more } as FrameDown);
  }

  /** Sends the frame back as the server would: a tick, then the record. */
  confirm(frame: FramesUp['message'], seq: number, more: Partial<Envelope> = {}): Envelope {
    return record(frame.conversation_id, seq, {
      id: frame.id as Envelope['id'],
      sender: ana,
      kind: frame.kind ?? 'content',
      lamport: frame.lamport ?? seq,
      ...(frame.format && { format: frame.format }),
      ...(frame.targets && { targets: frame.targets }),
      ...(frame.key && { key: frame.key }),
      ...(frame.value !== undefined && { value: frame.value }),
      ...more,
      ...(frame.content === undefined ? {} : { content: frame.content }),
    });
  }

  /** From here until `release` writes to the disk wait. */
  holdWrites(): { release(): void } {
    return this.store.hold();
  }

  get outgoing(): FramesUp['message'][] {
    return this.socket.of('message');
  }

  conversation(id: ConversationId = chat) {
    const conversation = this.client.conversation(id);
    assert.ok(conversation, 'the conversation is not here');
    return conversation;
  }

  /** What a timeline of this conversation shows, as `text:state`. */
  async shown(id: ConversationId = chat): Promise<readonly string[]> {
    const timeline = this.conversation(id).timeline();
    await settle();
    const items = timeline.snapshot.items.map((item) => `${item.text}:${item.state}`);
    timeline.close();
    return items;
  }

  receipts(type: 'received' | 'read', account: AccountId = ana): readonly [string, number][] {
    assert.equal(account, ana);
    return this.socket.of(type).map((frame) => [frame.conversation_id, frame.seq]);
  }

  /** The process dies: nothing is said, nothing more is written, the lock is free. */
  async close(): Promise<void> {
    await this.client.close();
    await settle();
  }
}

/** These lead the group, as the server says. */
export function leading(stage: Stage, ...people: readonly AccountId[]): void {
  const items = people.map((account) => ({ account, role: 'admin', joined_seq: 1 }));
  stage.http.on(`GET /v1/conversations/${group}/members`, { items, has_more: false });
}
