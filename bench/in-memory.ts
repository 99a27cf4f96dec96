// A program for `bench -- --cluster`: Parley over engines in memory, so that only what Parley itself does is seen. `one`:
// a node as in one process. `two`: two gateways and the owner of 128 partitions; hints cross as the bytes that a real bus
// carries. Arguments: which, how many people, the file for their list. It prints its ports as one line of JSON.
import { writeFile } from 'node:fs/promises';
import { argonHasher } from '../packages/server/src/accounts/argon-hasher.ts';
import { LocalBus } from '../packages/server/src/bus/local-bus.ts';
import { openFront } from '../packages/server/src/compose-front.ts';
import { composeGateway } from '../packages/server/src/compose-gateway.ts';
import { composeNode } from '../packages/server/src/compose-node.ts';
import type { Service } from '../packages/server/src/compose-use-cases.ts';
import { type Config, readConfig } from '../packages/server/src/config.ts';
import { memoryDirectory } from '../packages/server/src/directory/memory-directory.ts';
import { MemoryEphemeral } from '../packages/server/src/ephemeral/memory-ephemeral.ts';
import { hostClock } from '../packages/server/src/kernel/clock.ts';
import { hostRandom } from '../packages/server/src/kernel/random.ts';
import { silentEvents } from '../packages/server/src/kernel/silent-events.ts';
import { MemoryLog } from '../packages/server/src/log/memory-log.ts';
import { MemoryBlobs } from '../packages/server/src/media/memory-blobs.ts';
import { MemoryPresence } from '../packages/server/src/presence/memory-presence.ts';
import { Sequencer } from '../packages/server/src/sequencer/run.ts';
import { MemoryStore } from '../packages/server/src/store/memory-store.ts';
import type { Applied, Store } from '../packages/server/src/store/store.ts';
import { CrossingBus } from './crossing-bus.ts';
import { appendAll, makePeople, pairLines, pairRecords, signUpAll } from './seed.ts';

const rateFactor = 1_000_000;
const maxLogBytes = 8 * 1024 ** 3;
const gateways = 2;
const manyPartitions = 128;

const [which = 'one', people = '2', list = 'pairs.txt'] = process.argv.slice(2);
const isTwo = which === 'two';
const events = silentEvents((where, error) => process.stderr.write(`${where}: ${String(error)}\n`));
const log = new MemoryLog({
  clock: hostClock,
  random: hostRandom,
  maxBytes: maxLogBytes,
  partitions: isTwo ? manyPartitions : 1,
});
const store = new MemoryStore();
const directory = memoryDirectory();
const shared = {
  ...{ log, store, directory, events, clock: hostClock, random: hostRandom, rateFactor },
  presence: new MemoryPresence(hostClock, (error) => events.fault('presence', error)),
  ephemeral: new MemoryEphemeral(hostClock),
  blobs: new MemoryBlobs(hostClock),
  fileBytesPerAccount: 1_000_000_000,
  hasher: argonHasher(hostRandom),
  policy: { signup: 'open', guests: false, people: 'members', serverName: 'Bench', version: '0' } as const,
  defer: setImmediate,
};

// Nothing of a server that does not listen yet keeps a process alive: its timers do not.
const starting = setInterval(() => {}, 60_000);
const seeded = makePeople(Number(people), hostRandom);
await signUpAll(directory, seeded);
await appendAll(log, pairRecords(seeded));
await writeFile(list, pairLines(seeded));
const ports = isTwo ? await two() : [await listen(one())];
clearInterval(starting);
process.stdout.write(`${JSON.stringify({ ports })}\n`);

/** As in one process. */
function one(): Service {
  return composeNode({
    ...shared,
    bus: new LocalBus((error) => events.fault('bus', error)),
    nextEpoch: null,
    facts: async () => ({ uptimeMs: 0, dataBytes: 0 }),
  });
}

/** As in a cluster. Resolves to the ports of the gateways. */
async function two(): Promise<readonly number[]> {
  const bus = new CrossingBus(hostClock, (error) => events.fault('bus', error));
  const parts = { log, bus: bus.node(), clock: hostClock, events, tellsAll: true, publish: 'when stored' } as const;
  const sequencers = Array.from(
    { length: manyPartitions },
    (_, partition) => new Sequencer({ ...parts, partition, store: partOf(store) }),
  );
  await Promise.all(sequencers.map((sequencer) => sequencer.caughtUp()));
  const startedAt = hostClock.now();
  // What is under way here is younger than this.
  const asOf = async () => hostClock.now() - 10_000;
  const found: number[] = [];
  for (let n = 0; n < gateways; n++)
    found.push(await listen(composeGateway({ ...shared, bus: bus.node(), startedAt, asOf })));
  return found;
}

/** All rows, and a position of its own. */
function partOf(whole: MemoryStore): Store {
  let position: Applied | null = null;
  return {
    get: (table, key) => whole.get(table, key),
    list: (table, range) => whole.list(table, range),
    applied: () => position,
    async commit(writes, applied) {
      await whole.commit(writes, null);
      position = applied ?? position;
    },
    checkpoint: async () => position,
    expire: async () => 0,
    async [Symbol.asyncDispose]() {},
  };
}

async function listen(service: Service): Promise<number> {
  await service.ready();
  const opened = new AsyncDisposableStack();
  const takePort = (listenOn: (port: number) => Promise<number>) => listenOn(0);
  const front = { config: settings(), version: '0', events, webFolder: 'none', service, takePort };
  return (await openFront(front, opened)).port;
}

function settings(): Config {
  const environment = { PARLEY_RATE_FACTOR: String(rateFactor) };
  const read = readConfig({ flags: {}, environment, file: null, readFile: () => '' });
  if (!read.ok) throw new Error('these settings are wrong');
  return read.config;
}
