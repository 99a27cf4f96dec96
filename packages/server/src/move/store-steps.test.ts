import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { AccountId, ConversationId } from '@parley/protocol';
import fc from 'fast-check';
import { directConversation } from '../sequencer/conversation-ids.ts';
import { appendTo, openDesk, people, untilApplied } from '../sequencer/run-fixture.ts';
import { creation, ListLog, members, message, messageOf } from '../sequencer/stage.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { anyWrite, conversationRow, messageRow, put } from '../store/sample-rows.ts';
import { openForReading } from '../store/sqlite-open.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import { keyOf, type Write } from '../store/store.ts';
import { compareAll, copyAll, type Place } from './move.ts';
import { StoreSource } from './store-source.ts';
import { storeSteps } from './store-steps.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-move-'));
after(() => rmSync(folder, { recursive: true }));
let places = 0;
const quiet = { now: () => 0, say: () => {} };

/** A store with a file, and steps from it into memory, so many rows a page. */
async function moving(pageRows: number, now = () => 0) {
  await using opened = new AsyncDisposableStack();
  const path = join(folder, `${places++}.db`);
  const from = opened.use(await openSqliteStore(path, { onFatal: (error) => assert.fail(error) }));
  const database = opened.adopt(openForReading(path), (file) => file.close());
  const to = opened.use(new MemoryStore());
  const steps = storeSteps({ from: new StoreSource(from, database, pageRows), to, now });
  const closing = opened.move();
  return { from, to, steps, [Symbol.asyncDispose]: () => closing.disposeAsync() };
}

test('[MOV1] [MOV2] every row of every table is found in pages, from any row on, and comes back the same', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyWrite(0), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 9 }),
      async (writes, pageRows) => {
        await using world = await moving(pageRows, () => Number.NEGATIVE_INFINITY);
        await world.from.commit([...writes, ...namesOf(writes)], null);
        const pages: Place[] = [];
        const keep = async (place: Place) => void pages.push(place);
        await copyAll({ ...quiet, steps: world.steps, keep }, null);
        const same = async () => {
          const findings = await compareAll({ ...quiet, steps: world.steps });
          assert.deepEqual(
            findings.filter(({ difference }) => difference !== null),
            [],
          );
          return findings.reduce((sum, { rows }) => sum + rows, 0);
        };
        const keys = new Set(
          [...writes, ...namesOf(writes)].map(
            (write) => `${write.table} ${JSON.stringify(keyOf[write.table](write.row as never))}`,
          ),
        );
        assert.equal(await same(), keys.size);
        // From any place on what comes after it is written again, and nothing else.
        const [some] = pages.slice(pages.length / 2);
        await copyAll({ ...quiet, steps: world.steps, keep }, some ?? null);
        assert.equal(await same(), keys.size);
      },
    ),
    { numRuns: 10 },
  );
});

/** No message is without its conversation. */
function namesOf(writes: readonly Write[]): readonly Write[] {
  const named = new Set(writes.flatMap(({ table, row }) => (table === 'conversations' ? [row.conversation] : [])));
  const others = new Set(writes.flatMap(({ table, row }) => (table === 'messages' ? [row.conversation] : [])));
  return [...others]
    .filter((each) => !named.has(each))
    .flatMap((conversation) => put('conversations', { ...conversationRow(1), conversation }));
}

test('[MOV11] what expired is without content on both sides, also what expires while it is compared', async () => {
  let time = 0;
  await using world = await moving(10, () => time);
  const [first, second] = [messageRow(1, 1, { expiresAt: 100 }), messageRow(1, 2, { expiresAt: 200 })];
  await world.from.commit(put('messages', first, second), null);
  await world.from.commit(put('conversations', conversationRow(1)), null);
  await copyAll({ ...quiet, steps: world.steps, keep: async () => {} }, null);
  await world.to.expire(150, 10);
  const differing = async () =>
    (await compareAll({ ...quiet, steps: world.steps })).filter(({ difference }) => difference !== null).length;
  assert.equal(await differing(), 1, 'the clock of the move says that it is not over');
  time = 150;
  assert.equal(await differing(), 0);
});

test('[MOV3] [MOV4] what is sent again gets its old verdict in the new log, and a new one the next seq, however long the old log was', async () => {
  const [ana, ben] = people as [AccountId, AccountId];
  const chat: ConversationId = directConversation(ana, ben);
  const said = (n: number) => message(chat, ana, messageOf(n), { kind: 'content' });
  const founding = members(chat, ana, messageOf(1), creation('direct', [ana, ben]));
  await using world = await moving(2);
  const old = openDesk({ log: new ListLog('old'), store: world.from });
  await appendTo(old.log, [
    founding,
    ...Array.from({ length: 30 }, (_, n) => message(chat, ben, messageOf(100 + n), { kind: 'quiet' })),
    said(2),
  ]);
  await untilApplied(old);
  await old.sequencer[Symbol.asyncDispose]();
  const before = await world.from.get('ids', [chat, ana, messageOf(2)]);
  await copyAll({ ...quiet, steps: world.steps, keep: async () => {} }, null);

  const log = new ListLog('new');
  const now = openDesk({ log, store: world.to });
  await appendTo(log, [founding, said(2), said(3)]);
  await untilApplied(now);
  assert.deepEqual(await now.sequencer.rows.get('ids', [chat, ana, messageOf(2)]), before);
  assert.equal((await now.sequencer.rows.get('ids', [chat, ana, messageOf(3)]))?.seq, (before?.seq ?? 0) + 1);
  const state = await now.sequencer.rows.get('conversations', [chat]);
  assert.deepEqual([state?.seq, state?.offset], [(before?.seq ?? 0) + 1, 2]);
  await now.sequencer[Symbol.asyncDispose]();
});
