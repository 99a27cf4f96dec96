// Accounts for unit tests: the directory in memory, time moved by hand, chance that repeats itself, a fast hasher that
// counts, and conversations that are sets. Not part of the server.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import type {
  AccountId,
  ConversationId,
  DeviceId,
  ErrorCode,
  LinkRef,
  Notice,
  RouteResult,
  Session,
} from '@parley/protocol';
import type { Hint } from '../bus/bus.ts';
import { LocalBus } from '../bus/local-bus.ts';
import { memoryDirectory } from '../directory/memory-directory.ts';
import type { Call, Caller } from '../kernel/handlers.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import type { Random } from '../kernel/random.ts';
import { ok, type Result, refuse, Unavailable } from '../kernel/result.ts';
import { silentEvents } from '../kernel/silent-events.ts';
import { accountLog, directConversation } from '../sequencer/conversation-ids.ts';
import { type AccountRouteName, type AccountsOptions, createAccounts } from './accounts.ts';
import type { AccountConversations, AccountPolicy, LinkTarget } from './parts.ts';
import type { Hasher } from './passwords.ts';

/** A password that nobody would guess. */
export const goodPassword = 'correct-Horse7';

/** The same bytes in every run. */
export function repeatableRandom(): Random {
  let calls = 0;
  return {
    bytes(length) {
      const bytes = new Uint8Array(length);
      for (let at = 0; at < length; at += 32)
        bytes.set(hash('sha256', `${++calls}`, 'buffer').subarray(0, Math.min(32, length - at)), at);
      return bytes;
    },
  };
}

/** A real hash that costs nothing. It counts, and holds comparisons while `gate` is set. */
export class FastHasher implements Hasher {
  cost = 1;
  hashed = 0;
  compared = 0;
  gate: Promise<void> | null = null;

  async hash(password: string): Promise<string> {
    this.hashed++;
    return `fast ${this.cost} ${hash('sha256', password)}`;
  }

  async verify(stored: string, password: string): Promise<boolean> {
    this.compared++;
    await this.gate;
    return stored.split(' ')[2] === hash('sha256', password);
  }

  isOutdated(stored: string): boolean {
    return stored.split(' ')[1] !== String(this.cost);
  }
}

/** The conversations of accounts as sets. `failing` makes them unavailable, `refusing` refused. */
export class TestConversations implements AccountConversations {
  readonly opened = new Set<AccountId>();
  readonly left = new Set<AccountId>();
  /** Links of groups, by conversation and key. What such a link signs is here its key and the text. */
  readonly groupLinks = new Map<string, LinkTarget>();
  readonly contacts = new Map<AccountId, Set<AccountId>>();
  readonly links = new Map<string, { readonly inviter: AccountId; readonly title?: string; left: number }>();
  readonly intents: string[] = [];
  failing = false;
  refusing: ErrorCode | null = null;

  own(account: AccountId) {
    return { account_log: accountLog(account), notes: directConversation(account, account) };
  }

  async openConversations(account: AccountId, inviter: AccountId | null, { intent }: { readonly intent: string }) {
    this.#check(intent);
    if (this.refusing !== null) return refuse(this.refusing);
    this.opened.add(account);
    return ok({ conversation_id: inviter === null ? null : this.#meet(account, inviter) });
  }

  async openContact(account: AccountId, inviter: AccountId, { intent }: { readonly intent: string }) {
    this.#check(intent);
    return ok({ conversation_id: this.#meet(account, inviter) });
  }

  async leaveEverything(account: AccountId, { intent }: { readonly intent: string }) {
    this.#check(intent);
    this.left.add(account);
    return ok(null);
  }

  async contactsOf(account: AccountId) {
    return [...(this.contacts.get(account) ?? [])];
  }

  async inspectInvite(secret: string) {
    const link = this.links.get(secret);
    if (link === undefined || link.left === 0) return null;
    const { inviter, title } = link;
    return title === undefined ? { inviter } : { inviter, title };
  }

  async inspectLink({ conversation_id, key }: LinkRef, proof?: { readonly text: string; readonly signature: string }) {
    const target = this.groupLinks.get(`${conversation_id}.${key}`);
    if (target === undefined || (proof !== undefined && proof.signature !== `${key} ${proof.text}`)) return null;
    return target;
  }

  async acceptInvite(
    _account: AccountId,
    secret: string,
  ): Promise<Result<{ conversation_id: ConversationId }, ErrorCode>> {
    const link = this.links.get(secret);
    if (link === undefined || link.left === 0) return refuse('invite.invalid');
    link.left--;
    return ok({ conversation_id: groupOf(secret) });
  }

  #check(intent: string): void {
    this.intents.push(intent);
    if (this.failing) throw new Unavailable('the log takes nothing');
  }

  #meet(a: AccountId, b: AccountId): ConversationId {
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const)
      this.contacts.set(one, new Set([...(this.contacts.get(one) ?? []), other]));
    return directConversation(a, b);
  }
}

/** The group that a link of `TestConversations` leads into. */
export const groupOf = (secret: string) => `c_${secret.padEnd(22, '-').slice(0, 22)}` as ConversationId;

/** Somebody who is signed in. */
export interface SignedIn extends Caller {
  readonly handle: string;
  readonly token: string;
  readonly session: Session;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Input<N extends AccountRouteName> = {
  readonly [K in 'params' | 'query' | 'body' as Call<N>[K] extends undefined ? never : K]: Call<N>[K];
} & { readonly by?: Caller; readonly address?: string; readonly signal?: AbortSignal };

/** Accounts on a server that anybody may join. */
export class TestAccounts {
  readonly clock = new ManualClock();
  readonly directory = memoryDirectory();
  readonly hasher = new FastHasher();
  readonly conversations = new TestConversations();
  readonly policy: Mutable<AccountPolicy> = {
    signup: 'open',
    guests: true,
    people: 'exact',
    serverName: 'Test',
    version: '1.2.3',
  };
  readonly online = new Set<DeviceId>();
  readonly hints: Hint[] = [];
  readonly faults: unknown[] = [];
  readonly events = silentEvents((_where, error) => this.faults.push(error));
  greeter: AccountId | null = null;
  readonly options: AccountsOptions;
  readonly accounts;
  #people = 0;

