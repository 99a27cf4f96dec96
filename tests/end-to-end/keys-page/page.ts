// A page that has the keys of a browser and nothing else, for the test of where they run. The server is the test's.
import type { AccountId, ConversationId, DeviceId, MessageId } from '@parley/protocol';
import type { KeyEvents, KeyMachine } from '../../../packages/sdk/src/crypto/key-machine.ts';
import { hostClock, hostRandom } from '../../../packages/sdk/src/platform/web.ts';
import { webKeys } from '../../../packages/sdk/src/platform/web-keys.ts';
import type { HttpRequest, HttpResponse } from '../../../packages/sdk/src/ports.ts';

/** What the test does on the page. */
export interface KeysPage {
  open(isKept: boolean): Promise<void>;
  start(): Promise<string>;
  /** The content of a sealed message. */
  seal(text: string): Promise<string | null>;
  read(content: string): Promise<unknown>;
  close(): Promise<void>;
  wipe(): Promise<void>;
  /** Encrypts so many, and says how many a second that were. */
  measure(count: number): Promise<number>;
}

declare global {
  var serverCall: (request: HttpRequest) => Promise<HttpResponse>;
  var keysPage: KeysPage;
}

const account = 'a_1' as AccountId;
const device = 'd_1' as DeviceId;
const conversation = 'c_1' as ConversationId;
const id = 'm_1' as MessageId;
const events: KeyEvents = {
  readable() {},
  identity() {},
  undecryptable() {},
  state() {},
  comparison() {},
  pairing() {},
  told() {},
};
const place = webKeys();
let machine: KeyMachine | null = null;

const opened = (): KeyMachine => {
  if (machine === null) throw new Error('not open');
  return machine;
};

const seal = async (text: string) => {
  const body = { type: 'text', text } as const;
  return (await opened().seal({ conversation, kind: 'group', id, body, members: [account], memberN: 1 })).content;
};

globalThis.keysPage = {
  async open(isKept) {
    const http = { call: (request: HttpRequest) => globalThis.serverCall(request) };
    machine = await place.open(
      { account, device, http, clock: hostClock, random: hostRandom, isKept, onEnded() {} },
      events,
    );
  },
  start: () => opened().start(),
  seal,
  read: async (content) => (await opened().open({ conversation, id, sender: account, device, content })).body,
  close: () => opened().close(),
  wipe: () => place.wipe(account),
  async measure(count) {
    const from = performance.now();
    await Promise.all(Array.from({ length: count }, (_, n) => seal(`text ${n}`)));
    return Math.round((count / (performance.now() - from)) * 1_000);
  },
};
