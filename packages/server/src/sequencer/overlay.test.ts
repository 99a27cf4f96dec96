import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConversationId } from '@parley/protocol';
import fc from 'fast-check';
import { tailRows } from '../kernel/limits.ts';
import { MemoryStore } from '../store/memory-store.ts';
import type { MessageRow, Range, Rows } from '../store/store.ts';
import { accountLog } from './conversation-ids.ts';
import { accountOf, creation, messageOf, Stage } from './stage.ts';

const [ana, ben, cem] = [accountOf(1), accountOf(2), accountOf(3)];

/** Rows of a store whose answers can be held back after they were read. */
class SlowRows implements Rows {
  readonly #rows: Rows;
  held: Promise<void> | null = null;
  reads = 0;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  get: Rows['get'] = async (table, key) => {
    const row = await this.#rows.get(table, key);
    this.reads++;
    await this.held;
    return row;
  };

  list: Rows['list'] = async (table, range) => {
    const rows = await this.#rows.list(table, range);
    this.reads++;
    await this.held;
    return rows;
  };
}

function newest(conversation: ConversationId): Range {
  return { prefix: [conversation], limit: tailRows, reverse: true };
}

/** Rows without the kind of their bytes, so that they can be compared. */
function plain(rows: readonly MessageRow[]): readonly object[] {
  return rows.map((row) => ({ ...row, tail: Buffer.from(row.tail).toString() }));
}

const bound = fc.option(fc.nat({ max: 45 }), { nil: undefined });
const range = fc.record({ after: bound, before: bound, limit: fc.integer({ min: 1, max: 60 }), reverse: fc.boolean() });

function rangeOf(
  conversation: ConversationId,
  {
    after,
    before,
    limit,
    reverse,
  }: { after?: number | undefined; before?: number | undefined; limit: number; reverse: boolean },
): Range {
  return {
    prefix: [conversation],
    limit,
    reverse,
    ...(after === undefined ? {} : { after: [after] }),
    ...(before === undefined ? {} : { before: [before] }),
  };
}

test('[SEQ14] a list is the same wherever its rows are: in layers, in the store, or half and half', async () => {
  const deed = fc.constantFrom('say', 'say', 'say', 'delete', 'commit', 'read');
  await fc.assert(
    fc.asyncProperty(
      fc.array(deed, { maxLength: 40 }),
      fc.array(range, { minLength: 1, maxLength: 8 }),
      async (deeds, ranges) => {
        const stage = new Stage();
        const conversation = await stage.direct(ana, ben, { contact: true });
        const truth: { seq: number; gone: boolean }[] = [{ seq: 1, gone: false }];
        for (const [i, what] of deeds.entries()) {
          if (what === 'commit') await stage.commit();
          if (what === 'read') await stage.overlay.list('messages', newest(conversation));
          if (what === 'say') await stage.say(conversation, ana);
          const target = truth[1 + (i % Math.max(1, truth.length - 1))];
          if (what === 'delete') {
            const asked = { kind: 'delete', targets: [target?.seq ?? 99] } as const;
            if ((await stage.say(conversation, ana, asked)).state === 'rejected') continue;
            if (target !== undefined) target.gone = true;
          }
          if (what === 'say' || what === 'delete') truth.push({ seq: truth.length + 1, gone: false });
        }
        for (const asked of ranges) {
          const rows = await stage.overlay.list('messages', rangeOf(conversation, asked));
          const { after = 0, before = 1e9, limit, reverse } = asked;
          const expected = truth.filter(({ seq }) => seq > after && seq < before);
          if (reverse) expected.reverse();
          assert.deepEqual(
            rows.map((row) => ({ seq: row.seq, gone: row.deletedBy !== null })),
            expected.slice(0, limit),
          );
        }
      },
    ),
    { numRuns: 120 },
  );
});

test('[SEQ14] every table is merged: the overlay wins, and bounds and limits hold', async () => {
  const stage = new Stage();
  const log = accountLog(ana);
  await stage.change(log, ana, creation('account', [ana]));
  const group = await stage.make('group', [ana, ben]);
  for (const key of ['b', 'd']) await stage.say(log, ana, { kind: 'setting', key, value: 'old' });
  await stage.commit();
  for (const key of ['a', 'c', 'd']) await stage.say(log, ana, { kind: 'setting', key, value: 'new' });
  await stage.change(group, ben, { action: 'leave' });
  const settings = async (asked: Partial<Range>): Promise<string> => {
    const rows = await stage.overlay.list('settings', { prefix: [ana], limit: 10, ...asked });
    return rows.map(({ key, value }) => `${key}:${value}`).join(' ');
  };
  assert.equal(await settings({}), 'a:new b:old c:new d:new');
  assert.equal(await settings({ after: ['a'], before: ['d'], reverse: true }), 'c:new b:old');
  assert.equal(await settings({ limit: 2 }), 'a:new b:old');
  const rows = await stage.overlay.list('memberships', { prefix: [ben], limit: 10 });
  assert.deepEqual(rows, [{ account: ben, conversation: group, left: true }]);
  const all = await stage.overlay.list('conversations', { prefix: [], limit: 10 });
  assert.deepEqual(
    all.map(({ conversation }) => conversation),
    [log, group].sort(),
  );
  assert.equal((await stage.overlay.get('members', [group, ben, 1]))?.leftSeq, 2);
  const intervals = await stage.overlay.list('members', { prefix: [group, ben], limit: 10 });
  assert.equal(intervals.length, 1);
});

