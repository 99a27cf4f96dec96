// When the bus hears of records where others read the store, and what becomes of records that cannot be applied.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import type { Hint } from '../bus/bus.ts';
import { asOfLeewayMs } from '../kernel/engine-limits.ts';
import {
  heldCommitDelayMs,
  maxHeldHints,
  publishFirstMs,
  slowCommitDelayMs,
  storedLeewayMs,
  storeQuickMs,
  storeTrustMs,
} from '../kernel/limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import type { Entry } from '../log/log.ts';
import { MemoryStore } from '../store/memory-store.ts';
import type { Applied, Write } from '../store/store.ts';
import { directConversation } from './conversation-ids.ts';
import { HeldHints } from './held-hints.ts';
import { encodeRecord } from './record-codec.ts';
import { appendTo, type Desk, openDesk, people, until, untilApplied } from './run-fixture.ts';
import { creation, HandClock, members, message, messageOf } from './stage.ts';

const [ana, ben, cem] = people as [AccountId, AccountId, AccountId];
const refused = { state: 'rejected', code: 'conversation.denied', repeat: false } as const;
const chat = directConversation(ana, ben);
const opening = members(chat, ana, messageOf(1), creation('direct', [ana, ben]));
const talk = (count: number, from: number) =>
  Array.from({ length: count }, (_, n) => message(chat, n % 2 === 0 ? ana : ben, messageOf(from + n)));

/** A store whose commits wait at a door. */
function slowDesk(): Desk & { readonly tried: () => number; readonly open: () => void; readonly shut: () => void } {
  let door = Promise.withResolvers<void>();
  door.resolve();
  let tried = 0;
  const store = new MemoryStore(async (operation) => {
    if (operation !== 'commit') return;
    tried++;
    await door.promise;
  });
  return {
    ...openDesk({ store, publish: 'when stored' }),
    tried: () => tried,
    open: () => door.resolve(),
    shut() {
      door = Promise.withResolvers<void>();
    },
  };
}

const seqsOf = (hints: readonly Hint[]): readonly number[] =>
  hints.flatMap((hint) => (hint.type === 'envelope' ? [hint.seq] : []));

test('[SEQ61] who hears of a record can read it in the store', async () => {
  const desk = slowDesk();
  await desk.sequencer.caughtUp();
  desk.shut();
  await appendTo(desk.log, [opening, ...talk(3, 100)]);
  await untilApplied(desk);
  desk.clock.advance(heldCommitDelayMs);
  await until(() => desk.tried() === 1);
  assert.deepEqual(desk.hints, []);
  await appendTo(desk.log, talk(2, 200));
  await untilApplied(desk);
  desk.open();
  await until(() => desk.hints.length > 0);
  assert.deepEqual(seqsOf(desk.hints), [1, 2, 3, 4]);
  assert.equal((await desk.store.get('conversations', [chat]))?.seq, 4);
  desk.clock.advance(heldCommitDelayMs);
  await until(() => seqsOf(desk.hints).length === 6);
  assert.deepEqual(seqsOf(desk.hints), [1, 2, 3, 4, 5, 6]);
  assert.equal((await desk.store.get('conversations', [chat]))?.seq, 6);
  await desk.sequencer[Symbol.asyncDispose]();
});

test('[SEQ61] a store that is slower than 200 ms is not waited for, and nobody hears twice', async () => {
  const desk = slowDesk();
  await desk.sequencer.caughtUp();
  desk.shut();
  await appendTo(desk.log, [opening, ...talk(1, 100)]);
  await untilApplied(desk);
  desk.clock.advance(publishFirstMs / 2);
  await appendTo(desk.log, talk(2, 200));
  await untilApplied(desk);
  desk.clock.advance(publishFirstMs / 2 - 1);
  assert.deepEqual(desk.hints, []);
  desk.clock.advance(1);
  assert.deepEqual(seqsOf(desk.hints), [1, 2, 3, 4]);
  desk.open();
  await until(() => desk.hints.at(-1)?.type === 'stored');
  assert.deepEqual(seqsOf(desk.hints), [1, 2, 3, 4]);
  await desk.sequencer[Symbol.asyncDispose]();
});

test('[SEQ63] each transaction says up to which time its partition is stored', async () => {
  const times: (number | undefined)[] = [];
  class NotingStore extends MemoryStore {
    override async commit(writes: readonly Write[], applied: Applied | null, asOf?: number): Promise<void> {
      await super.commit(writes, applied);
      times.push(asOf);
    }
  }
  const desk = openDesk({ store: new NotingStore(), publish: 'when stored' });
  await desk.sequencer.caughtUp();
  await appendTo(desk.log, [opening, ...talk(3, 100)]);
  await untilApplied(desk);
  await desk.sequencer[Symbol.asyncDispose]();
  const newest = desk.log.entries.at(-1)?.time ?? 0;
  assert.equal(times.at(-1), newest - asOfLeewayMs);
});

