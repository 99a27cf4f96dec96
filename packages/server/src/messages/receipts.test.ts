import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountId, blockKey, type ConversationId, readReceiptsKey } from '@parley/protocol';
import fc from 'fast-check';
import { firstShownLookMs, maxShownLooks } from '../kernel/engine-limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { accountLog } from '../sequencer/conversation-ids.ts';
import type { ConversationRow, Keys, Table, Tables } from '../store/store.ts';
import { ana, ben, cem, dia, Exchange, settle } from './fixture.ts';
import type { LiveRows } from './parts.ts';

test('[R7] [RCP1] what is said in any order, any number of times, ends at the highest', async () => {
  await using exchange = await Exchange.open();
  const saying = fc.record({ isRead: fc.boolean(), seq: fc.integer({ min: 1, max: 14 }) });
  let before = { delivered: 0, read: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(saying, { maxLength: 12 }), fc.boolean(), async (said, flushes) => {
      const conversation = await exchange.make('group', [ana, ben]);
      for (let i = 0; i < 10; i++) await exchange.say(ana, conversation);
      before = { delivered: 0, read: 0 };
      for (const { isRead, seq } of said) {
        await exchange[isRead ? 'read' : 'received'](ben, conversation, seq);
        const now = await markOf(exchange, conversation);
        assert.ok(now.delivered >= before.delivered && now.read >= before.read, 'a watermark never falls');
        assert.ok(now.delivered >= now.read, 'what was read was delivered');
        before = now;
        if (flushes) await exchange.pass(1_000);
      }
      const highest = (read: boolean) => {
        const seqs = said.filter(({ isRead }) => isRead || !read).map(({ seq }) => seq);
        // The creation at seq 1 is not counted, the head is 11.
        return Math.min(11, Math.max(0, ...seqs.filter((seq) => seq > 1)));
      };
      assert.deepEqual(before, { delivered: highest(false), read: highest(true) });
    }),
    { numRuns: 30 },
  );
});

test('[RCP2] a watermark is clamped to the head, for who has left to the leaving; a stranger is refused', async () => {
  await using exchange = await Exchange.open();
  const group = await exchange.make('group', [ana, ben]);
  const seq = await exchange.say(ana, group);
  await exchange.change(group, ben, { action: 'leave' });
  await exchange.say(ana, group);
  assert.equal(await exchange.read(ben, group, 1_000), 'ok');
  assert.equal((await exchange.messages.views.of(ben, group))?.read, seq, 'all that is counted is read');
  assert.equal((await exchange.changes(ben)).items[0]?.head, seq + 1);
  assert.equal(await exchange.read(ana, group, 1_000), 'ok');
  assert.equal((await exchange.messages.views.of(ana, group))?.read, seq + 2);
  assert.equal(await exchange.read(cem, group, 1), 'conversation.denied');
  assert.equal(await exchange.received(cem, group, 1), 'conversation.denied');
  assert.equal(await exchange.read(ana, accountLog(dia), 1), 'conversation.denied');
});

test('[RCP3] what is not counted moves nothing: no mark, no frame, no counter, no change', async () => {
  await using exchange = await Exchange.open();
  const conversation = await exchange.direct(ana, ben);
  const first = await exchange.say(ana, conversation);
  await exchange.received(ben, conversation, first);
  await exchange.pass(1_000);
  const { since } = await exchange.changed(ana);
  const counter = await counterOf(exchange, ana);
  exchange.receipts();
  const quiet: number[] = [];
  for (let i = 0; i < 5; i++) quiet.push(await exchange.say(ana, conversation, { kind: 'quiet', content: '👍' }));
  const timer = await exchange.say(ana, conversation, { kind: 'timer', seconds: 3_600 });
  const moved = await counterOf(exchange, ana);
  const { since: afterQuiet } = await exchange.changed(ana, since);
  await exchange.pass(1_000);
  exchange.receipts();
  assert.notEqual(moved, counter, 'records move the counter');
  for (const seq of [...quiet, timer]) assert.equal(await exchange.received(ben, conversation, seq), 'ok');
  await exchange.pass(1_000);
  assert.deepEqual(exchange.receipts(), []);
  assert.equal(await counterOf(exchange, ana), moved);
  assert.deepEqual((await exchange.changed(ana, afterQuiet)).ids, []);
  assert.equal((await markOf(exchange, conversation)).delivered, first);
});

test('[RCP3] a mark said above counted records stands on the newest of them, however many are between', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 30 }), fc.boolean(), async (counted, cold) => {
      let exchange = await Exchange.open();
      const group = await exchange.make('group', [ana, ben]);
      for (const counts of counted) await exchange.say(ana, group, counts ? {} : { kind: 'quiet' });
      if (cold) {
        await exchange.commit();
        exchange = await exchange.restart();
      }
      for (let seq = 1; seq <= counted.length + 1; seq++) {
        await exchange.received(ben, group, seq);
        const newest = counted.slice(0, seq - 1).lastIndexOf(true);
        assert.equal((await markOf(exchange, group)).delivered, newest < 0 ? 0 : newest + 2);
      }
      await exchange[Symbol.asyncDispose]();
    }),
    { numRuns: 20 },
  );
});

