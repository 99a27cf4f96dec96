import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import { maxSettingValueBytes, maxTextBytes } from '@parley/protocol/limits';
import fc from 'fast-check';
import { seededRandom } from '../fixture.ts';
import { openSetting, type SettingPlace, sealSetting } from './settings-seal.ts';

const place: SettingPlace = {
  key: new Uint8Array(32).fill(6),
  account: 'a_AAAAAAAAAAAAAAAAAAAAAA' as AccountId,
  setting: 'draft/c_AAAAAAAAAAAAAAAAAAAAAA',
};

test('[ENC72] a sealed setting has the form that another implementation computes', async () => {
  const counting = { bytes: (length: number) => Uint8Array.from({ length }, (_, index) => index) };
  // Computed by Python's `cryptography`.
  const known =
    '1.AAECAwQFBgcICQoLNH7m3pC2b6CZkkSRUIUdbg82IRGfu9I634F0BVC8pU79NN3yxbJNFRT3I75xGO3qhRRSD63iBFhFblzBMkgeLEbVDU24CRepPtkOPNA7Ae8';
  assert.equal(await sealSetting(place, 'Hällo', counting), known);
  assert.equal(await openSetting(place, known), 'Hällo');
});

test('[ENC246] a draft of the longest text fits when it is sealed', async () => {
  const sealed = await sealSetting(place, 'x'.repeat(maxTextBytes), seededRandom(1));
  assert.ok(sealed.length <= maxSettingValueBytes, `${sealed.length} bytes`);
  assert.equal((await openSetting(place, sealed))?.length, maxTextBytes);
});

test('[ENC72] a setting comes back as it was written, for its account, setting and key only', async () => {
  const random = seededRandom(2);
  const text = fc.string({ unit: 'binary', maxLength: 300 }).filter((one) => one.isWellFormed());
  await fc.assert(
    fc.asyncProperty(text, async (value) => {
      const sealed = await sealSetting(place, value, random);
      assert.equal(await openSetting(place, sealed), value);
      assert.equal(sealed === '', value === '');
      if (value === '') return;
      const others: readonly SettingPlace[] = [
        { ...place, key: new Uint8Array(32) },
        { ...place, account: 'a_BAAAAAAAAAAAAAAAAAAAAA' as AccountId },
        { ...place, setting: 'draft/c_BAAAAAAAAAAAAAAAAAAAAA' },
      ];
      for (const other of others) assert.equal(await openSetting(other, sealed), null);
    }),
    { numRuns: 60 },
  );
});

test('[ENC72] an altered setting, and one that was never sealed, is refused', async () => {
  const sealed = await sealSetting(place, 'Hello', seededRandom(3));
  for (let at = 0; at < sealed.length; at++) {
    const altered = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
    assert.equal(await openSetting(place, altered), null, altered);
  }
  for (const value of ['Hello', '1.', '1.AAAA', `${sealed}AAAA`, `2${sealed.slice(1)}`])
    assert.equal(await openSetting(place, value), null, value);
});
