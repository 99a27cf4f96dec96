// Somebody with a device, for tests: says, reads, and takes in what was sent to it.
import { randomBytes, randomUUID } from 'node:crypto';
import type { AccountId, ConversationId, DeviceId, MessageId, RouteResult } from '@parley/protocol';
import { HandClock } from '../../fixture.ts';
import type { HttpRequest, HttpResponse } from '../../ports.ts';
import type { DevicesBefore } from '../../views.ts';
import type {
  Comparison,
  IdentityNews,
  KeyMachine,
  KeyState,
  OpenOrder,
  OpenOutcome,
  Pairing,
  RoomKeyRow,
  SealOrder,
} from '../key-machine.ts';
import { KeyServer } from './key-server-fixture.ts';
import { openMachine } from './machine.ts';
import { memoryFacts } from './memory-facts.ts';

const id = (name: string) => name.padEnd(22, '0').slice(0, 22);
export const accountOf = (name: string) => `a_${id(name)}` as AccountId;
export const deviceOf = (name: string) => `d_${id(name)}` as DeviceId;
export const conversationOf = (name: string) => `c_${id(name)}` as ConversationId;

type Call = (request: HttpRequest) => Promise<HttpResponse>;

/** Where somebody is signed in. */
export interface Login {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly call: Call;
}

/** What somebody can do with one device. */
export class Person {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly machine: KeyMachine;
  readonly clock: HandClock;
  readonly readable: string[] = [];
  readonly news: (readonly [AccountId, IdentityNews | null])[] = [];
  readonly undecryptable: string[] = [];
  readonly states: KeyState[] = [];
  readonly comparisons: Comparison[] = [];
  readonly pairings: Pairing[] = [];
  /** What other own devices said. */
  readonly told: (readonly [device: string, text: string])[] = [];
  readonly #call: Call;

  private constructor({ account, device, call }: Login, machine: KeyMachine, clock: HandClock) {
    this.account = account;
    this.device = device;
    this.machine = machine;
    this.clock = clock;
    this.#call = call;
  }

  /** A device of this account on a server in memory, started. */
  static async join(server: KeyServer, name: string, device = name, facts = memoryFacts()): Promise<Person> {
    const person = await Person.open(loginOf(server, name, device), facts);
    await person.machine.start();
    return person;
  }

  static async open(login: Login, facts = memoryFacts()): Promise<Person> {
    let self: Person | null = null;
    const clock = new HandClock();
    const { account, device, call } = login;
    const random = { bytes: (length: number) => new Uint8Array(randomBytes(length)) };
    const machine = await openMachine(
      { account, device, store: null, facts, call, clock, random },
      {
        readable: (_, session) => self?.readable.push(session),
        identity: (whose, what) => self?.news.push([whose, what]),
        undecryptable: (reason) => self?.undecryptable.push(reason),
        state: (state) => self?.states.push(state),
        comparison: (comparison) => self?.comparisons.push(comparison),
        pairing: (pairing) => self?.pairings.push(pairing),
        told: (device, text) => self?.told.push([device, text]),
      },
    );
    self = new Person(login, machine, clock);
    return self;
  }

  order(conversation: ConversationId, members: readonly Person[], text: string): SealOrder {
    return {
      conversation,
      kind: 'group',
      id: randomUUID() as MessageId,
      body: { type: 'text', text },
      members: [...new Set(members.map((member) => member.account))],
      memberN: 1,
    };
  }

  /** What the server hands to everybody. */
  async say(conversation: ConversationId, members: readonly Person[], text: string): Promise<OpenOrder> {
    return this.seal(this.order(conversation, members, text));
  }

  async seal(order: SealOrder): Promise<OpenOrder> {
    const sealed = await this.machine.seal(order);
    if (sealed.content === null) throw new Error(sealed.reason);
    return {
      conversation: order.conversation,
      id: order.id,
      sender: this.account,
      device: this.device,
      content: sealed.content,
    };
  }

  /** The text, or why there is none. */
  async read(envelope: OpenOrder): Promise<string> {
    return textOf(await this.machine.open(envelope));
  }

  /** What changed, and what was sent to this device. */
  async sync(): Promise<void> {
    await this.machine.changed();
    await this.take();
  }

  async take(): Promise<void> {
    for (;;) {
      const { items, has_more } = (await this.#ask('GET', '/v1/to-device')) as RouteResult<'listToDevice'>;
      if (items.length === 0) return;
      await this.machine.receive(items);
      await this.#ask('POST', '/v1/to-device/received', { n: items.at(-1)?.n });
      if (!has_more) return;
    }
  }

  /** Every room key that is not in the backup yet; now it counts as there. */
  async takeRoomKeys(): Promise<RoomKeyRow[]> {
    const rows: RoomKeyRow[] = [];
    for (;;) {
      const taken = await this.machine.takeRoomKeys();
      if (taken === null) return rows;
      rows.push(...taken.rows);
      await this.machine.confirmRoomKeys(taken.batch);
    }
  }

  /** Another device of the same account, vouched for. */
  async link(login: Login): Promise<Person> {
    const other = await Person.open(login);
    await other.machine.start();
    const secrets = await this.machine.exportSecrets();
    if (secrets === null) throw new Error('no secrets');
    await other.machine.importSecrets(secrets);
    return other;
  }

  async #ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
    const answer = await this.#call({ method, path, body });
    if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
    return answer.body;
  }
}

/** These people, a device each, on one server. */
export async function people(...names: readonly string[]) {
  const server = new KeyServer();
  const joined: Person[] = [];
  for (const name of names) joined.push(await Person.join(server, name));
  return { server, joined };
}

/** The same account set up afresh on a new device; the one before is signed out. */
export async function startOver(
  server: KeyServer,
  person: Person,
  device: string,
  before: DevicesBefore,
): Promise<Person> {
  const again = await Person.join(server, person.account.slice(2), device);
  await again.machine.resetIdentity('correct', before);
  server.revoke(person.account, person.device);
  return again;
}

/** A device of somebody on a server in memory. */
export function loginOf(server: KeyServer, name: string, device = name): Login {
  const [account, id] = [accountOf(name), deviceOf(device)];
  return { account, device: id, call: server.callOf(account, id) };
}

export function textOf(outcome: OpenOutcome): string {
  if (outcome.body === null) return outcome.reason;
  return outcome.body.type === 'text' ? outcome.body.text : outcome.body.type;
}
