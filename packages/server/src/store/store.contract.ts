// What every store must do, run by the test of each adapter.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AssertionFailure } from '../kernel/assert.ts';
import { maxRangeRows } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { accountId, conversationId, conversationRow, idRow, memberRow, messageRow, put } from './sample-rows.ts';
import type { MessageRow, Range, Store, Tables, Write } from './store.ts';

/** A store under test. `reopen` closes it and opens what is on its disk. */
export interface OpenStore {
  readonly store: Store;
  reopen(): Promise<OpenStore>;
  close(): Promise<void>;
}

/**
 * Runs the cases of the port against stores that `open` makes. Cases keep apart by the numbers of their conversations.
 * An engine may blank what expired by itself: then its own tests say how.
 */
export function storeContract(
  name: string,
  open: () => Promise<OpenStore>,
  expiry: 'told' | 'by itself' = 'told',
): void {
  let opened: OpenStore;
  let store: Store;
  before(async () => {
    opened = await open();
    store = opened.store;
  });
  after(() => opened.close());

  test(`[STR1] ${name}: a new store has applied nothing; rows and position come together and are there when it is opened again`, async () => {
    let own = await open();
    assert.equal(own.store.applied(), null);
    await own.store.commit(put('facts', { name: 'epoch', value: '1' }), null);
    assert.equal(own.store.applied(), null);
    await own.store.commit(put('messages', messageRow(1, 1)), { logId: 'log', offset: 7 });
    await own.store.commit(put('facts', { name: 'epoch', value: '2' }), null);
    assert.deepEqual(own.store.applied(), { logId: 'log', offset: 7 });
    own = await own.reopen();
    assert.deepEqual(own.store.applied(), { logId: 'log', offset: 7 });
    assert.deepEqual(await own.store.get('messages', [conversationId(1), 1]), messageRow(1, 1));
    assert.deepEqual(await own.store.get('facts', ['epoch']), { name: 'epoch', value: '2' });
    await own.close();
  });

  test(`[STR1] ${name}: the same transaction again changes nothing`, async () => {
    const writes: Write[] = [
      ...put('messages', messageRow(2, 1), messageRow(2, 2)),
      ...put('conversations', conversationRow(2)),
    ];
    await store.commit(writes, { logId: 'log', offset: 9 });
    await store.commit(writes, { logId: 'log', offset: 9 });
    assert.equal((await store.list('messages', { prefix: [conversationId(2)], limit: 10 })).length, 2);
    assert.deepEqual(await store.get('conversations', [conversationId(2)]), conversationRow(2));
  });

  test(`[STR2] ${name}: a checkpoint says the position that survives, which is the newest committed one`, async () => {
    await store.commit(put('messages', messageRow(3, 1)), { logId: 'log', offset: 11 });
    assert.deepEqual(await store.checkpoint(), { logId: 'log', offset: 11 });
    assert.deepEqual(await store.checkpoint(), { logId: 'log', offset: 11 });
  });

  if (expiry === 'told') expiryContract(name, open);

  test(`[STR5] ${name}: a put replaces the whole row, and the last one of a key wins`, async () => {
    const deleted = messageRow(5, 1, { deletedBy: 3, tail: new Uint8Array() });
    await store.commit(put('messages', messageRow(5, 2), messageRow(5, 1), deleted), null);
    assert.deepEqual(await store.get('messages', [conversationId(5), 1]), deleted);
    await store.commit(put('messages', messageRow(5, 1)), null);
    assert.deepEqual(await store.get('messages', [conversationId(5), 1]), messageRow(5, 1));
  });

  test(`[STR5] ${name}: the members of a conversation follow every put, forth and back`, async () => {
    const one = conversationRow(6);
    const two = conversationRow(6, { members: new Map([[accountId(7), { role: 'admin', joinedSeq: 4 }]]) });
    const room = conversationRow(6, { kind: 'room', members: null });
    for (const batch of [[one], [one], [two], [two, one], [one, two, one], [room], [room], [one]]) {
      await store.commit(put('conversations', ...batch), null);
      assert.deepEqual(await store.get('conversations', [conversationId(6)]), batch.at(-1));
    }
  });

  test(`[STR26] ${name}: the numbers of a watermark only rise, each by itself`, async () => {
    const mark = { conversation: conversationId(6), account: accountId(6) };
    await store.commit(put('marks', { ...mark, delivered: 0, read: 0, change: 5 }), null);
    assert.deepEqual(await store.get('marks', [mark.conversation, mark.account]), {
      ...mark,
      delivered: 0,
      read: 0,
      change: 5,
    });
    await store.commit(put('marks', { ...mark, delivered: 9, read: 4, change: 7 }), null);
    await store.commit(put('marks', { ...mark, delivered: 8, read: 6, change: 6 }), null);
    const highest = { ...mark, delivered: 9, read: 6, change: 7 };
    assert.deepEqual(await store.get('marks', [mark.conversation, mark.account]), highest);
    assert.deepEqual(await store.list('marks', { prefix: [mark.conversation], limit: 9 }), [highest]);
  });

  test(`[STR6] ${name}: a slice of messages has exclusive bounds and both directions`, async () => {
    const all = Array.from({ length: 60 }, (_, i) => messageRow(7, i + 1));
    await store.commit(put('messages', ...all.toReversed(), messageRow(8, 30)), null);
    const prefix = [conversationId(7)];
    const given = (range: Omit<Range, 'prefix'>) => seqs(store, { prefix, ...range });
    assert.deepEqual(await given({ limit: 3 }), [1, 2, 3]);
    assert.deepEqual(await given({ limit: 3, reverse: true }), [60, 59, 58]);
    assert.deepEqual(await given({ after: [57], limit: 50 }), [58, 59, 60]);
    assert.deepEqual(await given({ before: [4], limit: 2, reverse: true }), [3, 2]);
    assert.deepEqual(await given({ after: [10], before: [13], limit: 50 }), [11, 12]);
    assert.deepEqual(await given({ after: [12], before: [12], limit: 50 }), []);
    assert.deepEqual(await seqs(store, { prefix: [conversationId(9_999)], limit: 5 }), []);
  });

  test(`[STR6] ${name}: members are listed by conversation or by account, and a bound may be shorter than the rest of the key`, async () => {
    const intervals = [
      memberRow(10, 1, 1, { leftSeq: 5 }),
      memberRow(10, 1, 9),
      memberRow(10, 2, 3),
      memberRow(10, 12, 2),
    ];
    await store.commit(put('members', ...intervals.toReversed(), memberRow(11, 1, 4)), null);
    const listed = async (range: Range) =>
      (await store.list('members', range)).map((row) =>
        intervals.findIndex((each) => each.account === row.account && each.joinedSeq === row.joinedSeq),
      );
    assert.deepEqual(await listed({ prefix: [conversationId(10)], limit: 9 }), [0, 1, 2, 3]);
    assert.deepEqual(await listed({ prefix: [conversationId(10), accountId(1)], limit: 9, reverse: true }), [1, 0]);
    assert.deepEqual(await listed({ prefix: [conversationId(10)], after: [accountId(1)], limit: 9 }), [2, 3]);
    assert.deepEqual(await listed({ prefix: [conversationId(10)], after: [accountId(1), 1], limit: 9 }), [1, 2, 3]);
    assert.deepEqual(
      await listed({ prefix: [conversationId(10)], before: [accountId(2)], limit: 1, reverse: true }),
      [1],
    );
    assert.deepEqual(await listed({ prefix: [conversationId(10), accountId(1)], after: [1], limit: 9 }), [1]);
  });

  test(`[STR6] ${name}: facts are listed whole, by name`, async () => {
    const own = await open();
    await own.store.commit(put('facts', { name: 'b', value: '2' }, { name: 'a', value: '1' }), null);
    assert.deepEqual(
      (await own.store.list('facts', { prefix: [], limit: 9 })).map((row) => row.name),
      ['a', 'b'],
    );
    assert.deepEqual(
      (await own.store.list('facts', { prefix: [], after: ['a'], limit: 9 })).map((row) => row.value),
      ['2'],
    );
    await own.close();
  });

  test(`[STR7] ${name}: a range that makes no sense is a bug of the caller`, async () => {
    const refused: readonly (readonly [keyof Tables, Range])[] = [
      ['messages', { prefix: [conversationId(1)], limit: 0 }],
      ['messages', { prefix: [conversationId(1)], limit: maxRangeRows + 1 }],
      ['messages', { prefix: [], limit: 1 }],
      ['messages', { prefix: [conversationId(1)], after: [], limit: 1 }],
      ['members', { prefix: [conversationId(1), accountId(1)], before: [1, 2], limit: 1 }],
      ['ids', { prefix: [conversationId(1)], limit: 1 }],
    ];
    for (const [table, range] of refused) await assert.rejects(store.list(table, range), AssertionFailure);
    await store.list('messages', { prefix: [conversationId(1)], limit: maxRangeRows });
  });

  test(`[STR8] ${name}: commits, checkpoints and expiry happen in the order of their calls`, async () => {
    const own = await open();
    const order: string[] = [];
    const note = (what: string) => () => order.push(what);
    const many = Array.from({ length: 1_500 }, (_, i) => messageRow(1, i + 1, { expiresAt: 5 }));
    await Promise.all([
      own.store.commit(put('messages', ...many), { logId: 'log', offset: 1 }).then(note('commit 1')),
      own.store.checkpoint().then((at) => order.push(`checkpoint ${at?.offset}`)),
      own.store.commit(put('ids', idRow(1, 1)), { logId: 'log', offset: 2 }).then(note('commit 2')),
      own.store.expire(9, 5).then((count) => order.push(`expire ${count}`)),
      own.store.checkpoint().then((at) => order.push(`checkpoint ${at?.offset}`)),
    ]);
    assert.deepEqual(order, [
      'commit 1',
      'checkpoint 1',
      'commit 2',
      `expire ${expiry === 'told' ? 5 : 0}`,
      'checkpoint 2',
    ]);
    await own.close();
  });

  test(`[STR9] ${name}: a closed store refuses everything`, async () => {
    const own = await open();
    await own.store.commit(put('messages', messageRow(1, 1)), null);
    await own.close();
    await assert.rejects(own.store.get('messages', [conversationId(1), 1]), Unavailable);
    await assert.rejects(own.store.list('messages', { prefix: [conversationId(1)], limit: 1 }), Unavailable);
    await assert.rejects(own.store.commit([], null), Unavailable);
    await assert.rejects(own.store.checkpoint(), Unavailable);
    await assert.rejects(own.store.expire(1, 1), Unavailable);
  });
}

