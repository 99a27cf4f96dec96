import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeSliceRows, maxCachedRosters } from '../kernel/limits.ts';
import { encodeBatch, WrittenRosters } from './batch-encoder.ts';
import { conversationId, conversationRow, messageRow, put } from './sample-rows.ts';
import type { Write } from './store.ts';

const bytesOf = async (writes: readonly Write[], written: WrittenRosters) => {
  const { chunks, rosters } = await encodeBatch(writes, written);
  return { bytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0), rosters };
};

test('[STR18] members are written again only when the conversation has others', async () => {
  const written = new WrittenRosters();
  const row = conversationRow(1);
  const first = await bytesOf(put('conversations', row), written);
  const unconfirmed = await bytesOf(put('conversations', row), written);
  assert.deepEqual(unconfirmed, first, 'nothing is left out before it is committed');
  written.add(first.rosters);
  const same = await bytesOf(put('conversations', { ...row, seq: 2 }), written);
  assert.ok(same.bytes < first.bytes);
  assert.equal(same.rosters.size, 0);
  const changed = conversationRow(1, { members: new Map(row.members) });
  assert.deepEqual(
    [...(await bytesOf(put('conversations', changed), written)).rosters],
    [[conversationId(1), changed.members]],
  );
  const forthAndBack = await bytesOf(put('conversations', changed, row), written);
  assert.deepEqual([...forthAndBack.rosters], [[conversationId(1), row.members]]);
});

test('[STR18] what is remembered of written members is bounded', async () => {
  const written = new WrittenRosters();
  const members = new Map();
  for (let n = 0; n < maxCachedRosters; n++) written.add(new Map([[conversationId(n), members]]));
  assert.ok(written.has(conversationId(0), members));
  written.add(new Map([[conversationId(maxCachedRosters), members]]));
  assert.ok(!written.has(conversationId(0), members));
  assert.ok(written.has(conversationId(maxCachedRosters), members));
});

test('[STR21] between the slices of a large batch other work gets its turn', async () => {
  const rows = Array.from({ length: 10 * encodeSliceRows }, (_, i) => messageRow(1, i + 1));
  let turns = 0;
  let done = false;
  const count = () => {
    turns++;
    if (!done) setImmediate(count);
  };
  setImmediate(count);
  const { chunks } = await encodeBatch(put('messages', ...rows), new WrittenRosters());
  done = true;
  assert.ok(turns >= 9, `${turns} turns`);
  assert.ok(chunks.length > 1);
});
