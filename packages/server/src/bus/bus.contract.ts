// What every bus must do, run by the test of each adapter.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import type { Bus, Hint } from './bus.ts';

/** A bus under test: two ends of the same bus (a gateway each), and when everything published has arrived. */
export interface OpenBus {
  readonly publisher: Bus;
  readonly subscriber: Bus;
  settled(): Promise<void>;
  close(): Promise<void>;
}

const hint = (n: number): Hint => ({ type: 'presence', account: `a_${String(n).padStart(22, '0')}` as AccountId });

/** Runs the cases of the port against `open`. */
export function busContract(name: string, open: () => Promise<OpenBus>): void {
  test(`[BUS1] ${name}: publishing without a listener, and after closing, neither waits nor throws`, async () => {
    const bus = await open();
    bus.publisher.publish(hint(1));
    await bus.settled();
    await bus.close();
    bus.publisher.publish(hint(2));
  });

  test(`[BUS2] ${name}: hints arrive in the publisher's order, whole, at every listener`, async () => {
    const bus = await open();
    const first: Hint[] = [];
    const second: Hint[] = [];
    bus.subscriber.subscribe((each) => first.push(each));
    bus.publisher.subscribe((each) => second.push(each));
    const frame = new TextEncoder().encode('{"type":"typing","text":"Zürich"}');
    const sent: Hint[] = Array.from({ length: 200 }, (_, n) => hint(n));
    sent.push({ type: 'accounts', accounts: [], frame, droppable: true });
    for (const each of sent) bus.publisher.publish(each);
    await bus.settled();
    assert.deepEqual(first.map(comparable), sent.map(comparable));
    assert.deepEqual(second.map(comparable), sent.map(comparable));
    await bus.close();
  });

  test(`[BUS3] ${name}: after it has unsubscribed a listener hears nothing`, async () => {
    const bus = await open();
    const heard: Hint[] = [];
    const kept: Hint[] = [];
    const stop = bus.subscriber.subscribe((each) => heard.push(each));
    bus.subscriber.subscribe((each) => kept.push(each));
    bus.publisher.publish(hint(1));
    await bus.settled();
    stop();
    bus.publisher.publish(hint(2));
    await bus.settled();
    assert.equal(heard.length, 1);
    assert.equal(kept.length, 2);
    await bus.close();
  });

  test(`[BUS4] ${name}: a listener that throws hurts neither the publisher nor the other listeners`, async () => {
    const bus = await open();
    const heard: Hint[] = [];
    bus.subscriber.subscribe(() => {
      throw new Error('a bug of the listener');
    });
    bus.subscriber.subscribe((each) => heard.push(each));
    bus.publisher.publish(hint(1));
    await bus.settled();
    assert.equal(heard.length, 1);
    await bus.close();
  });
}

function comparable(each: Hint): unknown {
  return 'frame' in each ? { ...each, frame: [...each.frame] } : each;
}
