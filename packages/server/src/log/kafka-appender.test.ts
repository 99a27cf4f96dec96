// The appends of one partition, without Kafka.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { maxKafkaBatchBytes } from '../kernel/engine-limits.ts';
import { OutcomeUnknown, Unavailable } from '../kernel/result.ts';
import { bytesOf } from './fixture.ts';
import { PartitionAppender } from './kafka-appender.ts';

const appenderOf = (taken: PartitionAppender[] = []) =>
  new PartitionAppender({ partition: 0, onWaiting: (appender) => void taken.push(appender), onAppended: () => {} });

test('[R4] [LOG28] what was appended behind a batch that was not confirmed is refused until that was told', async () => {
  const wanted: PartitionAppender[] = [];
  const appender = appenderOf(wanted);
  const first = appender.append(bytesOf('first'));
  appender.take();
  const second = appender.append(bytesOf('second'));
  // As a socket does that has more to say, in the same turn.
  const third = first.catch(() => appender.append(bytesOf('third')));
  appender.failed(new OutcomeUnknown('no answer'));
  await assert.rejects(first, OutcomeUnknown);
  await assert.rejects(second, Unavailable);
  await assert.rejects(third, Unavailable);
  assert.equal(appender.bytes, 0);
  await turn();
  const again = appender.append(bytesOf('first'));
  appender.take();
  appender.confirmed(7);
  assert.equal(await again, 7);
  await appender.idle();
  assert.equal(wanted.length, 2);
});

test('[R4] one batch is on its way at a time, and what does not fit into it is wanted as soon as it stands', async () => {
  const wanted: PartitionAppender[] = [];
  const appender = appenderOf(wanted);
  const large = new Uint8Array(maxKafkaBatchBytes / 2);
  const offsets = [large, large, large].map((record) => appender.append(record));
  assert.equal(wanted.length, 1);
  assert.equal(appender.take(), maxKafkaBatchBytes);
  offsets.push(appender.append(bytesOf('small')));
  assert.equal(wanted.length, 1, 'nothing overtakes what is on its way');
  appender.confirmed(10);
  assert.equal(wanted.length, 2);
  const idle = appender.idle();
  appender.take();
  appender.confirmed(12);
  assert.deepEqual(await Promise.all(offsets), [10, 11, 12, 13]);
  await idle;
  assert.equal(appender.bytes, 0);
});
