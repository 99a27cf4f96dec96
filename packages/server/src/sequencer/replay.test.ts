// A sequencer that starts in the middle of everything: from any offset, after any crash, on any store.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, ConversationId, Role } from '@parley/protocol';
import fc from 'fast-check';
import { MemoryStore } from '../store/memory-store.ts';
import { accountLog, directConversation, madeConversation } from './conversation-ids.ts';
import type { Change, LogRecord, MessageRecord } from './record.ts';
import { appendTo, type Desk, dump, openDesk, people, untilApplied } from './run-fixture.ts';
import { creation, ListLog, members, message, messageOf } from './stage.ts';

const [ana, ben] = people as [AccountId, AccountId];
const [groupId, roomId] = [messageOf(1), messageOf(2)];
const places = {
  direct: directConversation(ana, ben),
  group: madeConversation('group', ana, groupId),
  room: madeConversation('room', ana, roomId),
  log: accountLog(ana),
};
const founding: readonly LogRecord[] = [
  members(places.direct, ana, messageOf(3), creation('direct', [ana, ben])),
  members(places.group, ana, groupId, creation('group', [ana, ben])),
  members(places.room, ana, roomId, { ...creation('room', [ana]), title: 'Tea', access: 'open' }),
  members(places.log, ana, messageOf(4), creation('account', [ana])),
];

const who = fc.constantFrom(...people);
const where = fc.constantFrom(...Object.values(places));
const what = fc.oneof(
  fc.record({
    kind: fc.constantFrom<MessageRecord['kind']>('content', 'content', 'content', 'quiet', 'delete', 'setting'),
    targets: fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1, maxLength: 2 }),
    key: fc.constantFrom('k1', 'k2'),
    value: fc.constantFrom('', 'v'),
    lamport: fc.nat({ max: 50 }),
  }),
  fc.record({
    action: fc.constant('add' as const),
    subject: who,
    role: fc.constantFrom<Role>('admin', 'member'),
  }),
  fc.record({ action: fc.constant('remove' as const), subject: who }),
  fc.constant({ action: 'leave' as const }),
  fc.constant({ action: 'join' as const, inviteHash: '' }),
);
const said = fc.record({ where, who, what, id: fc.nat({ max: 25 }), first: fc.boolean() });

/** A history with retries, because few ids are used. `first` is said only of the first attempt. */
function historyOf(
  steps: readonly { where: ConversationId; who: AccountId; what: object; id: number; first: boolean }[],
) {
  const seen = new Set<string>();
  const records = steps.map(({ where: conversation, who: sender, what: asked, id: n, first }) => {
    const id = messageOf(100 + n);
    const identity = conversation + sender + id;
    const record =
      'action' in asked
        ? members(conversation, sender, id, asked as Change)
        : message(conversation, sender, id, asked as Partial<MessageRecord>);
    const isFirst = first && !seen.has(identity);
    seen.add(identity);
    return { ...record, first: isFirst };
  });
  return [...founding, ...records];
}

async function logOf(records: readonly LogRecord[], id?: string): Promise<ListLog> {
  const log = new ListLog(id);
  await appendTo(
    log,
    records.map((record, n) =>
      record.type === 'control' ? record : { ...record, stamp: Date.UTC(2026, 10, 25, 9) + n * 2_000 },
    ),
    2_000,
  );
  return log;
}

/** The first records of a log, as they stood when there were no more. */
function beginningOf(log: ListLog, count: number): ListLog {
  const beginning = new ListLog(log.id);
  beginning.entries.push(...log.entries.slice(0, count));
  return beginning;
}

async function finish(desk: Desk): Promise<void> {
  await untilApplied(desk);
  await desk.sequencer[Symbol.asyncDispose]();
}

test('[SEQ13] a start from any offset ends in the rows of a reader that was never interrupted', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(said, { minLength: 5, maxLength: 40 }),
      fc.array(fc.nat(), { maxLength: 4 }),
      async (steps, cuts) => {
        const records = historyOf(steps);
        const log = await logOf(records);
        const once = openDesk({ log });
        await finish(once);
        const expected = await dump(once.store, records);
        const store = new MemoryStore();
        for (const cut of cuts.map((each) => each % (records.length + 1)).sort((a, b) => a - b))
          await finish(openDesk({ log: beginningOf(log, Math.max(cut, (store.applied()?.offset ?? -1) + 1)), store }));
        const last = openDesk({ log, store });
        await untilApplied(last);
        assert.deepEqual(await dump(last.sequencer.rows, records), expected, 'through the overlay');
        await last.sequencer[Symbol.asyncDispose]();
        assert.deepEqual(await dump(store, records), expected, 'in the store');
      },
    ),
    { numRuns: 60 },
  );
});

test('[SEQ13] what a power cut takes from the store is applied again, into the same rows', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(said, { minLength: 10, maxLength: 40 }),
      fc.array(fc.record({ upTo: fc.nat(), keep: fc.nat() }), { minLength: 1, maxLength: 4 }),
      async (steps, lives) => {
        const records = historyOf(steps);
        const log = await logOf(records);
        const once = openDesk({ log });
        await finish(once);
        const expected = await dump(once.store, records);
        let store = new MemoryStore();
        let end = 0;
        for (const { upTo, keep } of lives) {
          end = Math.max(end, upTo % (records.length + 1));
          const desk = openDesk({ log: beginningOf(log, end), store });
          await untilApplied(desk);
          desk.clock.advance(500);
          store = store.crash(keep % (store.unsynced + 1));
        }
        const last = openDesk({ log, store });
        await finish(last);
        assert.deepEqual(await dump(store, records), expected);
      },
    ),
    { numRuns: 60 },
  );
});

test('[SEQ12] another log is read from its beginning, and what an older one decided stays decided', async () => {
  const records = historyOf([]);
  const text = message(places.direct, ana, messageOf(50));
  const store = new MemoryStore();
  await finish(openDesk({ log: await logOf([...records, text], 'log-1'), store }));
  const desk = openDesk({
    log: await logOf([...records, text, message(places.direct, ben, messageOf(51))], 'log-2'),
    store,
  });
  await untilApplied(desk);
  assert.equal(desk.sequencer.counters.repeats, records.length + 1);
  const rows = await desk.sequencer.rows.list('messages', { prefix: [places.direct], limit: 10 });
  assert.deepEqual(
    rows.map((row) => [row.seq, row.id]),
    [
      [1, messageOf(3)],
      [2, messageOf(50)],
      [3, messageOf(51)],
    ],
  );
  await desk.sequencer[Symbol.asyncDispose]();
  assert.deepEqual(store.applied(), { logId: 'log-2', offset: records.length + 1 });
});

test('[SEQ18] nobody is told of what stood in the log at the start', async () => {
  const records = historyOf([]);
  const desk = openDesk({ log: await logOf(records) });
  await untilApplied(desk);
  assert.deepEqual(desk.hints, []);
  await appendTo(desk.log, [message(places.direct, ana, messageOf(50))]);
  await untilApplied(desk);
  assert.deepEqual(
    desk.hints.map(({ type }) => type),
    ['envelope'],
  );
  await desk.sequencer[Symbol.asyncDispose]();
});
