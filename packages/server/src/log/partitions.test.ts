import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConversationId } from '@parley/protocol';
import { murmur2, partitionOf } from './partitions.ts';

test('[LOG26] the hash is that of the clients of Kafka', () => {
  // Values of Kafka's own test of Utils.murmur2.
  const known: Readonly<Record<string, number>> = {
    '21': -973_932_308,
    foobar: -790_332_482,
    'a-little-bit-long-string': -985_981_536,
    'a-little-bit-longer-string': -1_486_304_829,
    lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58_897_971,
    abc: 479_470_107,
  };
  for (const [text, hash] of Object.entries(known)) assert.equal(murmur2(Buffer.from(text)), hash, text);
});

test('[LOG26] conversations spread over all partitions, each always in the same one; with one partition all are in it', () => {
  const counts = Array.from({ length: 128 }, () => 0);
  for (let n = 0; n < 12_800; n++) {
    const id = `c_${n.toString(36).padStart(22, 'A')}` as ConversationId;
    const partition = partitionOf(id, { partitions: 128 });
    assert.equal(partitionOf(id, { partitions: 128 }), partition);
    assert.equal(partitionOf(id, { partitions: 1 }), 0);
    counts[partition] = (counts[partition] ?? 0) + 1;
  }
  assert.ok(Math.min(...counts) > 50 && Math.max(...counts) < 170, `${Math.min(...counts)} to ${Math.max(...counts)}`);
});
