import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConversationId } from '@parley/protocol';
import fc from 'fast-check';
import { clockBehindMs, markFlushMs, maxMarkRetryMs, maxMarksPerCommit } from '../kernel/limits.ts';
import { directConversation } from '../sequencer/conversation-ids.ts';
import { accountOf, HandClock } from '../sequencer/stage.ts';
import { MemoryStore } from '../store/memory-store.ts';
import type { MarkRow, Rows } from '../store/store.ts';
import { ana, ben, Exchange } from './fixture.ts';
import { type MarkBounds, Marks } from './marks.ts';

test('[RCP9] a mark is served at once, and written in a batch a moment later', async () => {
  await using exchange = await Exchange.open();
  const conversation = await exchange.direct(ana, ben);
  const seq = await exchange.say(ana, conversation);
  await exchange.received(ben, conversation, seq);
  await exchange.read(ana, conversation, seq);
  assert.equal((await exchange.messages.views.of(ana, conversation))?.marks[0]?.delivered, seq);
  assert.equal(exchange.commits.length, 0);
  await exchange.pass(markFlushMs);
  assert.deepEqual(
    exchange.commits.map((rows) => rows.map(({ account, delivered, read }) => ({ account, delivered, read }))),
    [
      [
        { account: ben, delivered: seq, read: 0 },
        { account: ana, delivered: seq, read: seq },
      ],
    ],
  );
  await exchange.pass(10 * markFlushMs);
  assert.equal(exchange.commits.length, 1, 'what is written is not written again');
});

test('[RCP9] changes rise from batch to batch, also when the clock is set back', async () => {
  await using exchange = await Exchange.open();
  const conversation = await exchange.direct(ana, ben);
  const now = exchange.clock.now.bind(exchange.clock);
  for (let i = 0; i < 4; i++) {
    const seq = await exchange.say(ana, conversation);
    await exchange.received(ben, conversation, seq);
    await exchange.pass(markFlushMs);
    if (i === 1) exchange.clock.now = () => now() - 30_000;
  }
  const changes = exchange.commits.flat().map(({ change }) => change);
  assert.equal(changes.length, 4);
  assert.deepEqual(
    changes,
    [...changes].sort((a, b) => a - b),
  );
});

test('[RCP9] what the store does not take is served, tried again with growing pauses, and written once it can', async () => {
  const exchange = await Exchange.open();
  const conversation = await exchange.direct(ana, ben);
  const seq = await exchange.say(ana, conversation);
  exchange.refusesMarks = true;
  await exchange.received(ben, conversation, seq);
  for (let waited = 0; waited < 10 * maxMarkRetryMs; waited += 500) await exchange.pass(500);
  const tries = exchange.faults.length;
  assert.ok(tries >= 10 && tries <= 16, `${tries} tries`);
  assert.equal((await exchange.messages.views.of(ana, conversation))?.marks[0]?.delivered, seq);
  const next = await exchange.say(ana, conversation);
  await exchange.received(ben, conversation, next);
  exchange.refusesMarks = false;
  await exchange.pass(maxMarkRetryMs);
  assert.deepEqual(
    exchange.commits.map((rows) => rows.map(({ delivered }) => delivered)),
    [[next]],
  );
  await exchange.close();
});

test('[RCP9] the end writes what waits, and the next run has it', async () => {
  await using exchange = await Exchange.open();
  const conversation = await exchange.direct(ana, ben);
  const seq = await exchange.say(ana, conversation);
  await exchange.read(ben, conversation, seq);
  await using next = await exchange.restart();
  assert.deepEqual((await next.messages.views.of(ana, conversation))?.marks, [
    { account: ben, delivered: seq, read: seq },
  ]);
  assert.equal(await next.received(ben, conversation, seq), 'ok');
  await next.close();
  assert.equal(next.commits.length, 0, 'nothing rose');
});

test('[RCP9] a batch is bounded, and everything is written', async () => {
  const { marks, store, conversation } = shelf();
  await marks.all(conversation, ana);
  const count = maxMarksPerCommit + 5;
  for (let n = 0; n < count; n++) marks.raise(conversation, accountOf(n), 1, 0);
  const sizes: number[] = [];
  for (let batch = marks.take(maxMarksPerCommit); batch.rows.length > 0; batch = marks.take(maxMarksPerCommit)) {
    sizes.push(batch.rows.length);
    await store.commit(
      batch.rows.map((row) => ({ table: 'marks', row })),
      null,
    );
    batch.stored();
  }
  assert.deepEqual(sizes, [maxMarksPerCommit, 5]);
  assert.equal(marks.waiting, 0);
});

test('[RCP9] whatever is raised, written, refused and let go, what is served is the highest', async () => {
  const place = { chat: fc.nat(3), of: fc.nat(3) };
  const step = fc.oneof(
    fc.record({ ...place, delivered: fc.nat(20), read: fc.nat(20) }),
    fc.record({ write: fc.boolean() }),
    fc.record({ ...place, whole: fc.boolean() }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { marks, store } = shelf(undefined, { cached: 6, waiting: 100 });
      const highest = new Map<string, { delivered: number; read: number }>();
      for (const each of steps) {
        if ('write' in each) {
          const batch = marks.take(2);
          if (each.write)
            await store.commit(
              batch.rows.map((row) => ({ table: 'marks', row })),
              null,
            );
          batch[each.write ? 'stored' : 'failed']();
          continue;
        }
        const [chat, account] = [directConversation(ana, accountOf(each.chat)), accountOf(each.of)] as const;
        const { delivered = 0, read = 0 } = highest.get(chat + account) ?? {};
        if ('whole' in each && each.whole) await marks.all(chat, ana);
        const served = await marks.of(chat, account);
        assert.deepEqual([served.delivered, served.read], [delivered, read]);
        if ('whole' in each) continue;
        marks.raise(chat, account, each.delivered, each.read);
        highest.set(chat + account, {
          delivered: Math.max(delivered, each.delivered),
          read: Math.max(read, each.read),
        });
      }
    }),
    { numRuns: 300 },
  );
});

