// Known answers that others published: RFC 5869, 7748, 8032 and 9180, the GCM specification, BIP-39; and values at which
// implementations have gone wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeBytes } from './base64.ts';
import {
  bytesOfWords,
  deriveBytes,
  hpkeOpen,
  hpkeSeal,
  openAead,
  sealAead,
  sha512,
  textOf,
  words,
  wordsOfBytes,
} from './primitives.ts';
import { sha256 } from './sha256.ts';
import { publicHalf, signBytes, utf8, verifyBytes } from './signing.ts';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const hexOf = (bytes: Uint8Array | null): string | null => bytes && Buffer.from(bytes).toString('hex');
/** With a last byte of 16: the order of the group. */
const order = 'edd3f55c1a631258d69cf7a2def9de14000000000000000000000000000000';
/** With a first byte before it: numbers around the prime of the curve. */
const prime = `${'ff'.repeat(30)}7f`;

test('[ENC65] HKDF-SHA-256 gives the three published answers', () => {
  const long = (from: number) => Uint8Array.from({ length: 80 }, (_, index) => from + index);
  const answers = [
    [hex('0b'.repeat(22)), hex('000102030405060708090a0b0c'), hex('f0f1f2f3f4f5f6f7f8f9'), 42],
    [long(0), long(0x60), long(0xb0), 82],
    [hex('0b'.repeat(22)), new Uint8Array(), new Uint8Array(), 42],
  ] as const;
  const expected = [
    '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  ];
  for (const [index, [secret, salt, info, length]] of answers.entries())
    assert.equal(hexOf(deriveBytes(secret, info, { salt, length })), expected[index]);
});

test('[ENC65] X25519 and Ed25519 give the published public keys and signatures', async () => {
  const exchanges = [
    [
      '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a',
      '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
    ],
    [
      '5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb',
      'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f',
    ],
  ] as const;
  for (const [secret, publicKey] of exchanges)
    assert.equal(hexOf(decodeBytes(await publicHalf('X25519', hex(secret)))), publicKey);
  const signatures = [
    [
      '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      '',
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ],
    [
      '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      '72',
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ],
  ] as const;
  for (const [seed, message, publicKey, signature] of signatures) {
    assert.equal(hexOf(decodeBytes(await publicHalf('Ed25519', hex(seed)))), publicKey);
    assert.equal(hexOf(await signBytes(hex(seed), hex(message))), signature);
    assert.equal(await verifyBytes(hex(publicKey), hex(message), hex(signature)), true);
    assert.equal(await verifyBytes(hex(publicKey), hex(`${message}00`), hex(signature)), false);
  }
});

test('[ENC65] no signature with a special value in one of its halves is taken, and none of another length', async () => {
  const publicKey = hex('7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa');
  const zero = '00'.repeat(32);
  const special = [zero, `01${'00'.repeat(31)}`, `${order}10`, `ec${order.slice(2)}10`, `ed${prime}`, `ec${prime}`];
  for (const first of special)
    for (const second of special)
      assert.equal(await verifyBytes(publicKey, hex('3f'), hex(first + second)), false, first + second);
  const good =
    'd4fbdb52bfa726b44d1786a8c0d171c3e62ca83c9e5bbe63de0bb2483f8fd6cc1429ab72cafc41ab56af02ff8fcc43b99bfe4c7ae940f60f38ebaa9d311c4007';
  assert.equal(await verifyBytes(publicKey, new Uint8Array(), hex(good)), true);
  for (const other of ['', good.slice(2), `${good}00`])
    assert.equal(await verifyBytes(publicKey, new Uint8Array(), hex(other)), false);
  assert.equal(await verifyBytes(publicKey.subarray(1), new Uint8Array(), hex(good)), false);
  for (const key of [zero, 'ff'.repeat(32), `02${'00'.repeat(31)}`])
    assert.equal(await verifyBytes(hex(key), new Uint8Array(), hex(good)), false, key);
  // The same signature with the order added to its second half.
  const half = BigInt(`0x${Buffer.from(hex(good).subarray(32)).reverse().toString('hex')}`);
  const more =
    half +
    BigInt(
      `0x${Buffer.from(hex(`${order}10`))
        .reverse()
        .toString('hex')}`,
    );
  const second = Buffer.from(more.toString(16).padStart(64, '0'), 'hex').reverse();
  assert.equal(await verifyBytes(publicKey, new Uint8Array(), hex(good.slice(0, 64) + second.toString('hex'))), false);
});

test('[ENC65] AES-256-GCM gives the published ciphertexts, and a change of any bit is refused', async () => {
  const key = 'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308';
  const zero = '00'.repeat(32);
  const text =
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39';
  const sealed =
    '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662';
  const answers = [
    [zero, '00'.repeat(12), '', '', '530f8afbc74536b9a963b4f1c4cb738b'],
    [zero, '00'.repeat(12), '', '00'.repeat(16), 'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919'],
    [
      key,
      'cafebabefacedbaddecaf888',
      'feedfacedeadbeeffeedfacedeadbeefabaddad2',
      text,
      `${sealed}76fc6ece0f4e1768cddf8853bb2d551b`,
    ],
  ] as const;
  for (const [secret, nonce, bound, plain, expected] of answers) {
    const aead = { key: hex(secret), nonce: hex(nonce), bound: hex(bound) };
    assert.equal(hexOf(await sealAead(aead, hex(plain))), expected);
    assert.equal(hexOf(await openAead(aead, hex(expected))), plain);
    for (let bit = 0; bit < expected.length * 4; bit++)
      assert.equal(await openAead(aead, flipped(hex(expected), bit)), null);
    for (const part of ['key', 'nonce', 'bound'] as const)
      for (let bit = 0; bit < aead[part].length * 8; bit += 5)
        assert.equal(await openAead({ ...aead, [part]: flipped(aead[part], bit) }, hex(expected)), null);
  }
  const aead = { key: hex(zero), nonce: hex('00'.repeat(12)), bound: new Uint8Array() };
  for (const length of [0, 1, 15]) assert.equal(await openAead(aead, new Uint8Array(length)), null);
  await assert.rejects(sealAead({ ...aead, key: hex('00'.repeat(16)) }, new Uint8Array()), RangeError);
  await assert.rejects(sealAead({ ...aead, nonce: hex('00'.repeat(8)) }, new Uint8Array()), RangeError);
});

const hpke = {
  info: '4f6465206f6e2061204772656369616e2055726e',
  bound: '436f756e742d30',
  entropy: '2cd7c601cefb3d42a62b04b7a9041494c06c7843818e0ce28a8f704ae7ab20f9',
  secret: '497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d',
  publicKey: '430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c',
  plain: '4265617574792069732074727574682c20747275746820626561757479',
  enc: '6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256',
  sealed: 'e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cdad859d5b7a',
};

test('[ENC65] HPKE gives the published box for X25519, HKDF-SHA-256 and AES-256-GCM', async () => {
  const to = { publicKey: hex(hpke.publicKey), info: hex(hpke.info), bound: hex(hpke.bound) };
  const box = await hpkeSeal(to, hex(hpke.plain), hex(hpke.entropy));
  assert.equal(hexOf(box.enc), hpke.enc);
  assert.equal(hexOf(box.sealed), hpke.sealed);
  const from = { secret: hex(hpke.secret), info: to.info, bound: to.bound };
  assert.equal(hexOf(await hpkeOpen(from, box)), hpke.plain);
  for (const part of ['secret', 'info', 'bound'] as const)
    assert.equal(await hpkeOpen({ ...from, [part]: flipped(from[part], 11) }, box), null);
  await assert.rejects(hpkeSeal(to, hex(hpke.plain), new Uint8Array(31)), RangeError);
});

test('[ENC65] a box whose key is a point of low order, or no key, opens to nothing', async () => {
  const from = { secret: hex(hpke.secret), info: hex(hpke.info) };
  const low = [
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    `ec${prime}`,
    `ed${prime}`,
    `ee${prime}`,
    '00'.repeat(31),
  ];
  for (const enc of low) assert.equal(await hpkeOpen(from, { enc: hex(enc), sealed: hex(hpke.sealed) }), null, enc);
});

test('[ENC65] the words of 32 bytes are those of BIP-39', () => {
  assert.equal(words.length, 2_048);
  const known = [
    ['00', 'abandon', 'art'],
    ['ff', 'zoo', 'vote'],
  ] as const;
  for (const [byte, word, last] of known)
    assert.deepEqual(wordsOfBytes(hex(byte.repeat(32))), [...Array.from({ length: 23 }, () => word), last]);
  const legal = 'legal winner thank year wave sausage worth useful '.repeat(3).trim().split(' ');
  assert.deepEqual(wordsOfBytes(hex('7f'.repeat(32))), [...legal.slice(0, -1), 'title']);
  assert.equal(bytesOfWords(legal), null);
  assert.throws(() => wordsOfBytes(new Uint8Array(16)), RangeError);
});

test('[ENC65] hashes give the published answers', async () => {
  assert.equal(hexOf(sha256(utf8('abc'))), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  assert.equal(
    hexOf(await sha512(utf8('abc'))),
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  );
});

test('[ENC64] text is UTF-8, and bytes that are none are no text', () => {
  const text = fc.string({ unit: 'binary' }).filter((one) => one.isWellFormed());
  fc.assert(fc.property(text, (one) => assert.equal(textOf(utf8(one)), one)));
  for (const bytes of ['ff', 'c080', 'eda080', 'e282']) assert.equal(textOf(hex(bytes)), null);
  assert.equal(textOf(hex('efbbbf41')), '\ufeffA');
});

/** The same bytes with one bit the other way. */
function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}
