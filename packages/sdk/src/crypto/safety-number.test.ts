import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxFingerprints } from '../limits.ts';
import { lin, mallory, masterKey, noor, numberJudges } from './published-answers-fixture.ts';
import { compareCode, Fingerprints, type Person, safetyCode, safetyNumber } from './safety-number.ts';
import { askHere } from './vector-answers-fixture.ts';

for (const [what, judge] of Object.entries(numberJudges)) test(`[ENC73] ${what}`, () => judge(askHere));

const once = new Fingerprints();

const codeOf = (me: Person, them: Person) => safetyCode(me, them, once);
const compare = (me: Person, them: Person, code: string) => compareCode(me, them, code, once);

test('[ENC74] a scanned code says whether the keys are the same, and if not, whose', async () => {
  assert.equal(await compare(lin, noor, await codeOf(noor, lin)), 'match');
  assert.equal(await compare(noor, lin, await codeOf(lin, noor)), 'match');
  // Somebody gave Lin another key of Noor.
  assert.equal(await compare(lin, { ...noor, masterKey: masterKey(4) }, await codeOf(noor, lin)), 'their_key_differs');
  assert.equal(await compare(noor, lin, await codeOf(lin, { ...noor, masterKey: masterKey(4) })), 'our_key_differs');
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
  assert.notDeepEqual(await known.of({ ...noor, masterKey: masterKey(4) }), await known.of(noor));
  // Of no key there is none.
  const none = Array.from({ length: maxFingerprints }, (_, n) => known.of({ ...lin, masterKey: `no key ${n}` }));
  for (const print of none) await assert.rejects(print, RangeError);
  assert.equal(known.size, maxFingerprints);
  assert.notEqual(known.of(lin), prints[0]);
});
