import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { crc32c } from './crc32c.ts';

test('[LOG7] the checksum is CRC32C: the published vectors come out', () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, n) => n);
  assert.equal(crc32c(new TextEncoder().encode('123456789')), 0xe3069283);
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assert.equal(crc32c(ascending), 0x46dd794e);
  assert.equal(crc32c(ascending.toReversed()), 0x113fdb5c);
  assert.equal(crc32c(new Uint8Array(0)), 0);
});

test('[LOG7] the checksum of pieces, chained, is that of the whole, wherever it is cut', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, at) => {
      const cut = Math.min(at, bytes.length);
      assert.equal(crc32c(bytes, crc32c(bytes, 0, 0, cut), cut), crc32c(bytes));
      assert.equal(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut))), crc32c(bytes));
    }),
  );
});
