// What the tests of conversations over REST stand on: log, store and bus in memory, the real sequencer, and a short way
// to call a route as somebody. Every answer is checked against the schema of its route. Used by tests only.
import assert from 'node:assert/strict';
import {
  type AccountId,
  type Conversation,
  type ConversationId,
  type MessageId,
  type RouteBody,
  type RouteName,
  type RouteParams,
  type RouteQuery,
  type RouteResult,
  routes,
} from '@parley/protocol';
import { Compile } from 'typebox/compile';
import type { AccountConversations } from '../accounts/parts.ts';
import { LocalBus } from '../bus/local-bus.ts';
import { memoryDirectory } from '../directory/memory-directory.ts';
import type { Handlers, Upload } from '../kernel/handlers.ts';
import type { Random } from '../kernel/random.ts';
import type { Result } from '../kernel/result.ts';
import { silentEvents } from '../kernel/silent-events.ts';
import { MemoryLog } from '../log/memory-log.ts';
import { MemoryBlobs } from '../media/memory-blobs.ts';
import { MemoryPresence } from '../presence/memory-presence.ts';
import { accountLog } from '../sequencer/conversation-ids.ts';
import { Sequencer } from '../sequencer/run.ts';
import { accountOf, creation, deviceOf, HandClock, messageOf } from '../sequencer/stage.ts';
import { localSequencing } from '../sequencing/local-sequencing.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { createAccountConversations } from './account-conversations.ts';
import { createConversationRoutes } from './conversation-routes.ts';
import { Signatories } from './entry-fixture.ts';
import { MessageFiles } from './message-files.ts';
import { createMessages, type Messages } from './messages.ts';
import { inShape } from './sealed-fixture.ts';

export const [ana, ben, cem, dia] = [accountOf(1), accountOf(2), accountOf(3), accountOf(4)] as const;

type Name = Extract<RouteName, keyof ReturnType<typeof createConversationRoutes>>;

/** What a call brings along. */
export interface Input<N extends Name> {
  readonly params?: RouteParams<N>;
  readonly query?: RouteQuery<N>;
  readonly body?: RouteBody<N>;
  readonly key?: string;
  readonly upload?: Upload;
  readonly range?: string;
  readonly isKnown?: true;
  readonly signal?: AbortSignal;
}

/** A server of conversations. */
export class Desk {
  readonly clock = new HandClock();
  readonly faults: unknown[] = [];
  readonly bus = new LocalBus((error) => this.faults.push(error));
  readonly store: MemoryStore;
  readonly log: MemoryLog;
  readonly sequencer: Sequencer;
  readonly messages: Messages;
  readonly routes: Handlers<Name>;
  readonly accounts: AccountConversations;
  /** Accounts that do not exist, or are leaving. */
  readonly missing = new Set<AccountId>();
  /** Nobody makes a link before so many milliseconds. */
  linkWaitMs = 0;
  readonly device = deviceOf(1);
  /** Nor a report. */
  reportWaitMs = 0;
  readonly reports = memoryDirectory().reports;
  readonly guests = new Set<AccountId>();
  readonly blobs: MemoryBlobs;
  readonly placed = memoryDirectory().files;
  readonly files: MessageFiles;
  /** Who has an identity. */
  readonly people = new Signatories();
  #ids = 0;

  /** A server that has read its log. */
  static async open(parts: DeskParts = {}): Promise<Desk> {
    const desk = new Desk(parts);
    await desk.sequencer.caughtUp();
    return desk;
  }

  private constructor({ store = new MemoryStore(), log, bytesPerAccount = 10_000, isOneOfSeveral }: DeskParts) {
    const random = countingRandom();
    this.store = store;
    this.log = log ?? new MemoryLog({ clock: this.clock, random });
    const events = silentEvents((_where, error) => this.faults.push(error));
    this.sequencer = new Sequencer({
      log: this.log,
      partition: 0,
      store,
      bus: this.bus,
      clock: this.clock,
      events,
    });
    const { clock, bus, sequencer } = this;
    this.blobs = new MemoryBlobs(clock);
    const { blobs, placed: files } = this;
    this.files = new MessageFiles({ files, blobs, clock, bytesPerAccount });
    this.messages = createMessages({
      log: this.log,
      sequencer: localSequencing(sequencer),
      ...(isOneOfSeveral && { here: { comings: 0, hears: () => true, came: () => false } }),
      epoch: () => 1,
      commitMarks: (writes, applied) => store.commit(writes, applied),
      bus,
      presence: new MemoryPresence(clock, (error) => this.faults.push(error)),
      clock,
      random,
      accountExists: (account) => Promise.resolve(!this.missing.has(account)),
      isGuest: async (account) => this.guests.has(account),
      deviceEnds: { peekEnded: () => false, endedSince: async () => false },
      signers: this.people.signers,
      files: this.files,
      takeLink: async () => this.linkWaitMs,
      takeReport: async () => this.reportWaitMs,
      reports: this.reports,
      lastSeenOf: () => Promise.resolve(null),
      fault: (_where, error) => this.faults.push(error),
    });
    this.routes = createConversationRoutes(this.messages);
    this.accounts = createAccountConversations(this.messages);
  }