test('[RCP10] what waits for the store is bounded, and beyond it none is taken', async () => {
  const { marks, conversation } = shelf(undefined, bounds);
  await marks.all(conversation, ana);
  for (let n = 0; n < bounds.waiting; n++) marks.raise(conversation, accountOf(n), 1, 0);
  assert.throws(() => marks.raise(conversation, accountOf(bounds.waiting), 1, 0), { name: 'Unavailable' });
  assert.throws(() => marks.raise(conversation, accountOf(0), 2, 0), { name: 'Unavailable' });
  assert.equal(marks.raise(conversation, accountOf(0), 1, 0), null, 'what changes nothing is no burden');
  marks.take(10).stored();
  assert.notEqual(marks.raise(conversation, accountOf(0), 2, 0), null);
});

test('[RCP10] what is at hand is bounded; what was let go comes back as it was, and is not called unmoved', async () => {
  const { marks, clock } = shelf(undefined, bounds);
  const first = directConversation(accountOf(0), accountOf(1));
  await marks.of(first, ana);
  marks.raise(first, ana, 3, 2);
  const before = marks.now();
  clock.advance(10);
  marks.raise(first, ana, 4, 2);
  const after = marks.now();
  clock.advance(10);
  assert.equal(marks.isUnmoved(first, after), false, 'in the very millisecond it is not sure');
  const sure = marks.now();
  assert.equal(marks.isUnmoved(first, sure), true);
  assert.equal(marks.isUnmoved(first, before), false);
  const waiting = marks.take(10);
  for (let n = 2; marks.size < bounds.cached; n++) await marks.of(directConversation(accountOf(0), accountOf(n)), ana);
  await marks.of(directConversation(accountOf(1), accountOf(2)), ana);
  assert.ok(marks.size <= bounds.cached);
  assert.equal(marks.peek(first, ana)?.delivered, 4, 'it waits for the store, so it stays');
  waiting.stored();
  for (let n = 3; marks.peek(first, ana) !== undefined; n++)
    await marks.of(directConversation(accountOf(1), accountOf(n)), ana);
  assert.ok(marks.size <= bounds.cached);
  assert.equal(marks.isUnmoved(first, before), false);
  assert.equal(marks.isUnmoved(first, sure), true);
});

test('[RCP10] while a conversation is being read, what rises in it is not lost', async () => {
  const reading = Promise.withResolvers<void>();
  const stored: MarkRow = {
    conversation: directConversation(ana, ben),
    account: ana,
    delivered: 2,
    read: 1,
    change: 5,
  };
  const rows: Rows = {
    get: async () => undefined,
    list: async () => {
      await reading.promise;
      return [stored] as never;
    },
  };
  const marks = new Marks(rows, new HandClock());
  const all = [marks.all(stored.conversation, ana), marks.all(stored.conversation, ana)];
  await marks.of(stored.conversation, ana);
  marks.raise(stored.conversation, ana, 7, 0);
  reading.resolve();
  for (const some of await Promise.all(all))
    assert.deepEqual(
      [...some].map(({ delivered }) => delivered),
      [7],
    );
});

test('[RCP10] a read that fails is no answer, and the next one reads again', async () => {
  const { marks, store, conversation } = shelf((operation) => {
    if (fails && operation !== 'commit') throw new Error('the store cannot be read');
  });
  let fails = false;
  await store.commit([{ table: 'marks', row: { conversation, account: ana, delivered: 3, read: 3, change: 1 } }], null);
  fails = true;
  await assert.rejects(marks.all(conversation, ana));
  await assert.rejects(marks.of(conversation, ana));
  fails = false;
  assert.deepEqual(
    [...(await marks.all(conversation, ana))].map(({ read }) => read),
    [3],
  );
  assert.equal((await marks.of(conversation, ana)).delivered, 3);
});

test('[RCP9] what rises after the clock was set back is newer than every moment of an earlier run, from the start on', async () => {
  const { clock, moment, later } = twoRuns();
  const now = clock.now.bind(clock);
  clock.now = () => now() - 4 * 86_400_000;
  const conversation = directConversation(ana, ben);
  await later.of(conversation, ben);
  const raised = later.raise(conversation, ben, 3, 0);
  assert.ok(raised !== null && raised.deliveredChange > later.after(moment));
});

test('[HIS11] a moment of an earlier run is dated with the leeway that a clock has', () => {
  const { earlier, moment, later } = twoRuns();
  assert.equal(earlier.after(moment), moment.change);
  assert.equal(later.after(moment), moment.change - clockBehindMs);
  assert.equal(later.isUnmoved(directConversation(ana, ben), moment), false);
});

/** A server and, a second after a moment of it, the next one. */
function twoRuns() {
  const clock = new HandClock();
  const earlier = new Marks(new MemoryStore(), clock);
  clock.advance(100_000);
  const moment = earlier.now();
  clock.advance(1_000);
  const later = new Marks(new MemoryStore(), clock);
  return { clock, earlier, moment, later };
}

const bounds: MarkBounds = { cached: 200, waiting: 100 };

function shelf(gate?: ConstructorParameters<typeof MemoryStore>[0], some?: MarkBounds) {
  const clock = new HandClock();
  const store = new MemoryStore(gate);
  const conversation: ConversationId = directConversation(ana, ben);
  return { clock, store, marks: new Marks(store, clock, some), conversation };
}
