// The people of one's chats by their keys, without a screen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import type { IdentityView } from '@parley/sdk';
import { settle } from '../../../sdk/src/fixture.ts';
import { HandEncryption } from './encryption-fixture.ts';
import { createIdentities, groupsOf } from './identities.ts';

const lin = 'a_lin' as AccountId;
const stands = (state: IdentityView['state']): IdentityView => ({
  account: lin,
  state,
  code: { digits: '0123456789'.repeat(6), qr: 'parley:1:x' },
});

function open() {
  const encryption = new HandEncryption();
  encryption.identities.set(lin, stands('known'));
  return { encryption, identities: createIdentities({ encryption: encryption.view }) };
}
const asked = ({ encryption }: ReturnType<typeof open>) =>
  encryption.done.filter((deed) => deed === `identity ${lin}`).length;

test('[WEB44] somebody is asked for when they are looked at, once, and again when they set up afresh', async () => {
  const page = open();
  page.identities.watch(lin);
  await settle();
  page.identities.watch(lin);
  await settle();
  assert.equal(asked(page), 1);
  page.encryption.identities.set(lin, stands('changed'));
  page.encryption.update({ changed: [{ account: lin, what: 'changed' }] });
  await settle();
  assert.equal(asked(page), 2);
  assert.equal(page.identities.snapshot.known.get(lin)?.state, 'changed');
  assert.equal(page.identities.snapshot.news.get(lin), 'changed');
  page.encryption.update({ recovery: 'offered' });
  await settle();
  assert.equal(asked(page), 2, 'nothing about people has changed');
});

test('[WEB44] comparing and accepting are shown at once; a refusal is said and changes nothing', async () => {
  const { encryption, identities } = open();
  encryption.update({ changed: [{ account: lin, what: 'left_out' }] });
  encryption.refusals.set('confirmIdentity', 'client.unreachable');
  assert.equal(await identities.confirm(lin), false);
  assert.equal(identities.snapshot.error, 'The server cannot be reached. Try again.');
  assert.equal(identities.snapshot.news.get(lin), 'left_out');
  encryption.refusals.clear();
  encryption.identities.set(lin, stands('confirmed'));
  assert.equal(await identities.confirm(lin), true);
  assert.equal(identities.snapshot.known.get(lin)?.state, 'confirmed');
  assert.equal(identities.snapshot.news.size, 0);
  assert.equal(identities.snapshot.busy, false);
});

test('[WEB44] a device without keys asks for nobody', async () => {
  const page = open();
  page.encryption.update({ phase: 'needs_linking' });
  page.identities.watch(lin);
  await settle();
  assert.equal(asked(page), 0);
  page.encryption.update({ phase: 'ready' });
  await settle();
  assert.equal(asked(page), 1);
});

test('[WEB44] sixty digits are twelve groups of five', () => {
  const groups = groupsOf(stands('known').code?.digits ?? '');
  assert.equal(groups.length, 12);
  assert.ok(groups.every((group) => /^\d{5}$/.test(group)));
});

test('[WEB53] what a scanned code says is kept until something else is done, and the right one confirms', async () => {
  const { encryption, identities } = open();
  assert.equal(await identities.scan(lin, 'wrong'), true);
  assert.deepEqual(identities.snapshot.scanned, { account: lin, result: 'their_key_differs' });
  encryption.identities.set(lin, stands('confirmed'));
  assert.equal(await identities.scan(lin, 'right'), true);
  assert.deepEqual(identities.snapshot.scanned, { account: lin, result: 'match' });
  assert.equal(identities.snapshot.known.get(lin)?.state, 'confirmed');
  encryption.refusals.set('scanIdentity', 'client.unreachable');
  assert.equal(await identities.scan(lin, 'right'), false);
  assert.deepEqual(
    [identities.snapshot.scanned, identities.snapshot.error],
    [null, 'The server cannot be reached. Try again.'],
  );
});
