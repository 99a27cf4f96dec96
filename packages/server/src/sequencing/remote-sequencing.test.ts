import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import type { Hint } from '../bus/bus.ts';
import { LocalBus } from '../bus/local-bus.ts';
import { firstVerdictLookMs, maxVerdictLookMs } from '../kernel/engine-limits.ts';
import { clockBehindMs } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import type { Heard } from '../sequencer/record.ts';
import { HandClock } from '../sequencer/stage.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { accountId, conversationId, conversationRow, idRow, messageRow, put } from '../store/sample-rows.ts';
import type { Rows } from '../store/store.ts';
import { remoteSequencing } from './remote-sequencing.ts';

function desk(store: Rows = new MemoryStore()) {
  const clock = new HandClock();
  const faults: unknown[] = [];
  const bus = new LocalBus((error) => faults.push(error));
  const state = { problem: null as string | null, isKeepingUp: true, asOf: 5_000 };
  const sequencing = remoteSequencing({
    log: {
      get problem() {
        return state.problem;
      },
    },
    ...{ store, bus, clock },
    asOf: async () => state.asOf,
    isKeepingUp: () => state.isKeepingUp,
    here: { comings: 1, hears: () => true, came: () => false },
    fault: (_where, error) => faults.push(error),
  });
  return { sequencing, bus, clock, faults, state };
}

const row = idRow(1, 7);
const accepted = { state: 'accepted', seq: 7, repeat: false } as const;
const turns = async () => {
  for (let n = 0; n < 20; n++) await Promise.resolve();
};

const stored = conversationRow(1, { seq: row.seq });

test('[CLU3] a verdict comes over the bus, at once when the store shows what it is about', async () => {
  const store = new MemoryStore();
  await store.commit(put('conversations', stored), null);
  const { sequencing, bus } = desk(store);
  const verdict = sequencing.settled(row.conversation, row.sender, row.id, new AbortController().signal);
  bus.publish({ type: 'verdict', conversation: row.conversation, sender: row.sender, id: row.id, verdict: accepted });
  assert.deepEqual(await verdict, accepted);
});

test('[CLU3] who is told before the store has it waits for the store, or gives up', async () => {
  const store = new MemoryStore();
  const { sequencing, bus, clock } = desk(store);
  const stop = new AbortController();
  const { conversation, sender, id } = row;
  const ask = (signal: AbortSignal) => sequencing.settled(conversation, sender, id, signal);
  const [first, other] = [ask(new AbortController().signal), ask(stop.signal)];
  let isSettled = false;
  first.then(
    () => {
      isSettled = true;
    },
    () => {},
  );
  bus.publish({ type: 'verdict', conversation, sender, id, verdict: accepted });
  await turns();
  assert.equal(isSettled, false);
  stop.abort(new Unavailable('too late'));
  await assert.rejects(other, Unavailable);
  await store.commit(put('conversations', { ...stored, seq: row.seq - 1 }), null);
  clock.advance(firstVerdictLookMs);
  await turns();
  assert.equal(isSettled, false);
  await store.commit(put('conversations', stored), null);
  clock.advance(2 * firstVerdictLookMs);
  assert.deepEqual(await first, accepted);
  await turns();
  assert.equal(clock.pending, 0);
});

test('[CLU3] a verdict that the bus lost is found in the store, which is asked ever more slowly, also after a fault', async () => {
  const store = new MemoryStore();
  let looks = 0;
  let isDown = false;
  const counted: Rows = {
    get: (table, key) => {
      looks++;
      return isDown ? Promise.reject(new Unavailable('down')) : store.get(table, key);
    },
    list: (table, range) => store.list(table, range),
  };
  const { sequencing, clock, faults } = desk(counted);
  const verdict = sequencing.settled(row.conversation, row.sender, row.id, new AbortController().signal);
  await turns();
  assert.equal(looks, 1);
  isDown = true;
  for (const wait of [firstVerdictLookMs, 2 * firstVerdictLookMs]) {
    clock.advance(wait);
    await turns();
  }
  assert.equal(looks, 3);
  assert.equal(faults.length, 2);
  isDown = false;
  for (let n = 0; n < 10; n++) {
    clock.advance(maxVerdictLookMs);
    await turns();
  }
  assert.equal(looks, 13, 'never more seldom than that');
  await store.commit([...put('ids', row), ...put('conversations', stored)], null);
  clock.advance(maxVerdictLookMs);
  assert.deepEqual(await verdict, accepted);
  await turns();
  assert.equal(clock.pending, 0, 'nobody looks any more');
});

