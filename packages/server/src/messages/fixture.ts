// What the tests of the socket's use cases stand on: log, store, bus and presence in memory, the real sequencer, and
// short ways to do something as somebody and to see what was told. Frames are checked against their schemas. Used by
// tests only.
import assert from 'node:assert/strict';
import {
  type AccountId,
  type Changes,
  type ConversationId,
  type ErrorCode,
  type FramesDown,
  type FramesUp,
  framesDown,
  type MessageId,
  uuid7FromBytes,
} from '@parley/protocol';
import { Compile } from 'typebox/compile';
import { memoryDirectory } from '../directory/memory-directory.ts';
import type { Session } from '../kernel/frame-handlers.ts';
import { type Result, Unavailable } from '../kernel/result.ts';
import { silentEvents } from '../kernel/silent-events.ts';
import { MemoryLog } from '../log/memory-log.ts';
import { MemoryPresence } from '../presence/memory-presence.ts';
import { accountLog, directConversation, madeConversation } from '../sequencer/conversation-ids.ts';
import { Sequencer } from '../sequencer/run.ts';
import { accountOf, creation, deviceOf, HandClock } from '../sequencer/stage.ts';
import { localSequencing } from '../sequencing/local-sequencing.ts';
import { MemoryStore } from '../store/memory-store.ts';
import type { MarkRow, Write } from '../store/store.ts';
import { Signatories } from './entry-fixture.ts';
import { HeardBus } from './heard-bus-fixture.ts';
import { createMessages, type Messages } from './messages.ts';
import { noFiles } from './no-files-fixture.ts';
import type { LiveRows } from './parts.ts';
import { inShape } from './sealed-fixture.ts';

export const [ana, ben, cem, dia] = [accountOf(1), accountOf(2), accountOf(3), accountOf(4)] as const;

/** A session of the account on its first device, or another. */
export function sessionOf(account: AccountId, device = 1): Session {
  return { account, device: deviceOf(device), admin: false, address: '192.0.2.1' };
}

/** A receipt and who it was for. */
export interface ToldReceipt {
  readonly to: readonly AccountId[];
  readonly account: AccountId;
  readonly delivered: number;
  readonly read: number;
}

/** What an exchange is set with. */
export interface ExchangeParts {
  readonly store?: MemoryStore;
  readonly log?: MemoryLog;
  readonly clock?: HandClock;
  readonly epoch?: number;
  /** There are other gateways, and here are the rows of this one. */
  readonly gatewayRows?: (rows: LiveRows) => LiveRows;
}

/** A server of messages. */
export class Exchange {
  readonly clock: HandClock;
  readonly store: MemoryStore;
  readonly log: MemoryLog;
  readonly epoch: number;
  readonly faults: unknown[] = [];
  readonly bus: HeardBus;
  readonly sequencer: Sequencer;
  readonly presence: MemoryPresence;
  readonly messages: Messages;
  /** Batches of marks that the store was given. */
  readonly commits: MarkRow[][] = [];
  /** The store takes no marks. */
  refusesMarks = false;
  /** Records are not taken. */
  isClosed = false;
  readonly missing = new Set<AccountId>();
  /** Who has an identity. */
  readonly people = new Signatories();
  readonly lastSeen = new Map<AccountId, number>();
  /** Where in the list of key changes a device of each ended, and from where on that is known by heart. */
  readonly deviceEnds = new Map<AccountId, number>();
  deviceEndsFrom = 0;
  static #ids = 0;

