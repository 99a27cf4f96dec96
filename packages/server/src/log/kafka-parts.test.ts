import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kafkaRetentionMs, minKafkaRetentionMs } from '../kernel/engine-limits.ts';
import { refusal } from './fixture.ts';
import { keptFor, NoAnswer, withDeadline, workOf } from './kafka-parts.ts';

const settings = (changes: Readonly<Record<string, string>> = {}): ReadonlyMap<string, string> =>
  new Map(
    Object.entries({
      'cleanup.policy': 'delete',
      'retention.ms': String(kafkaRetentionMs),
      'retention.bytes': '-1',
      'min.insync.replicas': '2',
      'unclean.leader.election.enable': 'false',
      'message.timestamp.type': 'LogAppendTime',
      ...changes,
    }),
  );

test('[CLU21] a topic that keeps records for less than a day, or by size, is no log', () => {
  assert.equal(keptFor('log', settings(), false), kafkaRetentionMs);
  assert.equal(keptFor('log', settings({ 'retention.ms': '-1' }), false), Number.POSITIVE_INFINITY);
  assert.equal(keptFor('log', settings({ 'retention.ms': String(minKafkaRetentionMs) }), false), minKafkaRetentionMs);
  const short = settings({ 'retention.ms': String(minKafkaRetentionMs - 1) });
  assert.throws(() => keptFor('log', short, false), refusal('foreign', /retention\.ms must be a day or more/));
  assert.equal(keptFor('log', short, true), minKafkaRetentionMs - 1, 'for trying things out');
  const bounded = settings({ 'retention.bytes': '1000000' });
  for (const unsafe of [true, false])
    assert.throws(() => keptFor('log', bounded, unsafe), refusal('foreign', /retention\.bytes must be -1/));
});

test('[LOG25] every setting that could lose a record is named', () => {
  const wrong = settings({
    'cleanup.policy': 'compact',
    'min.insync.replicas': '1',
    'unclean.leader.election.enable': 'true',
    'message.timestamp.type': 'CreateTime',
  });
  const words =
    /LogAppendTime; cleanup\.policy must be delete; unclean\.leader\.election\.enable must be false; min\.insync/;
  assert.throws(() => keptFor('log', wrong, false), refusal('foreign', words));
});

test('[LOG27] work of the client of Kafka that is never done ends with its deadline; done in time, as it is', async () => {
  await assert.rejects(withDeadline(new Promise(() => {}), 1), NoAnswer);
  assert.equal(await withDeadline(Promise.resolve(7), 60_000), 7);
  await assert.rejects(withDeadline(Promise.reject(new RangeError('no')), 60_000), RangeError);
});

test('[LOG27] a client of Kafka that was made for one piece of work holds nobody up, neither with it nor while it is closed', async () => {
  const never = () => new Promise<never>(() => {});
  let closed = 0;
  const client = {
    close() {
      closed++;
      return never();
    },
  };
  assert.equal(await workOf(client, async () => 7), 7);
  await assert.rejects(workOf(client, never, 1), NoAnswer);
  await assert.rejects(
    workOf({ close: () => Promise.reject(new Error('closed')) }, () => Promise.reject(new RangeError('no'))),
    RangeError,
  );
  assert.equal(closed, 2);
});
