import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConversationId } from '@parley/protocol';
import { record } from './client-fixture.ts';
import { conversationId } from './fixture.ts';
import { maxWitnessed, maxWitnessRings } from './limits.ts';
import { MemoryDisk, MemoryStore } from './platform/memory.ts';
import type { Witness } from './ports.ts';
import { Replica } from './replica.ts';
import { keys, put, remove } from './rows.ts';
import { recordHash, windowHash } from './witness.ts';
import { Witnesses } from './witnesses.ts';

const hashOf = (id: ConversationId, seq: number) => recordHash(record(id, seq)) ?? assert.fail();
const expected = (id: ConversationId, from: number, to: number): Witness => [
  1,
  to,
  windowHash(Array.from({ length: to - from + 1 }, (_, at) => hashOf(id, from + at))),
  to - from + 1,
];

function made() {
  const disk = new MemoryDisk();
  const replica = new Replica(new MemoryStore(disk), disk.hub.member());
  const keep = (id: ConversationId, from: number, to: number) =>
    replica.commit([
      put('facts', keys.fact('server'), { logId: 'l1', epoch: 1 }),
      put('conversations', keys.conversation(id), { ranges: [[1, to]] }),
      ...Array.from({ length: to - from + 1 }, (_, at) =>
        put('hashes', keys.hash(id, from + at), hashOf(id, from + at)),
      ),
    ]);
  return { replica, witnesses: new Witnesses(replica), keep };
}

test('[ENC191] in more conversations than are at hand, the witness is read again', async () => {
  const { witnesses, keep } = made();
  const ids = Array.from({ length: maxWitnessRings + 6 }, (_, at) => conversationId(100 + at));
  for (const id of ids) await keep(id, 1, 2);
  for (const id of [...ids, ...ids.slice(0, 3)]) assert.deepEqual(await witnesses.of(id), expected(id, 1, 2));
  witnesses.close();
});

test('[ENC191] it follows what is written, however long a conversation is, and what is cut', async () => {
  const { replica, witnesses, keep } = made();
  const id = conversationId(1);
  assert.equal(await witnesses.of(id), null);
  for (let to = 1; to <= 6 * maxWitnessed; to++) {
    await keep(id, to, to);
    if (to % 50 === 0) assert.deepEqual(await witnesses.of(id), expected(id, Math.max(1, to - maxWitnessed + 1), to));
  }
  const gone = Array.from({ length: 300 }, (_, at) => remove('hashes', keys.hash(id, 85 + at)));
  await replica.commit([...gone, put('conversations', keys.conversation(id), { ranges: [[1, 84]] })]);
  assert.deepEqual(await witnesses.of(id), expected(id, 21, 84));
  witnesses.close();
});
