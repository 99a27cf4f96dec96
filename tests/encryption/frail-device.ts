// A device that dies at a moment that a test draws: before or after a call to the server, or while its store is written.
// What it had on the disk for sure stays, of the rest as much as chance leaves; nothing else of it does. Its store is the
// one of Node over records in memory. It keeps the promise of the worker: what leaves it is on the disk before.
import type { AccountId, ConversationId, DeviceId, MessageId, RouteResult, ToDeviceItem } from '@parley/protocol';
import type { KeyMachine, OpenOrder, SealOrder } from '../../packages/sdk/src/crypto/key-machine.ts';
import type { KeyServer } from '../../packages/sdk/src/crypto/olm/key-server-fixture.ts';
import { openMachine } from '../../packages/sdk/src/crypto/olm/machine.ts';
import { HandClock } from '../../packages/sdk/src/fixture.ts';
import { KeyFactory, type LogRecord, type RecordLog } from '../../packages/sdk/src/platform/keys-database.ts';
import { openFacts } from '../../packages/sdk/src/platform/keys-facts.ts';
import { indexedDbOver } from '../../packages/sdk/src/platform/keys-globals.ts';
import { nodeKeyHost } from '../../packages/sdk/src/platform/node-keys-records.ts';
import type { HttpRequest, HttpResponse } from '../../packages/sdk/src/ports.ts';
import type { Chance } from '../simulation/chance.ts';

/** From one start to its end. */
interface Life {
  readonly factory: KeyFactory;
  readonly records: LogRecord[];
  /** So many of them are on the disk for sure. */
  durable: number;
  /** So many may be: what belongs together is there whole or not at all. */
  borders: number[];
  holds: number;
  free: PromiseWithResolvers<void>;
  /** Moments left; null: it does not die. */
  left: number | null;
  isOver: boolean;
  readonly ended: PromiseWithResolvers<void>;
  machine: KeyMachine | null;
}

const silent = new Proxy({}, { get: () => () => {} }) as never;

/** One device of somebody. */
export class FrailDevice {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly clock = new HandClock();
  deaths = 0;
  readonly #call: (request: HttpRequest) => Promise<HttpResponse>;
  readonly #chance: Chance;
  #kept: readonly LogRecord[] = [];
  #life: Life | null = null;

  constructor(server: KeyServer, login: { readonly account: AccountId; readonly device: DeviceId }, chance: Chance) {
    this.account = login.account;
    this.device = login.device;
    this.#call = server.callOf(login.account, login.device);
    this.#chance = chance;
  }

  /** Does something with the machine, which may die after so many moments; then it is opened again, and it is done again. */
  async deed<T>(left: number | null, work: (machine: KeyMachine) => Promise<T>): Promise<T> {
    for (let moments = left; ; moments = null) {
      const done = await this.#try(moments, work);
      if (done !== null) return done.value;
      this.deaths += 1;
    }
  }

  /** The text, or why there is none. */
  async read(envelope: OpenOrder): Promise<string> {
    const outcome = await this.deed(null, (machine) => machine.open(envelope));
    if (outcome.body === null) return outcome.reason;
    return outcome.body.type === 'text' ? outcome.body.text : outcome.body.type;
  }

