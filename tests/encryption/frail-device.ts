// A device that dies at a moment that a test draws: before or after a call to the server, or while its store is written.
// What it had on the disk for sure stays, of the rest as much as chance leaves; nothing else of it does. It keeps the
// promise of the worker: what leaves it is on the disk before.
import type { AccountId, ConversationId, DeviceId, MessageId, RouteResult, ToDeviceItem } from '@parley/protocol';
import type { KeyMachine, OpenOrder, SealOrder } from '../../packages/sdk/src/crypto/key-machine.ts';
import type { KeyServer } from '../../packages/sdk/src/crypto/olm/key-server-fixture.ts';
import { openMachine } from '../../packages/sdk/src/crypto/olm/machine.ts';
import { ChatError } from '../../packages/sdk/src/error.ts';
import { HandClock } from '../../packages/sdk/src/fixture.ts';
import { KeyFactory, type RecordLog } from '../../packages/sdk/src/platform/keys-database.ts';
import { openFacts } from '../../packages/sdk/src/platform/keys-facts.ts';
import { indexedDbOver } from '../../packages/sdk/src/platform/keys-globals.ts';
import { nodeKeyHost } from '../../packages/sdk/src/platform/node-keys-records.ts';
import type { HttpRequest, HttpResponse } from '../../packages/sdk/src/ports.ts';
import type { Chance } from '../simulation/chance.ts';
import type { FrailDisk, Opened } from './frail-disk.ts';

/** From one start to its end. */
interface Life {
  disk: Opened | null;
  /** Moments left; null: it does not die. */
  left: number | null;
  isOver: boolean;
  readonly ended: PromiseWithResolvers<void>;
  machine: KeyMachine | null;
  isStarted: boolean;
}

/** What came of it. */
interface Done<T> {
  readonly value: T;
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
  readonly #disk: FrailDisk;
  #life: Life | null = null;

  constructor(
    server: KeyServer,
    login: { readonly account: AccountId; readonly device: DeviceId },
    parts: { readonly chance: Chance; readonly disk: FrailDisk },
  ) {
    const { chance, disk } = parts;
    this.#disk = disk;
    this.account = login.account;
    this.device = login.device;
    this.#call = server.callOf(login.account, login.device);
    this.#chance = chance;
  }

  /** Does something with the machine, which may die after so many moments; then it is opened again, and it is done again. */
  async deed<T>(left: number | null, work: (machine: KeyMachine) => Promise<T>): Promise<T> {
    for (let moments = left; ; moments = null) {
      const done = await this.#try(moments, work);
      if (done === 'no room') continue;
      if (done !== null) return done.value;
      this.deaths += 1;
    }
  }

  /** Begins something with the machine. Where that dies or fails on the way it is not done again. */
  async once(left: number | null, work: (machine: KeyMachine) => Promise<unknown>): Promise<void> {
    const done = await this.#try(left, work).catch(() => 'failed' as const);
    if (done === null) this.deaths += 1;
    await this.deed(null, async () => {});
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

  /** Null: it died. */
  async #try<T>(left: number | null, work: (machine: KeyMachine) => Promise<T>): Promise<Done<T> | 'no room' | null> {
    const life = this.#living();
    life.left = left;
    const value = await Promise.race([life.ended.promise.then(() => null), this.#work(life, work).catch(noRoom)]);
    if (value === null || life.isOver) return null;
    if (value === 'no room') return value;
    life.left = null;
    // It is told when everything that led to it is on the disk. Otherwise it is done again.
    const isKept = await life.disk?.synced().then(
      () => true,
      () => false,
    );
    return isKept ? value : 'no room';
  }

  async #work<T>(life: Life, work: (machine: KeyMachine) => Promise<T>): Promise<Done<T>> {
    life.machine ??= await this.#open(life);
    const { machine } = life;
    if (!life.isStarted) await patient(() => machine.start());
    life.isStarted = true;
    return { value: await work(machine) };
  }

  #living(): Life {
    if (this.#life?.isOver === false) return this.#life;
    const life: Life = {
      disk: null,
      left: null,
      isOver: false,
      ended: Promise.withResolvers(),
      machine: null,
      isStarted: false,
    };
    this.#life = life;
    return life;
  }

  async #open(life: Life): Promise<KeyMachine> {
    const { account, device, clock } = this;
    life.disk = await this.#disk.open(() => this.#moment(life));
    const factory = new KeyFactory(nodeKeyHost, life.disk.log, life.disk.records);
    stores.set(device, factory);
    const call = (request: HttpRequest) => this.#through(life, request);
    const random = { bytes: (length: number) => this.#chance.bytes(length) };
    const kept = await openFacts(`${device}::facts`);
    const facts = { ...kept, together: <T>(deed: () => Promise<T>) => factory.together(deed) };
    return openMachine({ account, device, store: device, facts, call, clock, random }, silent);
  }

  async #through(life: Life, request: HttpRequest): Promise<HttpResponse> {
    this.#moment(life);
    if (life.isOver) return never();
    // Nothing leaves the device before what it knows is kept.
    await life.disk?.synced();
    const answer = await this.#call(request);
    this.#moment(life);
    return life.isOver ? never() : answer;
  }

  #moment(life: Life): void {
    if (life.isOver || life.left === null || life.left-- > 0) return;
    life.isOver = true;
    life.disk?.die();
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

/** Then it is done again. */
function noRoom(error: unknown): 'no room' {
  if (error instanceof ChatError && error.code === 'client.storage') return 'no room';
  throw error;
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
