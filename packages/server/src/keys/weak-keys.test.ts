// Keys of small order, tried out: with those of Curve25519 there is no secret, and those of Ed25519 vanish eight times.
import assert from 'node:assert/strict';
import { createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { keyBytes, unpadded } from './weak-keys.ts';

const prime = 2n ** 255n - 19n;
const littleEndian = (value: bigint) =>
  Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse() as Buffer<ArrayBuffer>;
const flipped = (bytes: Buffer) => {
  const other = Buffer.from(bytes);
  other.writeUInt8(other.readUInt8(31) ^ 0x80, 31);
  return other;
};
const publicKey = (bytes: Buffer) =>
  createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: bytes.toString('base64url') }, format: 'jwk' });

const curvePoints = [
  0n,
  1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  prime - 1n,
  prime,
  prime + 1n,
].map(littleEndian);

/** Twice the point, on the twisted Edwards curve of Ed25519. */
function twice([x, y]: readonly [bigint, bigint]): readonly [bigint, bigint] {
  const k = mod(curveConstant * x * x * y * y);
  return [mod(2n * x * y * inverse(1n + k)), mod((y * y + x * x) * inverse(1n - k))];
}
const mod = (value: bigint) => ((value % prime) + prime) % prime;
function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let left = exponent, square = mod(base); left > 0n; left >>= 1n, square = mod(square * square))
    if (left & 1n) result = mod(result * square);
  return result;
}
const inverse = (value: bigint) => power(value, prime - 2n);
const curveConstant = mod(-121665n * inverse(121666n));

/** The point with this y, or null. */
function pointOf(y: bigint): readonly [bigint, bigint] | null {
  const square = mod((y * y - 1n) * inverse(curveConstant * y * y + 1n));
  const root = power(square, (prime + 3n) / 8n);
  const x = [root, mod(root * power(2n, (prime - 1n) / 4n))].find((each) => mod(each * each) === square);
  return x === undefined ? null : [x, y];
}
const edwardsPoints = [
  0n,
  1n,
  2707385501144840649318225287225658788936804267575313519463743609750303402022n,
  55188659117513257062467267217118295137698188065244968500265048394206261417927n,
  prime - 1n,
  prime,
  prime + 1n,
];

test('[ENC14] points of small order are no keys, in every spelling', () => {
  const { privateKey } = generateKeyPairSync('x25519');
  for (const point of curvePoints)
    for (const bytes of [point, flipped(point)]) {
      assert.equal(keyBytes('curve25519', unpadded(bytes)), null, bytes.toString('hex'));
      assert.throws(() => diffieHellman({ privateKey, publicKey: publicKey(bytes) }));
    }
  for (const y of edwardsPoints) {
    const point = pointOf(mod(y));
    assert.ok(point !== null);
    assert.deepEqual(twice(twice(twice(point))), [0n, 1n], `eight times ${y} is nothing`);
    for (const bytes of [littleEndian(y), flipped(littleEndian(y))])
      assert.equal(keyBytes('ed25519', unpadded(bytes)), null, bytes.toString('hex'));
  }
});

test('[ENC14] real keys are taken, in their one spelling', () => {
  for (const curve of ['x25519', 'ed25519'] as const) {
    const pair = curve === 'x25519' ? generateKeyPairSync('x25519') : generateKeyPairSync('ed25519');
    const bytes = Buffer.from(pair.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
    const text = unpadded(bytes);
    const name = curve === 'x25519' ? 'curve25519' : curve;
    assert.deepEqual(keyBytes(name, text), bytes);
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const at = last.indexOf(text.slice(-1));
    assert.equal(keyBytes(name, text.slice(0, -1) + last.charAt(at | 1)), null, 'spare bits');
    assert.equal(keyBytes(name, `${text}=`), null);
    assert.equal(keyBytes(name, text.slice(1)), null);
  }
});