test('[RCP5] between two, only contacts are told', async () => {
  await using exchange = await Exchange.open();
  const conversation = await exchange.direct(ana, ben, false);
  const first = await exchange.say(ana, conversation);
  await exchange.received(ben, conversation, first);
  assert.deepEqual(exchange.receipts(), [], 'a request tells nothing');
  await exchange.change(conversation, ben, { action: 'accept' });
  await exchange.pass(500);
  const second = await exchange.say(ana, conversation);
  await exchange.received(ben, conversation, second);
  await exchange.pass(0);
  assert.deepEqual(exchange.receipts(), [{ to: [ana], account: ben, delivered: second, read: 0 }]);
});

test('[S7] [RCP5] blocking, from either side, ends receipts; read needs both to have receipts on', async () => {
  const settings: readonly (readonly [AccountId, string, string, 'all' | 'delivered' | 'nothing'])[] = [
    [ben, blockKey(ana), '1', 'nothing'],
    [ana, blockKey(ben), '1', 'nothing'],
    [ben, readReceiptsKey, 'off', 'delivered'],
    [ana, readReceiptsKey, 'off', 'delivered'],
    [ana, readReceiptsKey, 'on', 'all'],
  ];
  for (const [account, key, value, sight] of settings) {
    await using exchange = await Exchange.open();
    const conversation = await exchange.direct(ana, ben);
    const seq = await exchange.say(ana, conversation);
    await exchange.set(account, key, value);
    exchange.receipts();
    await exchange.received(ben, conversation, seq);
    await exchange.pass(500);
    await exchange.read(ben, conversation, seq);
    await exchange.pass(500);
    const heard = exchange.receipts().filter(({ to }) => to.includes(ana));
    const last = heard.at(-1);
    const expected = { all: { delivered: seq, read: seq }, delivered: { delivered: seq, read: 0 }, nothing: undefined }[
      sight
    ];
    assert.deepEqual(last && { delivered: last.delivered, read: last.read }, expected, `${key} ${value}`);
    assert.equal(heard.length, { all: 2, delivered: 1, nothing: 0 }[sight]);
    const seen = (await exchange.messages.views.of(ana, conversation))?.marks;
    assert.deepEqual(seen, expected === undefined ? [] : [{ account: ben, ...expected }]);
  }
});

test('[RCP7] in rooms nobody is told and only read is kept; notes and account logs tell nobody else', async () => {
  await using exchange = await Exchange.open();
  const room = await exchange.make('room', [ana, ben]);
  const notes = await exchange.direct(ana, ana);
  const [said, noted] = [await exchange.say(ana, room), await exchange.say(ana, notes)];
  await exchange.set(ana, 'own/a', '1');
  exchange.receipts();
  await exchange.received(ben, room, said);
  assert.deepEqual(exchange.receipts(), []);
  await exchange.read(ben, room, said);
  assert.deepEqual(exchange.receipts(), [{ to: [ben], account: ben, delivered: said, read: said }]);
  await exchange.read(ana, notes, noted);
  assert.deepEqual(exchange.receipts(), [{ to: [ana], account: ana, delivered: noted, read: noted }]);
  assert.equal(await exchange.read(ana, accountLog(ana), 2), 'ok');
  assert.deepEqual(exchange.receipts(), []);
  assert.deepEqual((await exchange.messages.views.of(ana, room))?.marks, []);
  await exchange.messages.close();
  const kept = exchange.commits.flat().map(({ conversation }) => conversation);
  assert.deepEqual(kept.sort(), [room, notes].sort());
});

test('[RCP8] the own devices are told what was read, whatever is published, and not what was delivered', async () => {
  await using exchange = await Exchange.open();
  const conversation = await exchange.direct(ana, ben, false);
  const seq = await exchange.say(ana, conversation);
  await exchange.set(ben, readReceiptsKey, 'off');
  exchange.receipts();
  await exchange.received(ben, conversation, seq);
  assert.deepEqual(exchange.receipts(), []);
  await exchange.pass(500);
  await exchange.read(ben, conversation, seq);
  assert.deepEqual(exchange.receipts(), [{ to: [ben], account: ben, delivered: seq, read: seq }]);
});

