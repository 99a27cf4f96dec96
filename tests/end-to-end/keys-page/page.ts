// A page that has the keys of a browser and nothing else, for the test of where they run. The server is the test's.
import type { AccountId, ConversationId, DeviceId, MessageId, RouteResult } from '@parley/protocol';
import { maxPageItems } from '@parley/protocol/limits';
import type { BackupPlace } from '../../../packages/sdk/src/crypto/backup-blob.ts';
import { BackupKeeper } from '../../../packages/sdk/src/crypto/backup-keeper.ts';
import type { KeyEvents, KeyMachine, RoomKeyRow } from '../../../packages/sdk/src/crypto/key-machine.ts';
import { maxRemoteCalls } from '../../../packages/sdk/src/limits.ts';
import { hostClock, hostRandom } from '../../../packages/sdk/src/platform/web.ts';
import { webKeys } from '../../../packages/sdk/src/platform/web-keys.ts';
import type { HttpRequest, HttpResponse } from '../../../packages/sdk/src/ports.ts';
import { restOver } from '../../../packages/sdk/src/rest.ts';

/** What the test does on the page. */
export interface KeysPage {
  open(isKept: boolean): Promise<void>;
  start(): Promise<string>;
  /** The content of a sealed message. */
  seal(text: string): Promise<string | null>;
  read(content: string): Promise<unknown>;
  close(): Promise<void>;
  wipe(): Promise<void>;
  /** Seals so many, many at once: how long it took, and what came out. */
  sealMany(count: number): Promise<{ readonly ms: number; readonly contents: readonly (string | null)[] }>;
  /** How long it takes to open them, many at once. @throws when one does not open */
  readMany(contents: readonly string[]): Promise<number>;
  /** Keys of the sessions that are here. */
  keys(): Promise<readonly RoomKeyRow[]>;
  /** Opens these items of the backup and takes what is in them in, page after page: how long it took, and how many those were. */
  restore(
    items: readonly BackupItem[],
    key: readonly number[],
  ): Promise<{ readonly ms: number; readonly imported: number }>;
}

/** An item of the backup of this account. */
export type BackupItem = Omit<BackupPlace, 'account'> & { readonly value: string };

declare global {
  var serverCall: (request: HttpRequest) => Promise<HttpResponse>;
  var keysPage: KeysPage;
}

const account = 'a_AAAAAAAAAAAAAAAAAAAAAA' as AccountId;
const device = 'd_AAAAAAAAAAAAAAAAAAAAAA' as DeviceId;
const conversation = 'c_AAAAAAAAAAAAAAAAAAAAAA' as ConversationId;
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
  async sealMany(count) {
    const from = performance.now();
    const texts = Array.from({ length: count }, (_, n) => `text ${n}`);
    const contents = await manyAtOnce(texts, seal);
    return { ms: performance.now() - from, contents };
  },
  async readMany(contents) {
    const from = performance.now();
    const read = await manyAtOnce(contents, (content) =>
      opened().open({ conversation, id, sender: account, device, content }),
    );
    if (read.some(({ body }) => body === null)) throw new Error('a message did not open');
    return performance.now() - from;
  },
  async keys() {
    return (await opened().takeRoomKeys())?.rows ?? [];
  },
  async restore(items, key) {
    const epochs = [{ epoch: items[0]?.epoch ?? 0, key: new Uint8Array(key), madeBy: device }];
    const keeper = new BackupKeeper({
      account,
      rest: restOver({ call: async ({ path }) => ({ status: 200, body: pageOf(items, path) }) }),
      clock: hostClock,
      random: hostRandom,
      machine: opened(),
      timed: { untilOf: () => null, learn: () => true },
      epochs: () => epochs,
      epoch: () => null,
      onKey() {},
    });
    const from = performance.now();
    const imported = await keeper.restore();
    return { ms: performance.now() - from, imported };
  },
};

/** Half as many at once as the worker takes, each next one when one is done; what came of each, in their order. */
async function manyAtOnce<A, B>(given: readonly A[], work: (one: A) => Promise<B>): Promise<readonly B[]> {
  const results: B[] = [];
  const left = given.entries();
  const hand = async () => {
    for (const [at, one] of left) results[at] = await work(one);
  };
  await Promise.all(Array.from({ length: maxRemoteCalls / 2 }, hand));
  return results;
}

/** The page of the backup that this path asks for. */
function pageOf(items: readonly BackupItem[], path: string): RouteResult<'listBackup'> {
  const from = Number(new URLSearchParams(path.split('?')[1]).get('cursor') ?? 0);
  const to = from + maxPageItems;
  const page = items.slice(from, to).map(({ epoch, conversation, session, firstIndex, value }) => ({
    epoch,
    conversation_id: conversation,
    session_id: session,
    first_index: firstIndex,
    value,
  }));
  return { items: page, has_more: to < items.length, next_cursor: String(to) };
}