  constructor(changes: Partial<AccountsOptions> = {}) {
    const bus = new LocalBus((error) => assert.fail(String(error)));
    bus.subscribe((hint) => this.hints.push(hint));
    const { clock, directory, hasher, conversations, policy, events } = this;
    this.options = {
      ...{ clock, directory, hasher, conversations, policy, events, bus },
      random: repeatableRandom(),
      isOnline: async (device) => this.online.has(device),
      greeter: () => this.greeter,
      status: async () => ({
        ...{ online_devices: 1, log_end: 2, store_applied: 3, overlay_bytes: 4, data_bytes: 5, uptime_ms: 6, epoch: 7 },
        open_reports: 8,
        alarms: ['look'],
      }),
      placeOf: (address) => address,
      ...changes,
    };
    this.accounts = createAccounts(this.options);
  }

  /** Calls a route as the gateway does. */
  call<N extends AccountRouteName>(name: N, input: Input<N>): Promise<Result<RouteResult<N>, ErrorCode>> {
    const { by = null, address = '192.0.2.1', signal = new AbortController().signal, ...rest } = input;
    const call = { caller: by, address, signal, params: undefined, query: undefined, body: undefined, ...rest };
    const handler = this.accounts.routes[name] as (call: unknown) => Promise<Result<RouteResult<N>, ErrorCode>>;
    return handler(call);
  }

  /** A call that must go well. */
  async get<N extends AccountRouteName>(name: N, input: Input<N>): Promise<RouteResult<N>> {
    const answer = await this.call(name, input);
    assert.ok(answer.ok, answer.ok ? '' : `${name}: ${answer.code}`);
    return answer.value;
  }

  /** The code of a call that must be refused. */
  async refusal<N extends AccountRouteName>(name: N, input: Input<N>): Promise<ErrorCode> {
    const answer = await this.call(name, input);
    assert.ok(!answer.ok, `${name} was not refused`);
    return answer.code;
  }

  /** A new person, each from an address of their own. */
  async join(handle: string, invite?: string): Promise<SignedIn> {
    const body = { handle, name: `Name of ${handle}`, password: goodPassword, device_name: 'First' };
    const address = `198.51.100.${++this.#people}`;
    const session = await this.get('createAccount', { body: { ...body, ...(invite && { invite }) }, address });
    return signedIn(session);
  }

  async guest(name = 'Visitor'): Promise<SignedIn> {
    return signedIn(await this.get('createGuest', { body: { name }, address: `203.0.113.${++this.#people}` }));
  }

  /** The owner, by a set-up link. */
  async owner(handle = 'owner'): Promise<SignedIn> {
    const link = await this.accounts.setupLink();
    assert.ok(link !== null);
    const body = { secret: link.secret, handle, name: 'Owner', password: goodPassword, device_name: 'First' };
    return signedIn(await this.get('createOwner', { body }));
  }

  /** Another device of this person. */
  async signIn(handle: string, password = goodPassword, address?: string): Promise<SignedIn> {
    const body = { handle, password, device_name: 'Another' };
    return signedIn(await this.get('createSession', { body, ...(address && { address }) }));
  }

  /** Whether the token is still good, or why not. */
  async tokenState(token: string): Promise<'good' | ErrorCode> {
    const found = await this.accounts.authenticate(token);
    return found.ok ? 'good' : found.code;
  }

  /** Notices so far, with those they went to; forgets them. */
  notices(): { readonly to: readonly AccountId[]; readonly notice: Notice }[] {
    const found = this.hints.flatMap((hint) =>
      hint.type === 'accounts'
        ? [{ to: hint.accounts, notice: JSON.parse(new TextDecoder().decode(hint.frame)) as Notice }]
        : [],
    );
    this.hints.length = 0;
    return found;
  }

  /** Devices of which a hint says that their session ended. */
  revoked(): DeviceId[] {
    return this.hints.flatMap((hint) => (hint.type === 'revoked' ? [hint.device] : []));
  }
}

function signedIn(session: Session): SignedIn {
  const { account, device, admin, handle } = session.me;
  assert.ok(session.token !== undefined);
  return { account, device, admin, handle, token: session.token, session };
}
