// The rows of a window, against a plain list: whatever is loaded and whatever is written meanwhile, in any order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { accountId, conversationId, messageId } from './fixture.ts';
import type { LocalWrite } from './ports.ts';
import { type FoldRow, keys, type MessageRow, put, remove } from './rows.ts';
import { Window } from './window.ts';

const chat = conversationId(1);
const sender = accountId(2);

const row = (seq: number, text: string): MessageRow => ({
  conversation: chat,
  seq,
  ord: seq,
  id: messageId(seq),
  sender,
  kind: 'content',
  lamport: seq,
  storedAt: seq,
  timestamp: seq,
  body: { type: 'text', text },
});
const fold = (target: number, seq: number): FoldRow => ({
  seq,
  id: messageId(seq),
  sender,
  storedAt: seq,
  body: { type: 'reaction', target, emoji: '👍' },
});

const seqs = fc.integer({ min: 1, max: 20 });
const anyWrite: fc.Arbitrary<LocalWrite> = fc.oneof(
  fc
    .tuple(seqs, fc.constantFrom('a', 'b'))
    .map(([seq, text]) => put('messages', keys.message(chat, seq), row(seq, text))),
  seqs.map((seq) => remove('messages', keys.message(chat, seq))),
  fc.tuple(seqs, seqs).map(([target, seq]) => put('folds', keys.fold(chat, target, seq + 20), fold(target, seq + 20))),
  fc.tuple(seqs, seqs).map(([target, seq]) => remove('folds', keys.fold(chat, target, seq + 20))),
);

/** Everything that was written, as a store would have it. */
class Shelf {
  readonly rows = new Map<number, MessageRow>();
  readonly folds = new Map<string, FoldRow>();

  write(write: LocalWrite): void {
    const [, target, seq = 0] = write.key as readonly [string, number, number?];
    if (write.table === 'messages' && 'remove' in write) this.rows.delete(target);
    else if (write.table === 'messages' && !('remove' in write)) this.rows.set(target, write.value as MessageRow);
    else if ('remove' in write) this.folds.delete(`${target}/${seq}`);
    else this.folds.set(`${target}/${seq}`, write.value as FoldRow);
  }

  read(from: number, to: number) {
    const isIn = (seq: number) => from <= seq && seq <= to;
    const folds = [...this.folds.values()].map((each) => ({ target: each.body.target, fold: each }));
    return {
      rows: [...this.rows.values()].filter(({ seq }) => isIn(seq)).sort((a, b) => a.seq - b.seq),
      folds: folds.filter(({ target }) => isIn(target)),
    };
  }
}

test('[TLN6] a window shows what a store would give, whatever is written before, while and after it reads', () => {
  const anyStep = fc.oneof(
    fc.record({ type: fc.constant('write' as const), write: anyWrite }),
    fc.record({
      type: fc.constant('begin' as const),
      side: fc.constantFrom('older', 'newer' as const),
      by: fc.nat({ max: 6 }),
    }),
    fc.record({ type: fc.constant('end' as const) }),
  );
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 60 }), seqs, (steps, start) => {
      const shelf = new Shelf();
      const window = new Window<null>([]);
      window.reset(start, start - 1);
      let loading: {
        readonly edge: { from: number } | { to: number };
        readonly found: ReturnType<Shelf['read']>;
      } | null = null;
      const end = () => {
        if (loading !== null) window.take(loading.found.rows, loading.found.folds, loading.edge);
        loading = null;
      };
      for (const step of steps) {
        if (step.type === 'write') {
          shelf.write(step.write);
          window.apply([step.write]);
        } else if (step.type === 'end') end();
        else if (loading === null) {
          window.reading();
          const isOlder = step.side === 'older';
          const from = isOlder ? Math.max(1, window.from - step.by) : window.to + 1;
          const to = isOlder ? window.from - 1 : window.to + step.by;
          // What is read here is as old as this moment, and put in later.
          loading = { edge: isOlder ? { from } : { to }, found: shelf.read(from, to) };
        }
      }
      end();
      const { rows, folds } = shelf.read(window.from, window.to);
      assert.deepEqual(window.sorted(), rows);
      for (const { seq } of rows) {
        const expected = folds.filter(({ target }) => target === seq).map((each) => each.fold.seq);
        assert.deepEqual(
          window
            .folds(seq)
            .map((each) => each.seq)
            .sort((a, b) => a - b),
          expected.sort((a, b) => a - b),
        );
      }
    }),
    { numRuns: 300 },
  );
});

test('[TLN8] what is over the bound goes at the far end, with all that belongs to it', () => {
  const window = new Window<null>([]);
  window.reset(1, 10);
  for (let seq = 1; seq <= 10; seq++) window.apply([put('messages', keys.message(chat, seq), row(seq, 'a'))]);
  window.apply([put('folds', keys.fold(chat, 1, 30), fold(1, 30))]);
  assert.equal(window.trim('older', 8), true);
  assert.deepEqual([window.from, window.to, window.rows.size, window.folds(1)], [3, 10, 8, []]);
  assert.equal(window.trim('newer', 5), true);
  assert.deepEqual([window.from, window.to], [3, 7]);
  assert.equal(window.trim('newer', 5), false);
});
