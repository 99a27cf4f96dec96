// The routes of encryption in memory, for tests of the machine: keys that are given out once, queues that are kept until
// they are acknowledged, a list of changes. It believes what it is told, and can be told to lie.
import type {
  AccountId,
  AccountKeys,
  DeviceId,
  DeviceKeys,
  FormerIdentity,
  IdentityKey,
  OneTimeKey,
  RouteBody,
  RouteResult,
  ToDeviceItem,
} from '@parley/protocol';
import type { HttpRequest, HttpResponse } from '../../ports.ts';

interface StoredDevice {
  keys: DeviceKeys;
  former: boolean;
  readonly oneTime: { id: string; key: OneTimeKey }[];
  fallback: { id: string; key: OneTimeKey; used: boolean } | null;
}

interface StoredIdentity {
  version: number;
  master_key: IdentityKey;
  self_signing_key: IdentityKey;
  user_signing_key: IdentityKey;
  former_identities?: FormerIdentity[];
}

type Handler = (
  from: { account: AccountId; device: DeviceId },
  body: never,
  query: URLSearchParams,
  path: string,
) => unknown;

const placePattern = /^\/v1\/rendezvous\/([\w-]+)$/;

/** One server for all machines of a test. */
export class KeyServer {
  readonly devices = new Map<AccountId, Map<string, StoredDevice>>();
  readonly identities = new Map<AccountId, StoredIdentity>();
  readonly queues = new Map<string, ToDeviceItem[]>();
  readonly dehydrated = new Map<AccountId, { device: DeviceId; data: string }>();
  /** Who changed, in order: `n` is the place. */
  readonly changes: AccountId[] = [];
  readonly calls = new Map<string, number>();
  /** Everything that was sent from device to device, for those who look whether it is readable. */
  readonly sent: string[] = [];
  /** Of these nobody is given a one-time key, as where nothing is shared with them. */
  readonly strangers = new Set<AccountId>();
  /** Devices whose queues take nothing more. */
  readonly full = new Set<string>();
  reachable = true;
  /** The next call of this route is taken, and its answer lost. */
  failOnce: string | null = null;
  password = 'correct';
  /** Told instead of the truth, per account. */
  lie: ((item: AccountKeys) => AccountKeys | null) | null = null;
  /** Where devices meet: what was said last. */
  readonly places = new Map<string, { data: string; version: number }>();
  /** What the server makes of what is said there. */
  meddle: (said: { data: string; version: number }) => string = ({ data }) => data;
  #placeN = 0;
  readonly #txns = new Set<string>();
  #n = 0;

  /** HTTP of one device. */
  callOf(account: AccountId, device: DeviceId): (request: HttpRequest) => Promise<HttpResponse> {
    return async ({ method, path, body }) => {
      if (!this.reachable) throw new Error('unreachable');
      const [route = '', query = ''] = path.split('?');
      const name = `${method} ${route.replace(placePattern, '/v1/rendezvous/{rendezvous}')}`;
      this.calls.set(name, (this.calls.get(name) ?? 0) + 1);
      const handler = this.#handlers[name];
      if (handler === undefined) throw new Error(`no such route: ${name}`);
      const own = this.devices.get(account)?.get(device);
      if (own?.former) return problem('device.revoked', 401);
      try {
        const result = handler({ account, device }, structuredClone(body) as never, new URLSearchParams(query), route);
        if (this.failOnce === name) {
          this.failOnce = null;
          throw new Error('the answer is lost');
        }
        return { status: result === undefined ? 204 : 200, body: structuredClone(result ?? null) };
      } catch (error) {
        if (error instanceof Refused) return problem(error.message, 409);
        throw error;
      }
    };
  }

  /** What waits for a device, and stays until it is acknowledged. */
  queueOf(device: string): ToDeviceItem[] {
    const queue = this.queues.get(device) ?? [];
    this.queues.set(device, queue);
    return queue;
  }

  /** Signs a device out: its keys stay readable as former ones. */
  revoke(account: AccountId, device: string): void {
    const stored = this.devices.get(account)?.get(device);
    if (stored) stored.former = true;
    this.queues.delete(device);
    this.changes.push(account);
  }

