// Two gateways and the owner of all partitions, over engines in memory that they share: what people say at one of them
// comes out at the other, once and in order; also when the bus loses everything.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { argonHasher } from '../../packages/server/src/accounts/argon-hasher.ts';
import type { Bus, Hint } from '../../packages/server/src/bus/bus.ts';
import { LocalBus } from '../../packages/server/src/bus/local-bus.ts';
import { openFront } from '../../packages/server/src/compose-front.ts';
import { composeGateway } from '../../packages/server/src/compose-gateway.ts';
import { type Config, readConfig } from '../../packages/server/src/config.ts';
import { memoryDirectory } from '../../packages/server/src/directory/memory-directory.ts';
import { MemoryEphemeral } from '../../packages/server/src/ephemeral/memory-ephemeral.ts';
import { hostClock } from '../../packages/server/src/kernel/clock.ts';
import { hostRandom } from '../../packages/server/src/kernel/random.ts';
import { silentEvents } from '../../packages/server/src/kernel/silent-events.ts';
import { MemoryLog } from '../../packages/server/src/log/memory-log.ts';
import type { Ownership } from '../../packages/server/src/log/ownership.ts';
import { MemoryBlobs } from '../../packages/server/src/media/memory-blobs.ts';
import { MemoryPresence } from '../../packages/server/src/presence/memory-presence.ts';
import { Sequencer } from '../../packages/server/src/sequencer/run.ts';
import { PartitionOwner } from '../../packages/server/src/sequencing/partition-owner.ts';
import { MemoryStore } from '../../packages/server/src/store/memory-store.ts';
import type { Applied, Store } from '../../packages/server/src/store/store.ts';
import { judge, readAll } from './loss-checker.ts';
import { confirmed, directChat, type Person, signUp } from './people.ts';
import { call } from './rest.ts';

const partitions = 4;

/** A bus whose hints may be lost, and say so by `resync` when they come again. */
class WeakBus implements Bus {
  readonly #bus = new LocalBus((error) => assert.fail(error instanceof Error ? error : String(error)));
  isDown = false;

  publish(hint: Hint): void {
    if (!this.isDown) this.#bus.publish(hint);
  }

  subscribe(listener: (hint: Hint) => void): () => void {
    return this.#bus.subscribe(listener);
  }

  want(): () => void {
    return this.#bus.want();
  }

  ready(): Promise<void> {
    return this.#bus.ready();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bus[Symbol.asyncDispose]();
  }
}

/** The store of one partition: all rows, and a position of its own. */
function partOf(store: MemoryStore): Store {
  let position: Applied | null = null;
  return {
    get: (table, key) => store.get(table, key),
    list: (table, range) => store.list(table, range),
    applied: () => position,
    async commit(writes, applied) {
      await store.commit(writes, null);
      position = applied ?? position;
    },
    checkpoint: async () => position,
    expire: async () => 0,
    async [Symbol.asyncDispose]() {},
  };
}

async function cluster() {
  await using opened = new AsyncDisposableStack();
  const faults: unknown[] = [];
  const events = silentEvents((_where, error) => faults.push(error));
  const bus = opened.use(new WeakBus());
  const log = opened.use(new MemoryLog({ clock: hostClock, random: hostRandom, partitions }));
  const store = new MemoryStore();
  const stores = Array.from({ length: partitions }, () => partOf(store));
  const ownership: Ownership = {
    follow: (listener) => listener([0, 1, 2, 3]),
    async [Symbol.asyncDispose]() {},
  };
  opened.use(
    new PartitionOwner({
      ...{ ownership, clock: hostClock, events },
      open: async (partition) =>
        new Sequencer({
          ...{ log, partition, bus, clock: hostClock, events },
          store: stores[partition] ?? assert.fail('no such partition'),
          tellsAll: true,
          publish: 'when stored',
        }),
    }),
  );
  const shared = {
    ...{ log, store, bus, events, clock: hostClock, random: hostRandom },
    directory: memoryDirectory(),
    presence: new MemoryPresence(hostClock, (error) => faults.push(error)),
    ephemeral: new MemoryEphemeral(hostClock),
    blobs: new MemoryBlobs(hostClock),
    fileBytesPerAccount: 1_000_000_000,
    hasher: argonHasher(hostRandom),
    policy: { signup: 'open', guests: false, people: 'members', serverName: 'Two', version: '0' } as const,
    defer: setImmediate,
    rateFactor: 1_000,
    startedAt: hostClock.now(),
    // Rows of the past are stored at once here; what is under way is younger than this.
    asOf: async () => hostClock.now() - 10_000,
  };
  const urls: string[] = [];
  for (let n = 0; n < 2; n++) {
    const service = opened.use(composeGateway(shared));
    await service.ready();
    const front = await openFront(
      { config: settings(), version: '0', events, webFolder: 'none', service, takePort: (listenOn) => listenOn(0) },
      opened,
    );
    urls.push(front.url);
  }
  const closing = opened.move();
  return { urls: urls as [string, string], bus, faults, close: () => closing.disposeAsync() };
}

function settings(): Config {
  const read = readConfig({ flags: {}, environment: {}, file: null, readFile: () => '' });
  assert.ok(read.ok);
  return read.config;
}

async function talk(from: Person, to: Person, chat: Awaited<ReturnType<typeof directChat>>, count: number) {
  for (let n = 0; n < count; n++) {
    from.client.say(chat, `to ${n}`, randomBytes(10));
    to.client.say(chat, `fro ${n}`, randomBytes(10));
  }
  await Promise.all([confirmed(from), confirmed(to)]);
}

test('[CLU1] what is said at one gateway comes out at the other, once and in one order', async () => {
  const { urls, faults, close } = await cluster();
  const [here, there] = urls;
  const ana = await signUp(here, 'ana');
  const ben = await signUp(there, 'ben');
  const chat = await directChat(here, ana, ben);
  await Promise.all([ana.client.connect(here), ben.client.connect(there)]);
  await talk(ana, ben, chat, 100);
  const readers = [await readAll(here, ben.token, chat), await readAll(there, ana.token, chat)];
  const acked = new Set([...ana.client.history.acked, ...ben.client.history.acked]);
  const verdict = judge(chat, acked, readers);
  assert.deepEqual(verdict, { acked: 200, lost: [], repeated: [], holes: [], disagreements: [] });
  ana.client.disconnect();
  ben.client.disconnect();
  await close();
  assert.deepEqual(faults, []);
});

test('[CLU3] a request at one gateway has its answer though the bus loses everything', async () => {
  const { urls, bus, faults, close } = await cluster();
  const [here, there] = urls;
  const ana = await signUp(here, 'ana');
  const ben = await signUp(there, 'ben');
  bus.isDown = true;
  const chat = await directChat(here, ana, ben);
  const list = await call<{ items: { conversation_id: string }[] }>(there, 'GET', '/v1/conversations', {
    token: ben.token,
  });
  assert.ok(list.items.some((item) => item.conversation_id === chat));
  await close();
  assert.deepEqual(faults, []);
});
