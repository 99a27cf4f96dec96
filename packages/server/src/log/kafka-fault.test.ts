// What is told of faults of Kafka, and that nothing is swallowed. No broker listens where these clients look.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { MultipleErrors, NetworkError, ResponseError } from '@platformatic/kafka';
import { Unavailable } from '../kernel/result.ts';
import { bytesOf } from './fixture.ts';
import { kafkaFault } from './kafka-fault.ts';
import { KafkaFetcher } from './kafka-fetcher.ts';
import { type KafkaParts, NoAnswer } from './kafka-parts.ts';
import { KafkaProducer } from './kafka-producer.ts';

/** A cluster of which nothing is there. */
async function nowhere(): Promise<KafkaParts> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  await new Promise((resolve) => server.close(resolve));
  return { brokers: [`127.0.0.1:${address.port}`], topic: 'log', partitions: 1, clientId: 'test' };
}

test('[LOG71] a fault of Kafka is told by its innermost codes, and by nothing else that its client says', () => {
  const refused = Object.assign(new Error('connect to a secret place'), { code: 'ECONNREFUSED' });
  const answer = new ResponseError(0, 1, { '/responses/0': [29, 'what somebody wrote'] }, { responses: [] });
  for (const [error, codes] of [
    [
      new MultipleErrors('all failed', [new NetworkError('no', { cause: refused }), answer]),
      'ECONNREFUSED, TOPIC_AUTHORIZATION_FAILED',
    ],
    [new NetworkError('what somebody wrote'), 'PLT_KFK_NETWORK'],
    [new NoAnswer('no answer'), 'NoAnswer'],
    [Object.assign(new Error('x'), { code: 'what somebody wrote' }), 'Error'],
    ['what somebody wrote', 'string'],
  ] as const) {
    const fault = kafkaFault('It is not read', error);
    assert.equal(fault.message, `It is not read (${codes})`);
    assert.equal(fault.cause, error);
  }
});

test('[LOG71] a reader says why nothing is read', async () => {
  const told = Promise.withResolvers<unknown>();
  const fetcher = new KafkaFetcher({ kafka: await nowhere(), topicId: '', onBounds: () => {}, fault: told.resolve });
  const stop = new AbortController();
  const reading = fetcher.read(0, 0, stop.signal, () => false).next();
  const fault = await told.promise;
  assert.ok(fault instanceof Unavailable);
  assert.match(fault.message, /^Kafka is not read \(.*ECONNREFUSED/);
  stop.abort();
  assert.equal((await reading).done, true);
  await fetcher.close();
});

test('[LOG71] a producer says why nothing is appended, and gives the reason on', async () => {
  const told: unknown[] = [];
  const producer = new KafkaProducer(await nowhere(), false, (error) => told.push(error));
  const { offsets, cause } = await producer.send(new Map([[0, [bytesOf('a')]]]), 60_000);
  assert.equal(offsets.size, 0);
  assert.ok(cause instanceof Error);
  assert.equal(await producer.leaders(), null);
  assert.equal(told.length, 2);
  for (const fault of told) assert.match(String(fault), /^Unavailable: Kafka takes no records \(.*ECONNREFUSED/);
  await producer.close();
});