test('[S7] [RCP11] a rise that somebody may not see gives no frame, moves no counter and makes no change', async () => {
  await using exchange = await Exchange.open();
  const conversation = await exchange.direct(ana, ben);
  await exchange.set(ben, readReceiptsKey, 'off');
  const seq = await exchange.say(ana, conversation);
  await exchange.received(ben, conversation, seq);
  await exchange.pass(1_000);
  const { since } = await exchange.changed(ana);
  const own = await exchange.changed(ben);
  const counters = [await counterOf(exchange, ana), await counterOf(exchange, ben)];
  exchange.receipts();
  exchange.clock.advance(1_000);
  await exchange.read(ben, conversation, seq);
  await exchange.pass(1_000);
  assert.deepEqual(exchange.receipts(), [{ to: [ben], account: ben, delivered: seq, read: seq }]);
  assert.equal(await counterOf(exchange, ana), counters[0]);
  assert.notEqual(await counterOf(exchange, ben), counters[1]);
  assert.deepEqual((await exchange.changed(ana, since)).ids, []);
  assert.deepEqual((await exchange.changed(ben, own.since)).ids, [conversation]);
});

test('[RCP13] what another gateway has shown counts once it is here; a stranger learns nothing from the wait', async () => {
  const late = new LateRows();
  await using exchange = await Exchange.open({ gatewayRows: (rows) => late.over(rows) });
  const group = await exchange.make('group', [ana, ben]);
  const first = await exchange.say(ana, group);
  const early = exchange.sequencer.rows.conversation(group);
  const newer = await exchange.say(ana, group);
  const other = await exchange.make('group', [ana, ben]);
  const inOther = await exchange.say(ana, other);
  late.behind = [early];
  const said = [exchange.read(ben, group, newer), exchange.received(ben, other, inOther)];
  await looks(exchange, 2);
  late.behind = null;
  await looks(exchange, maxShownLooks - 2, 2);
  assert.deepEqual(await Promise.all(said), ['ok', 'ok']);
  assert.deepEqual(await markOf(exchange, group), { delivered: newer, read: newer });
  assert.deepEqual(await markOf(exchange, other), { delivered: inOther, read: 0 });

  const state = exchange.sequencer.rows.conversation(group);
  const last = await exchange.say(ana, group);
  const secret = await exchange.make('group', [ana, ben]);
  late.behind = [state];
  const answers: string[] = [];
  const asked = [
    assert.rejects(exchange.read(ben, group, last), Unavailable).then(() => answers.push('unavailable')),
    exchange.read(cem, group, first).then((code) => answers.push(code)),
    exchange.read(cem, secret, 1).then((code) => answers.push(code)),
  ];
  await looks(exchange, maxShownLooks - 2);
  assert.deepEqual(answers, [], 'who may not know waits as long');
  await looks(exchange, 1, maxShownLooks - 2);
  await Promise.all(asked);
  late.behind = null;
  assert.deepEqual(new Set(answers), new Set(['unavailable', 'conversation.denied']));
  assert.deepEqual(await markOf(exchange, group), { delivered: newer, read: newer });
  assert.equal(await exchange.read(ben, group, last), 'ok', 'said again');
  assert.deepEqual(await markOf(exchange, group), { delivered: last, read: last });
});

test('[RCP2] [RCP13] what is said above every head counts as far as there is something', async () => {
  await using exchange = await Exchange.open({ gatewayRows: (rows) => rows });
  const group = await exchange.make('group', [ana, ben, cem]);
  const seq = await exchange.say(ana, group);
  await exchange.change(group, cem, { action: 'leave' });
  assert.equal(await exchange.read(cem, group, 1_000), 'ok', 'who has left waits for nothing');
  const asked = assert.rejects(exchange.read(ben, group, 1_000), Unavailable);
  await looks(exchange, maxShownLooks - 1);
  await asked;
  assert.deepEqual(await markOf(exchange, group), { delivered: seq, read: seq });
});

/** Rows of a gateway over a store that may be behind. */
class LateRows {
  /** All that is there while it is; null: it has everything. */
  behind: readonly (ConversationRow | undefined)[] | null = null;

  over(rows: LiveRows): LiveRows {
    const read = async <T extends Table>(table: T, key: Keys[T]) => {
      if (table !== 'conversations' || this.behind === null) return rows.get(table, key);
      return this.behind.find((row) => row?.conversation === key[0]) as Tables[T] | undefined;
    };
    return {
      peek: () => undefined,
      conversation: () => undefined,
      counted: () => undefined,
      get: read,
      list: (table, range) => rows.list(table, range),
    };
  }
}

/** Time passes until so many later looks were taken, after so many. */
async function looks(exchange: Exchange, count: number, after = 0): Promise<void> {
  await settle();
  for (let look = after; look < after + count; look++) await exchange.pass(firstShownLookMs * 2 ** look);
}

const device = { account: ana, device: 'd_1' as never, admin: false, address: '192.0.2.1' };

async function markOf(exchange: Exchange, conversation: ConversationId) {
  const seen = (await exchange.messages.views.of(ana, conversation))?.marks.find(({ account }) => account === ben);
  return { delivered: seen?.delivered ?? 0, read: seen?.read ?? 0 };
}

async function counterOf(exchange: Exchange, account: AccountId): Promise<string> {
  await exchange.messages.frames.connected({ ...device, account });
  await settle();
  return exchange.messages.frames.changeCounter(account);
}
