import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { kafkaFetchGatherMs, kafkaWaitMs, maxKafkaHeldBatches } from '../kernel/engine-limits.ts';
import { type FetchClient, KafkaFetcher } from './kafka-fetcher.ts';
import type { Entry, Offset, Partition } from './log.ts';

type Fetch = Parameters<FetchClient['fetch']>[0];

/** The code of the protocol for who leads a partition no longer. */
const notLeader = 6;
/** Of the event loop: more than an answer takes. */
const turns = 20;

/** Brokers in memory: who leads each partition, and how many records it has. */
class Brokers {
  readonly #leaders: number[];
  readonly #ends: Offset[];
  #wakes = new Set<() => void>();
  /** How often each broker was asked, and who waits for it to be. */
  readonly #asked = new Map<number, number>();
  #askedMore: (() => void)[] = [];

  constructor(leaders: readonly number[]) {
    this.#leaders = [...leaders];
    this.#ends = leaders.map(() => 0);
  }

  append(partition: Partition): void {
    this.#ends[partition] = (this.#ends[partition] ?? 0) + 1;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#wakes) wake();
    this.#wakes = new Set();
  }

  /** How often the broker was asked, when everything that goes on without time has gone on. */
  async asked(node: number): Promise<number> {
    for (let n = 0; n < turns; n++) await turn();
    return this.#asked.get(node) ?? 0;
  }

  /** Resolves when the broker was asked so often. */
  async isAsked(node: number, times: number): Promise<void> {
    while ((this.#asked.get(node) ?? 0) < times)
      await new Promise<void>((resolve) => void this.#askedMore.push(resolve));
  }

  move(partition: Partition, to: number): void {
    this.#leaders[partition] = to;
    this.#wake();
  }

  fetcher(): KafkaFetcher {
    return new KafkaFetcher({
      kafka: { brokers: ['127.0.0.1:1'], topic: 'log', partitions: this.#leaders.length, clientId: 'test' },
      topicId: 'log',
      onBounds() {},
      fault() {},
      open: () => this.#client(),
    });
  }

  /** As far as the fetcher uses one of the library. */
  #client(): FetchClient {
    const metadata = async () => ({
      topics: new Map([['log', { partitions: this.#leaders.map((leader) => ({ leader })) }]]),
    });
    const fetch = (asked: Fetch) => this.#fetch(asked);
    return { metadata, fetch, clearMetadata() {}, async close() {} } as unknown as FetchClient;
  }

  /** Has something to say, or has waited long enough. */
  async #fetch({ node, topics, maxWaitTime }: Fetch) {
    const asked = topics[0]?.partitions ?? [];
    this.#asked.set(node, (this.#asked.get(node) ?? 0) + 1);
    for (const more of this.#askedMore.splice(0)) more();
    const isLed = ({ partition }: { partition: Partition }) => this.#leaders[partition] === node;
    const hasMore = ({ partition, fetchOffset }: { partition: Partition; fetchOffset: bigint }) =>
      Number(fetchOffset) < (this.#ends[partition] ?? 0);
    if (asked.every((each) => isLed(each) && !hasMore(each)))
      await new Promise<void>((resolve) => {
        this.#wakes.add(resolve);
        setTimeout(resolve, maxWaitTime);
      });
    const partitions = asked.map((each) => ({
      partitionIndex: each.partition,
      errorCode: isLed(each) ? 0 : notLeader,
      highWatermark: BigInt(this.#ends[each.partition] ?? 0),
      logStartOffset: 0n,
      records: isLed(each) && hasMore(each) ? [batchFrom(each.fetchOffset)] : [],
    }));
    return { responses: [{ partitions }] };
  }
}

/** One record. */
function batchFrom(offset: bigint) {
  return { firstOffset: offset, maxTimestamp: 1n, records: [{ offsetDelta: 0, value: new Uint8Array([1]) }] };
}

/** The offset that its next batch begins with. */
async function nextOf(reader: AsyncIterator<readonly Entry[], void>): Promise<Offset | undefined> {
  const { value } = await reader.next();
  return value?.[0]?.offset;
}

test('[LOG72] a reader follows its partition to a broker that nobody here was asking, though others stay', async () => {
  const brokers = new Brokers([1, 1]);
  const fetcher = brokers.fetcher();
  const { signal } = new AbortController();
  const [stays, moves] = [0, 1].map((partition) => fetcher.read(partition, 0, signal, () => false));
  assert.ok(stays !== undefined && moves !== undefined);
  for (const partition of [0, 1]) brokers.append(partition);
  assert.equal(await nextOf(stays), 0);
  assert.equal(await nextOf(moves), 0);
  brokers.move(1, 2);
  brokers.append(1);
  assert.equal(await nextOf(moves), 1, 'from its new leader');
  brokers.append(0);
  assert.equal(await nextOf(stays), 1);
  await fetcher.close();
});

test('[LOG72] a partition that moves to a broker which is not asked, since what it gave is not taken, is read there', async () => {
  const brokers = new Brokers([1, 2]);
  const fetcher = brokers.fetcher();
  const { signal } = new AbortController();
  const [full, moves] = [0, 1].map((partition) => fetcher.read(partition, 0, signal, () => false));
  assert.ok(full !== undefined && moves !== undefined);
  for (let n = 0; n <= maxKafkaHeldBatches; n++) brokers.append(0);
  assert.equal(await nextOf(full), 0);
  await brokers.isAsked(1, maxKafkaHeldBatches + 1);
  brokers.append(1);
  assert.equal(await nextOf(moves), 0);
  brokers.move(1, 1);
  brokers.append(1);
  assert.equal(await nextOf(moves), 1);
  await fetcher.close();
});

/** Time stands still, but for what the test lets pass. */
function readFrom(t: TestContext, leaders: readonly number[]) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const brokers = new Brokers(leaders);
  const fetcher = brokers.fetcher();
  t.after(async () => {
    const closed = fetcher.close();
    t.mock.timers.tick(kafkaWaitMs);
    await closed;
  });
  const { signal } = new AbortController();
  return { brokers, readers: leaders.map((_, partition) => fetcher.read(partition, 0, signal, () => false)) };
}

test('[LOG73] brokers that gave everything are asked again together, after a while in which more comes', async (t) => {
  const { brokers, readers } = readFrom(t, [1, 2]);
  const firsts = readers.map((reader) => reader.next());
  const asked = async () => [await brokers.asked(1), await brokers.asked(2)];
  assert.deepEqual(await asked(), [1, 1], 'both wait for something');
  brokers.append(0);
  await firsts[0];
  assert.deepEqual(await asked(), [1, 2], 'who had nothing is asked at once');
  t.mock.timers.tick(kafkaFetchGatherMs - 1);
  brokers.append(1);
  await firsts[1];
  for (const partition of [0, 1]) brokers.append(partition);
  assert.deepEqual(await asked(), [1, 2]);
  t.mock.timers.tick(1);
  assert.deepEqual(await asked(), [2, 3], 'though the second had answered only now');
  assert.deepEqual(await Promise.all(readers.map(nextOf)), [1, 1]);
});

test('[LOG73] a broker that has more than it gave is asked again at once', async (t) => {
  const { brokers, readers } = readFrom(t, [1]);
  for (let n = 0; n < maxKafkaHeldBatches + 1; n++) brokers.append(0);
  const [reader] = readers;
  assert.ok(reader !== undefined);
  for (let n = 0; n < maxKafkaHeldBatches + 1; n++) assert.equal(await nextOf(reader), n);
  assert.equal(await brokers.asked(1), maxKafkaHeldBatches + 1, 'the last answer was everything');
});