  /** Takes what waits for it. It comes as chance has it: again, the last first, or not acknowledged. */
  async take(left: number | null, isSteady: boolean): Promise<void> {
    await this.deed(left, (machine) => machine.changed());
    for (;;) {
      const { items, has_more } = (await this.#ask('GET', '/v1/to-device')) as RouteResult<'listToDevice'>;
      if (items.length === 0) return;
      await this.deed(left, (machine) => machine.receive(isSteady ? items : this.#shuffled(items)));
      if (!isSteady && this.#chance.happens(0.3)) return;
      await this.#ask('POST', '/v1/to-device/received', { n: items.at(-1)?.n });
      if (!has_more) return;
    }
  }

  order(conversation: ConversationId, members: readonly FrailDevice[], text: string): SealOrder {
    const hex = Buffer.from(this.#chance.bytes(16)).toString('hex');
    const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') as MessageId;
    const accounts = [...new Set(members.map(({ account }) => account))];
    return { conversation, kind: 'group', id, body: { type: 'text', text }, members: accounts, memberN: 1 };
  }

  async close(): Promise<void> {
    await this.#life?.machine?.close();
    this.#life = null;
    stores.delete(this.device);
  }

  async #try<T>(left: number | null, work: (machine: KeyMachine) => Promise<T>): Promise<{ readonly value: T } | null> {
    const life = await this.#living();
    life.left = left;
    const value = await Promise.race([life.ended.promise.then(() => null), this.#work(life, work)]);
    if (value === null || life.isOver) return null;
    life.left = null;
    // It was told: everything that led to it is on the disk.
    await this.#synced(life);
    return value;
  }

  async #work<T>(life: Life, work: (machine: KeyMachine) => Promise<T>): Promise<{ readonly value: T }> {
    if (life.machine === null) {
      const machine = await this.#open(life);
      await patient(() => machine.start());
      life.machine = machine;
    }
    return { value: await work(life.machine) };
  }

  async #living(): Promise<Life> {
    if (this.#life?.isOver === false) return this.#life;
    const records = [...this.#kept];
    const life: Life = {
      factory: new KeyFactory(nodeKeyHost, this.#logOf(records), this.#kept),
      records,
      durable: records.length,
      borders: [],
      holds: 0,
      free: Promise.withResolvers(),
      left: null,
      isOver: false,
      ended: Promise.withResolvers(),
      machine: null,
    };
    this.#life = life;
    return life;
  }

  #open(life: Life): Promise<KeyMachine> {
    const { account, device, clock } = this;
    stores.set(device, life.factory);
    const call = (request: HttpRequest) => this.#through(life, request);
    const random = { bytes: (length: number) => this.#chance.bytes(length) };
    return openFacts(`${device}::facts`).then((kept) => {
      const together = <T>(deed: () => Promise<T>) => life.factory.together(deed);
      const facts = { ...kept, together };
      return openMachine({ account, device, store: device, facts, call, clock, random }, silent);
    });
  }

  async #through(life: Life, request: HttpRequest): Promise<HttpResponse> {
    this.#moment(life);
    if (life.isOver) return never();
    await this.#synced(life);
    const answer = await this.#call(request);
    this.#moment(life);
    return life.isOver ? never() : answer;
  }

  #logOf(records: LogRecord[]): RecordLog {
    return {
      append: (record) => {
        const life = this.#life;
        if (life === null || life.records !== records || life.isOver) return;
        records.push(record);
        if (life.holds === 0) life.borders.push(records.length);
        this.#moment(life);
      },
      hold: () => {
        const life = this.#life;
        if (life?.records === records) life.holds += 1;
      },
      release: () => {
        const life = this.#life;
        if (life?.records !== records || --life.holds > 0) return;
        life.borders.push(records.length);
        life.free.resolve();
        life.free = Promise.withResolvers();
      },
      isIdle: true,
      isLong: false,
      replace() {},
      synced: async () => {},
    };
  }

  /** Nothing leaves the device before what it knows is kept. */
  async #synced(life: Life): Promise<void> {
    while (life.holds > 0) await life.free.promise;
    life.durable = life.records.length;
  }

  #moment(life: Life): void {
    if (life.isOver || life.left === null || life.left-- > 0) return;
    life.isOver = true;
    const most = [life.durable, ...life.borders.filter((border) => border > life.durable)];
    this.#kept = life.records.slice(0, this.#chance.pick(most));
    life.ended.resolve();
  }

  #shuffled(items: readonly ToDeviceItem[]): readonly ToDeviceItem[] {
    if (this.#chance.happens(0.3)) return items.toReversed();
    return this.#chance.happens(0.3) ? [...items, ...items] : items;
  }

  async #ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
    const answer = await this.#call({ method, path, body });
    if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
    return answer.body;
  }
}

/** What fails because an answer was lost is done again. */
export async function patient<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++)
    try {
      return await work();
    } catch (error) {
      if (tries > 2) throw error;
    }
}

/** Whoever died waits for ever. */
function never(): Promise<never> {
  return new Promise(() => {});
}

/** The store of each device, as it lives now. */
const stores = new Map<string, KeyFactory>();

/** `indexedDB` of this process: each database is in the store of its device. */
export function offerStores(): void {
  const factoryOf = (name: string) => stores.get(name.split('::')[0] ?? '') as KeyFactory;
  class Everywhere extends KeyFactory {
    override open(name: string, version?: number) {
      return factoryOf(name).open(name, version);
    }
    override deleteDatabase(name: string) {
      return factoryOf(name).deleteDatabase(name);
    }
  }
  const nowhere: RecordLog = {
    append() {},
    hold() {},
    release() {},
    isIdle: true,
    isLong: false,
    replace() {},
    synced: async () => {},
  };
  const globals = indexedDbOver(new Everywhere(nodeKeyHost, nowhere, []));
  Object.assign(globalThis, globals);
}
