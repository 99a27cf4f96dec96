import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Unavailable } from '../kernel/result.ts';
import { compareAll, copyAll, type Place, tableOf } from './move.ts';
import { type Cursor, type Step, textOf } from './step.ts';

/** Numbered rows of one kind, from a list to a list, two a page. */
function listStep(name: string, from: readonly string[], to: Map<number, string>, die: () => void = () => {}): Step {
  const pageRows = 2;
  const pages = function* (after: number) {
    for (let at = after + 1; at < from.length; at += pageRows) yield { at, rows: from.slice(at, at + pageRows) };
  };
  return {
    name,
    count: () => from.length,
    async *copy(after: Cursor | null) {
      for (const { at, rows } of pages(Number(after?.[0] ?? -1))) {
        for (const [i, row] of rows.entries()) {
          die();
          to.set(at + i, row);
        }
        yield { rows: rows.length, at: [at + rows.length - 1] };
      }
    },
    async *compare() {
      for (const { at, rows } of pages(-1))
        yield { rows: rows.length, from: rows, to: rows.flatMap((_, i) => to.get(at + i) ?? []) };
    },
  };
}

const quiet = { now: () => 0, say: () => {} };

test('[MOV2] however often a move is ended, and wherever, it goes on and everything is there once', async () => {
  const kinds = fc.array(fc.array(fc.string(), { maxLength: 9 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(kinds, fc.array(fc.nat(6)), async (all, deaths) => {
      let place: Place | null = null;
      let left = Number.POSITIVE_INFINITY;
      const die = () => {
        if (left-- <= 0) throw new Unavailable('dead');
      };
      const there = all.map(() => new Map<number, string>());
      const steps = all.map((rows, i) => listStep(`kind ${i}`, rows, there[i] ?? new Map<number, string>(), die));
      const keep = async (next: Place) => {
        die();
        place = next;
      };
      for (const death of deaths) {
        left = death;
        await copyAll({ ...quiet, steps, keep }, place).catch((error) => assert.ok(error instanceof Unavailable));
      }
      left = Number.POSITIVE_INFINITY;
      await copyAll({ ...quiet, steps, keep }, place);
      assert.deepEqual(
        there.map((rows) => [...rows.values()]),
        all,
      );
      assert.deepEqual(place, { step: null, after: null });
      const findings = await compareAll({ ...quiet, steps });
      assert.deepEqual(
        findings.map(({ rows, difference }) => [rows, difference]),
        all.map((rows) => [rows.length, null]),
      );
    }),
    { numRuns: 60 },
  );
});

test('[MOV7] what differs, is missing or came from elsewhere is found, with the first of its kind', async () => {
  const whole = ['a', 'b', 'c', 'd', 'e'];
  const found = async (change: (rows: Map<number, string>) => void, over: Partial<Step> = {}) => {
    const rows = new Map(whole.entries());
    change(rows);
    const [finding] = await compareAll({ ...quiet, steps: [{ ...listStep('letters', whole, rows), ...over }] });
    return finding?.difference;
  };
  assert.equal(await found(() => {}), null);
  assert.deepEqual(await found((rows) => rows.set(3, 'D')), ['d', 'D']);
  assert.deepEqual(await found((rows) => rows.delete(4)), ['e', null]);
  const more = async function* () {
    yield { rows: 1, from: ['a'], to: ['a', 'z'] };
  };
  assert.deepEqual(await found(() => {}, { compare: more }), [null, 'z']);
  assert.deepEqual(await found(() => {}, { count: () => 6 }), ['6 rows', '5 rows']);
  assert.equal(await found(() => {}, { count: () => 6, fades: true }), null, 'what was over meanwhile does not count');
});

test('[MOV7] findings are a line each, and equal rows have the same hash in any order of their fields', async () => {
  const one = textOf({
    b: new Map([
      ['y', 1],
      ['x', 2],
    ]),
    a: new Uint8Array([1, 2]),
  });
  assert.equal(
    one,
    textOf({
      a: Uint8Array.of(1, 2),
      b: new Map([
        ['x', 2],
        ['y', 1],
      ]),
    }),
  );
  assert.notEqual(
    one,
    textOf({
      a: Uint8Array.of(1, 3),
      b: new Map([
        ['x', 2],
        ['y', 1],
      ]),
    }),
  );
  const lines = tableOf([
    { name: 'accounts', rows: 12, hash: 'ab'.repeat(32), difference: null },
    { name: 'marks', rows: 3, hash: '', difference: ['a', null] },
  ]);
  assert.deepEqual(lines, ['accounts          12  same  abababababababab', 'marks              3  DIFFERENT']);
});