  /** An id that nobody used yet. */
  id(): MessageId {
    return messageOf(++this.#ids);
  }

  /** Calls a route. An answer that its schema does not know fails the test. */
  async call<N extends Name>(
    name: N,
    account: AccountId,
    input: Input<N> = {},
  ): Promise<Result<RouteResult<N>, string>> {
    const { params, query = {}, body = {}, key, upload, range, isKnown, signal = new AbortController().signal } = input;
    const call = {
      caller: { account, device: this.device, admin: false },
      address: '192.0.2.1',
      params,
      query,
      body,
      signal,
      ...(key === undefined ? {} : { idempotencyKey: key }),
      ...(upload === undefined ? {} : { upload }),
      ...(range === undefined ? {} : { range }),
      ...(isKnown && { isKnown }),
    };
    const handler = this.routes[name] as unknown as (call: unknown) => Promise<Result<RouteResult<N>, string>>;
    const result = await handler(call);
    if (result.ok) assert.ok(checkOf(name).Check(result.value), `${name}: ${JSON.stringify(result.value)}`);
    return result;
  }

  /** The value of a call that is not refused. */
  async get<N extends Name>(name: N, account: AccountId, input?: Input<N>): Promise<RouteResult<N>> {
    const result = await this.call(name, account, input);
    assert.ok(result.ok, `${name}: ${result.ok ? '' : result.code}`);
    return result.value;
  }

  /** The code of a call that is refused, or `ok`. */
  async code<N extends Name>(name: N, account: AccountId, input?: Input<N>): Promise<string> {
    const result = await this.call(name, account, input);
    return result.ok ? 'ok' : result.code;
  }

  /** The code of a call in a conversation. */
  in<N extends Name>(name: N, account: AccountId, conversation: ConversationId, more: object = {}): Promise<string> {
    const { account: subject, invite, ...input } = more as { account?: AccountId; invite?: string };
    const params = {
      conversation_id: conversation,
      ...(subject === undefined ? {} : { account: subject }),
      ...(invite === undefined ? {} : { invite_id: invite }),
    };
    return this.code(name, account, { params, ...input } as unknown as Input<N>);
  }

  /** Makes a conversation of these as the first of them; the others let anybody add them. */
  async make(
    kind: 'group' | 'room',
    [maker, ...others]: readonly AccountId[],
    more: object = {},
  ): Promise<ConversationId> {
    for (const other of others) await this.set(other, 'privacy/add', 'everyone');
    const founders = kind === 'group' ? { members: others } : { title: 'Tea' };
    const body = { kind, id: this.id(), ...founders, ...more } as RouteBody<'createConversation'>;
    const made = await this.get('createConversation', maker ?? ana, { body });
    if (kind === 'room') for (const account of others) await this.join(made, account);
    return made.conversation_id;
  }

  async join({ conversation_id }: Conversation, account: AccountId): Promise<void> {
    await this.get('joinRoom', account, { params: { conversation_id } });
  }

  /** Sets something in the account's log, which is made if it is not there. */
  async set(account: AccountId, key: string, value: string): Promise<void> {
    const act = { conversation: accountLog(account), sender: account, device: deviceOf(1) };
    await this.messages.appender.change(act, creation('account', [account]));
    assert.ok((await this.messages.appender.setting(act, key, value)).ok);
  }

  /** Two who have written to each other. */
  async befriend(a: AccountId, b: AccountId): Promise<ConversationId> {
    const intent = { intent: `contact ${a} ${b}`, kind: 'contact', account: a, inviter: b, createdAt: 0 } as const;
    const opened = await this.accounts.openContact(a, b, intent);
    assert.ok(opened.ok);
    return opened.value.conversation_id;
  }

  /** Says something, and waits until it has its place. */
  async say(account: AccountId, conversation: ConversationId, content: string): Promise<MessageId> {
    const params = { conversation_id: conversation };
    const kind = (await this.sequencer.rows.get('conversations', [conversation]))?.kind;
    const { id } = await this.get('createMessage', account, { params, body: inShape(kind, { content }) });
    const verdict = await this.sequencer.settled(conversation, account, id, new AbortController().signal);
    assert.equal(verdict.state, 'accepted');
    return id;
  }

  /** Records in the log. */
  get length(): number {
    return this.log.end(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.messages.close();
    await this.sequencer[Symbol.asyncDispose]();
    assert.deepEqual(this.faults, []);
  }
}

const checks = new Map<Name, { Check(value: unknown): boolean }>();

function checkOf(name: Name): { Check(value: unknown): boolean } {
  const known = checks.get(name) ?? Compile(routes[name].result);
  checks.set(name, known);
  return known;
}

/** What a desk is set with. */
export interface DeskParts {
  readonly store?: MemoryStore;
  readonly log?: MemoryLog;
  /** What the files of an account may take. */
  readonly bytesPerAccount?: number;
  /** There are other gateways. */
  readonly isOneOfSeveral?: true;
}

/** Bytes that differ from call to call, the same in every run. */
export function countingRandom(): Random {
  let calls = 0;
  return {
    bytes(length) {
      const bytes = Buffer.alloc(length, 7);
      bytes.writeUInt32BE(++calls, length - 4);
      return bytes;
    },
  };
}