test('[SEQ61] the end tells what waits', async () => {
  const desk = slowDesk();
  await desk.sequencer.caughtUp();
  await appendTo(desk.log, [opening, ...talk(1, 100)]);
  await untilApplied(desk);
  assert.deepEqual(desk.hints, []);
  await desk.sequencer[Symbol.asyncDispose]();
  assert.deepEqual(seqsOf(desk.hints), [1, 2]);
});

test('[SEQ61] what waits is bounded: beyond it the oldest is told first', () => {
  const told: Hint[] = [];
  const clock = new HandClock();
  let offset = 0;
  const hints = new HeldHints({ publish: (hint) => void told.push(hint) }, clock, () => offset);
  const all = Array.from(
    { length: maxHeldHints + 3 },
    (_, n): Hint => ({ type: 'presence', account: people[n % 4] as AccountId }),
  );
  for (const hint of all) {
    offset++;
    hints.publish(hint);
    assert.ok(hints.size <= maxHeldHints);
  }
  assert.deepEqual(told, all.slice(0, 3));
  hints.stored(10, 150);
  assert.deepEqual(told, all.slice(0, 10));
  hints.end();
  assert.deepEqual(told, all);
});

test('[SEQ61] while the store is slow nothing waits for it, until it has been quick for half a minute', () => {
  const clock = new ManualClock();
  const told: number[] = [];
  let offset = 0;
  const hints = new HeldHints({ publish: () => told.push(offset) }, clock, () => offset);
  const isHeld = () => {
    offset++;
    hints.publish({ type: 'resync', topics: null });
    return told.at(-1) !== offset;
  };
  assert.equal(isHeld(), true);
  hints.stored(1, publishFirstMs - 1);
  assert.equal(isHeld(), true, 'nobody had to wait for longer than they may');
  clock.advance(publishFirstMs);
  assert.equal(told.at(-1), 2);
  assert.equal(isHeld(), false);
  clock.advance(storeTrustMs - 1);
  hints.stored(3, storeQuickMs);
  assert.equal(isHeld(), false, 'it was slow less than half a minute ago');
  hints.stored(4, storeQuickMs + 1);
  clock.advance(storeTrustMs - 1);
  hints.stored(4, storeQuickMs);
  assert.equal(isHeld(), false, 'it was slow once more');
  clock.advance(1);
  assert.equal(isHeld(), false, 'nobody knows whether it is quick');
  hints.stored(6, storeQuickMs);
  assert.equal(isHeld(), true);
  hints.stored(7, storeQuickMs);
  assert.equal(told.length, offset);
});

test('[SEQ66] a slow store gets fewer and larger transactions, as long as nobody waits for it', async () => {
  const desk = slowDesk();
  await desk.sequencer.caughtUp();
  desk.shut();
  await appendTo(desk.log, [opening]);
  await untilApplied(desk);
  desk.clock.advance(heldCommitDelayMs);
  await until(() => desk.tried() === 1);
  desk.clock.advance(publishFirstMs);
  desk.open();
  await until(() => desk.hints.at(-1)?.type === 'stored');
  await appendTo(desk.log, talk(1, 100));
  await untilApplied(desk);
  desk.clock.advance(slowCommitDelayMs - 1);
  await appendTo(desk.log, talk(1, 200));
  await untilApplied(desk);
  assert.equal(desk.tried(), 1);
  desk.clock.advance(1);
  const commits = () => desk.sequencer.counters.commits;
  await until(() => commits() === 2);
  assert.equal((await desk.store.get('conversations', [chat]))?.seq, 3);
  desk.clock.advance(storeTrustMs);
  for (const [from, delay, count] of [
    [300, slowCommitDelayMs, 3],
    [400, heldCommitDelayMs, 4],
  ] as const) {
    await appendTo(desk.log, talk(1, from));
    await untilApplied(desk);
    desk.clock.advance(delay);
    await until(() => commits() === count);
  }
  await desk.sequencer[Symbol.asyncDispose]();
});

