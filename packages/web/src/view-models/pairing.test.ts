// Linking over a code without a screen: both sides, wrong digits, and leaving it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client, DeviceView, PairingView } from '@parley/sdk';
import { settle } from '../../../sdk/src/fixture.ts';
import { HandEncryption } from './encryption-fixture.ts';
import { createPairing } from './pairing.ts';

const at = (fields: Pick<PairingView, 'role' | 'state'> & Partial<PairingView>): PairingView => ({
  text: null,
  digits: null,
  device: null,
  problem: null,
  ...fields,
});

function open() {
  const encryption = new HandEncryption();
  const devices = { list: async () => [{ device: 'new', name: 'Firefox' } as DeviceView] };
  return { encryption, pairing: createPairing({ encryption: encryption.view, devices } as unknown as Client) };
}

test('[WEB50] a new device shows a code, takes the digits, and says when they are wrong', async () => {
  const { encryption, pairing } = open();
  await pairing.show('https://parley.example');
  assert.equal(pairing.snapshot.pairing?.text, 'parley-link:AAAA');
  encryption.update({ pairing: at({ role: 'new', state: 'digits' }) });
  await pairing.type('123');
  assert.equal(pairing.snapshot.busy, true, 'nobody has said yet whether they are right');
  encryption.update({ pairing: at({ role: 'new', state: 'digits', problem: 'mistyped' }) });
  assert.deepEqual([pairing.snapshot.busy, pairing.snapshot.pairing?.problem], [false, 'mistyped']);
  encryption.update({ pairing: at({ role: 'new', state: 'done' }) });
  pairing.forget();
  assert.deepEqual(encryption.done, ['showPairing https://parley.example', 'typePairing 123']);
});

test('[WEB50] a linked device takes a code with the password, shows digits for a device by its name, and leaving ends it', async () => {
  const { encryption, pairing } = open();
  encryption.refusals.set('scanPairing', 'auth.refused');
  await pairing.scan('parley-link:AAAA', 'a guess');
  assert.equal(pairing.snapshot.error, 'The password is wrong.');
  encryption.refusals.clear();
  await pairing.scan('parley-link:AAAA', 'secret');
  encryption.update({ pairing: at({ role: 'old', state: 'digits', digits: '123456789', device: 'new' }) });
  await settle();
  assert.deepEqual([pairing.snapshot.pairing?.digits, pairing.snapshot.name], ['123456789', 'Firefox']);
  pairing.forget();
  assert.equal(pairing.snapshot.pairing, null);
  assert.deepEqual(encryption.done.slice(-2), ['scanPairing parley-link:AAAA secret', 'endPairing']);
});

test('[WEB50] a code that was begun elsewhere puts nothing on this screen', async () => {
  const { encryption, pairing } = open();
  encryption.update({ pairing: at({ role: 'old', state: 'digits', digits: '1', device: 'new' }) });
  await settle();
  assert.equal(pairing.snapshot.pairing, null);
});
