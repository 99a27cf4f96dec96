import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Unavailable } from '../kernel/result.ts';
import { MemoryStore } from './memory-store.ts';
import { conversationId, messageRow, put } from './sample-rows.ts';
import { type OpenStore, storeContract } from './store.contract.ts';
import { storeModelContract } from './store-model.contract.ts';

const opened = (store: MemoryStore): OpenStore => ({
  store,
  reopen: async () => opened(store.crash(store.unsynced)),
  close: () => store[Symbol.asyncDispose](),
});

storeContract('memory store', async () => opened(new MemoryStore()));
storeModelContract('memory store', async () => opened(new MemoryStore()));

test('[STR2] memory store: a power cut loses any number of the newest transactions, never one before the checkpoint', async () => {
  for (const keep of [0, 1, 3]) {
    const store = new MemoryStore();
    await store.commit(put('messages', messageRow(1, 1)), { logId: 'log', offset: 0 });
    assert.deepEqual(await store.checkpoint(), { logId: 'log', offset: 0 });
    for (const seq of [2, 3, 4])
      await store.commit(put('messages', messageRow(1, seq)), { logId: 'log', offset: seq - 1 });
    assert.equal(store.unsynced, 3);
    const after = store.crash(keep);
    assert.equal(after.applied()?.offset, keep);
    const rows = await after.list('messages', { prefix: [conversationId(1)], limit: 10 });
    assert.deepEqual(
      rows,
      [1, 2, 3, 4].slice(0, 1 + keep).map((seq) => messageRow(1, seq)),
    );
    await assert.rejects(store.get('messages', [conversationId(1), 1]), Unavailable);
    const again = after.crash(0);
    assert.equal(again.applied()?.offset, 0);
  }
});

test('[STR2] memory store: a checkpoint that the disk refuses resolves to null and makes nothing safe', async () => {
  const store = new MemoryStore((operation) => {
    if (operation === 'checkpoint') throw new Unavailable('busy');
  });
  await store.commit(put('messages', messageRow(1, 1)), { logId: 'log', offset: 0 });
  assert.equal(await store.checkpoint(), null);
  assert.equal(store.crash(0).applied(), null);
});

test('[STR8] memory store: a transaction that was waiting when an earlier one failed fails too, and nothing of both is there', async () => {
  let broken = true;
  const store = new MemoryStore((operation) => {
    if (operation === 'commit' && broken) throw new Unavailable('the disk is full');
  });
  const first = store.commit(put('messages', messageRow(1, 1)), { logId: 'log', offset: 0 });
  const second = store.commit(put('messages', messageRow(1, 2)), { logId: 'log', offset: 1 });
  await assert.rejects(first, Unavailable);
  broken = false;
  await assert.rejects(second, Unavailable);
  assert.equal(store.applied(), null);
  await store.commit(put('messages', messageRow(1, 1)), { logId: 'log', offset: 0 });
  assert.deepEqual(store.applied(), { logId: 'log', offset: 0 });
});

test('[STR4] memory store: what is written does not change with what the caller does to it afterwards', async () => {
  const store = new MemoryStore();
  const row = messageRow(1, 1);
  await store.commit(put('messages', row), null);
  row.tail.fill(0);
  assert.deepEqual(await store.get('messages', [conversationId(1), 1]), messageRow(1, 1));
});
