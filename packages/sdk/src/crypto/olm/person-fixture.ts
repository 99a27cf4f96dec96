// Somebody with a device, for tests: says, reads, and takes in what was sent to it.
import { randomBytes, randomUUID } from 'node:crypto';
import type { AccountId, ConversationId, DeviceId, MessageId } from '@parley/protocol';
import { HandClock } from '../../fixture.ts';
import type { IdentityNews, KeyMachine, KeyState, OpenOrder, OpenOutcome, SealOrder } from '../key-machine.ts';
import type { KeyServer } from './key-server-fixture.ts';
import { openMachine } from './machine.ts';
import { memoryFacts } from './memory-facts.ts';

const id = (name: string) => name.padEnd(22, '0').slice(0, 22);
export const accountOf = (name: string) => `a_${id(name)}` as AccountId;
export const deviceOf = (name: string) => `d_${id(name)}` as DeviceId;
export const conversationOf = (name: string) => `c_${id(name)}` as ConversationId;

/** What somebody can do with one device. */
export class Person {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly machine: KeyMachine;
  readonly clock: HandClock;
  readonly server: KeyServer;
  readonly readable: string[] = [];
  readonly news: (readonly [AccountId, IdentityNews])[] = [];
  readonly undecryptable: string[] = [];
  readonly states: KeyState[] = [];

  private constructor(
    server: KeyServer,
    account: AccountId,
    device: DeviceId,
    { machine, clock }: { readonly machine: KeyMachine; readonly clock: HandClock },
  ) {
    this.server = server;
    this.account = account;
    this.device = device;
    this.machine = machine;
    this.clock = clock;
  }

  /** A device of this account, started. */
  static async join(server: KeyServer, name: string, device = name): Promise<Person> {
    const person = await Person.open(server, name, device);
    await person.machine.start();
    return person;
  }

  static async open(server: KeyServer, name: string, device = name): Promise<Person> {
    const account = accountOf(name);
    let self: Person | null = null;
    const clock = new HandClock();
    const machine = await openMachine(
      {
        account,
        device: deviceOf(device),
        store: null,
        facts: memoryFacts(),
        call: server.callOf(account, deviceOf(device)),
        clock,
        random: { bytes: (length) => new Uint8Array(randomBytes(length)) },
      },
      {
        readable: (_, session) => self?.readable.push(session),
        identity: (whose, what) => self?.news.push([whose, what]),
        undecryptable: (reason) => self?.undecryptable.push(reason),
        state: (state) => self?.states.push(state),
      },
    );
    self = new Person(server, account, deviceOf(device), { machine, clock });
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
    const items = [...this.server.queueOf(this.device)];
    if (items.length === 0) return;
    await this.machine.receive(items);
    this.server.acknowledge(this.device, items.at(-1)?.n ?? 0);
  }

  /** Another device of the same account, vouched for. */
  async link(device: string): Promise<Person> {
    const other = await Person.open(this.server, this.account.slice(2), device);
    await other.machine.start();
    const secrets = await this.machine.exportSecrets();
    if (secrets === null) throw new Error('no secrets');
    await other.machine.importSecrets(secrets);
    return other;
  }
}

export function textOf(outcome: OpenOutcome): string {
  if (outcome.body === null) return outcome.reason;
  return outcome.body.type === 'text' ? outcome.body.text : outcome.body.type;
}
