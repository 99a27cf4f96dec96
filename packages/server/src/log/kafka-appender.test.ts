// The appends of one partition, without Kafka.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { OutcomeUnknown, Unavailable } from '../kernel/result.ts';
import { bytesOf } from './fixture.ts';
import { PartitionAppender } from './kafka-appender.ts';

/** A producer whose every answer is the test's. */
class HeldProducer {
  readonly sent: PromiseWithResolvers<number>[] = [];
  #onSent: () => void = () => {};

  send(): Promise<number> {
    const answer = Promise.withResolvers<number>();
    this.sent.push(answer);
    this.#onSent();
    return answer.promise;
  }

  /** Resolves when so many batches were sent. */
  async batches(count: number): Promise<void> {
    while (this.sent.length < count)
      await new Promise<void>((resolve) => {
        this.#onSent = resolve;
      });
  }
}

test('[R4] [LOG28] what was appended behind a batch that was not confirmed is refused until that was told', async () => {
  const producer = new HeldProducer();
  const appender = new PartitionAppender(producer, 0, () => {});
  const first = appender.append(bytesOf('first'));
  await producer.batches(1);
  const second = appender.append(bytesOf('second'));
  // As a socket does that has more to say, in the same turn.
  const third = first.catch(() => appender.append(bytesOf('third')));
  producer.sent[0]?.reject(new OutcomeUnknown('no answer'));
  await assert.rejects(first, OutcomeUnknown);
  await assert.rejects(second, Unavailable);
  await assert.rejects(third, Unavailable);
  assert.equal(appender.bytes, 0);
  await turn();
  const again = appender.append(bytesOf('first'));
  await producer.batches(2);
  producer.sent[1]?.resolve(7);
  assert.equal(await again, 7);
  await appender.idle();
});
