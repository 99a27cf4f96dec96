// What goes to which broker, together or alone, without Kafka.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { kafkaLingerMs, kafkaSendGatherMs, maxKafkaBatchBytes, maxKafkaRequestBytes } from '../kernel/engine-limits.ts';
import { OutcomeUnknown } from '../kernel/result.ts';
import { bytesOf } from './fixture.ts';
import { PartitionAppender } from './kafka-appender.ts';
import type { Batches, BatchProducer, Offsets, Sent } from './kafka-producer.ts';
import { KafkaSender } from './kafka-sender.ts';
import type { Partition } from './log.ts';

interface Request {
  readonly isAlone: boolean;
  readonly partitions: readonly Partition[];
  readonly texts: readonly string[];
  readonly answer: (offsets: Offsets, cause?: unknown) => void;
}

/** Brokers whose every answer is the test's; even partitions are led by the first, odd ones by the second. */
class HeldBrokers {
  readonly requests: Request[] = [];
  /** Who leads is not said when this is set. */
  isSilent = false;
  looks = 0;
  #onRequest: () => void = () => {};

  readonly make = (isAlone: boolean): BatchProducer => ({
    send: (batches) => this.#send(batches, isAlone),
    leaders: async () => {
      this.looks++;
      return this.isSilent ? null : new Map(Array.from({ length: 8 }, (_, partition) => [partition, partition % 2]));
    },
    close: async () => {},
  });

  /** The request of this number, when it was made. */
  async request(n: number): Promise<Request> {
    for (;;) {
      const found = this.requests[n];
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#onRequest = resolve;
      });
    }
  }

  #send(batches: Batches, isAlone: boolean): Promise<Sent> {
    const { promise, resolve } = Promise.withResolvers<Sent>();
    const texts = [...batches.values()].flat().map((record) => Buffer.from(record).toString());
    this.requests.push({
      isAlone,
      partitions: [...batches.keys()],
      texts,
      answer: (offsets, cause) => resolve({ offsets, cause }),
    });
    this.#onRequest();
    return promise;
  }
}

async function open() {
  const brokers = new HeldBrokers();
  const sender = new KafkaSender(brokers.make);
  await sender.look();
  const appenders = Array.from(
    { length: 8 },
    (_, partition) =>
      new PartitionAppender({ partition, onWaiting: (appender) => sender.offer(appender), onAppended: () => {} }),
  );
  const append = (partition: Partition, text: string) => {
    const appended = appenders[partition]?.append(bytesOf(text)) ?? Promise.reject(new Error('no partition'));
    appended.catch(() => {});
    return appended;
  };
  return { brokers, sender, append };
}

test('[LOG29] what waits for all partitions of a broker is one request, and a silent broker holds up its own only', async () => {
  const { brokers, append } = await open();
  const [a, b, c] = [append(0, 'a'), append(2, 'b'), append(1, 'c')];
  const [even, odd] = [await brokers.request(0), await brokers.request(1)];
  assert.deepEqual([even.partitions, odd.partitions], [[0, 2], [1]]);
  // The first broker says nothing yet.
  const [d, e, f] = [append(0, 'd'), append(4, 'e'), append(3, 'f')];
  odd.answer(new Map([[1, 5]]));
  assert.equal(await c, 5);
  const next = await brokers.request(2);
  assert.deepEqual(next.texts, ['f']);
  next.answer(new Map([[3, 0]]));
  await f;
  assert.equal(brokers.requests.length, 3);
  even.answer(
    new Map([
      [0, 1],
      [2, 2],
    ]),
  );
  assert.deepEqual(await Promise.all([a, b]), [1, 2]);
  const gathered = await brokers.request(3);
  assert.deepEqual([...gathered.texts].sort(), ['d', 'e']);
  gathered.answer(
    new Map([
      [0, 2],
      [4, 0],
    ]),
  );
  assert.deepEqual(await Promise.all([d, e]), [2, 0]);
});

/** Time stands still, but for what the test lets pass. */
async function openStill(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  /** What was going to happen by then has happened. */
  const passes = async (ms: number) => {
    await setImmediate();
    t.mock.timers.tick(ms);
    await setImmediate();
  };
  const opened = await open();
  const write = (partition: Partition, text: string) => {
    opened.append(partition, text).catch(() => {});
  };
  return { ...opened, write, passes };
}

