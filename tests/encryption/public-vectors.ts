// Project Wycheproof's vectors, all that there are for what Parley uses: inputs on which other implementations have gone
// wrong. What they call acceptable is taken or refused by our own rule, which is said here.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  AeadVector,
  AgreementVector,
  Ask,
  DerivationVector,
  SignatureVector,
} from '../../packages/sdk/src/crypto/vector-answers-fixture.ts';

interface Vector {
  readonly tcId: number;
  readonly flags: readonly string[];
  readonly result: 'valid' | 'invalid' | 'acceptable';
}

interface File<Group, Test> {
  readonly numberOfTests: number;
  readonly testGroups: readonly (Group & { readonly tests: readonly (Test & Vector)[] })[];
}

/** Every vector with its group. */
function vectors<T>(folder: string, name: string): readonly (T & Vector)[] {
  const path = join(folder, `${name}_test.json`);
  const { numberOfTests, testGroups } = JSON.parse(readFileSync(path, 'utf8')) as File<object, object>;
  const all = testGroups.flatMap(({ tests, ...group }) => tests.map((one) => ({ ...group, ...one }) as never));
  assert.equal(all.length, numberOfTests);
  return all;
}

/** AES-256-GCM: what is valid opens and is sealed alike, nothing else opens; keys of another length are never used. */
export async function judgeAesGcm(folder: string, ask: Ask): Promise<void> {
  type Aead = AeadVector & { readonly keySize: number; readonly ivSize: number };
  const all = vectors<Aead>(folder, 'aes_gcm');
  const ours = all.filter(({ keySize, ivSize }) => keySize === 256 && ivSize === 96);
  assert.ok(ours.length >= 60, `${ours.length} of ${all.length}`);
  const found = await ask('aesGcm', ours);
  assert.equal(found.length, ours.length);
  for (const [at, { tcId, msg, ct, tag, result }] of ours.entries()) {
    const [opened, sealed] = found[at] ?? [];
    const isValid = result === 'valid';
    assert.equal(opened, isValid ? msg : null, `${tcId}`);
    if (isValid) assert.equal(sealed, ct + tag, `${tcId}`);
  }
  const others = await ask('aesGcm', all.filter(({ keySize }) => keySize === 128).slice(0, 1));
  assert.deepEqual(others, [['RangeError', 'RangeError']]);
}

/** Ed25519: only signatures that are valid are taken. */
export async function judgeEd25519(folder: string, ask: Ask): Promise<void> {
  const all = vectors<SignatureVector>(folder, 'ed25519');
  assert.ok(all.length >= 150);
  const found = await ask('ed25519', all);
  assert.equal(found.length, all.length);
  for (const [at, { tcId, result }] of all.entries()) assert.equal(found[at], result === 'valid', `${tcId}`);
}

/** HKDF-SHA-256: what can be derived comes out, and more than that is an error. */
export async function judgeHkdf(folder: string, ask: Ask): Promise<void> {
  const all = vectors<DerivationVector & { readonly okm: string }>(folder, 'hkdf_sha256');
  assert.ok(all.length >= 80);
  const found = await ask('hkdfSha256', all);
  assert.equal(found.length, all.length);
  for (const [at, { tcId, okm, result }] of all.entries())
    if (result === 'valid') assert.equal(found[at], okm, `${tcId}`);
    else assert.match(found[at] ?? '', /Error$/, `${tcId}`);
}

/** X25519: all agree, and nothing opens that came from a point of low order. */
export async function judgeX25519(folder: string, ask: Ask): Promise<void> {
  const all = vectors<AgreementVector & { readonly shared: string }>(folder, 'x25519');
  assert.ok(all.length >= 500);
  const found = await ask('x25519', all);
  assert.equal(found.length, all.length);
  const isLow = ({ flags }: Vector) => flags.includes('ZeroSharedSecret');
  for (const [at, one] of all.entries()) assert.equal(found[at], isLow(one) ? null : one.shared, `${one.tcId}`);
  const low = all.filter(isLow);
  assert.ok(low.length >= 5, `${low.length} points of low order`);
  assert.deepEqual(
    await ask('box', low),
    low.map(() => null),
  );
}