test('[SEQ14] a read that waited for the store has what was applied, committed and let go meanwhile', async () => {
  const store = new MemoryStore();
  const slow = new SlowRows(store);
  const stage = new Stage({ store, rows: slow });
  const conversation = await stage.direct(ana, ben, { contact: true });
  await stage.say(conversation, ana);
  await stage.commit();
  const held = Promise.withResolvers<void>();
  slow.held = held.promise;
  const page = stage.overlay.list('messages', { prefix: [conversation], limit: 10 });
  const other = stage.overlay.get('ids', [conversation, ben, 'x' as never]);
  await stage.say(conversation, ben, { id: 'x' as never });
  await stage.commit();
  await stage.say(conversation, ben);
  await stage.commit();
  held.resolve();
  assert.deepEqual(
    (await page).map((row) => row.seq),
    [1, 2, 3, 4],
  );
  assert.equal((await other)?.seq, 3);
});

test('[SEQ14] a state that was read stays at hand, and is the newest whatever was applied meanwhile', async () => {
  const first = new Stage();
  const conversation = await first.direct(ana, ben, { contact: true });
  await first.commit();
  for (const [round, stateBytes] of [1, 1e6].entries()) {
    const slow = new SlowRows(first.store);
    const stage = new Stage({ store: first.store, rows: slow, bounds: { bytes: 1e9, stateBytes } });
    stage.counters.appliedOffset = first.store.applied()?.offset ?? -1;
    const before = (await first.store.get('conversations', [conversation]))?.seq ?? 0;
    assert.equal(stage.overlay.conversation(conversation), undefined);
    assert.equal((await stage.overlay.get('conversations', [conversation]))?.seq, before);
    assert.equal(stage.overlay.conversation(conversation)?.seq, before);
    const held = Promise.withResolvers<void>();
    const late = new Stage({ store: first.store, rows: slow, bounds: { bytes: 1e9, stateBytes } });
    late.counters.appliedOffset = stage.counters.appliedOffset;
    slow.held = held.promise;
    const read = late.overlay.get('conversations', [conversation]);
    await late.say(conversation, ben, { id: messageOf(700 + round) });
    await late.commit();
    held.resolve();
    assert.equal((await read)?.seq, before + 1);
    assert.equal((await late.overlay.get('conversations', [conversation]))?.seq, before + 1);
    assert.notEqual(late.overlay.conversation(conversation)?.seq, before);
  }
});

function blank(row: MessageRow | undefined): void {
  assert.equal(row?.deletedBy, 3);
  assert.equal(row?.tail.length, 0);
}

test('[SEQ15] a deleted message is served by nobody: not from the store, the layers, nor the cache', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben, { contact: true });
  await stage.say(conversation, ana);
  await stage.commit();
  await stage.overlay.list('messages', newest(conversation));
  await stage.say(conversation, ana, { kind: 'delete', targets: [2] });
  for (const committed of [false, true]) {
    if (committed) await stage.commit();
    blank(stage.overlay.peek('messages', [conversation, 2]));
    blank(await stage.overlay.get('messages', [conversation, 2]));
    blank((await stage.overlay.list('messages', newest(conversation)))[1]);
    blank((await stage.overlay.list('messages', { prefix: [conversation], limit: 9 }))[1]);
  }
  blank(await stage.store.get('messages', [conversation, 2]));
});

test('[SEQ15] a read that was under way when the message was deleted does not bring it back', async () => {
  for (const committed of [false, true]) {
    const store = new MemoryStore();
    const slow = new SlowRows(store);
    const stage = new Stage({ store, rows: slow });
    const conversation = await stage.direct(ana, ben, { contact: true });
    await stage.say(conversation, ana);
    await stage.commit();
    const held = Promise.withResolvers<void>();
    slow.held = held.promise;
    const page = stage.overlay.list('messages', newest(conversation));
    const row = stage.overlay.get('messages', [conversation, 2]);
    await stage.say(conversation, ana, { kind: 'delete', targets: [2], id: 'x' as never });
    if (committed) await stage.commit();
    held.resolve();
    blank((await page)[1]);
    blank(await row);
    blank((await stage.overlay.list('messages', newest(conversation)))[1]);
  }
});

test('[SEQ15] however far the store lags, a delete in the newest layer covers content in any older one', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben, { contact: true });
  for (let i = 0; i < 5; i++) {
    await stage.say(conversation, ana);
    stage.overlay.seal();
  }
  await stage.say(conversation, ana, { kind: 'delete', targets: [2, 3, 6] });
  const rows = await stage.overlay.list('messages', { prefix: [conversation], limit: 50 });
  assert.deepEqual(
    rows.filter((row) => row.tail.length === 0).map((row) => row.seq),
    [2, 3, 6],
  );
});