test('[LOG74] brokers that answered are sent to again together, after a while in which more comes, and at once after a quiet moment', async (t) => {
  const { brokers, append, write, passes } = await openStill(t);
  const firsts = [append(0, 'a'), append(1, 'b')];
  await passes(kafkaLingerMs);
  const [even, odd] = [await brokers.request(0), await brokers.request(1)];
  write(0, 'c');
  even.answer(new Map([[0, 0]]));
  await firsts[0];
  await passes(kafkaSendGatherMs - 1);
  odd.answer(new Map([[1, 0]]));
  await firsts[1];
  write(1, 'd');
  write(2, 'e');
  await passes(0);
  assert.equal(brokers.requests.length, 2);
  await passes(1);
  assert.deepEqual(
    brokers.requests.slice(2).map(({ texts }) => texts),
    [['c', 'e'], ['d']],
    'though the second had answered only now',
  );
  brokers.requests[2]?.answer(
    new Map([
      [0, 1],
      [2, 0],
    ]),
  );
  await passes(kafkaSendGatherMs);
  write(0, 'f');
  await passes(kafkaLingerMs);
  assert.deepEqual(brokers.requests[4]?.texts, ['f']);
});

test('[LOG74] what had no room in a request is sent as soon as that was answered', async (t) => {
  const { brokers, write, passes } = await openStill(t);
  const large = 'x'.repeat(maxKafkaBatchBytes);
  for (const partition of [0, 2, 4]) write(partition, large);
  await passes(kafkaLingerMs);
  const full = await brokers.request(0);
  assert.deepEqual(full.partitions, [0, 2]);
  assert.equal(maxKafkaRequestBytes, 2 * maxKafkaBatchBytes);
  full.answer(
    new Map([
      [0, 0],
      [2, 0],
    ]),
  );
  await passes(0);
  assert.deepEqual(brokers.requests[1]?.partitions, [4]);
});

test('[LOG29] a batch that was not confirmed with the others is tried alone, and nothing overtakes it', async () => {
  const { brokers, append } = await open();
  const looks = brokers.looks;
  const [a, b] = [append(0, 'a'), append(2, 'b')];
  const both = await brokers.request(0);
  const behind = append(2, 'behind');
  both.answer(new Map([[0, 7]]));
  assert.equal(await a, 7);
  const alone = await brokers.request(1);
  assert.deepEqual([alone.isAlone, alone.texts], [true, ['b']]);
  const other = append(4, 'other');
  const beside = await brokers.request(2);
  assert.deepEqual(beside.texts, ['other'], 'others go on meanwhile');
  beside.answer(new Map([[4, 1]]));
  await other;
  alone.answer(new Map([[2, 3]]));
  assert.equal(await b, 3);
  assert.equal(brokers.looks, looks + 1, 'there may be another leader');
  const last = await brokers.request(3);
  assert.deepEqual([last.isAlone, last.texts], [false, ['behind']]);
  last.answer(new Map());
  (await brokers.request(4)).answer(new Map());
  await assert.rejects(behind, OutcomeUnknown);
});

test('[LOG29] while nobody says who leads, everything goes one way, and is asked of each client once', async () => {
  const brokers = new HeldBrokers();
  brokers.isSilent = true;
  const sender = new KafkaSender(brokers.make);
  await Promise.all([sender.look(), sender.look()]);
  assert.equal(brokers.looks, 8);
  for (const partition of [0, 1])
    sender.offer(new PartitionAppender({ partition, onWaiting: () => {}, onAppended: () => {} }));
  const { partitions } = await brokers.request(0);
  assert.deepEqual(partitions, [0, 1]);
});

test('[LOG71] an append that was not confirmed carries the reason of the last try', async () => {
  const { brokers, append } = await open();
  const appended = append(0, 'a');
  (await brokers.request(0)).answer(new Map(), new Error('in company'));
  const reason = new Error('NOT_ENOUGH_REPLICAS');
  (await brokers.request(1)).answer(new Map(), reason);
  await assert.rejects(appended, (error: unknown) => error instanceof OutcomeUnknown && error.cause === reason);
});
