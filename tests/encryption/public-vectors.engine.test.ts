// Project Wycheproof's vectors, all that there are for what Parley uses: inputs on which other implementations have gone
// wrong. What they call acceptable is taken or refused by our own rule, which is said there.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { deriveBytes, hpkeOpen, openAead, sealAead } from '../../packages/sdk/src/crypto/primitives.ts';
import { exactly, verifyBytes } from '../../packages/sdk/src/crypto/signing.ts';
import { testEngine } from '../../packages/server/src/kernel/engines-fixture.ts';

interface Vector {
  readonly tcId: number;
  readonly flags: readonly string[];
  readonly result: 'valid' | 'invalid' | 'acceptable';
}

interface File<Group, Test> {
  readonly numberOfTests: number;
  readonly testGroups: readonly (Group & { readonly tests: readonly (Test & Vector)[] })[];
}

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const hexOf = (given: ArrayBuffer | Uint8Array | null): string | null =>
  given && Buffer.from(given instanceof Uint8Array ? given : new Uint8Array(given)).toString('hex');

/** Every vector with its group. */
function vectors<Group, Test>(name: string): readonly (Group & Test & Vector)[] {
  const path = join(testEngine('vectors').folder, `${name}_test.json`);
  const { numberOfTests, testGroups } = JSON.parse(readFileSync(path, 'utf8')) as File<Group, Test>;
  const all = testGroups.flatMap(({ tests, ...group }) => tests.map((one) => ({ ...group, ...one }) as never));
  assert.equal(all.length, numberOfTests);
  return all;
}

test('[ENC65] AES-256-GCM seals and opens as all vectors of Wycheproof say, and opens nothing that was altered', async () => {
  type Aead = { key: string; iv: string; aad: string; msg: string; ct: string; tag: string };
  const all = vectors<{ keySize: number; ivSize: number; tagSize: number }, Aead>('aes_gcm');
  const ours = all.filter(({ keySize, ivSize }) => keySize === 256 && ivSize === 96);
  assert.ok(ours.length >= 60, `${ours.length} of ${all.length}`);
  for (const { tcId, key, iv, aad, msg, ct, tag, result } of ours) {
    const aead = { key: bytes(key), nonce: bytes(iv), bound: bytes(aad) };
    const isValid = result === 'valid';
    assert.equal(hexOf(await openAead(aead, bytes(ct + tag))), isValid ? msg : null, `${tcId}`);
    if (isValid) assert.equal(hexOf(await sealAead(aead, bytes(msg))), ct + tag, `${tcId}`);
  }
  // Keys and nonces of another length are never used.
  const [other] = all.filter(({ keySize }) => keySize === 128);
  assert.ok(other);
  const aead = { key: bytes(other.key), nonce: bytes(other.iv), bound: bytes(other.aad) };
  await assert.rejects(openAead(aead, bytes(other.ct + other.tag)), RangeError);
});

test('[ENC65] Ed25519 takes the signatures that all vectors of Wycheproof call valid, and no other', async () => {
  const all = vectors<{ publicKey: { pk: string } }, { msg: string; sig: string }>('ed25519');
  assert.ok(all.length >= 150);
  for (const { tcId, publicKey, msg, sig, result } of all)
    assert.equal(await verifyBytes(bytes(publicKey.pk), bytes(msg), bytes(sig)), result === 'valid', `${tcId}`);
});

test('[ENC65] HKDF-SHA-256 derives what all vectors of Wycheproof say, and no more than can be', () => {
  type Derivation = { ikm: string; salt: string; info: string; size: number; okm: string };
  const all = vectors<object, Derivation>('hkdf_sha256');
  assert.ok(all.length >= 80);
  for (const { tcId, ikm, salt, info, size, okm, result } of all) {
    const derive = () => deriveBytes(bytes(ikm), bytes(info), { salt: bytes(salt), length: size });
    if (result === 'valid') assert.equal(hexOf(derive()), okm, `${tcId}`);
    else assert.throws(derive, `${tcId}`);
  }
});

test('[ENC65] X25519 agrees as all vectors of Wycheproof say, and nothing opens that came from a point of low order', async () => {
  const all = vectors<object, { public: string; private: string; shared: string }>('x25519');
  assert.ok(all.length >= 500);
  let refused = 0;
  for (const { tcId, public: theirs, private: own, shared, flags } of all) {
    const isLow = flags.includes('ZeroSharedSecret');
    const agreed = await agree(own, theirs).catch(() => null);
    assert.equal(agreed, isLow ? null : shared, `${tcId}`);
    if (!isLow) continue;
    const box = { enc: bytes(theirs), sealed: new Uint8Array(32) };
    assert.equal(await hpkeOpen({ secret: bytes(own), info: new Uint8Array() }, box), null, `${tcId}`);
    refused++;
  }
  assert.ok(refused >= 5, `${refused} points of low order`);
});

/** What the host's X25519, with which boxes are sealed, makes of these two. Rejects when it is nothing. */
async function agree(own: string, theirs: string): Promise<string | null> {
  const [algorithm, frame] = [{ name: 'X25519' }, '302e020100300506032b656e04220420'];
  const secret = await crypto.subtle.importKey('pkcs8', exactly(48, bytes(frame + own)), algorithm, false, [
    'deriveBits',
  ]);
  const key = await crypto.subtle.importKey('raw', exactly(32, bytes(theirs)), algorithm, false, []);
  return hexOf(await crypto.subtle.deriveBits({ name: 'X25519', public: key }, secret, 256));
}
