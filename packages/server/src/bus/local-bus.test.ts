import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import { maxBusBacklog } from '../kernel/engine-limits.ts';
import { busContract } from './bus.contract.ts';
import type { Hint } from './bus.ts';
import { LocalBus } from './local-bus.ts';

const presence = (name: string): Hint => ({ type: 'presence', account: name as AccountId });

const fail = () => assert.fail('no listener has a bug here');

busContract('local bus', async () => {
  const bus = new LocalBus(() => {});
  return {
    publisher: bus,
    subscriber: bus,
    settled: () => Promise.resolve(),
    close: () => bus[Symbol.asyncDispose](),
  };
});

test('[BUS2] local bus: what a listener publishes comes after what it is being told', () => {
  const bus = new LocalBus(fail);
  const heard: string[] = [];
  bus.subscribe((hint) => {
    if (hint.type === 'presence' && hint.account === 'first') bus.publish(presence('second'));
  });
  bus.subscribe((hint) => heard.push(hint.type === 'presence' ? hint.account : hint.type));
  bus.publish(presence('first'));
  assert.deepEqual(heard, ['first', 'second']);
});

test('[BUS5] local bus: hints that listeners publish are bounded; the ones beyond are lost', () => {
  const bus = new LocalBus(fail);
  let heard = 0;
  bus.subscribe((hint) => {
    heard++;
    if (hint.type === 'presence' && hint.account === 'flood')
      for (let n = 0; n < maxBusBacklog + 10; n++) bus.publish(presence('more'));
  });
  bus.publish(presence('flood'));
  assert.equal(heard, 1 + maxBusBacklog);
});

test('[BUS4] local bus: the bug of a listener is reported', () => {
  const faults: unknown[] = [];
  const bus = new LocalBus((error) => faults.push(error));
  bus.subscribe(() => {
    throw new Error('a bug of the listener');
  });
  bus.publish(presence('first'));
  assert.equal(faults.length, 1);
});