  private constructor(parts: ExchangeParts) {
    this.clock = parts.clock ?? new HandClock();
    this.store = parts.store ?? new MemoryStore();
    this.epoch = parts.epoch ?? 1;
    let calls = 0;
    const random = {
      bytes(length: number) {
        const bytes = Buffer.alloc(length, 7);
        bytes.writeUInt32BE(++calls, length - 4);
        return bytes;
      },
    };
    this.log = parts.log ?? new MemoryLog({ clock: this.clock, random });
    const fault = (error: unknown) => this.faults.push(error);
    this.bus = new HeardBus(fault);
    this.presence = new MemoryPresence(this.clock, fault);
    const { log, store, bus, clock, presence } = this;
    const events = silentEvents((_where, error) => fault(error));
    this.sequencer = new Sequencer({ log, partition: 0, store, bus, clock, events });
    const { sequencer, isAccepting } = { sequencer: this.sequencer, isAccepting: () => !this.isClosed };
    this.messages = createMessages({
      log,
      bus,
      clock,
      presence,
      random,
      epoch: () => this.epoch,
      ...(parts.gatewayRows && { here: { comings: 0, hears: () => true, came: () => false } }),
      sequencer: {
        ...localSequencing(sequencer),
        rows: parts.gatewayRows?.(sequencer.rows) ?? sequencer.rows,
        get accepting() {
          return isAccepting() && sequencer.accepting;
        },
      },
      commitMarks: (writes) => this.#commitMarks(writes),
      accountExists: (account) => Promise.resolve(!this.missing.has(account)),
      isGuest: async () => false,
      deviceEnds: {
        peekEnded: (members, n) => (n < this.deviceEndsFrom ? undefined : this.#hasEnded(members, n)),
        endedSince: async (members, n) => this.#hasEnded(members, n),
      },
      signers: this.people.signers,
      files: noFiles(clock),
      takeLink: async () => 0,
      takeReport: async () => 0,
      reports: memoryDirectory().reports,
      lastSeenOf: (account) => Promise.resolve(this.lastSeen.get(account) ?? null),
      fault: (_where, error) => fault(error),
    });
  }

  #hasEnded(members: ReadonlyMap<AccountId, unknown>, n: number): boolean {
    return [...members.keys()].some((member) => (this.deviceEnds.get(member) ?? 0) > n);
  }

  /** One that has replayed its log. */
  static async open(parts: ExchangeParts = {}): Promise<Exchange> {
    const exchange = new Exchange(parts);
    await exchange.sequencer.caughtUp();
    return exchange;
  }

  /** The process ends, and another one begins on the same log and store. */
  async restart({ epoch = this.epoch }: { readonly epoch?: number } = {}): Promise<Exchange> {
    await this.close();
    this.clock.advance(10);
    const { store, log, clock } = this;
    return Exchange.open({ store, log, clock, epoch });
  }

  async close(): Promise<void> {
    await this.messages.close();
    await this.sequencer[Symbol.asyncDispose]();
  }

