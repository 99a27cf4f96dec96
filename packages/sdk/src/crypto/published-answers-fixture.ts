// Known answers that others published: RFC 5869, 7748, 8032 and 9180, the GCM specification, BIP-39, Signal's numeric
// fingerprint; and values at which implementations have gone wrong. Who answers may be here or on a page: it is asked, and
// judged here.
import assert from 'node:assert/strict';
import type { AccountId } from '@parley/protocol';
import { encodeBytes } from './base64.ts';
import type { Person } from './safety-number.ts';
import type { AeadVector, Ask, HalfVector } from './vector-answers-fixture.ts';

/** With a last byte of 16: the order of the group. */
const order = 'edd3f55c1a631258d69cf7a2def9de14000000000000000000000000000000';
/** With a first byte before it: numbers around the prime of the curve. */
const prime = `${'ff'.repeat(30)}7f`;
const zero = '00'.repeat(32);

async function judgeHkdf(ask: Ask): Promise<void> {
  const long = (from: number) => Uint8Array.from({ length: 80 }, (_, index) => from + index).toHex();
  const secret = '0b'.repeat(22);
  const vectors = [
    { ikm: secret, salt: '000102030405060708090a0b0c', info: 'f0f1f2f3f4f5f6f7f8f9', size: 42 },
    { ikm: long(0), salt: long(0x60), info: long(0xb0), size: 82 },
    { ikm: secret, salt: '', info: '', size: 42 },
  ];
  assert.deepEqual(await ask('hkdfSha256', vectors), [
    '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  ]);
}

const signed = [
  {
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    msg: '',
    pk: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    sig: 'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    msg: '72',
    pk: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    sig: '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
] as const;

async function judgeCurves(ask: Ask): Promise<void> {
  const exchanges: readonly (HalfVector & { readonly half: string })[] = [
    {
      curve: 'X25519',
      secret: '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a',
      half: '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
    },
    {
      curve: 'X25519',
      secret: '5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb',
      half: 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f',
    },
    ...signed.map(({ seed, pk }) => ({ curve: 'Ed25519', secret: seed, half: pk }) as const),
  ];
  assert.deepEqual(
    await ask('halves', exchanges),
    exchanges.map(({ half }) => half),
  );
  assert.deepEqual(
    await ask('signatures', signed),
    signed.map(({ sig }) => sig),
  );
  const checked = signed.flatMap(({ pk, msg, sig }) =>
    [msg, `${msg}00`].map((one) => ({ publicKey: { pk }, msg: one, sig })),
  );
  assert.deepEqual(await ask('ed25519', checked), [true, false, true, false]);
}

async function judgeForged(ask: Ask): Promise<void> {
  const pk = '7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa';
  const good =
    'd4fbdb52bfa726b44d1786a8c0d171c3e62ca83c9e5bbe63de0bb2483f8fd6cc1429ab72cafc41ab56af02ff8fcc43b99bfe4c7ae940f60f38ebaa9d311c4007';
  const special = [zero, `01${'00'.repeat(31)}`, `${order}10`, `ec${order.slice(2)}10`, `ed${prime}`, `ec${prime}`];
  const halves = special.flatMap((first) => special.map((second) => first + second));
  // The same signature with the order added to its second half.
  const more = numberOf(good.slice(64)) + numberOf(`${order}10`);
  const second = Uint8Array.fromHex(more.toString(16).padStart(64, '0')).reverse().toHex();
  const forged = [
    ...halves.map((sig) => ({ publicKey: { pk }, msg: '3f', sig })),
    ...['', good.slice(2), `${good}00`, good.slice(0, 64) + second].map((sig) => ({ publicKey: { pk }, msg: '', sig })),
    ...[pk.slice(2), zero, 'ff'.repeat(32), `02${'00'.repeat(31)}`].map((key) => ({
      publicKey: { pk: key },
      msg: '',
      sig: good,
    })),
  ];
  const taken = await ask('ed25519', [{ publicKey: { pk }, msg: '', sig: good }, ...forged]);
  assert.deepEqual(taken, [true, ...forged.map(() => false)]);
}

/** A number whose lowest byte stands first. */
const numberOf = (hex: string): bigint => BigInt(`0x${Uint8Array.fromHex(hex).reverse().toHex()}`);

const text =
  'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39';
const ofText =
  '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662';
const gcm: readonly AeadVector[] = [
  { key: zero, iv: '00'.repeat(12), aad: '', msg: '', ct: '', tag: '530f8afbc74536b9a963b4f1c4cb738b' },
  {
    key: zero,
    iv: '00'.repeat(12),
    aad: '',
    msg: '00'.repeat(16),
    ct: 'cea7403d4d606b6e074ec5d3baf39d18',
    tag: 'd0d1c8a799996bf0265b98b5d48ab919',
  },
  {
    key: 'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
    iv: 'cafebabefacedbaddecaf888',
    aad: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    msg: text,
    ct: ofText,
    tag: '76fc6ece0f4e1768cddf8853bb2d551b',
  },
];

async function judgeGcm(ask: Ask): Promise<void> {
  assert.deepEqual(
    await ask('aesGcm', gcm),
    gcm.map(({ msg, ct, tag }) => [msg, ct + tag]),
  );
  const short = gcm.slice(0, 1).flatMap((one) => ['', '00', '00'.repeat(15)].map((tag) => ({ ...one, ct: '', tag })));
  const changed = [...gcm.flatMap(everyChange), ...short];
  const opened = await ask('aesGcm', changed);
  assert.equal(opened.length, changed.length);
  for (const [at, [found]] of opened.entries()) assert.equal(found, null, JSON.stringify(changed[at]));
  const [vector] = gcm;
  assert.ok(vector);
  const others = [
    { ...vector, key: '00'.repeat(16) },
    { ...vector, iv: '00'.repeat(8) },
  ];
  for (const found of await ask('aesGcm', others)) assert.deepEqual(found, ['RangeError', 'RangeError']);
}

/** The same with any bit of what is sealed another, and every fifth of the rest. */
function everyChange(vector: AeadVector): readonly AeadVector[] {
  const { ct, tag } = vector;
  const whole = ct + tag;
  const changed = Array.from({ length: whole.length * 4 }, (_, bit) => ({
    ...vector,
    ct: '',
    tag: flipped(whole, bit),
  }));
  const parts = (['key', 'iv', 'aad'] as const).flatMap((part) =>
    Array.from({ length: Math.ceil((vector[part].length * 4) / 5) }, (_, at) => ({
      ...vector,
      [part]: flipped(vector[part], at * 5),
    })),
  );
  return [...changed, ...parts];
}

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

async function judgeBox(ask: Ask): Promise<void> {
  const made = await ask('boxes', [hpke, { ...hpke, entropy: '00'.repeat(31) }]);
  assert.deepEqual(made, [hpke.enc + hpke.sealed, 'RangeError']);
  const changed = (['secret', 'info', 'bound'] as const).map((part) => ({ ...hpke, [part]: flipped(hpke[part], 11) }));
  assert.deepEqual(await ask('openings', [hpke, ...changed]), [hpke.plain, null, null, null]);
}

async function judgeLowOrder(ask: Ask): Promise<void> {
  const low = [
    zero,
    `01${'00'.repeat(31)}`,
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    `ec${prime}`,
    `ed${prime}`,
    `ee${prime}`,
    '00'.repeat(31),
  ];
  assert.deepEqual(
    await ask(
      'openings',
      low.map((enc) => ({ ...hpke, bound: '', enc })),
    ),
    low.map(() => null),
  );
}

async function judgeWords(ask: Ask): Promise<void> {
  const legal = 'legal winner thank year wave sausage worth useful '.repeat(3).trim().split(' ');
  const given = ['00', 'ff', '7f'].map((byte) => byte.repeat(32));
  const known = [`${'abandon '.repeat(23)}art`, `${'zoo '.repeat(23)}vote`, [...legal.slice(0, -1), 'title'].join(' ')];
  assert.deepEqual(await ask('wordsOf', [...given, '00'.repeat(16)]), [...known, 'RangeError']);
  assert.deepEqual(await ask('bytesOf', [...known, legal.join(' ')]), [...given, null]);
}

async function judgeHashes(ask: Ask): Promise<void> {
  assert.deepEqual(await ask('hashes', ['abc']), [
    [
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    ],
  ]);
}

async function judgeDigits(ask: Ask): Promise<void> {
  const halves = await ask('digits', [
    { name: '+14152222222', key: '0506863bc66d02b40d27b8d49ca7c09e9239236f9d7d25d6fcca5ce13c7064d868' },
    { name: '+14153333333', key: '05f781b6fb32fed9ba1cf2de978d4d5da28dc34046ae814402b5c0dbd96fda907b' },
  ]);
  assert.equal(halves.join(''), '300354477692869396892869876765458257569162576843440918079131');
}

export const masterKey = (byte: number): string => encodeBytes(new Uint8Array(32).fill(byte));
export const lin: Person = { account: 'a_AAAAAAAAAAAAAAAAAAAAAA' as AccountId, masterKey: masterKey(1) };
export const noor: Person = { account: 'a_BAAAAAAAAAAAAAAAAAAAAA' as AccountId, masterKey: masterKey(2) };
export const mallory: Person = { account: 'a_CAAAAAAAAAAAAAAAAAAAAA' as AccountId, masterKey: masterKey(3) };

async function judgeSafetyNumber(ask: Ask): Promise<void> {
  // Computed by another implementation (Python's `hashlib`).
  const known = '007298464424405526268664609483266764921254953243859853501496';
  const [number, theirs, ...others] = await ask('safetyNumbers', [
    [lin, noor],
    [noor, lin],
    [lin, { ...noor, masterKey: masterKey(4) }],
    [{ ...lin, masterKey: masterKey(4) }, noor],
    [lin, { ...noor, account: mallory.account }],
    [lin, { ...noor, masterKey: 'x' }],
  ]);
  assert.deepEqual([number, theirs], [known, known]);
  assert.equal(others.pop(), 'RangeError');
  for (const other of others) {
    assert.match(other ?? '', /^\d{60}$/);
    assert.notEqual(other, known);
  }
}

/** The same bytes with one bit the other way. */
function flipped(hex: string, bit: number): string {
  const bytes = Uint8Array.fromHex(hex);
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return bytes.toHex();
}

/** The judges of primitives, by what they find right. */
export const primitiveJudges = {
  'HKDF-SHA-256 gives the three published answers': judgeHkdf,
  'X25519 and Ed25519 give the published public keys and signatures': judgeCurves,
  'no signature with a special value in one of its halves is taken, and none of another length': judgeForged,
  'AES-256-GCM gives the published ciphertexts, and a change of any bit is refused': judgeGcm,
  'HPKE gives the published box for X25519, HKDF-SHA-256 and AES-256-GCM': judgeBox,
  'a box whose key is a point of low order, or no key, opens to nothing': judgeLowOrder,
  'the words of 32 bytes are those of BIP-39': judgeWords,
  'hashes give the published answers': judgeHashes,
} as const;

/** Those of the safety number. */
export const numberJudges = {
  'the digits are those of the published example of the algorithm': judgeDigits,
  'both see the same sixty digits, and another key gives others': judgeSafetyNumber,
} as const;
