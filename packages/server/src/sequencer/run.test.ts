// The loop: when records are accepted, what a start needs, what happens when the store is away, and how it ends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import { applySlice, maxPrefetchRetryMs } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { MemoryStore } from '../store/memory-store.ts';
import type { ConversationRow } from '../store/store.ts';
import { directConversation } from './conversation-ids.ts';
import type { LogRecord } from './record.ts';
import { encodeRecord, recordVersion } from './record-codec.ts';
import { appendTo, openDesk, people, until, untilApplied } from './run-fixture.ts';
import { creation, ListLog, members, message, messageOf } from './stage.ts';

const [ana, ben] = people as [AccountId, AccountId];
const chat = directConversation(ana, ben);
const opening = members(chat, ana, messageOf(1), creation('direct', [ana, ben]));

/** The chat, and so many messages in it. */
function talk(count: number, from = 100): readonly LogRecord[] {
  return Array.from({ length: count }, (_, n) => message(chat, n % 2 === 0 ? ana : ben, messageOf(from + n)));
}

/** A store whose given operation fails while `away` says so. */
function failing(operation: 'get' | 'commit'): { readonly store: MemoryStore; away: boolean } {
  const state = { away: true };
  const store = new MemoryStore((asked) => {
    if (state.away && asked === operation) throw new Unavailable('the disk is away');
  });
  return Object.assign(state, { store });
}

test('[SEQ23] nothing is accepted before all that stood in the log is applied', async () => {
  const log = new ListLog();
  await appendTo(log, [opening, ...talk(3 * applySlice)]);
  const desk = openDesk({ log });
  assert.equal(desk.sequencer.accepting, false);
  const seen: boolean[] = [];
  desk.sequencer.follow(() => seen.push(desk.sequencer.accepting));
  await desk.sequencer.caughtUp();
  assert.equal(desk.sequencer.accepting, true);
  assert.equal(desk.sequencer.counters.appliedOffset, log.end() - 1);
  assert.ok(seen.length > 2 * applySlice && seen.every((accepting) => !accepting));
  await desk.sequencer[Symbol.asyncDispose]();
  assert.equal(desk.sequencer.accepting, false, 'nor after the end');
});

test('[SEQ23] an empty log is caught up at once', async () => {
  const desk = openDesk();
  await desk.sequencer.caughtUp();
  assert.equal(desk.sequencer.accepting, true);
  await desk.sequencer[Symbol.asyncDispose]();
  await desk.sequencer.finished;
});