/** Where expiry has to be called for. */
function expiryContract(name: string, open: () => Promise<OpenStore>): void {
  test(`[STR3] ${name}: expiry blanks what was due before the time, the longest first, within its limit, and nothing else`, async () => {
    const own = await open();
    const expiring = (seq: number, over: Partial<MessageRow>) =>
      messageRow(4, seq, { hiddenFrom: [accountId(9)], request: true, ...over });
    const rows = [
      expiring(1, { expiresAt: 300 }),
      expiring(2, { expiresAt: 100 }),
      expiring(3, { expiresAt: 200 }),
      expiring(4, { expiresAt: 100, deletedBy: 8, tail: new Uint8Array() }),
      expiring(5, {}),
    ];
    await own.store.commit(put('messages', ...rows), { logId: 'log', offset: 1 });
    const blanked = async () =>
      (await seqs(own.store, { prefix: [conversationId(4)], limit: 9 }, (row) => row.deletedBy === 0)).join();
    assert.equal(await own.store.expire(300, 1), 1);
    assert.equal(await blanked(), '2');
    assert.equal(await own.store.expire(300, 10), 1);
    assert.equal(await blanked(), '2,3');
    assert.equal(await own.store.expire(300, 10), 0);
    const row = await own.store.get('messages', [conversationId(4), 2]);
    assert.deepEqual(row, { ...rows[1], deletedBy: 0, tail: new Uint8Array() });
    assert.deepEqual(await own.store.get('messages', [conversationId(4), 4]), rows[3]);
    assert.deepEqual(own.store.applied(), { logId: 'log', offset: 1 });
    await own.close();
  });
}

async function seqs(store: Store, range: Range, wanted: (row: MessageRow) => boolean = () => true): Promise<number[]> {
  return (await store.list('messages', range)).filter(wanted).map((row) => row.seq);
}
