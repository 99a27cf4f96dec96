import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Unavailable } from '../kernel/result.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { conversationId, conversationRow, messageRow, put } from '../store/sample-rows.ts';
import { SharedRows } from './shared-rows.ts';

const conversation = conversationId(1);
const page = { prefix: [conversation], limit: 10 };

/** A store whose reads wait for a word, and how many have begun. */
async function slowStore() {
  const gates: PromiseWithResolvers<void>[] = [];
  const store = new MemoryStore((operation) => {
    if (operation !== 'get' && operation !== 'list') return;
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    return gate.promise;
  });
  await store.commit(put('conversations', conversationRow(1, { seq: 4 })), null);
  return { store, gates, rows: new SharedRows(store) };
}

const turns = async () => {
  for (let n = 0; n < 20; n++) await Promise.resolve();
};

test('[CLU25] who asks for what is being read shares the next read, and sees what was written before it asked', async () => {
  const { store, gates, rows } = await slowStore();
  const seqs: number[] = [];
  const ask = () => rows.get('conversations', [conversation]).then((row) => seqs.push(row?.seq ?? 0));
  const first = ask();
  await store.commit(put('conversations', conversationRow(1, { seq: 5 })), null);
  const others = [ask(), ask(), ask()];
  await turns();
  assert.equal(gates.length, 1);
  gates[0]?.resolve();
  await first;
  await store.commit(put('conversations', conversationRow(1, { seq: 6 })), null);
  await turns();
  assert.equal(gates.length, 2, 'one read for three');
  const late = ask();
  gates[1]?.resolve();
  await Promise.all(others);
  await turns();
  gates[2]?.resolve();
  await late;
  assert.ok(
    seqs.slice(1, 4).every((seq) => seq >= 5),
    String(seqs),
  );
  assert.deepEqual([seqs.length, seqs[4], gates.length], [5, 6, 3]);
  const fresh = ask();
  gates[3]?.resolve();
  await fresh;
  assert.equal(gates.length, 4, 'nothing is kept');
});

test('[CLU25] what is not the same is read by itself, and a read that fails is failed for those who shared it only', async () => {
  const { store, gates, rows } = await slowStore();
  await store.commit(put('messages', messageRow(1, 1)), null);
  const [one, another] = [rows.list('messages', page), rows.list('messages', { ...page, after: [1] })];
  await turns();
  assert.equal(gates.length, 2);
  const next = rows.list('messages', page);
  gates[0]?.reject(new Unavailable('down'));
  await assert.rejects(one, Unavailable);
  await turns();
  gates[1]?.resolve();
  gates[2]?.resolve();
  assert.deepEqual([(await next).length, (await another).length], [1, 0]);
});
