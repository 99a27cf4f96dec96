import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxOwnerRetryMs, ownerRetryMs } from '../kernel/engine-limits.ts';
import type { Partition } from '../log/log.ts';
import type { Ownership } from '../log/ownership.ts';
import type { Sequencer } from '../sequencer/run.ts';
import { HandClock } from '../sequencer/stage.ts';
import { HistoryGap } from '../sequencer/warm-up.ts';
import { PartitionOwner } from './partition-owner.ts';

/** Says who owns what when the test says so. */
class HandOwnership implements Ownership {
  say: (owned: readonly Partition[]) => void = () => {};
  isOver = false;

  follow(listener: (owned: readonly Partition[]) => void): void {
    this.say = listener;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isOver = true;
  }
}

/** As much of a sequencer as an owner sees. */
class HandSequencer {
  readonly #finished = Promise.withResolvers<void>();
  readonly finished = this.#finished.promise;
  isDisposed = false;

  caughtUp(): Promise<void> {
    return Promise.resolve();
  }

  fail(error: Error): void {
    this.#finished.reject(error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true;
    this.#finished.resolve();
  }
}

function desk(open?: (partition: Partition) => HandSequencer) {
  const ownership = new HandOwnership();
  const clock = new HandClock();
  const alarms = new Set<string>();
  const opened: (readonly [Partition, HandSequencer])[] = [];
  const owner = new PartitionOwner({
    ownership,
    clock,
    events: {
      alarm: (name) => void alarms.add(name),
      alarmOver: (name) => void alarms.delete(name),
      fault: () => {},
      step: () => {},
    },
    open: async (partition) => {
      const sequencer = open?.(partition) ?? new HandSequencer();
      opened.push([partition, sequencer]);
      return sequencer as unknown as Sequencer;
    },
  });
  const names = () => opened.map(([partition]) => partition);
  return { ownership, clock, alarms, opened, owner, names };
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

test('[CLU7] what is owned is applied, each partition once, until it is owned no more', async () => {
  const { ownership, opened, owner, names } = desk();
  ownership.say([2, 0]);
  await settle();
  ownership.say([0, 1]);
  await settle();
  assert.deepEqual(names(), [2, 0, 1]);
  assert.deepEqual(owner.owned, [0, 1]);
  assert.deepEqual(
    opened.map(([, { isDisposed }]) => isDisposed),
    [true, false, false],
  );
  assert.deepEqual(
    [...owner.running()].map(([partition]) => partition).sort((a, b) => a - b),
    [0, 1],
  );
  await owner[Symbol.asyncDispose]();
  assert.ok(opened.every(([, { isDisposed }]) => isDisposed));
  assert.ok(ownership.isOver);
});

test('[CLU7] a sequencer that ends by a fault begins again after a pause; one that cannot go on is left, with an alarm, and holds up no other', async () => {
  const { ownership, clock, alarms, opened, owner, names } = desk();
  ownership.say([0, 1]);
  await settle();
  opened[0]?.[1].fail(new Error('the store is away'));
  await settle();
  assert.deepEqual([...alarms], ['partition.0']);
  assert.deepEqual(names(), [0, 1]);
  clock.advance(ownerRetryMs);
  await settle();
  assert.deepEqual(names(), [0, 1, 0]);
  assert.equal(alarms.size, 0);
  opened[1]?.[1].fail(new HistoryGap('records are missing'));
  await settle();
  clock.advance(10 * maxOwnerRetryMs);
  await settle();
  assert.deepEqual(names(), [0, 1, 0], 'it is not tried again');
  assert.deepEqual([...alarms], ['partition.1']);
  assert.deepEqual(
    [...owner.running()].map(([partition]) => partition),
    [0],
  );
  await owner[Symbol.asyncDispose]();
});

test('[CLU7] a partition that cannot be opened is tried ever more slowly, and a wait ends with the ownership', async () => {
  let tries = 0;
  const { ownership, clock, owner } = desk(() => {
    tries++;
    throw new Error('the store is away');
  });
  ownership.say([7]);
  await settle();
  for (let wait = ownerRetryMs; wait < maxOwnerRetryMs; wait *= 2) {
    clock.advance(wait - 1);
    await settle();
    const before = tries;
    clock.advance(1);
    await settle();
    assert.equal(tries, before + 1);
  }
  ownership.say([]);
  await settle();
  assert.equal(clock.pending, 0);
  await owner[Symbol.asyncDispose]();
});