test('[R10] [SEQ17] [SEQ23] with too much that is not committed nothing is accepted or read, until the store has caught up', async () => {
  const away = failing('commit');
  const desk = openDesk({ store: away.store, bounds: { bytes: 20_000, stateBytes: 1e6 } });
  await desk.sequencer.caughtUp();
  await appendTo(desk.log, [opening, ...talk(5 * applySlice)]);
  await until(() => desk.sequencer.rows.full && desk.alarms.has('store.write'));
  assert.equal(desk.sequencer.accepting, false);
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  const stood = desk.sequencer.counters.appliedOffset;
  assert.ok(stood < desk.log.end() - 1, 'what is in the log already waits there');
  away.away = false;
  for (let n = 0; n < 20; n++) {
    desk.clock.advance(5_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await untilApplied(desk);
  desk.clock.advance(5_000);
  await until(() => desk.sequencer.accepting);
  await desk.sequencer[Symbol.asyncDispose]();
});

test('[SEQ22] while the store cannot be read, records wait with an alarm, and go on when it can', async () => {
  const store = new MemoryStore();
  const first = openDesk({ store });
  await appendTo(first.log, [opening]);
  await untilApplied(first);
  await first.sequencer[Symbol.asyncDispose]();
  const away = failing('get');
  await away.store.commit(
    [{ table: 'conversations', row: (await store.get('conversations', [chat])) as ConversationRow }],
    store.applied(),
  );
  const desk = openDesk({ log: first.log, store: away.store });
  await desk.sequencer.caughtUp();
  await appendTo(desk.log, talk(3));
  for (let n = 0; n < 5; n++) {
    await until(() => desk.faults.length > n);
    assert.ok(desk.alarms.has('store.read'));
    assert.equal(desk.sequencer.counters.appliedOffset, 0, 'nothing is guessed or skipped');
    desk.clock.advance(maxPrefetchRetryMs);
  }
  away.away = false;
  desk.clock.advance(maxPrefetchRetryMs);
  await untilApplied(desk);
  assert.deepEqual([...desk.alarms], []);
  assert.equal((await desk.sequencer.rows.get('conversations', [chat]))?.seq, 4);
  await desk.sequencer[Symbol.asyncDispose]();
});

test('[SEQ3] [SEQ13] damaged and control records in the last minute do not stop a start', async () => {
  const log = new ListLog();
  await appendTo(log, [opening, { type: 'control', control: 'epoch', value: 2 }, ...talk(2)]);
  const cut = encodeRecord(message(chat, ana, messageOf(90), { kind: 'delete', targets: [1], tail: new Uint8Array() }));
  await log.append(0, cut.subarray(0, cut.length - 1), log.entries.at(-1)?.time ?? 0);
  await log.append(0, new Uint8Array(3), log.entries.at(-1)?.time ?? 0);
  const first = openDesk({ log });
  await untilApplied(first);
  await first.sequencer[Symbol.asyncDispose]();
  const next = openDesk({ log, store: first.store });
  await next.sequencer.caughtUp();
  await appendTo(log, talk(1, 300));
  await untilApplied(next);
  assert.equal((await next.sequencer.rows.get('conversations', [chat]))?.seq, 4);
  assert.equal((await next.sequencer.rows.get('ids', [chat, ana, messageOf(90)]))?.code, 'internal');
  await next.sequencer[Symbol.asyncDispose]();
});

test('[SEQ20] followers hear of every record that changes a conversation, replayed ones too, before the bus', async () => {
  const log = new ListLog();
  await appendTo(log, [opening, ...talk(3)]);
  const desk = openDesk({ log });
  const heard: (readonly [number, readonly AccountId[], number])[] = [];
  desk.sequencer.follow(({ offset, joined }) => heard.push([offset, joined, desk.hints.length]));
  desk.sequencer.follow(() => {
    throw new Error('a bug');
  });
  const leave = desk.sequencer.follow(() => assert.fail('it has left'));
  leave();
  await desk.sequencer.caughtUp();
  const refused = message(chat, people[2] as AccountId, messageOf(50));
  const again = message(chat, ana, messageOf(100));
  await appendTo(log, [refused, again, ...talk(1, 200)]);
  await untilApplied(desk);
  assert.deepEqual(
    heard.map(([offset]) => offset),
    [0, 1, 2, 3, 6],
  );
  assert.deepEqual(heard[0]?.[1], [ana, ben]);
  const before = heard[4]?.[2] ?? 0;
  assert.equal(
    desk.hints.findLastIndex(({ type }) => type === 'envelope'),
    before,
    'the bus was told after it',
  );
  assert.equal(desk.faults.length, 5, 'each bug of a follower is reported');
  await desk.sequencer[Symbol.asyncDispose]();
});

test('[SEQ2] a record of a newer version ends the sequencer with its reason; what came before is there', async () => {
  const desk = openDesk();
  await desk.sequencer.caughtUp();
  await appendTo(desk.log, [opening, ...talk(1)]);
  const newer = Buffer.from(encodeRecord(message(chat, ana, messageOf(300))));
  newer[0] = recordVersion + 1;
  await desk.log.append(0, newer);
  await assert.rejects(desk.sequencer.finished, { name: 'NewerVersion', message: /newer program/ });
  assert.equal(desk.sequencer.accepting, false);
  assert.ok(desk.alarms.has('sequencer.stopped'));
  await desk.sequencer[Symbol.asyncDispose]();
  assert.equal((await desk.store.get('conversations', [chat]))?.seq, 2);
  assert.deepEqual(desk.store.applied(), { logId: 'log-1', offset: 1 });
  const next = openDesk({ log: desk.log, store: desk.store });
  await assert.rejects(next.sequencer.caughtUp(), { name: 'NewerVersion' }, 'nor is it skipped by a restart');
});

test('[SEQ21] a hole between store and log stops the start with advice, on either side', async () => {
  const store = new MemoryStore();
  const log = new ListLog();
  await appendTo(log, [opening, ...talk(9)]);
  const desk = openDesk({ log, store });
  await untilApplied(desk);
  await desk.sequencer[Symbol.asyncDispose]();
  const shorter = new ListLog();
  shorter.entries.push(...log.entries.slice(0, 7));
  const lost = openDesk({ log: shorter, store });
  await assert.rejects(lost.sequencer.caughtUp(), { name: 'HistoryGap', message: /3 records that the log has lost/ });
  await log.release(0, 4);
  const older = openDesk({ log, store: new MemoryStore() });
  await assert.rejects(older.sequencer.caughtUp(), {
    name: 'HistoryGap',
    message: /begins at 5 but the store ends at -1/,
  });
  assert.ok(older.alarms.has('sequencer.stopped'));
  assert.equal(older.store.applied(), null, 'nothing was written');
});

test('[SEQ28] the end stops reading, commits what was applied and makes it durable', async () => {
  const store = new MemoryStore();
  const desk = openDesk({ store });
  await desk.sequencer.caughtUp();
  await appendTo(desk.log, [opening, ...talk(3)]);
  await untilApplied(desk);
  assert.equal(store.applied(), null);
  await desk.sequencer[Symbol.asyncDispose]();
  assert.deepEqual(store.applied(), { logId: 'log-1', offset: 3 });
  assert.equal(store.unsynced, 0, 'checkpointed');
  await appendTo(desk.log, talk(1, 500));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(desk.sequencer.counters.appliedOffset, 3);
  assert.equal(desk.clock.pending, 0, 'no timer stays behind');
});

test('[SEQ28] what the store does not take at the end stays in the log', async () => {
  const away = failing('commit');
  const desk = openDesk({ store: away.store });
  await desk.sequencer.caughtUp();
  await appendTo(desk.log, [opening, ...talk(3)]);
  await untilApplied(desk);
  await desk.sequencer[Symbol.asyncDispose]();
  assert.equal(away.store.applied(), null);
  assert.equal(desk.log.begin(), 0);
  away.away = false;
  const next = openDesk({ log: desk.log, store: away.store });
  await untilApplied(next);
  assert.equal((await next.sequencer.rows.get('conversations', [chat]))?.seq, 4);
  await next.sequencer[Symbol.asyncDispose]();
});

test('[SEQ22] an end while the store cannot be read does not wait for it', async () => {
  const away = failing('get');
  const desk = openDesk({ store: away.store });
  await appendTo(desk.log, [opening]);
  await until(() => desk.alarms.has('store.read'));
  await desk.sequencer[Symbol.asyncDispose]();
  assert.equal(desk.sequencer.counters.appliedOffset, -1);
});

test('[SEQ19] a verdict can be waited for through the sequencer', async () => {
  const desk = openDesk();
  const waiting = desk.sequencer.settled(chat, ana, opening.id, new AbortController().signal);
  await appendTo(desk.log, [opening]);
  assert.deepEqual(await waiting, { state: 'accepted', seq: 1, repeat: false });
  await desk.sequencer[Symbol.asyncDispose]();
});

test('[SEQ29] expired content leaves cache and store', async () => {
  const desk = openDesk();
  const timer = message(chat, ana, messageOf(60), { kind: 'timer', seconds: 30 });
  await appendTo(desk.log, [opening, timer, ...talk(1)]);
  await untilApplied(desk);
  desk.clock.advance(500);
  await until(() => desk.sequencer.counters.committedOffset === 2);
  const page = () => desk.sequencer.rows.list('messages', { prefix: [chat], limit: 50, reverse: true });
  const [row] = await page();
  assert.ok(row !== undefined && row.tail.length > 0 && row.expiresAt !== null);
  assert.equal(await desk.sequencer.expire(row.expiresAt + 1, 100), 1);
  const [after] = await page();
  assert.deepEqual([after?.tail.length, after?.deletedBy], [0, 0]);
  await desk.sequencer[Symbol.asyncDispose]();
});

test('[SEQ64] an owner that takes over tells of what was in the log already, and of what is stored no more', async () => {
  const told = async (tellsAll: boolean) => {
    const [store, log] = [new MemoryStore(), new ListLog()];
    await appendTo(log, [opening, ...talk(3)]);
    const first = openDesk({ log, store });
    await untilApplied(first);
    await first.sequencer[Symbol.asyncDispose]();
    await appendTo(log, talk(2, 300));
    const { sequencer, hints } = openDesk({ log, store, tellsAll });
    await sequencer.caughtUp();
    await sequencer[Symbol.asyncDispose]();
    return hints.filter(({ type }) => type === 'envelope').length;
  };
  assert.equal(await told(true), 2);
  assert.equal(await told(false), 0);
});