test('[CLU3] a store that fails right after the verdict was heard is asked again, and no more for the verdict', async () => {
  const store = new MemoryStore();
  await store.commit(put('conversations', stored), null);
  const asked: string[] = [];
  let isDown = true;
  const failing: Rows = {
    get: (table, key) => {
      asked.push(table);
      return isDown ? Promise.reject(new Unavailable('down')) : store.get(table, key);
    },
    list: (table, range) => store.list(table, range),
  };
  const { sequencing, bus, clock, faults } = desk(failing);
  const { conversation, sender, id } = row;
  const verdict = sequencing.settled(conversation, sender, id, new AbortController().signal);
  bus.publish({ type: 'verdict', conversation, sender, id, verdict: accepted });
  await turns();
  clock.advance(firstVerdictLookMs);
  await turns();
  isDown = false;
  clock.advance(2 * firstVerdictLookMs);
  assert.deepEqual(await verdict, accepted);
  assert.deepEqual(asked, ['ids', 'conversations', 'conversations', 'conversations']);
  assert.equal(faults.length, 2);
});

test('[CLU3] a wait ends with its signal, and looks no more', async () => {
  const { sequencing, clock } = desk();
  const stop = new AbortController();
  const verdict = sequencing.settled(row.conversation, row.sender, row.id, stop.signal);
  stop.abort(new Unavailable('too late'));
  await assert.rejects(verdict, Unavailable);
  await turns();
  assert.equal(clock.pending, 0);
});

test('[CLU4] followers hear what the bus says of records, each with the members as they are told', () => {
  const { sequencing, bus } = desk();
  const heard: Heard[] = [];
  const leave = sequencing.follow((each) => heard.push(each));
  const envelope = (recipients: readonly AccountId[] | null): Hint => ({
    type: 'envelope',
    ...{ conversation: conversationId(1), seq: 1, memberN: 1, sender: accountId(1), recipients, after: null },
    counts: true,
    joined: [accountId(2)],
    left: [accountId(3)],
    frame: new Uint8Array(0),
  });
  bus.publish(envelope([accountId(1), accountId(2)]));
  bus.publish(envelope(null));
  assert.deepEqual([...(heard[0]?.members?.keys() ?? [])], [accountId(1), accountId(2)]);
  assert.equal(heard[1]?.members, null);
  assert.deepEqual([heard[1]?.joined, heard[1]?.left], [[accountId(2)], [accountId(3)]]);
  leave();
  sequencing.close();
  bus.publish(envelope(null));
  assert.equal(heard.length, 2);
});

test('[CLU5] records are taken while the log takes them and the sequencers keep up', () => {
  const { sequencing, state } = desk();
  assert.equal(sequencing.accepting, true);
  state.problem = 'full';
  assert.equal(sequencing.accepting, false);
  Object.assign(state, { problem: null, isKeepingUp: false });
  assert.equal(sequencing.accepting, false);
});

test('[CLU6] a position is an append time up to which every partition is stored; nothing is called unchanged', async () => {
  const { sequencing, clock, state } = desk();
  const { positions } = sequencing;
  assert.equal(await positions.now(), 5_000);
  state.asOf = 6_000;
  assert.equal(await positions.now(), 6_000);
  assert.equal(positions.bound, clock.now() + clockBehindMs);
  assert.equal(positions.ofState(conversationRow(1, { time: 77, offset: 3 })), 77);
  assert.equal(await positions.ofMessage(messageRow(1, 1, { time: 66 })), 66);
  assert.equal(positions.isUnchanged(conversationId(1), Number.MAX_SAFE_INTEGER), false);
});
