// From the overlay to the store and back to the log: how large transactions are, what a failing store does, and what
// may be dropped.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import {
  checkpointMs,
  commitDelayMs,
  commitRetryMs,
  identityWindowMs,
  maxCommitRecords,
  maxCommitRetryMs,
} from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import type { Entry } from '../log/log.ts';
import { compareParts, keyOfWrite } from '../store/keys.ts';
import { MemoryStore, type StoreOperation } from '../store/memory-store.ts';
import type { Applied, Write } from '../store/store.ts';
import { directConversation, madeConversation } from './conversation-ids.ts';
import type { LogRecord } from './record.ts';
import { appendTo, type Desk, openDesk, people, until, untilApplied } from './run-fixture.ts';
import { creation, entryOf, HandClock, ListLog, members, message, messageOf } from './stage.ts';

const [ana, ben, cem] = people as [AccountId, AccountId, AccountId];
const chat = directConversation(ana, ben);
const opening = members(chat, ana, messageOf(1), creation('direct', [ana, ben]));

function talk(count: number, from = 100): readonly LogRecord[] {
  return Array.from({ length: count }, (_, n) => message(chat, n % 2 === 0 ? ana : ben, messageOf(from + n)));
}

/** A store that notes its transactions and can be told what to refuse. */
class NotingStore extends MemoryStore {
  readonly commits: { readonly writes: readonly Write[]; readonly applied: Applied | null }[] = [];
  tries = 0;

  constructor(refused: Set<StoreOperation> = new Set()) {
    super((operation) => {
      if (operation === 'commit') this.tries++;
      if (refused.has(operation)) throw new Unavailable('the disk is away');
    });
  }

  override async commit(writes: readonly Write[], applied: Applied | null): Promise<void> {
    await super.commit(writes, applied);
    this.commits.push({ writes: [...writes], applied });
  }
}

