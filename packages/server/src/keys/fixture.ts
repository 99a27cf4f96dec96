// Keys for unit tests: accounts in memory, real signatures, and people who know each other because a test says so. Not
// part of the server.
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  type AccountId,
  canonicalJson,
  type DeviceId,
  type DeviceKeys,
  type ErrorCode,
  type FormerIdentity,
  type FramesDown,
  formerIdentityText,
  framesDown,
  type IdentityKey,
  type OneTimeKey,
  type Route,
  type RouteResult,
  routes,
} from '@parley/protocol';
import { Compile } from 'typebox/compile';
import { goodPassword, repeatableRandom, type SignedIn, TestAccounts } from '../accounts/fixture.ts';
import { LocalBus } from '../bus/local-bus.ts';
import { MemoryEphemeral } from '../ephemeral/memory-ephemeral.ts';
import { inputReader } from '../gateway/rest-input.ts';
import type { Call, Caller } from '../kernel/handlers.ts';
import type { Result } from '../kernel/result.ts';
import { silentEvents } from '../kernel/silent-events.ts';
import { createKeys, type KeyRouteName } from './keys.ts';
import { unpadded } from './weak-keys.ts';

/** A pair of Ed25519, or a public key of Curve25519. */
export interface Pair {
  readonly text: string;
  readonly secret: KeyObject;
}
export function pair(curve: 'ed25519' | 'x25519' = 'ed25519'): Pair {
  const { publicKey, privateKey } =
    curve === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519');
  return { text: unpadded(Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')), secret: privateKey };
}

/** The object with a signature more, made as the library makes it. */
export function signedBy<T extends object>(object: T, user: string, name: string, { secret }: Pair): T {
  const {
    signatures = {},
    unsigned: _unsigned,
    ...rest
  } = object as { signatures?: Record<string, object> } & object & {
      unsigned?: unknown;
    };
  const text = canonicalJson(rest) ?? assert.fail('no canonical spelling');
  const signature = unpadded(sign(null, Buffer.from(text), secret));
  return { ...object, signatures: { ...signatures, [user]: { ...signatures[user], [`ed25519:${name}`]: signature } } };
}

export const userOf = (account: AccountId) => `@${account}:parley`;

/** A device with keys of its own, of a person. */
export class TestDevice {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly signing = pair();
  readonly identity = pair('x25519');
  #count = 0;

  constructor({ account, device }: { readonly account: AccountId; readonly device?: DeviceId }) {
    this.account = account;
    this.device = device ?? (this.identity.text as DeviceId);
  }

  get user(): string {
    return userOf(this.account);
  }

  /** Its keys, with changes that it signs, too. */
  keys(changes: object = {}): DeviceKeys {
    const keys = {
      user_id: this.user,
      device_id: this.device,
      algorithms: ['m.olm.v1.curve25519-aes-sha2', 'm.megolm.v1.aes-sha2'],
      keys: {
        [`curve25519:${this.device}`]: this.identity.text,
        [`ed25519:${this.device}`]: this.signing.text,
      },
      ...changes,
    };
    return this.sign(keys) as unknown as DeviceKeys;
  }

  sign<T extends object>(object: T): T {
    return signedBy(object, this.user, this.device, this.signing);
  }

  /** A fresh key to begin a session with. */
  oneTime(key: object = {}): { readonly id: string; readonly key: OneTimeKey } {
    const id = `signed_curve25519:${String(++this.#count).padStart(6, 'A')}`;
    return { id, key: this.sign({ key: pair('x25519').text, ...key }) as unknown as OneTimeKey };
  }

  fallback() {
    return this.oneTime({ fallback: true });
  }
}

/** The identity of an account. */
export class TestIdentity {
  readonly user: string;
  readonly master = pair();
  readonly selfSigning = pair();
  readonly userSigning = pair();

  constructor(account: AccountId) {
    this.user = userOf(account);
  }

  body(version = 1) {
    const key = (usage: string, { text }: Pair): IdentityKey => ({
      user_id: this.user,
      usage: [usage],
      keys: { [`ed25519:${text}`]: text },
    });
    const below = (usage: string, one: Pair) => signedBy(key(usage, one), this.user, this.master.text, this.master);
    return {
      version,
      master_key: key('master', this.master),
      self_signing_key: below('self_signing', this.selfSigning),
      user_signing_key: below('user_signing', this.userSigning),
    };
  }

  /** What a later identity says of this one. */
  formerOf(account: AccountId, present: TestIdentity): FormerIdentity {
    const text = formerIdentityText(account, this.master.text, present.master.text) ?? assert.fail();
    return {
      master_key: this.master.text,
      self_signing_key: this.body().self_signing_key,
      signature: unpadded(sign(null, Buffer.from(text), present.master.secret)),
    };
  }

  /** It vouches for a device. */
  vouch(keys: DeviceKeys): DeviceKeys {
    return signedBy(keys, this.user, this.selfSigning.text, this.selfSigning);
  }
}

type Input<N extends KeyRouteName> = {
  readonly [K in 'params' | 'query' | 'body' as Call<N>[K] extends undefined ? never : K]?: Call<N>[K];
} & { readonly by?: Caller; readonly address?: string; readonly signal?: AbortSignal };

/** Accounts and their keys. Input and answers are checked against their schemas, as the gateway does. */
export class TestKeys {
  readonly accounts = new TestAccounts();
  readonly clock = this.accounts.clock;
  readonly directory = this.accounts.directory;
  readonly bus = new LocalBus((error) => assert.fail(String(error)));
  /** Frames that were told, with those they went to. */
  readonly told: { readonly to: readonly AccountId[]; readonly frame: FramesDown['keys'] }[] = [];
  /** What was counted: words of metrics. */
  readonly counted: string[] = [];
  readonly faults: unknown[] = [];
  readonly #knowing = new Map<AccountId, Set<AccountId>>();
  readonly #knew = new Map<AccountId, Set<AccountId>>();
  readonly keys = createKeys({
    directory: this.directory,
    accounts: this.accounts.accounts,
    bus: this.bus,
    ephemeral: new MemoryEphemeral(this.clock),
    clock: this.clock,
    random: repeatableRandom(),
    events: {
      ...silentEvents((_where, error) => this.faults.push(error)),
      keyGiven: (kind) => this.counted.push(kind),
      keysRefused: (count) => this.counted.push(`refused ${count}`),
      toDeviceQueued: (count, full) => this.counted.push(`queued ${count} full ${full}`),
      toDeviceWaited: (count) => this.counted.push(`waited ${count}`),
      undecryptable: (reason, count) => this.counted.push(`undecryptable ${reason} ${count}`),
    },
    acquaintances: {
      among: async (account, others, sharing) =>
        new Set(others.filter((other) => this.#know(account, other, sharing === 'past'))),
      asked: async (account, others) => new Set(others.filter((other) => this.asking.get(account)?.has(other))),
      of: async (account, most) => [account, ...(this.#knowing.get(account) ?? [])].slice(0, most),
    },
    tell: (to, frame) =>
      this.told.push({ to, frame: JSON.parse(new TextDecoder().decode(frame)) as FramesDown['keys'] }),
  });

  #know(account: AccountId, other: AccountId, past: boolean): boolean {
    if (account === other || this.#knowing.get(account)?.has(other)) return true;
    return past && this.#knew.get(account)?.has(other) === true;
  }

  /** Whom an account has asked, and nobody answered. */
  readonly asking = new Map<AccountId, Set<AccountId>>();

  /** They share a conversation. */
  meet(...people: readonly { readonly account: AccountId }[]): void {
    for (const one of people)
      for (const other of people) if (one !== other) add(this.#knowing, one.account, other.account);
  }

  /** They do not any more. */
  part(one: { readonly account: AccountId }, other: { readonly account: AccountId }): void {
    for (const [a, b] of [
      [one.account, other.account],
      [other.account, one.account],
    ] as const) {
      this.#knowing.get(a)?.delete(b);
      add(this.#knew, a, b);
    }
  }

  /** Calls a route as the gateway does. */
  async call<N extends KeyRouteName>(name: N, input: Input<N> = {}): Promise<Result<RouteResult<N>, ErrorCode>> {
    const { by = null, address = '192.0.2.1', signal = new AbortController().signal, ...rest } = input;
    const read = readerOf(name)({ params: {}, query: {}, body: undefined, ...rest });
    if (!read.ok) return read;
    const handler = this.keys.routes[name] as (call: unknown) => Promise<Result<RouteResult<N>, ErrorCode>>;
    const answer = await handler({ caller: by, address, signal, ...read.value });
    if (answer.ok) assert.ok(resultOf(name).Check(answer.value), `${name} answers ${JSON.stringify(answer.value)}`);
    return answer;
  }

  /** A call that must go well. */
  async get<N extends KeyRouteName>(name: N, input: Input<N> = {}): Promise<RouteResult<N>> {
    const answer = await this.call(name, input);
    assert.ok(answer.ok, answer.ok ? '' : `${name}: ${answer.code}`);
    return answer.value;
  }

  /** The code of a call: `ok`, or why not. */
  async code<N extends KeyRouteName>(name: N, input: Input<N> = {}): Promise<string> {
    const answer = await this.call(name, input);
    return answer.ok ? 'ok' : answer.code;
  }

  /** Somebody new, whose first device has published its keys. */
  async person(handle: string): Promise<Person> {
    const signedIn = await this.accounts.join(handle);
    return this.publish(signedIn);
  }

  /** Another device of somebody. */
  async another(handle: string): Promise<Person> {
    return this.publish(await this.accounts.signIn(handle));
  }

  async publish(by: SignedIn, oneTime = 0): Promise<Person> {
    const keys = new TestDevice(by);
    const body = { device_keys: keys.keys(), one_time_keys: Array.from({ length: oneTime }, () => keys.oneTime()) };
    await this.get('uploadKeys', { by, body });
    return { ...by, keys };
  }

  /** Signs a device out. */
  async revoke({ account, device }: Caller): Promise<void> {
    const end = { device, except: null, reason: 'revoked', time: this.clock.now() } as const;
    await this.directory.devices.end(account, end);
    this.bus.publish({ type: 'revoked', device });
  }

  /** Lets everything that only waits for promises happen. */
  async settle(): Promise<void> {
    for (let n = 0; n < 3; n++) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Somebody who is signed in, with a device that has keys. */
export interface Person extends SignedIn {
  readonly keys: TestDevice;
}

export const password = goodPassword;

/** A frame, checked against its schema. */
export function frameOf<T extends 'to_device' | 'keys'>(type: T, bytes: Uint8Array): FramesDown[T] {
  const frame = JSON.parse(new TextDecoder().decode(bytes)) as FramesDown[T];
  assert.ok(Compile(framesDown[type]).Check(frame), JSON.stringify(frame));
  return frame;
}

function add(map: Map<AccountId, Set<AccountId>>, from: AccountId, to: AccountId): void {
  map.set(from, (map.get(from) ?? new Set()).add(to));
}

const readers = new Map<KeyRouteName, ReturnType<typeof inputReader>>();
function readerOf(name: KeyRouteName) {
  const known = readers.get(name) ?? inputReader(routes[name] as Route);
  readers.set(name, known);
  return known;
}

const results = new Map<KeyRouteName, { Check(value: unknown): boolean }>();
function resultOf(name: KeyRouteName) {
  const known = results.get(name) ?? Compile(routes[name].result);
  results.set(name, known);
  return known;
}
