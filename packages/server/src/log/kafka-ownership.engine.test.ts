import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { testEngine } from '../kernel/engines-fixture.ts';
import { openKafkaLog } from './kafka-log.ts';
import { KafkaOwnership } from './kafka-ownership.ts';

test('[CLU7] partitions are shared out among those who are there, and go on to who stays when one leaves', async () => {
  const kafka = {
    brokers: testEngine('kafka').brokers,
    topic: `parley-${randomUUID()}`,
    partitions: 8,
    clientId: 'test',
    unsafe: true,
  };
  await using _ = await openKafkaLog(kafka);
  const faults: unknown[] = [];
  const owned: Record<string, readonly number[]> = {};
  let told = Promise.withResolvers<void>();
  const join = (node: string) => {
    const ownership = new KafkaOwnership({ kafka, group: kafka.topic, node, fault: (error) => faults.push(error) });
    ownership.follow((partitions) => {
      owned[node] = partitions;
      told.resolve();
      told = Promise.withResolvers();
    });
    return ownership;
  };
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await told.promise;
  };
  const all = [0, 1, 2, 3, 4, 5, 6, 7];
  const shares = () => Object.values(owned).map(({ length }) => length);
  const areShared = () =>
    Object.values(owned)
      .flat()
      .sort((a, b) => a - b)
      .join() === all.join();

  const one = join('one');
  await until(() => owned.one?.length === 8);
  const other = join('other');
  await until(() => areShared() && shares().join() === '4,4');
  await other[Symbol.asyncDispose]();
  delete owned.other;
  await until(() => owned.one?.length === 8);
  await one[Symbol.asyncDispose]();
  assert.deepEqual(faults, []);
});
