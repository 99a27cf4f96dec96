import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AssertionFailure } from '../kernel/assert.ts';
import { idValue, type SqlValue, ValueReader, ValueWriter } from './values.ts';

const text = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }));
const integer = fc.oneof(fc.nat(300), fc.maxSafeNat(), fc.constantFrom(127, 128, 0x0fffffff, 0x10000000, 2 ** 53 - 1));
const bytes = fc.uint8Array({ maxLength: 400 });

test('[STR4] any values come back in their order, however small the buffer was at first', () => {
  const value = fc.oneof<fc.Arbitrary<SqlValue>[]>(fc.constant(null), integer, text, bytes);
  const run = fc.property(fc.array(value), fc.nat(64), (values, capacity) => {
    const out = new ValueWriter(capacity);
    for (const each of values) out.value(each);
    const from = new ValueReader(out.take(0));
    for (const each of values) {
      const read = from.value();
      assert.deepEqual(read instanceof Uint8Array ? new Uint8Array(read) : read, each);
    }
    assert.ok(from.done);
  });
  fc.assert(run);
});

test('[STR4] an id comes back whether or not it is a UUID, directly and through the database', () => {
  const uuid = fc.uuid();
  const almost = uuid.chain((id) => fc.nat(35).map((at) => `${id.slice(0, at)}X${id.slice(at + 1)}`));
  const upper = uuid.map((id) => id.toUpperCase());
  fc.assert(
    fc.property(fc.oneof(uuid, almost, upper, text), (id) => {
      const out = new ValueWriter(0);
      out.id(id);
      out.value(idValue(id));
      const from = new ValueReader(out.take(0));
      assert.equal(from.id(), id);
      assert.equal(from.id(), id);
    }),
  );
  assert.ok((idValue('0198f3a0-0000-7000-8000-000000000001') as Uint8Array).length === 16);
});

test('[STR4] a name has one number in all chunks of a batch', () => {
  const out = new ValueWriter(16);
  out.name('ana');
  out.name('ben');
  out.name('ana');
  const first = out.take(16);
  out.name('ben');
  out.name('Zoë');
  const given: string[] = [];
  const names = {
    numbers: [],
    give(name: string) {
      given.push(name);
      return 100 + given.length;
    },
  };
  const numbers = [first, out.take(0)].flatMap((chunk) => {
    const from = new ValueReader(chunk, names);
    const read: SqlValue[] = [];
    while (!from.done) read.push(from.value());
    return read;
  });
  assert.deepEqual(numbers, [101, 102, 101, 102, 103]);
  assert.deepEqual(given, ['ana', 'ben', 'Zoë']);
});

test('[STR4] a number that no row may hold is a bug of the caller', () => {
  for (const wrong of [-1, 0.5, 2 ** 53, Number.NaN])
    assert.throws(() => new ValueWriter(8).integer(wrong), AssertionFailure);
});

test('[STR13] bytes that end too early or are of another kind are noticed', () => {
  const out = new ValueWriter(8);
  out.text('a name');
  const whole = out.take(0);
  for (let length = 0; length < whole.length; length++)
    assert.throws(() => new ValueReader(whole.subarray(0, length)).text(), AssertionFailure);
  assert.throws(() => new ValueReader(whole).integer(), AssertionFailure);
});
