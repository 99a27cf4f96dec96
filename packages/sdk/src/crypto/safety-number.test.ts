import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import { encodeBytes } from './base64.ts';
import { utf8 } from './primitives.ts';
import { compareCode, digitsOf, fingerprintOf, type Person, safetyCode, safetyNumber } from './safety-number.ts';

const key = (byte: number): string => encodeBytes(new Uint8Array(32).fill(byte));
const lin: Person = { account: 'a_AAAAAAAAAAAAAAAAAAAAAA' as AccountId, masterKey: key(1) };
const noor: Person = { account: 'a_BAAAAAAAAAAAAAAAAAAAAA' as AccountId, masterKey: key(2) };
const mallory: Person = { account: 'a_CAAAAAAAAAAAAAAAAAAAAA' as AccountId, masterKey: key(3) };

test('[ENC73] the digits are those of the published example of the algorithm', async () => {
  const [alice, bob] = [
    '0506863bc66d02b40d27b8d49ca7c09e9239236f9d7d25d6fcca5ce13c7064d868',
    '05f781b6fb32fed9ba1cf2de978d4d5da28dc34046ae814402b5c0dbd96fda907b',
  ].map((text) => new Uint8Array(Buffer.from(text, 'hex')));
  assert.ok(alice && bob);
  const halves = [
    digitsOf(await fingerprintOf(utf8('+14152222222'), alice)),
    digitsOf(await fingerprintOf(utf8('+14153333333'), bob)),
  ];
  assert.equal(halves.join(''), '300354477692869396892869876765458257569162576843440918079131');
});

test('[ENC73] both see the same sixty digits, and another key gives others', async () => {
  const number = await safetyNumber(lin, noor);
  // Computed by another implementation (Python's `hashlib`).
  assert.equal(number, '007298464424405526268664609483266764921254953243859853501496');
  assert.equal(await safetyNumber(noor, lin), number);
  assert.notEqual(await safetyNumber(lin, { ...noor, masterKey: key(4) }), number);
  assert.notEqual(await safetyNumber({ ...lin, masterKey: key(4) }, noor), number);
  assert.notEqual(await safetyNumber(lin, { ...noor, account: mallory.account }), number);
  await assert.rejects(safetyNumber(lin, { ...noor, masterKey: 'x' }), RangeError);
});

test('[ENC74] a scanned code says whether the keys are the same, and if not, whose', async () => {
  assert.equal(await compareCode(lin, noor, await safetyCode(noor, lin)), 'match');
  assert.equal(await compareCode(noor, lin, await safetyCode(lin, noor)), 'match');
  // Somebody gave Lin another key of Noor.
  assert.equal(
    await compareCode(lin, { ...noor, masterKey: key(4) }, await safetyCode(noor, lin)),
    'their_key_differs',
  );
  assert.equal(await compareCode(noor, lin, await safetyCode(lin, { ...noor, masterKey: key(4) })), 'our_key_differs');
  // Noor shows the code of another chat, Mallory's, or Lin's own.
  for (const code of await Promise.all([safetyCode(noor, mallory), safetyCode(mallory, lin), safetyCode(lin, noor)]))
    assert.equal(await compareCode(lin, noor, code), 'other_person');
});

test('[ENC74] a code of another version, or none of ours, is not taken for a difference of keys', async () => {
  const code = await safetyCode(noor, lin);
  assert.equal(await compareCode(lin, noor, code.replace('parley:1:', 'parley:0:')), 'older');
  assert.equal(await compareCode(lin, noor, code.replace('parley:1:', 'parley:2:')), 'newer');
  for (const text of ['', 'parley', 'parley:1:', code.slice(0, -1), `${code}A`, code.slice(7), 'https://example.org'])
    assert.equal(await compareCode(lin, noor, text), 'unreadable', text);
});
