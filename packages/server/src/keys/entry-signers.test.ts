// Who signs for people: present identities and devices only, and never a key that signs anything.
import assert from 'node:assert/strict';
import { sign } from 'node:crypto';
import { test } from 'node:test';
import { limits as wire } from '@parley/protocol';
import { accountId } from '../store/sample-rows.ts';
import { EntrySigners } from './entry-signers.ts';
import { pair, password, TestIdentity, TestKeys } from './fixture.ts';
import { unpadded } from './weak-keys.ts';

test('[MEM8] an account signs with the identity and by the devices that it has now', async () => {
  const keys = new TestKeys();
  const signers = new EntrySigners(keys.directory.keys);
  const [ana, ben] = [await keys.person('ana'), await keys.person('ben')];
  const second = await keys.another('ana');
  assert.deepEqual([...(await signers.identities([ana.account, ben.account]))], []);
  const [old, now] = [new TestIdentity(ana.account), new TestIdentity(ana.account)];
  await keys.get('uploadIdentity', { by: ana, body: old.body() });
  assert.deepEqual([...(await signers.identities([ana.account, ben.account]))], [[ana.account, old.master.text]]);
  await keys.get('uploadIdentity', { by: ana, body: { ...now.body(2), password } });
  const many = Array.from({ length: 2 * wire.maxAccountsPerLookup }, (_, n) => accountId(n));
  assert.deepEqual([...(await signers.identities([...many, ana.account]))], [[ana.account, now.master.text]]);
  assert.equal(await signers.deviceKey(ana.account, second.device), second.keys.signing.text);
  assert.equal(await signers.deviceKey(ben.account, second.device), null);
  await keys.revoke(second);
  assert.equal(await signers.deviceKey(ana.account, second.device), null);
  assert.equal(await signers.deviceKey(ana.account, ana.device), ana.keys.signing.text);
});

test('[MEM8] a signature is of this key and this text; a weak key signs nothing', () => {
  const signers = new EntrySigners(new TestKeys().directory.keys);
  const [one, other] = [pair(), pair()];
  const signature = unpadded(sign(null, Buffer.from('text'), one.secret));
  assert.equal(signers.hasSigned(one.text, 'text', signature), true);
  assert.equal(signers.hasSigned(one.text, 'other', signature), false);
  assert.equal(signers.hasSigned(other.text, 'text', signature), false);
  assert.equal(signers.hasSigned(one.text, 'text', 'short'), false);
  assert.equal(signers.hasSigned('no key', 'text', signature), false);
  const identityPoint = unpadded(Buffer.from(`01${'00'.repeat(31)}`, 'hex'));
  const ofAnything = unpadded(Buffer.concat([Buffer.from(`01${'00'.repeat(31)}`, 'hex'), Buffer.alloc(32)]));
  assert.equal(signers.hasSigned(identityPoint, 'text', ofAnything), false);
});
