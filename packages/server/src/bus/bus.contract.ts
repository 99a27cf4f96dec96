// What every bus must do, run by the test of each adapter.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, ConversationId, DeviceId } from '@parley/protocol';
import type { Bus, Hint, Topic } from './bus.ts';
import { hintOfEachKind } from './bus-fixture.ts';

/** A bus under test: two ends of the same bus (a gateway each), and when everything published has arrived. */
export interface OpenBus {
  readonly publisher: Bus;
  readonly subscriber: Bus;
  settled(): Promise<void>;
  /** Is this a hint by which `settled` finds out? */
  isMark?(hint: Hint): boolean;
  /** May be called again. */
  close(): Promise<void>;
}

const account = (n: number) => `a_${String(n).padStart(22, '0')}` as AccountId;
const hint = (n: number): Hint => ({ type: 'presence', account: account(n) });
const topics = (count: number): Topic[] => Array.from({ length: count }, (_, n): Topic => `presence:${account(n)}`);

/** Both ends want these. */
async function want({ publisher, subscriber }: OpenBus, wanted: readonly Topic[]): Promise<void> {
  for (const topic of wanted) for (const bus of new Set([publisher, subscriber])) bus.want(topic);
  await Promise.all([publisher.ready(), subscriber.ready()]);
}

/** What arrives here, but what the bus says itself. */
function hear(open: OpenBus, bus: Bus): { readonly heard: Hint[]; readonly stop: () => void } {
  const heard: Hint[] = [];
  const stop = bus.subscribe((each) => {
    if (each.type !== 'resync' && open.isMark?.(each) !== true) heard.push(each);
  });
  return { heard, stop };
}

/** Runs the cases of the port against `open`. */
export function busContract(name: string, open: () => Promise<OpenBus>): void {
  test(`[BUS1] ${name}: publishing without a listener, and after closing, neither waits nor throws`, async (t) => {
    const bus = await open();
    t.after(() => bus.close());
    await want(bus, topics(3));
    bus.publisher.publish(hint(1));
    await bus.settled();
    await bus.close();
    bus.publisher.publish(hint(2));
  });

  test(`[BUS2] ${name}: hints arrive in the publisher's order, whole, at every listener`, async (t) => {
    const bus = await open();
    t.after(() => bus.close());
    const [one, other] = [account(1), account(2)];
    const room = `c_${'r'.repeat(22)}` as ConversationId;
    const wanted: Topic[] = [`account:${one}`, `account:${other}`, `room:${room}`];
    await want(bus, [...topics(200), ...wanted]);
    const [first, second] = [hear(bus, bus.subscriber), hear(bus, bus.publisher)];
    const sent: Hint[] = Array.from({ length: 200 }, (_, n) => hint(n));
    const device = `d_${'d'.repeat(22)}` as DeviceId;
    sent.push(...hintOfEachKind({ one, other, room, device }), hint(7));
    for (const each of sent) bus.publisher.publish(each);
    await bus.settled();
    assert.deepEqual(first.heard.map(comparable), sent.map(comparable));
    assert.deepEqual(second.heard.map(comparable), sent.map(comparable));
  });

  test(`[BUS3] ${name}: after it has unsubscribed a listener hears nothing`, async (t) => {
    const bus = await open();
    t.after(() => bus.close());
    await want(bus, topics(3));
    const [given, kept] = [hear(bus, bus.subscriber), hear(bus, bus.subscriber)];
    bus.publisher.publish(hint(1));
    await bus.settled();
    given.stop();
    bus.publisher.publish(hint(2));
    await bus.settled();
    assert.equal(given.heard.length, 1);
    assert.equal(kept.heard.length, 2);
  });

  test(`[BUS4] ${name}: a listener that throws hurts neither the publisher nor the other listeners`, async (t) => {
    const bus = await open();
    t.after(() => bus.close());
    await want(bus, topics(3));
    bus.subscriber.subscribe(() => {
      throw new Error('a bug of the listener');
    });
    const { heard } = hear(bus, bus.subscriber);
    bus.publisher.publish(hint(1));
    await bus.settled();
    assert.equal(heard.length, 1);
  });

  test(`[BUS10] ${name}: what was wanted twice is heard until it was given up twice`, async (t) => {
    const bus = await open();
    t.after(() => bus.close());
    await want(bus, topics(2));
    const giveUp = bus.subscriber.want(`presence:${account(1)}`);
    const { heard } = hear(bus, bus.subscriber);
    giveUp();
    giveUp();
    await bus.subscriber.ready();
    bus.publisher.publish(hint(1));
    await bus.settled();
    assert.deepEqual(heard, [hint(1)]);
  });

  test(`[BUS11] ${name}: what was wanted before it was ready is heard from then on, and so is what was given up and wanted again`, async (t) => {
    const bus = await open();
    t.after(() => bus.close());
    const { heard } = hear(bus, bus.subscriber);
    for (let n = 0; n < 20; n++) {
      const topic: Topic = `presence:${account(n)}`;
      bus.subscriber.want(topic)();
      bus.subscriber.want(topic);
    }
    await bus.subscriber.ready();
    for (let n = 0; n < 20; n++) bus.publisher.publish(hint(n));
    await bus.settled();
    assert.deepEqual(
      heard,
      Array.from({ length: 20 }, (_, n) => hint(n)),
    );
  });
}

function comparable(each: Hint): unknown {
  return 'frame' in each ? { ...each, frame: [...each.frame] } : each;
}
