// Public keys that are no keys: points of small order, with which a secret or a signature says nothing about who made
// it. Every spelling of them is refused before anybody is told of it.

/** u-coordinates of small order on Curve25519, little endian, the top bit aside. */
const weakCurve25519 = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
];

/** y-coordinates of small order on Ed25519, little endian, the sign of x aside. */
const weakEd25519 = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
];

const weak = { curve25519: new Set(weakCurve25519), ed25519: new Set(weakEd25519) } as const;

export type Curve = keyof typeof weak;

/** The 32 bytes of a key in base64 without padding; null when it is spelt otherwise, or is none to rely on. */
export function keyBytes(curve: Curve, text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== 32 || unpadded(bytes) !== text) return null;
  const plain = Buffer.from(bytes);
  plain.writeUInt8(plain.readUInt8(31) & 0x7f, 31);
  return weak[curve].has(plain.toString('hex')) ? null : bytes;
}

/** Base64 without padding. */
export function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