test('[SEQ65] when rows stand that were told of before, those whom they concern are told so, once', () => {
  const clock = new ManualClock();
  const told: Hint[] = [];
  let offset = 0;
  const hints = new HeldHints({ publish: (hint) => told.push(hint) }, clock, () => offset);
  const envelope = (recipients: readonly AccountId[] | null, joined: readonly AccountId[] = [], seq = 1): Hint => ({
    type: 'envelope',
    ...{ conversation: chat, seq, memberN: 1, sender: ana, counts: true, recipients, joined, left: [], after: null },
    frame: new Uint8Array(),
  });
  const early: readonly Hint[] = [
    envelope([ana]),
    envelope([ana, ben], [], 2),
    { type: 'verdict', conversation: chat, sender: ana, id: messageOf(1), verdict: refused },
    envelope(null, [ben]),
    { type: 'settings', account: ana },
    { type: 'changed', accounts: [cem] },
  ];
  for (const hint of early.slice(0, 5)) {
    offset++;
    hints.publish(hint);
  }
  clock.advance(publishFirstMs);
  offset++;
  hints.publish(early[5] as Hint);
  assert.deepEqual(told, early);
  clock.advance(150);
  hints.stored(1, 150);
  const withinMs = publishFirstMs + 150 + storedLeewayMs;
  assert.deepEqual(told.splice(0).slice(early.length), [
    { type: 'stored', accounts: [ana], room: null, withinMs, stands: [{ conversation: chat, seq: 1 }] },
  ]);
  hints.stored(6, 150);
  assert.deepEqual(told.splice(0), [
    { type: 'settings', account: ana },
    { type: 'stored', accounts: [ana, ben, cem], room: null, withinMs, stands: [{ conversation: chat, seq: 2 }] },
    { type: 'stored', accounts: [], room: chat, withinMs, stands: [] },
  ]);
  hints.stored(6, 150);
  hints.end();
  assert.deepEqual(told, []);
});

test('[SEQ65] what was sent again stands for no less than what came before it', () => {
  const clock = new ManualClock();
  const told: Hint[] = [];
  const hints = new HeldHints({ publish: (hint) => told.push(hint) }, clock, () => 0);
  for (const seq of [42, 30])
    hints.publish({
      type: 'envelope',
      ...{ conversation: chat, seq, memberN: 1, sender: ana, counts: true, recipients: [ana], joined: [], left: [] },
      ...{ after: null, frame: new Uint8Array() },
    });
  clock.advance(publishFirstMs);
  told.length = 0;
  hints.stored(0, 150);
  assert.deepEqual(
    told.map((hint) => hint.type === 'stored' && hint.stands),
    [[{ conversation: chat, seq: 42 }]],
  );
});

test('[SEQ65] of more than are remembered everybody is told, once they stand', () => {
  const clock = new ManualClock();
  const told: Hint[] = [];
  let offset = 0;
  const hints = new HeldHints({ publish: (hint) => told.push(hint) }, clock, () => offset);
  const apply = () => {
    offset++;
    hints.publish({ type: 'changed', accounts: [ana] });
  };
  apply();
  clock.advance(publishFirstMs);
  for (let n = 0; n < maxHeldHints; n++) apply();
  clock.advance(1_000);
  apply();
  told.length = 0;
  hints.stored(maxHeldHints, 150);
  const stored = { type: 'stored', room: null, stands: [] } as const;
  const since = 1_000 + storedLeewayMs;
  assert.deepEqual(told.splice(0), [{ ...stored, accounts: [ana], withinMs: publishFirstMs + since }]);
  clock.advance(500);
  hints.stored(maxHeldHints + 2, 150);
  assert.deepEqual(told, [{ ...stored, accounts: null, withinMs: since + 500 }]);
});

test('[SEQ62] what cannot be read or applied is handed over, once a start, and a failing hand harms nobody', async () => {
  const handed: number[] = [];
  const onDamaged = ({ offset }: Entry): void => {
    handed.push(offset);
    throw new Error('nobody takes it');
  };
  const desk = openDesk({ onDamaged });
  await desk.sequencer.caughtUp();
  await appendTo(desk.log, [opening]);
  const cut = encodeRecord(message(chat, ana, messageOf(90), { kind: 'delete', targets: [1], tail: new Uint8Array() }));
  await desk.log.append(0, cut.subarray(0, cut.length - 1), desk.log.entries.at(-1)?.time ?? 0);
  await desk.log.append(0, new Uint8Array(3), desk.log.entries.at(-1)?.time ?? 0);
  const crash = members(chat, ana, messageOf(91), { action: 'settings', title: null } as never);
  await appendTo(desk.log, [crash, crash, ...talk(1, 100)]);
  await untilApplied(desk);
  assert.deepEqual(handed.slice(0, 2), [1, 2]);
  assert.equal((await desk.sequencer.rows.get('conversations', [chat]))?.seq, 2);
  assert.ok(desk.faults.some((error) => error instanceof Error && error.message === 'nobody takes it'));
  await desk.sequencer[Symbol.asyncDispose]();
});