  /** Ends it, and fails if something was reported that nobody waited for. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    assert.deepEqual(this.faults, []);
  }

  /** An id that nobody used yet. */
  id(at = this.clock.now()): MessageId {
    const bytes = Buffer.alloc(10);
    bytes.writeUInt32BE(++Exchange.#ids, 6);
    return uuid7FromBytes(at, bytes);
  }

  /** A direct conversation that the first asked for; contacts unless told otherwise. */
  async direct(a: AccountId, b: AccountId, contact = true): Promise<ConversationId> {
    const conversation = directConversation(a, b);
    const founders = a === b ? [a] : [a, b];
    await this.change(conversation, a, { ...creation('direct', founders), contact: contact && a !== b });
    return conversation;
  }

  async make(kind: 'group' | 'room', founders: readonly AccountId[]): Promise<ConversationId> {
    const id = this.id();
    const [creator = ana, ...others] = founders;
    const conversation = madeConversation(kind, creator, id);
    const first = kind === 'group' ? founders : [creator];
    await this.change(conversation, creator, { ...creation(kind, first), access: 'open' }, id);
    if (kind === 'room') for (const other of others) await this.change(conversation, other, joining);
    return conversation;
  }

  /** Resolves to the seq. */
  async change(
    conversation: ConversationId,
    sender: AccountId,
    change: Parameters<Messages['appender']['change']>[1],
    id = this.id(),
  ): Promise<number> {
    const done = await this.messages.appender.change({ conversation, sender, device: deviceOf(1), id }, change);
    assert.ok(done.ok, done.ok ? '' : done.code);
    return done.value;
  }

  /** Sends a message frame and waits until it has its place. Resolves to the seq. */
  async say(
    account: AccountId,
    conversation: ConversationId,
    more: Partial<FramesUp['message']> = {},
  ): Promise<number> {
    const { id = this.id() } = more;
    const whole = { type: 'message', conversation_id: conversation, content: 'Hello', ...more, id } as const;
    const frame = inShape(await this.#kindOf(conversation), whole);
    const sent = await this.messages.frames.message(sessionOf(account), frame, () => {});
    assert.ok(sent.ok, sent.ok ? '' : sent.code);
    const verdict = await this.sequencer.settled(conversation, account, id, new AbortController().signal);
    assert.ok(verdict.state === 'accepted');
    return verdict.seq;
  }

  async #kindOf(conversation: ConversationId) {
    return (await this.sequencer.rows.get('conversations', [conversation]))?.kind;
  }

  /** The code of a refused message, or `ok`. */
  async codeOf(account: AccountId, frame: Partial<FramesUp['message']>): Promise<ErrorCode | 'ok'> {
    const said = { type: 'message', id: this.id(), content: 'Hello', ...frame } as FramesUp['message'];
    const whole = inShape(await this.#kindOf(said.conversation_id), said);
    const result = await this.messages.frames.message(sessionOf(account), whole, () => {});
    return result.ok ? 'ok' : result.code;
  }

  /** Sets something in the account's log, which is made if it is not there. */
  async set(account: AccountId, key: string, value: string): Promise<void> {
    const conversation = accountLog(account);
    if (this.sequencer.rows.conversation(conversation) === undefined)
      await this.change(conversation, account, creation('account', [account]));
    const done = await this.messages.appender.setting(
      { conversation, sender: account, device: deviceOf(1) },
      key,
      value,
    );
    assert.ok(done.ok, done.ok ? '' : done.code);
  }

  async received(account: AccountId, conversation: ConversationId, seq: number): Promise<string> {
    const frame = { type: 'received', conversation_id: conversation, seq } as const;
    return codeOf(await this.messages.frames.received(sessionOf(account), frame));
  }

  async read(account: AccountId, conversation: ConversationId, seq: number): Promise<string> {
    const frame = { type: 'read', conversation_id: conversation, seq } as const;
    return codeOf(await this.messages.frames.read(sessionOf(account), frame));
  }

  async typing(account: AccountId, conversation: ConversationId): Promise<string> {
    const frame = { type: 'typing', conversation_id: conversation } as const;
    return codeOf(await this.messages.frames.typing(sessionOf(account), frame));
  }

  /** Receipts that were told since the last call. */
  receipts(): readonly ToldReceipt[] {
    const told: ToldReceipt[] = [];
    for (const hint of this.bus.hints.splice(0)) {
      if (hint.type !== 'accounts') continue;
      const { account, delivered, read } = frameOf('receipt', hint.frame);
      told.push({ to: [...hint.accounts].sort(), account, delivered, read });
    }
    return told;
  }

  /** One page of what changed. */
  async changes(account: AccountId, since?: string, limit?: number): Promise<Changes> {
    const frame = { type: 'sync', ref: 'r', ...(since !== undefined && { since }), ...(limit && { limit }) } as const;
    const page = await this.messages.frames.sync(sessionOf(account), frame);
    assert.ok(page.ok);
    return frameOf('changes', page.value);
  }

  /** All pages of what changed. */
  async allChanges(account: AccountId, since?: string, limit?: number): Promise<Changes> {
    let page = await this.changes(account, since, limit);
    const { items } = page;
    while (page.has_more) {
      page = await this.changes(account, page.since, limit);
      items.push(...page.items);
    }
    return { ...page, items };
  }

  /** Which conversations changed, and the next `since`. */
  async changed(
    account: AccountId,
    since?: string,
  ): Promise<{ readonly ids: readonly ConversationId[]; since: string }> {
    const all = await this.allChanges(account, since);
    return { ids: all.items.map((item) => item.conversation_id), since: all.since };
  }

  /** Everything applied is in the store, and nothing of it is left in front of it. */
  async commit(): Promise<void> {
    const end = this.log.end(0) - 1;
    while (this.sequencer.counters.committedOffset < end) {
      this.clock.advance(500);
      await settle();
    }
  }

  /** Time passes, and what is due then happens. */
  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await settle();
  }

  async #commitMarks(writes: readonly Write[]): Promise<void> {
    if (this.refusesMarks) throw new Unavailable('the store takes no marks');
    this.commits.push(writes.map(({ row }) => row as MarkRow));
    await this.store.commit(writes, null);
  }
}

const joining = { action: 'join', inviteHash: '' } as const;

function codeOf(result: Result<null, ErrorCode>): string {
  return result.ok ? 'ok' : result.code;
}

const checks = new Map<string, { Check(value: unknown): boolean }>();

/** A frame, which must satisfy its schema. */
export function frameOf<T extends keyof FramesDown>(type: T, bytes: Uint8Array): FramesDown[T] {
  const frame = JSON.parse(Buffer.from(bytes).toString()) as FramesDown[T];
  const check = checks.get(type) ?? Compile(framesDown[type]);
  checks.set(type, check);
  assert.ok(check.Check(frame), `${type}: ${JSON.stringify(frame)}`);
  return frame;
}

/** Lets everything that only waits for promises happen. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}