test('[SEQ16] a state leaves memory only after its last row is committed, and is found in the store then', async () => {
  const stage = new Stage({ bounds: { bytes: 1e9, stateBytes: 1 } });
  const conversations: ConversationId[] = [];
  for (let i = 0; i < 20; i++) conversations.push(await stage.direct(ana, accountOf(100 + i)));
  for (const conversation of conversations) assert.equal(stage.overlay.conversation(conversation)?.seq, 1);
  await stage.commit();
  const inMemory = conversations.filter((conversation) => stage.overlay.conversation(conversation) !== undefined);
  assert.ok(inMemory.length <= 2, 'the cache is bounded');
  for (const conversation of conversations) {
    assert.equal((await stage.overlay.get('conversations', [conversation]))?.seq, 1);
    assert.equal((await stage.say(conversation, ana)).state, 'accepted');
  }
});

test('[SEQ17] bytes of uncommitted rows are counted, bounded, and given back by the commit', async () => {
  const stage = new Stage({ bounds: { bytes: 10_000, stateBytes: 1e6 } });
  const conversation = await stage.direct(ana, ben, { contact: true });
  assert.equal(stage.overlay.full, false);
  while (!stage.overlay.full) await stage.say(conversation, ana, { tail: Buffer.alloc(1_000, 32) });
  assert.ok(stage.overlay.bytes >= 10_000 && stage.overlay.bytes < 13_000);
  await stage.commit();
  assert.equal(stage.overlay.full, false);
  assert.equal(stage.overlay.bytes, 0);
});

test('[SEQ17] a large group counts with all its members', async () => {
  const stage = new Stage();
  const founders = Array.from({ length: 200 }, (_, i) => accountOf(i + 1));
  const group = await stage.make('group', founders);
  const made = stage.overlay.bytes;
  assert.ok(made > 200 * 100);
  await stage.say(group, ana);
  assert.ok(stage.overlay.bytes - made < 2_000, 'the same list is not counted again');
});

test('[SEQ29] the newest 50 rows of a conversation that is read come without the store, and follow the commits', async () => {
  const store = new MemoryStore();
  const slow = new SlowRows(store);
  const stage = new Stage({ store, rows: slow });
  const conversation = await stage.direct(ana, ben, { contact: true });
  for (let i = 0; i < 80; i++) await stage.say(conversation, ana);
  await stage.commit();
  await stage.overlay.list('messages', newest(conversation));
  assert.equal(slow.reads, 1);
  for (let round = 0; round < 3; round++) {
    await stage.say(conversation, ben);
    await stage.say(conversation, ben, { kind: 'delete', targets: [stage.state(conversation).seq] });
    const before = await stage.overlay.list('messages', newest(conversation));
    await stage.commit();
    assert.deepEqual(plain(await stage.overlay.list('messages', newest(conversation))), plain(before));
    assert.equal(before.length, tailRows);
    assert.equal(before[0]?.seq, stage.state(conversation).seq);
    assert.equal(before[1]?.deletedBy, before[0]?.seq);
  }
  assert.equal(slow.reads, 1);
  await stage.overlay.list('messages', { ...newest(conversation), limit: tailRows + 1 });
  assert.equal(slow.reads, 2);
});

test('[SEQ29] what is cached is bounded by bytes, the longest unread goes first, expired content goes at once', async () => {
  const store = new MemoryStore();
  const slow = new SlowRows(store);
  const stage = new Stage({ store, rows: slow, bounds: { bytes: 1e9, stateBytes: 1e9, tailBytes: 5_500 } });
  const chats = [await stage.direct(ana, ben), await stage.direct(ana, cem), await stage.direct(ben, cem)] as const;
  for (const chat of chats) await stage.say(chat, chat === chats[2] ? ben : ana, { tail: Buffer.alloc(1_500, 32) });
  await stage.say(chats[2], ben, { kind: 'timer', seconds: 60 });
  await stage.say(chats[2], ben);
  await stage.commit();
  const readsOf = async (chat: ConversationId): Promise<number> => {
    const before = slow.reads;
    await stage.overlay.list('messages', { prefix: [chat], limit: 50, reverse: true });
    return slow.reads - before;
  };
  assert.deepEqual([await readsOf(chats[0]), await readsOf(chats[1]), await readsOf(chats[0])], [1, 1, 0]);
  assert.equal(await readsOf(chats[2]), 1);
  assert.equal(await readsOf(chats[1]), 1, 'the longest unread went');
  assert.equal(await readsOf(chats[1]), 0);
  assert.equal(await readsOf(chats[2]), 0);
  stage.overlay.forgetExpired(stage.time + 61_000);
  assert.equal(await readsOf(chats[2]), 1);
  assert.equal(await readsOf(chats[1]), 0);
});
