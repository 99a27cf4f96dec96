import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Admin, ConfigResourceTypes, IncrementalAlterConfigOperationTypes } from '@platformatic/kafka';
import { kafkaRetentionMs } from '../kernel/engine-limits.ts';
import { testEngine } from '../kernel/engines-fixture.ts';
import { Unavailable } from '../kernel/result.ts';
import { bytesOf, readAll, refusal, take, texts } from './fixture.ts';
import { openKafkaLog } from './kafka-log.ts';
import { clientOptions, type KafkaParts } from './kafka-parts.ts';
import { logContract } from './log.contract.ts';

const fresh = (partitions = 1): KafkaParts => ({
  brokers: testEngine('kafka').brokers,
  topic: `parley-${randomUUID()}`,
  partitions,
  clientId: 'test',
  unsafe: true,
});

logContract('the log in Kafka', async () => {
  const log = await openKafkaLog(fresh());
  return { log, clock: null, close: () => log[Symbol.asyncDispose]() };
});

test('[LOG21] a log in Kafka that is opened again has the same id, and goes on where it was', async () => {
  const parts = fresh(3);
  const first = await openKafkaLog(parts);
  await first.append(2, bytesOf('kept'));
  await first[Symbol.asyncDispose]();
  await using again = await openKafkaLog(parts);
  assert.equal(again.id, first.id);
  assert.deepEqual(
    [0, 1, 2].map((partition) => again.end(partition)),
    [0, 0, 1],
  );
  assert.equal(await again.append(2, bytesOf('next')), 1);
});

test('[LOG29] many partitions at once: each keeps the order of the calls, and has every record once', async () => {
  const parts = fresh(6);
  await using log = await openKafkaLog(parts);
  const rounds = 20;
  const calls = Array.from({ length: 6 * rounds }, (_, n) => log.append(n % 6, bytesOf(`${n}`)));
  await Promise.all(calls);
  for (let partition = 0; partition < 6; partition++) {
    const said = Array.from({ length: rounds }, (_, round) => `${round * 6 + partition}`);
    assert.deepEqual(texts(await take(log, -1, rounds, partition)), said);
  }
});

test('[LOG2] what one process appends to Kafka another one reads', async () => {
  const parts = fresh();
  await using writer = await openKafkaLog(parts);
  await using reader = await openKafkaLog(parts);
  const found: string[] = [];
  const stop = new AbortController();
  const reading = (async () => {
    for await (const entries of reader.read(0, -1, stop.signal)) {
      found.push(...texts(entries));
      if (found.length === 3) return;
    }
  })();
  for (const name of ['a', 'b', 'c']) await writer.append(0, bytesOf(name));
  await reading;
  assert.deepEqual(found, ['a', 'b', 'c']);
  assert.equal(reader.end(0), 3);
});

test('[LOG3] a reader of a log in Kafka that asks for what was dropped is refused', async () => {
  const parts = fresh();
  await using log = await openKafkaLog(parts);
  for (const name of ['a', 'b', 'c']) await log.append(0, bytesOf(name));
  await using behind = await openKafkaLog(parts);
  await log.release(0, 1);
  assert.deepEqual(texts(await readAll(log, 1)), ['c']);
  const read = async () => {
    for await (const _ of behind.read(0, 0, new AbortController().signal)) assert.fail('nothing was kept there');
  };
  await assert.rejects(read(), refusal('gone', /begins at offset 2, but 1/));
});

test('[LOG25] a topic that could lose records, or has other partitions, is no log', async () => {
  const parts = fresh(2);
  await (await openKafkaLog(parts))[Symbol.asyncDispose]();
  await assert.rejects(
    openKafkaLog({ ...parts, partitions: 3 }),
    refusal('foreign', /has 2 partitions, and 3 are set/),
  );
  await assert.rejects(
    openKafkaLog({ ...parts, unsafe: false }),
    refusal('foreign', /brokers; a log needs 3|must be 2/),
  );
  await assert.rejects(openKafkaLog({ ...parts, brokers: ['127.0.0.1:9'] }), Unavailable);
});

test('[CLU21] how long records are kept is asked of the topic; one that drops them for their size is no log', async () => {
  const parts = fresh();
  {
    await using log = await openKafkaLog(parts);
    assert.equal(log.retentionMs, kafkaRetentionMs);
  }
  const set = async (name: string, value: string): Promise<void> => {
    const admin = new Admin(clientOptions(parts));
    const change = { name, value, configOperation: IncrementalAlterConfigOperationTypes.SET };
    const resource = { resourceType: ConfigResourceTypes.TOPIC, resourceName: parts.topic, configs: [change] };
    await admin.incrementalAlterConfigs({ resources: [resource] });
    await admin.close();
  };
  await set('retention.ms', '3600000');
  {
    await using log = await openKafkaLog(parts);
    assert.equal(log.retentionMs, 3_600_000);
  }
  await set('retention.bytes', '1000000000');
  await assert.rejects(openKafkaLog(parts), refusal('foreign', /retention\.bytes must be -1/));
});

test('[LOG71] a log in Kafka says nothing while all is well, and why it is not read when its topic is gone', async () => {
  const parts = fresh();
  const told = Promise.withResolvers<unknown>();
  const faults: unknown[] = [];
  await using log = await openKafkaLog(parts, (error) => {
    faults.push(error);
    told.resolve(error);
  });
  await log.append(0, bytesOf('a'));
  assert.deepEqual(texts(await readAll(log)), ['a']);
  assert.deepEqual(faults, []);
  const stop = new AbortController();
  const reading = log.read(0, 0, stop.signal)[Symbol.asyncIterator]().next();
  const admin = new Admin(clientOptions(parts));
  await admin.deleteTopics({ topics: [parts.topic] });
  await admin.close();
  assert.match(String(await told.promise), /^Unavailable: Kafka is not read \(.*UNKNOWN_TOPIC/);
  stop.abort();
  await reading;
});