  readonly #handlers: Readonly<Record<string, Handler>> = {
    'POST /v1/rendezvous': (_, { data }: RouteBody<'createRendezvous'>) => {
      const rendezvous = String(++this.#placeN).padStart(22, '0');
      this.places.set(rendezvous, { data, version: 1 });
      return { rendezvous, version: 1, expires_at: new Date(0).toISOString() };
    },
    'GET /v1/rendezvous/{rendezvous}': (_, _body, _query, path) => {
      const said = this.#place(path);
      return { data: this.meddle(said), version: said.version };
    },
    'PATCH /v1/rendezvous/{rendezvous}': (_, body: RouteBody<'putRendezvous'>, _query, path) => {
      const said = this.#place(path);
      if (body.version !== said.version + 1) throw new Refused('keys.conflict');
      Object.assign(said, body);
    },
    'DELETE /v1/rendezvous/{rendezvous}': (_, _body, _query, path) => {
      this.places.delete(placePattern.exec(path)?.[1] ?? '');
    },
    'POST /v1/keys/upload': ({ account, device }, body: RouteBody<'uploadKeys'>) => {
      if (body.device_keys) this.#putDevice(account, body.device_keys);
      const stored = this.#device(account, device);
      stored.oneTime.push(...(body.one_time_keys ?? []));
      if (body.fallback_key) stored.fallback = { ...body.fallback_key, used: false };
      return this.#counts(stored);
    },
    'POST /v1/keys/query': ({ account }, { accounts }: RouteBody<'queryKeys'>) => ({
      items: accounts.map((one) => this.#keysOf(one, account)).filter((item) => item !== null),
      n: this.changes.length,
    }),
    'POST /v1/keys/claim': (_, { devices }: RouteBody<'claimKeys'>) => ({
      items: devices.flatMap(({ account, device }) => {
        const isKnown = !this.strangers.has(account);
        const claimed = isKnown ? this.#claim(this.devices.get(account)?.get(device)) : null;
        return claimed === null ? [] : [{ account, device, ...claimed }];
      }),
    }),
    'POST /v1/keys/identity': ({ account }, body: RouteBody<'uploadIdentity'>) => {
      const before = this.identities.get(account);
      if (body.version !== (before?.version ?? 0) + 1) throw new Refused('keys.conflict');
      if (before && body.password !== this.password) throw new Refused('auth.refused');
      const { password: _, ...identity } = body;
      this.identities.set(account, identity);
      this.changes.push(account);
    },
    'POST /v1/keys/signatures': ({ account }, body: RouteBody<'uploadSignatures'>) => {
      for (const signed of body.devices ?? []) {
        const stored = this.#device(account, signed.device_id);
        stored.keys = { ...stored.keys, signatures: merged(stored.keys.signatures, signed.signatures) };
        this.changes.push(account);
      }
      for (const signed of body.master_keys ?? []) this.#signMaster(account, signed);
    },
    'GET /v1/keys/changes': ({ account, device }, _, query) => {
      const since = query.get('since');
      const rows = since === null ? [] : this.changes.slice(Number(since));
      const own = this.devices.get(account)?.get(device);
      return {
        n: this.changes.length,
        has_more: false,
        accounts: [...new Set(rows)],
        all: false,
        ...(own ? this.#counts(own) : { one_time_keys: 0, fallback_unused: false }),
      };
    },
    'POST /v1/to-device': ({ account, device }, body: RouteBody<'sendToDevice'>) => {
      const full: DeviceId[] = [];
      for (const message of body.messages) {
        this.sent.push(message.content);
        const there = this.devices.get(message.account)?.get(message.device);
        const txn = `${device} ${body.txn} ${message.device}`;
        if (!there || there.former || this.#txns.has(txn)) continue;
        if (this.full.has(message.device)) {
          full.push(message.device as DeviceId);
          continue;
        }
        this.#txns.add(txn);
        this.#n += 1;
        const { event_type } = body;
        const item = { n: this.#n, sender: account, device, event_type, content: message.content };
        this.queueOf(message.device).push(item);
      }
      return { full };
    },
    'GET /v1/to-device': ({ device }, _, query) => this.#page(device, query),
    'POST /v1/to-device/received': ({ device }, { n }: RouteBody<'acknowledgeToDevice'>) => {
      const waiting = this.queueOf(device).filter((item) => item.n > n);
      this.queues.set(device, waiting);
    },
    'POST /v1/dehydrated-device': ({ account }, body: RouteBody<'putDehydratedDevice'>) => {
      const before = this.dehydrated.get(account);
      if (before) this.revoke(account, before.device);
      this.dehydrated.set(account, { device: body.device, data: body.data });
      this.#putDevice(account, body.device_keys);
      const stored = this.#device(account, body.device);
      stored.oneTime.push(...body.one_time_keys);
      if (body.fallback_key) stored.fallback = { ...body.fallback_key, used: false };
    },
    'GET /v1/dehydrated-device': ({ account }) => {
      const found = this.dehydrated.get(account);
      if (!found) throw new Refused('not_found');
      return { ...found, created_at: '2026-11-28T00:00:00.000Z' };
    },
    'GET /v1/dehydrated-device/events': (_, __, query) => this.#page(query.get('device') ?? '', query),
  };

  #page(device: string, query: URLSearchParams): RouteResult<'listToDevice'> {
    const after = Number(query.get('after') ?? 0);
    const waiting = this.queueOf(device).filter((item) => item.n > after);
    return { items: waiting.slice(0, 100), has_more: waiting.length > 100 };
  }

  #place(path: string): { data: string; version: number } {
    const place = this.places.get(placePattern.exec(path)?.[1] ?? '');
    if (place === undefined) throw new Refused('not_found');
    return place;
  }

  #device(account: AccountId, device: string): StoredDevice {
    const stored = this.devices.get(account)?.get(device);
    if (!stored) throw new Refused('keys.invalid');
    return stored;
  }

  #putDevice(account: AccountId, keys: DeviceKeys): void {
    const devices = this.devices.get(account) ?? new Map<string, StoredDevice>();
    this.devices.set(account, devices);
    const before = devices.get(keys.device_id);
    if (before && JSON.stringify(sorted(before.keys.keys)) !== JSON.stringify(sorted(keys.keys)))
      throw new Refused('keys.changed');
    if (before) before.keys = { ...before.keys, signatures: merged(before.keys.signatures, keys.signatures) };
    else devices.set(keys.device_id, { keys, former: false, oneTime: [], fallback: null });
    this.changes.push(account);
  }

