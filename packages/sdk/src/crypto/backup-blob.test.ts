import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { AccountId, ConversationId } from '@parley/protocol';
import { maxBackupItemBytes } from '@parley/protocol/limits';
import fc from 'fast-check';
import { seededRandom } from '../fixture.ts';
import { type BackedUp, type BackupPlace, openBackup, sealBackup } from './backup-blob.ts';
import { decodeBytes, encodeBytes } from './base64.ts';

const session = 'A'.repeat(43);
const place: BackupPlace = {
  account: 'a_AAAAAAAAAAAAAAAAAAAAAA' as AccountId,
  epoch: 3,
  conversation: 'c_AAAAAAAAAAAAAAAAAAAAAA' as ConversationId,
  session,
  firstIndex: 7,
};
const origin = {
  session,
  account: 'a_AAAAAAAAAAAAAAAAAAAAAA',
  device: 'd_AAAAAAAAAAAAAAAAAAAAAA',
  ed25519: 'ed',
  curve25519: 'cu',
  master_key: 'ma',
  vouched_by: 'me',
};
const held: BackedUp = { exported: 'session key', origin, expiresAt: 1_700_000_000_000 };
const epochKey = new Uint8Array(32).fill(5);
const problemOf = async (at: BackupPlace, blob: string, key = epochKey) => {
  const read = await openBackup(key, at, blob);
  return read.ok ? null : read.problem;
};

test('[ENC70] a backed up session has the form that another implementation computes', async () => {
  const counting = { bytes: (length: number) => Uint8Array.from({ length }, (_, index) => index) };
  const blob = await sealBackup(epochKey, place, held, counting);
  // Computed by Python's `cryptography` from the description of the format.
  assert.equal(
    createHash('sha256').update(blob).digest('hex'),
    'fc55203b50cecfdbd81cfc78c190037a7ea51da1a2c9da49d2cc70eb3d44eabb',
  );
  assert.deepEqual(await openBackup(epochKey, place, blob), { ok: true, value: held });
});

test('[ENC70] every session comes back as it was, and sizes say little', async () => {
  const random = seededRandom(3);
  const word = fc.string({ minLength: 1, maxLength: 60 });
  const names = fc.record(
    { account: word, device: word, ed25519: word, curve25519: word, master_key: word, vouched_by: word },
    { noNullPrototype: true },
  );
  await fc.assert(
    fc.asyncProperty(fc.string({ maxLength: 900 }), names, fc.option(fc.nat()), async (exported, made, expires) => {
      const value: BackedUp = {
        exported,
        origin: { session, ...made },
        ...(expires !== null && { expiresAt: expires }),
      };
      const blob = await sealBackup(epochKey, place, value, random);
      assert.deepEqual(await openBackup(epochKey, place, blob), { ok: true, value });
      const sealed = decodeBytes(blob.split('.')[2] ?? '', 'base64url');
      assert.equal(((sealed?.length ?? 0) - 16) % 512, 0);
    }),
    { numRuns: 60 },
  );
});

test('[ENC71] a backed up session opens nowhere else', async () => {
  const blob = await sealBackup(epochKey, place, held, seededRandom(4));
  const others: BackupPlace = {
    account: 'a_BAAAAAAAAAAAAAAAAAAAAA' as AccountId,
    epoch: 4,
    conversation: 'c_BAAAAAAAAAAAAAAAAAAAAA' as ConversationId,
    session: `B${session.slice(1)}`,
    firstIndex: 6,
  };
  for (const part of Object.keys(others) as (keyof BackupPlace)[])
    assert.equal(await problemOf({ ...place, [part]: others[part] }, blob), 'altered', part);
  assert.equal(await problemOf(place, blob, new Uint8Array(32).fill(6)), 'altered');
});

test('[ENC71] a change of any bit is refused', async () => {
  const blob = await sealBackup(epochKey, place, held, seededRandom(5));
  const [version, nonce, sealed] = blob.split('.').map((part) => decodeBytes(part, 'base64url'));
  assert.ok(version === null && nonce && sealed);
  const printed = (a: Uint8Array, b: Uint8Array) => `1.${encodeBytes(a, 'base64url')}.${encodeBytes(b, 'base64url')}`;
  assert.equal(printed(nonce, sealed), blob);
  const bits = fc.nat((nonce.length + sealed.length) * 8 - 1);
  await fc.assert(
    fc.asyncProperty(bits, async (bit) => {
      const all = new Uint8Array([...nonce, ...sealed]);
      all[bit >> 3] = (all[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const altered = printed(all.subarray(0, nonce.length), all.subarray(nonce.length));
      assert.equal(await problemOf(place, altered), 'altered');
    }),
    { numRuns: 200 },
  );
  for (let length = 0; length < 40; length++)
    assert.equal(await problemOf(place, printed(nonce, sealed.subarray(0, length))), 'altered');
});

test('[ENC71] what is no blob, a newer one, too large or not of this session is refused by name', async () => {
  const random = seededRandom(6);
  const blob = await sealBackup(epochKey, place, held, random);
  for (const text of ['', '1', '1.x.y', blob.slice(0, 10), `${blob}.`, `${blob}=`, 'A'.repeat(maxBackupItemBytes + 1)])
    assert.equal(await problemOf(place, text), 'malformed', text);
  assert.equal(await problemOf(place, `2${blob.slice(1)}`), 'newer');
  const large = { ...held, exported: 'x'.repeat(maxBackupItemBytes) };
  await assert.rejects(sealBackup(epochKey, place, large, random), RangeError);
  await assert.rejects(sealBackup(new Uint8Array(16), place, held, random), RangeError);
  const wrong: readonly unknown[] = [
    { ...held, origin: { ...origin, session: `B${session.slice(1)}` } },
    { ...held, origin: { ...origin, master_key: '' } },
    { ...held, origin: { ...origin, device: 7 } },
    { ...held, origin: { ...origin, device: 'x'.repeat(129) } },
    { ...held, origin: null },
    { ...held, exported: 7 },
    { ...held, expiresAt: 0.5 },
  ];
  for (const value of wrong)
    assert.equal(await problemOf(place, await sealBackup(epochKey, place, value as BackedUp, random)), 'broken');
});
