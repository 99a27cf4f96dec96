import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, DeviceId } from '@parley/protocol';
import { offlineGraceMs } from '@parley/protocol/limits';
import fc from 'fast-check';
import { maxRememberedLeavers } from '../kernel/limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { MemoryPresence } from './memory-presence.ts';
import { presenceContract } from './presence.contract.ts';

const account = (n: number) => `a_${String(n).padStart(22, '0')}` as AccountId;
const device = (n: number) => `d_${String(n).padStart(22, '0')}` as DeviceId;

const unexpected = () => assert.fail('no listener has a bug here');

presenceContract('memory presence', async () => {
  const clock = new ManualClock();
  const presence = new MemoryPresence(clock, () => {});
  const pass = async (ms: number) => clock.advance(ms);
  return { here: presence, there: presence, now: () => clock.now(), pass };
});

test('[PRS3] memory presence: of those that left the earliest are forgotten beyond the bound', async () => {
  const clock = new ManualClock();
  const presence = new MemoryPresence(clock, unexpected);
  for (let n = 0; n <= maxRememberedLeavers; n++) {
    await presence.connected(account(n), device(n));
    await presence.disconnected(account(n), device(n));
    if (n % 1_000 === 0) clock.advance(offlineGraceMs);
  }
  clock.advance(offlineGraceMs);
  const [first, second, last] = await presence.of([account(0), account(1), account(maxRememberedLeavers)]);
  assert.deepEqual([first?.lastSeenAt, typeof second?.lastSeenAt, typeof last?.lastSeenAt], [null, 'number', 'number']);
});

test('[PRS3] memory presence: a question for more accounts than a screen shows is a bug', async () => {
  const presence = new MemoryPresence(new ManualClock(), unexpected);
  await assert.rejects(presence.of(Array.from({ length: 201 }, (_, n) => account(n))), /at most 200/);
});

test('[PRS90] memory presence: a device that left before the clock was set back keeps nobody there for longer', async () => {
  const clock = new ManualClock();
  const presence = new MemoryPresence(clock, unexpected);
  for (const n of [1, 2]) await presence.connected(account(0), device(n));
  await presence.disconnected(account(0), device(1));
  clock.jump(-8 * 86_400_000);
  await presence.disconnected(account(0), device(2));
  clock.advance(offlineGraceMs);
  assert.equal((await presence.of([account(0)]))[0]?.online, false);
});

test('[PRS5] memory presence: the bug of a listener is reported', async () => {
  const faults: unknown[] = [];
  const presence = new MemoryPresence(new ManualClock(), (error) => faults.push(error));
  presence.changed(() => {
    throw new Error('a bug of the listener');
  });
  await presence.connected(account(1), device(1));
  assert.equal(faults.length, 1);
});

test('[PRS5] memory presence: after it was closed nothing is told, not even what the grace had begun', async () => {
  const clock = new ManualClock();
  const presence = new MemoryPresence(clock, unexpected);
  await presence.connected(account(1), device(1));
  await presence.disconnected(account(1), device(1));
  let told = 0;
  presence.changed(() => told++);
  await presence[Symbol.asyncDispose]();
  clock.advance(2 * offlineGraceMs);
  assert.equal(told, 0);
});

type Step =
  | { readonly do: 'up' | 'down'; readonly who: number; readonly device: number }
  | { readonly do: 'wait'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constantFrom('up' as const, 'down' as const),
    who: fc.integer({ min: 0, max: 1 }),
    device: fc.integer({ min: 0, max: 1 }),
  }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: offlineGraceMs + 1 }) }),
);

/** What one account should look like: its sockets, and since when it has none. */
interface Expected {
  readonly sockets: number[];
  leftAt: number | null;
}

test('[PRS2] memory presence: agrees with a naive model in any course of sockets and time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const clock = new ManualClock();
      const presence = new MemoryPresence(clock, unexpected);
      const model: Expected[] = [0, 1].map(() => ({ sockets: [0, 0], leftAt: null }));
      for (const each of steps) {
        if (each.do === 'wait') clock.advance(each.ms);
        else await take(presence, model, each, clock.now());
        await compare(presence, model, clock.now());
      }
    }),
    { numRuns: 300 },
  );
});

async function take(
  presence: MemoryPresence,
  model: readonly Expected[],
  each: Extract<Step, { readonly who: number }>,
  now: number,
): Promise<void> {
  const name = device(each.who * 2 + each.device);
  const expected = model[each.who];
  const sockets = expected?.sockets[each.device];
  assert.ok(expected !== undefined && sockets !== undefined);
  if (each.do === 'up') {
    await presence.connected(account(each.who), name);
    expected.sockets[each.device] = sockets + 1;
  } else {
    await presence.disconnected(account(each.who), name);
    if (sockets === 0) return;
    expected.sockets[each.device] = sockets - 1;
    if (expected.sockets.every((count) => count === 0)) expected.leftAt = now;
  }
}

async function compare(presence: MemoryPresence, model: readonly Expected[], now: number): Promise<void> {
  const answers = await presence.of([account(0), account(1)]);
  for (const [who, { sockets, leftAt }] of model.entries()) {
    const isUp = sockets.some((count) => count > 0);
    const online = isUp || (leftAt !== null && now < leftAt + offlineGraceMs);
    assert.deepEqual(answers[who], { account: account(who), online, lastSeenAt: online ? null : leftAt });
    for (const [n, count] of sockets.entries())
      assert.equal(await presence.isOnline(device(who * 2 + n)), count > 0, 'the device');
  }
}
