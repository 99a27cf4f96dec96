import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import fc from 'fast-check';
import { seededRandom } from '../fixture.ts';
import { type KeyPair, recoveryPairs } from './recovery-key.ts';
import { openBox, sealBox } from './sealed-box.ts';

const account = 'a_AAAAAAAAAAAAAAAAAAAAAA' as AccountId;
const pair = async (byte: number): Promise<KeyPair> => (await recoveryPairs(new Uint8Array(32).fill(byte))).box;

test('[ENC69] what is sealed to the recovery key opens with it, and with nothing else', async () => {
  const [mine, other] = await Promise.all([pair(1), pair(2)]);
  const random = seededRandom(7);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (plain) => {
      const box = await sealBox({ account, name: 'settings', publicKey: mine.publicKey }, plain, random);
      assert.match(box, /^1\.[\w-]{43}\.[\w-]+$/);
      assert.deepEqual(await openBox({ account, name: 'settings', secret: mine.secret }, box), plain);
      assert.equal(await openBox({ account, name: 'settings', secret: other.secret }, box), null);
      assert.equal(await openBox({ account, name: 'identity', secret: mine.secret }, box), null);
      const stranger = 'a_BAAAAAAAAAAAAAAAAAAAAA' as AccountId;
      assert.equal(await openBox({ account: stranger, name: 'settings', secret: mine.secret }, box), null);
    }),
    { numRuns: 20 },
  );
});

test('[ENC69] no two boxes are the same, and a change of any character is refused', async () => {
  const { publicKey, secret } = await pair(1);
  const random = seededRandom(8);
  const plain = new Uint8Array(32);
  const box = await sealBox({ account, name: 'settings', publicKey }, plain, random);
  assert.notEqual(await sealBox({ account, name: 'settings', publicKey }, plain, random), box);
  for (let at = 0; at < box.length; at++) {
    const sign = box[at] === 'A' ? 'B' : 'A';
    const altered = box.slice(0, at) + sign + box.slice(at + 1);
    assert.equal(await openBox({ account, name: 'settings', secret }, altered), null, altered);
  }
  for (const wrong of ['', '1', '1.', `${box}.`, box.slice(2), `2${box.slice(1)}`, `${box}AA`])
    assert.equal(await openBox({ account, name: 'settings', secret }, wrong), null, wrong);
  await assert.rejects(sealBox({ account, name: 'settings', publicKey: 'x' }, plain, random), RangeError);
});
