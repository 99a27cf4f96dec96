import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, ConversationId, DeviceId, MessageId } from '@parley/protocol';
import * as wire from '@parley/protocol/limits';
import fc from 'fast-check';
import { utf8Length } from '../utf8.ts';
import { encodeBytes } from './base64.ts';
import {
  type Binding,
  type Inner,
  maxInnerBytes,
  paddedLength,
  parseSealed,
  printInner,
  printSealed,
  readInner,
} from './sealed-content.ts';

const envelope: Binding = {
  conversation: 'c_AAAAAAAAAAAAAAAAAAAAAA' as ConversationId,
  id: '01930000-0000-7000-8000-000000000001' as MessageId,
  sender: 'a_AAAAAAAAAAAAAAAAAAAAAA' as AccountId,
  device: 'd_AAAAAAAAAAAAAAAAAAAAAA' as DeviceId,
};
const inner: Inner = {
  ...envelope,
  entry: 'hash',
  witness: [1, 20, 'hash', 20],
  body: { type: 'text', text: 'Hello' },
};
const withText = (text: string): Inner => ({ ...inner, body: { type: 'text', text } });
const printed = (of: Inner): string => {
  const text = printInner(of);
  assert.ok(text !== null);
  return text;
};

test('[ENC61] content names its session and holds a Megolm ciphertext, else it is not sealed', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ minLength: 3, maxLength: 400 }),
      (session, rest) => {
        const parts = { session: encodeBytes(session), ciphertext: encodeBytes(new Uint8Array([3, ...rest])) };
        assert.deepEqual(parseSealed(printSealed(parts)), parts);
        const other = encodeBytes(new Uint8Array([(rest[0] ?? 0) === 3 ? 4 : (rest[0] ?? 0), ...rest]));
        assert.equal(parseSealed(printSealed({ ...parts, ciphertext: other })), null);
      },
    ),
  );
  const session = encodeBytes(new Uint8Array(32));
  const wrong = [
    '',
    'Hello',
    `2.${session}.AwgA`,
    `1.${session.slice(1)}.AwgA`,
    `1.${session}.Awg=`,
    `1.${session}.Awg-`,
  ];
  for (const text of [...wrong, `1.${session}.AwgAA`, `1.${session}`, ` 1.${session}.AwgA`, `1.${session}.AwgA\n`])
    assert.equal(parseSealed(text), null, text);
  const most = wire.maxContentBytes - session.length - 3;
  const long = `Aw${'A'.repeat(most - 2)}`;
  assert.equal(parseSealed(`1.${session}.${long}`)?.ciphertext, long);
  assert.equal(parseSealed(`1.${session}.${long}AAAA`), null);
});

test('[ENC62] sizes are rounded up to 160 bytes, twice, four times that, above 10 KiB to the next 5 KiB', () => {
  const steps = [160, 320, 640, 1_280, 2_560, 5_120, 10_240, 15_360, 20_480, 25_600, 30_720, 35_840];
  let before = 0;
  for (const step of steps) {
    assert.equal(paddedLength(before + 1), step);
    assert.equal(paddedLength(step), step);
    before = step;
  }
});

test('[ENC62] what is encrypted has such a size in bytes, whatever the text is, and says the same', () => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 3_000 }).filter((t) => t.isWellFormed());
  fc.assert(
    fc.property(text, (said) => {
      const made = printed(withText(said));
      const bytes = utf8Length(made);
      assert.equal(bytes, paddedLength(bytes));
      assert.equal(bytes, Buffer.byteLength(made));
      assert.deepEqual(readInner(made, envelope), { ok: true, inner: withText(said) });
    }),
  );
});

test('[ENC62] the longest text fits, and a body that does not fit is refused', () => {
  const long = printed(withText('ü'.repeat(wire.maxTextCharacters)));
  assert.ok(utf8Length(long) <= maxInnerBytes);
  assert.equal(printInner(withText('\u0001'.repeat(wire.maxTextCharacters))), null);
  // The ciphertext has a wrapper of JSON, padding, a signature and more: less than 400 bytes, then base64 and the session.
  assert.ok(Math.ceil(((maxInnerBytes + 400) * 4) / 3) + 46 <= wire.maxContentBytes);
});

test('[ENC63] a ciphertext under another conversation, id, sender or device is refused as altered', () => {
  const made = printed(inner);
  const others: Binding = {
    conversation: 'c_BAAAAAAAAAAAAAAAAAAAAA' as ConversationId,
    id: '01930000-0000-7000-8000-000000000002' as MessageId,
    sender: 'a_BAAAAAAAAAAAAAAAAAAAAA' as AccountId,
    device: 'd_BAAAAAAAAAAAAAAAAAAAAA' as DeviceId,
  };
  assert.equal(readInner(made, envelope).ok, true);
  for (const field of Object.keys(others) as (keyof Binding)[])
    assert.deepEqual(readInner(made, { ...envelope, [field]: others[field] }), { ok: false, reason: 'altered', field });
});

test('[ENC63] what makes no sense inside is broken and never throws', () => {
  const fields = JSON.parse(printed(inner)) as Record<string, unknown>;
  const wrong: readonly unknown[] = [
    { ...fields, c: 7 },
    { ...fields, n: 7 },
    { ...fields, n: undefined },
    { ...fields, k: [1, 2] },
    { ...fields, k: [1, -2, 'x'] },
    { ...fields, k: [1, 2, ''] },
    { ...fields, b: { type: 'nothing known' } },
    [],
    null,
    7,
  ];
  for (const value of wrong)
    assert.deepEqual(readInner(JSON.stringify(value), envelope), { ok: false, reason: 'broken' });
  fc.assert(fc.property(fc.string(), (text) => assert.equal(readInner(text, envelope).ok, false)));
  const none = printed({ ...inner, entry: null, witness: null });
  assert.deepEqual(readInner(none, envelope), { ok: true, inner: { ...inner, entry: null, witness: null } });
});
