// Time and length as the wire has them, against the host's own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { milliseconds, rfc3339 } from './time.ts';
import { clip, clipBytes, utf8Length } from './utf8.ts';

test('[LOC9] times survive being written and read, and look like everybody else writes them', () => {
  const anyTime = fc.integer({ min: Date.UTC(1, 0, 1) - 60_000_000_000, max: Date.UTC(9999, 11, 31) });
  fc.assert(
    fc.property(anyTime, (time) => {
      fc.pre(time >= Date.parse('0000-01-01T00:00:00.000Z'));
      assert.equal(rfc3339(time), new Date(time).toISOString());
      assert.equal(milliseconds(rfc3339(time)), time);
    }),
  );
  assert.equal(milliseconds('2026-11-25T09:00:00Z'), Date.UTC(2026, 10, 25, 9));
  assert.equal(milliseconds('2026-11-25T09:00:00.5Z'), Date.UTC(2026, 10, 25, 9, 0, 0, 500));
  for (const text of [
    '',
    'yesterday',
    '2026-11-25',
    '2026-11-25T09:00:00+01:00',
    '2026-11-25T09:00:00.Z',
    '2026-11-25T09:00:00.0000Z',
    '2026-1x-25T09:00:00Z',
    '2026-11-25 09:00:00Z',
  ])
    assert.ok(Number.isNaN(milliseconds(text)));
});

test('[OUT10] the length of a text is what it takes on the wire, and no pair is cut in half', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.nat({ max: 200 }), (text, characters) => {
      assert.equal(utf8Length(text), Buffer.byteLength(text, 'utf8'));
      const cut = clip(text, characters);
      assert.ok(text.startsWith(cut) && cut.length <= Math.max(characters, 0) && cut.isWellFormed());
      const short = clipBytes(text, characters);
      assert.ok(text.startsWith(short) && utf8Length(short) <= characters && short.isWellFormed());
      const next = String.fromCodePoint(text.codePointAt(short.length) ?? 0);
      assert.ok(short === text || utf8Length(short + next) > characters);
    }),
  );
  assert.equal(utf8Length('\ud800'), 3);
});