  #claim(stored: StoredDevice | undefined): { id: string; key: OneTimeKey } | null {
    if (!stored || stored.former) return null;
    const key = stored.oneTime.shift();
    if (key) return key;
    if (!stored.fallback) return null;
    stored.fallback.used = true;
    return { id: stored.fallback.id, key: stored.fallback.key };
  }

  #counts(stored: StoredDevice): RouteResult<'uploadKeys'> {
    return { one_time_keys: stored.oneTime.length, fallback_unused: stored.fallback?.used === false };
  }

  #keysOf(account: AccountId, asker: AccountId): AccountKeys | null {
    const stored = [...(this.devices.get(account)?.values() ?? [])];
    const identity = this.identities.get(account);
    if (stored.length === 0) return null;
    const item: AccountKeys = {
      account,
      devices: stored.filter((one) => !one.former).map((one) => one.keys),
      former_devices: stored.filter((one) => one.former).map((one) => one.keys),
      identity_version: identity?.version ?? 0,
      ...(identity && {
        master_key: identity.master_key,
        self_signing_key: identity.self_signing_key,
        ...(identity.former_identities && { former_identities: identity.former_identities }),
        ...(asker === account && { user_signing_key: identity.user_signing_key }),
      }),
    };
    return this.lie === null ? item : this.lie(item);
  }

  #signMaster(account: AccountId, signed: IdentityKey): void {
    const identity = this.identities.get(account);
    if (!identity || signed.user_id !== identity.master_key.user_id) throw new Refused('keys.invalid');
    const signatures = merged(identity.master_key.signatures ?? {}, signed.signatures ?? {});
    identity.master_key = { ...identity.master_key, signatures };
    this.changes.push(account);
  }
}

/** A refusal with a code of the protocol. */
class Refused extends Error {}

function problem(code: string, status: number): HttpResponse {
  return { status, body: { type: 'about:blank', title: code, status, code } };
}

type Signatures = DeviceKeys['signatures'];

function merged(before: Signatures, after: Signatures): Signatures {
  const all = { ...before };
  for (const [signer, byKey] of Object.entries(after)) all[signer] = { ...all[signer], ...byKey };
  return all;
}

function sorted(keys: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(keys).sort(([one], [other]) => (one < other ? -1 : 1));
}
