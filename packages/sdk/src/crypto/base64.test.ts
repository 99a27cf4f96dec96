import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeBytes, decodeExactly, encodeBytes } from './base64.ts';

test('[ENC64] bytes have one text and no other is read', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom('base64', 'base64url'), (bytes, alphabet) => {
      const text = encodeBytes(bytes, alphabet);
      assert.equal(text, Buffer.from(bytes).toString(alphabet).replaceAll('=', ''));
      assert.deepEqual(decodeBytes(text, alphabet), bytes);
    }),
  );
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('A', 'Q', 'g', 'w', '7', '/', '_', '+', '-', '=', ' '), maxLength: 12 }),
      (text) => {
        const bytes = decodeBytes(text);
        if (bytes !== null) assert.equal(encodeBytes(bytes), text);
      },
    ),
  );
  for (const text of ['A', 'AB', 'AAB', 'AA==', 'AA A', '-_', 'Ä', '😀']) assert.equal(decodeBytes(text), null, text);
});

test('[ENC64] a key of another length is no key', () => {
  const key = encodeBytes(new Uint8Array(32));
  assert.deepEqual(decodeExactly(32, key), new Uint8Array(32));
  for (const text of [key.slice(0, -2), `${key}AAAA`, 'A'.repeat(100_000), 7, undefined])
    assert.equal(decodeExactly(32, text), null);
});