/** Moves the clock and lets everything that is due happen. */
async function advance({ clock }: Desk, ms: number): Promise<void> {
  clock.advance(ms);
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test('[SEQ24] what was applied within half a second is one transaction, with its position', async () => {
  const store = new NotingStore();
  const desk = openDesk({ store });
  await desk.sequencer.caughtUp();
  await appendTo(desk.log, [opening, ...talk(20)]);
  await untilApplied(desk);
  await advance(desk, commitDelayMs - 1);
  assert.equal(store.commits.length, 0);
  await appendTo(desk.log, talk(5, 300));
  await untilApplied(desk);
  await advance(desk, 1);
  assert.deepEqual(
    store.commits.map(({ applied }) => applied),
    [{ logId: 'log-1', offset: 25 }],
  );
  await desk.sequencer[Symbol.asyncDispose]();
});

test('[SEQ24] its rows are sorted by table and key, each key once, with its last row', async () => {
  const store = new NotingStore();
  const desk = openDesk({ store });
  await desk.sequencer.caughtUp();
  const id = messageOf(2);
  const group = madeConversation('group', ben, id);
  await appendTo(desk.log, [
    opening,
    members(group, ben, id, creation('group', [ben, ana])),
    ...talk(4),
    members(group, ben, messageOf(3), { action: 'add', subject: cem, role: 'member' }),
    members(group, ben, messageOf(4), { action: 'remove', subject: cem }),
    message(chat, ana, messageOf(5), { kind: 'delete', targets: [2] }),
    ...talk(2, 200),
  ]);
  await untilApplied(desk);
  await advance(desk, commitDelayMs);
  const [{ writes } = { writes: [] }] = store.commits;
  const tables = writes.map(({ table }) => table);
  assert.deepEqual(
    [...new Set(tables)],
    ['conversations', 'messages', 'ids', 'members', 'memberships', 'entries', 'facts'].filter((table) =>
      tables.includes(table as never),
    ),
  );
  assert.deepEqual(
    tables,
    [...new Set(tables)].flatMap((table) => tables.filter((each) => each === table)),
    'each table in one piece',
  );
  const keys = writes.map((write) => [write.table, ...keyOfWrite(write)].join(' '));
  assert.equal(new Set(keys).size, keys.length, 'each key once');
  for (const [n, write] of writes.entries()) {
    const before = writes[n - 1];
    if (before === undefined || before.table !== write.table) continue;
    const [one, other] = [before, write].map((each) => keyOfWrite(each).slice(0, each.table === 'messages' ? 2 : 1));
    assert.ok(compareParts(one ?? [], other ?? []) <= 0, keys[n] ?? '');
  }
  const blanked = writes.flatMap((write) =>
    write.table === 'messages' && write.row.deletedBy === 6 ? [write.row] : [],
  );
  assert.deepEqual(
    blanked.map(({ seq, tail }) => [seq, tail.length]),
    [[2, 0]],
  );
  await desk.sequencer[Symbol.asyncDispose]();
});

test('[SEQ24] at 64,000 records it is committed at once', async () => {
  const store = new NotingStore();
  const log = new ListLog();
  const records = [opening, ...talk(maxCommitRecords + 10)];
  log.entries.push(...records.map((record, offset) => entryOf(offset, 1_000, record)));
  const desk = openDesk({ log, store });
  await until(() => store.commits.length === 1);
  assert.ok((store.commits[0]?.applied?.offset ?? 0) >= maxCommitRecords - 1);
  await desk.sequencer[Symbol.asyncDispose]();
  assert.equal(store.applied()?.offset, maxCommitRecords + 10);
});

test('[SEQ25] a transaction that the store does not take is tried again with growing pauses, and everything is served', async () => {
  const refused = new Set<StoreOperation>(['commit']);
  const store = new NotingStore(refused);
  const desk = openDesk({ store });
  await desk.sequencer.caughtUp();
  await appendTo(desk.log, [opening, ...talk(3)]);
  await untilApplied(desk);
  await advance(desk, commitDelayMs);
  assert.equal(store.tries, 1);
  assert.ok(desk.alarms.has('store.write'));
  for (let delay = commitRetryMs; delay < maxCommitRetryMs; delay *= 2) {
    const before: number = store.tries;
    await advance(desk, delay - 1);
    assert.equal(store.tries, before, `not before ${delay} ms`);
    await advance(desk, 1);
    assert.equal(store.tries, before + 1);
  }
  await appendTo(desk.log, talk(1, 300));
  await untilApplied(desk);
  assert.equal((await desk.sequencer.rows.get('conversations', [chat]))?.seq, 5);
  refused.clear();
  await advance(desk, maxCommitRetryMs);
  assert.equal(store.applied()?.offset, 3, 'the one that was refused comes first');
  assert.deepEqual([...desk.alarms], []);
  await advance(desk, commitDelayMs);
  assert.equal(store.applied()?.offset, 4);
  await desk.sequencer[Symbol.asyncDispose]();
});

/** A desk that has committed a few records, and its store's refusals. */
async function committed(): Promise<{ readonly desk: Desk; readonly refused: Set<StoreOperation> }> {
  const refused = new Set<StoreOperation>();
  const desk = openDesk({ store: new NotingStore(refused) });
  await desk.sequencer.caughtUp();
  await appendTo(desk.log, [opening, ...talk(3)]);
  await untilApplied(desk);
  await advance(desk, commitDelayMs);
  assert.equal(desk.store.applied()?.offset, 3);
  return { desk, refused };
}

test('[SEQ26] the log is released up to what is surely on disk, and only when it is older than the window', async () => {
  const { desk } = await committed();
  assert.equal(desk.log.begin(), 0);
  await advance(desk, checkpointMs - 1_000);
  assert.equal(desk.log.begin(), 0, 'not before it was made durable');
  await advance(desk, 1_000);
  assert.equal(desk.sequencer.counters.safeOffset, 3);
  await advance(desk, identityWindowMs);
  assert.equal(desk.log.begin(), 4);
  assert.equal(desk.sequencer.counters.releasedOffset, 3);
  await desk.sequencer[Symbol.asyncDispose]();
});

test('[SEQ26] what is durable but younger than the window stays in the log', async () => {
  const { desk } = await committed();
  await advance(desk, checkpointMs - 5_000);
  await appendTo(desk.log, talk(1, 300), checkpointMs - 5_000);
  await untilApplied(desk);
  await advance(desk, 5_000);
  assert.ok(desk.sequencer.counters.safeOffset >= 3);
  await advance(desk, identityWindowMs - 10_000);
  assert.equal(desk.log.begin(), 4);
  await advance(desk, 3 * identityWindowMs);
  assert.equal(desk.log.begin(), 5);
  await desk.sequencer[Symbol.asyncDispose]();
});

test('[SEQ26] while a checkpoint is busy nothing is released; it is tried again', async () => {
  const { desk, refused } = await committed();
  refused.add('checkpoint');
  await advance(desk, 10 * checkpointMs);
  assert.equal(desk.sequencer.counters.safeOffset, -1);
  assert.equal(desk.log.begin(), 0);
  refused.clear();
  await advance(desk, 2 * checkpointMs);
  assert.equal(desk.log.begin(), 4);
  await desk.sequencer[Symbol.asyncDispose]();
});

test('[SEQ26] a log that cannot be released is asked again, and nothing is lost meanwhile', async () => {
  const { desk } = await committed();
  let refusals = 0;
  desk.log.release = () => {
    refusals++;
    return Promise.reject(new Unavailable('the disk is away'));
  };
  await advance(desk, checkpointMs);
  await advance(desk, 2 * identityWindowMs);
  assert.ok(refusals > 0 && desk.faults.length >= refusals);
  assert.equal(desk.sequencer.counters.releasedOffset, -1);
  Reflect.deleteProperty(desk.log, 'release');
  await advance(desk, 2 * checkpointMs);
  assert.equal(desk.log.begin(), 4);
  await desk.sequencer[Symbol.asyncDispose]();
});

test('[SEQ110] while the log is being released what is applied is committed, and the end waits for neither', async () => {
  const { desk } = await committed();
  let asked = 0;
  const answer = Promise.withResolvers<void>();
  desk.log.release = () => {
    asked++;
    return answer.promise;
  };
  await advance(desk, checkpointMs);
  await advance(desk, 2 * identityWindowMs);
  assert.equal(asked, 1);
  await appendTo(desk.log, talk(1, 300), checkpointMs);
  await untilApplied(desk);
  await advance(desk, commitDelayMs);
  assert.equal(desk.store.applied()?.offset, 4);
  await advance(desk, 10 * checkpointMs);
  assert.equal(asked, 1, 'one at a time');
  Reflect.deleteProperty(desk.log, 'release');
  answer.resolve();
  await advance(desk, checkpointMs);
  assert.equal(desk.log.begin(), 5, 'what came meanwhile goes with the next one');
  await appendTo(desk.log, talk(1, 400), checkpointMs);
  await untilApplied(desk);
  desk.log.release = () => new Promise(() => {});
  await advance(desk, 3 * checkpointMs);
  await desk.sequencer[Symbol.asyncDispose]();
  assert.deepEqual(desk.faults, []);
});

test('[SEQ26] a store that fails while it is made durable releases nothing', async () => {
  const { desk } = await committed();
  desk.store.checkpoint = () => Promise.reject(new Error('the thread is lost'));
  await advance(desk, 5 * checkpointMs);
  assert.equal(desk.log.begin(), 0);
  assert.ok(desk.faults.length > 0);
  Reflect.deleteProperty(desk.store, 'checkpoint');
  await advance(desk, 2 * checkpointMs);
  assert.equal(desk.log.begin(), 4);
  await desk.sequencer[Symbol.asyncDispose]();
});

test('[SEQ26] a start after a release finds its place and the last minute', async () => {
  const { desk } = await committed();
  await advance(desk, checkpointMs + 2 * identityWindowMs);
  assert.equal(desk.log.begin(), 4);
  await appendTo(desk.log, talk(2, 300), 5_000);
  await untilApplied(desk);
  await desk.sequencer[Symbol.asyncDispose]();
  const next = openDesk({ log: desk.log, store: desk.store, clock: desk.clock });
  await next.sequencer.caughtUp();
  await appendTo(next.log, [{ ...message(chat, ana, messageOf(300)), first: true, stamp: next.clock.now() }]);
  await untilApplied(next);
  assert.equal(next.sequencer.counters.repeats, 1, 'the twin before the restart is known');
  await next.sequencer[Symbol.asyncDispose]();
});

test('[SEQ70] the twin of a record that the log let go before another owner began is found', async () => {
  const store = new NotingStore();
  const first = openDesk({ store });
  const notes = directConversation(ana, ana);
  const said = message(chat, ana, messageOf(7));
  await appendTo(first.log, [opening, members(notes, ana, messageOf(2), creation('direct', [ana])), said]);
  await appendTo(first.log, [message(notes, ana, messageOf(8))], 20_000);
  await untilApplied(first);
  const { time } = first.log.entries.at(-1) as Entry;
  // So much later that what is older than this last record was dropped, and it alone was not.
  await first.log.release(0, 2);
  await first.sequencer[Symbol.asyncDispose]();
  const next = openDesk({ store, log: first.log, clock: new HandClock(time + 40_000) });
  await next.sequencer.caughtUp();
  await appendTo(next.log, [{ ...said, first: true, stamp: time + 15_000 }], 45_000);
  await untilApplied(next);
  assert.deepEqual([next.sequencer.counters.repeats, next.sequencer.counters.accepted], [1, 0]);
  await next.sequencer[Symbol.asyncDispose]();
});
