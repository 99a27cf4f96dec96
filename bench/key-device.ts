// A device as a Node client has it, its keys in a worker over a file that is synced, against the key server of the tests
// in this process: no network, no database. For what encryption costs a client.
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { AccountId, ConversationId, DeviceId, MessageId, RouteResult } from '@parley/protocol';
import type { KeyMachine, OpenOrder } from '../packages/sdk/src/crypto/key-machine.ts';
import type { KeyServer } from '../packages/sdk/src/crypto/olm/key-server-fixture.ts';
import { accountOf, deviceOf, textOf } from '../packages/sdk/src/crypto/olm/person-fixture.ts';
import { hostClock, hostRandom } from '../packages/sdk/src/platform/node.ts';
import { nodeKeys } from '../packages/sdk/src/platform/node-keys-place.ts';

/** Where it keeps its keys, and whose it is. */
export interface KeyDeviceOptions {
  readonly server: KeyServer;
  readonly folder: string;
  readonly name: string;
  /** Of a further device of the same account. */
  readonly device?: string;
}

/** What was sealed, and the text that has to come out of it. */
export interface SealedText {
  readonly order: OpenOrder;
  readonly text: string;
}

/** One device of somebody. */
export class KeyDevice implements AsyncDisposable {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly machine: KeyMachine;
  /** Sessions that became readable here. */
  readonly readable: Set<string>;
  readonly #call: ReturnType<KeyServer['callOf']>;

  private constructor(
    account: AccountId,
    device: DeviceId,
    given: Pick<KeyDevice, 'machine' | 'readable'>,
    call: ReturnType<KeyServer['callOf']>,
  ) {
    this.account = account;
    this.device = device;
    this.machine = given.machine;
    this.readable = given.readable;
    this.#call = call;
  }

  /** A new device with its keys published. */
  static async open({ server, folder, name, device: deviceName = name }: KeyDeviceOptions): Promise<KeyDevice> {
    const [account, device] = [accountOf(name), deviceOf(deviceName)];
    const call = server.callOf(account, device);
    const readable = new Set<string>();
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const parts = {
      account,
      device,
      http: { call },
      clock: hostClock,
      random: hostRandom,
      isKept: false,
      onEnded() {},
    };
    const machine = await nodeKeys(folder).open(parts, {
      readable: (_, session) => void readable.add(session),
      identity() {},
      undecryptable() {},
      state() {},
      comparison() {},
      pairing() {},
      told() {},
    });
    const opened = new KeyDevice(account, device, { machine, readable }, call);
    await machine.start();
    return opened;
  }

  /** Another one of the account receives while this is off. */
  async dehydrate(): Promise<void> {
    await this.machine.dehydrate(new Uint8Array(randomBytes(32)));
  }

  /** Resolves when it is sealed, what its readers need has reached the server, and the keys are durable. */
  async seal(conversation: ConversationId, members: readonly AccountId[], text: string): Promise<SealedText> {
    const id = randomUUID() as MessageId;
    const kind = members.length > 2 ? 'group' : 'direct';
    const sealed = await this.machine.seal({
      conversation,
      kind,
      id,
      body: { type: 'text', text },
      members,
      memberN: 1,
    });
    if (sealed.content === null) throw new Error(`a message was not sealed: ${sealed.reason}`);
    const { account: sender, device } = this;
    return { order: { conversation, id, sender, device, content: sealed.content }, text };
  }

  /** @throws when it does not open here, or not to what was said */
  async read({ order, text }: SealedText): Promise<void> {
    const found = textOf(await this.machine.open(order));
    if (found !== text) throw new Error(`a message did not open: ${found.slice(0, 40)}`);
  }

  /** Takes in what was sent to this device; how much that was. */
  async take(): Promise<number> {
    for (let taken = 0; ; ) {
      const { body } = await this.#call({ method: 'GET', path: '/v1/to-device' });
      const { items } = body as RouteResult<'listToDevice'>;
      if (items.length === 0) return taken;
      await this.machine.receive(items);
      await this.#call({ method: 'POST', path: '/v1/to-device/received', body: { n: items.at(-1)?.n } });
      taken += items.length;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.machine.close();
  }
}
