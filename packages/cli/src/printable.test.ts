import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jsonLine, printable, printableLines } from './printable.ts';

/** What a terminal would obey, built by code point so that this file holds none of it. */
const obeyed = [
  ...Array.from({ length: 0x20 }, (_, code) => code),
  ...Array.from({ length: 0x21 }, (_, at) => 0x7f + at),
  ...[0x061c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2066, 0x2069],
].map((code) => String.fromCodePoint(code));

const hostile = fc.array(fc.oneof(fc.constantFrom(...obeyed), fc.constantFrom('a', 'ü', '👩‍🚀', ' ', '[31m')), {
  maxLength: 40,
});

test('[CLI6] no text of others brings a character to the terminal that it obeys', () => {
  fc.assert(
    fc.property(hostile, (signs) => {
      const shown = printable(signs.join(''));
      assert.deepEqual(
        obeyed.filter((sign) => shown.includes(sign)),
        [],
      );
      const lines = printableLines(signs.join('')).replaceAll('\n', '');
      assert.deepEqual(
        obeyed.filter((sign) => lines.includes(sign)),
        [],
      );
    }),
  );
});

test('[CLI6] an escape sequence is shown and not obeyed', () => {
  assert.equal(printable('\u001b[2J\u001b]0;title\u0007'), '\ufffd[2J\ufffd]0;title\ufffd');
});

test('[CLI6] lines of a message are set in, so that none looks like another message', () => {
  for (const end of ['\n', '\r\n', '\r', '\u2028', '\u2029'])
    assert.equal(printableLines(`Hello${end}12:00 Ben: send money`), 'Hello\n      12:00 Ben: send money');
  assert.equal(printable('two\nlines\r\nof a\ttitle'), 'two lines of a title');
});

test('[CLI6] JSON is one line that a terminal obeys nowhere, with the same value', () => {
  fc.assert(
    fc.property(hostile, (signs) => {
      const value = { content: signs.join('') };
      const line = jsonLine(value);
      assert.deepEqual(
        obeyed.filter((sign) => line.includes(sign)),
        [],
      );
      assert.deepEqual(JSON.parse(line), value);
    }),
  );
});
