import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import { maxFingerprints } from '../limits.ts';
import { encodeBytes } from './base64.ts';
import {
  compareCode,
  digitsOf,
  Fingerprints,
  fingerprintOf,
  type Person,
  safetyCode,
  safetyNumber,
} from './safety-number.ts';
import { utf8 } from './signing.ts';

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

const once = new Fingerprints();

test('[ENC73] both see the same sixty digits, and another key gives others', async () => {
  const number = await safetyNumber(lin, noor, once);
  // Computed by another implementation (Python's `hashlib`).
  assert.equal(number, '007298464424405526268664609483266764921254953243859853501496');
  assert.equal(await safetyNumber(noor, lin, once), number);
  assert.notEqual(await safetyNumber(lin, { ...noor, masterKey: key(4) }, once), number);
  assert.notEqual(await safetyNumber({ ...lin, masterKey: key(4) }, noor, once), number);
  assert.notEqual(await safetyNumber(lin, { ...noor, account: mallory.account }, once), number);
  await assert.rejects(safetyNumber(lin, { ...noor, masterKey: 'x' }), RangeError);
});

const codeOf = (me: Person, them: Person) => safetyCode(me, them, once);
const compare = (me: Person, them: Person, code: string) => compareCode(me, them, code, once);

test('[ENC74] a scanned code says whether the keys are the same, and if not, whose', async () => {
  assert.equal(await compare(lin, noor, await codeOf(noor, lin)), 'match');
  assert.equal(await compare(noor, lin, await codeOf(lin, noor)), 'match');
  // Somebody gave Lin another key of Noor.
  assert.equal(await compare(lin, { ...noor, masterKey: key(4) }, await codeOf(noor, lin)), 'their_key_differs');
  assert.equal(await compare(noor, lin, await codeOf(lin, { ...noor, masterKey: key(4) })), 'our_key_differs');
  // Noor shows the code of another chat, Mallory's, or Lin's own.
  for (const code of await Promise.all([codeOf(noor, mallory), codeOf(mallory, lin), codeOf(lin, noor)]))
    assert.equal(await compare(lin, noor, code), 'other_person');
});

test('[ENC74] a code of another version, or none of ours, is not taken for a difference of keys', async () => {
  const code = await codeOf(noor, lin);
  assert.equal(await compare(lin, noor, code.replace('parley:1:', 'parley:0:')), 'older');
  assert.equal(await compare(lin, noor, code.replace('parley:1:', 'parley:2:')), 'newer');
  for (const text of ['', 'parley', 'parley:1:', code.slice(0, -1), `${code}A`, code.slice(7), 'https://example.org'])
    assert.equal(await compare(lin, noor, text), 'unreadable', text);
});

test('[ENC210] the rounds behind a safety number are done once for each person and key, and a bounded number is kept', async () => {
  const known = new Fingerprints();
  const number = await safetyNumber(lin, noor, known);
  const prints = [known.of(lin), known.of(noor)];
  assert.equal(await safetyNumber(noor, lin, known), number);
  assert.equal(await safetyCode(lin, noor, known), await safetyCode(lin, noor));
  assert.deepEqual([known.of(lin) === prints[0], known.of(noor) === prints[1], known.size], [true, true, 2]);
  // Another key of the same person is another fingerprint.
  assert.notDeepEqual(await known.of({ ...noor, masterKey: key(4) }), await known.of(noor));
  // Of no key there is none.
  const none = Array.from({ length: maxFingerprints }, (_, n) => known.of({ ...lin, masterKey: `no key ${n}` }));
  for (const print of none) await assert.rejects(print, RangeError);
  assert.equal(known.size, maxFingerprints);
  assert.notEqual(known.of(lin), prints[0]);
});
