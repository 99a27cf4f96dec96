// The known answers were computed by another implementation (Python's `cryptography`).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../fixture.ts';
import { decodeBytes } from './base64.ts';
import { words } from './primitives.ts';
import { newRecoveryKey, recoveryGroups, recoveryPairs, recoveryWords, signChallenge } from './recovery-key.ts';
import { describeProblem, readRecoveryKey } from './recovery-text.ts';
import { utf8, verifyBytes } from './signing.ts';

const fixed = Uint8Array.from({ length: 32 }, (_, index) => index);
const someKey = fc.uint8Array({ minLength: 32, maxLength: 32 });
const problemOf = (text: string): string => {
  const read = readRecoveryKey(text);
  assert.ok(!read.ok, text);
  return describeProblem(read);
};

test('[ENC66] a recovery key always has the same words, groups and public keys', async () => {
  assert.equal(
    recoveryWords(fixed).join(' '),
    'abandon amount liar amount expire adjust cage candy arch gather drum bullet absurd math era live bid rhythm alien crouch range attend journey unaware',
  );
  assert.equal(
    recoveryGroups(fixed).join(' '),
    '0400 20G3 0G2G C1R8 1450 P30D 1R7H 048J 2CA1 A5GQ 30CH M6RW 3MF1 Z191',
  );
  const { box, signing } = await recoveryPairs(fixed);
  assert.equal(box.publicKey, 'ZER8yWKBghALl7coBe0eWFx7mF9XS9UjXtzB8CngMk8');
  assert.equal(signing.publicKey, 'BIA/rTmDGXQwxHb21v7x6l7X2txGQ6/b6rtqYEYcP7U');
  const signature = await signChallenge(signing, 'abc');
  assert.equal(signature, 'NdnuJ5IygL0jm0rTaKTHybpZdN6XkDZdRAfLuIyre4sR99FLn/S1VstexBBsnY6cgEIRfgSfnXuvOK+dgVgECg');
  const [publicKey, bytes] = [decodeBytes(signing.publicKey), decodeBytes(signature)];
  assert.ok(publicKey !== null && bytes !== null);
  assert.equal(await verifyBytes(publicKey, utf8('parley.recovery.v1\0abc'), bytes), true);
});

test('[ENC66] two recovery keys have nothing in common', async () => {
  const random = seededRandom(1);
  const keys = Array.from({ length: 20 }, () => newRecoveryKey(random));
  const all = await Promise.all(keys.map(recoveryPairs));
  const publics = all.flatMap(({ box, signing }) => [box.publicKey, signing.publicKey]);
  assert.equal(new Set([...publics, ...keys.map((key) => recoveryWords(key).join(' '))]).size, 60);
});

test('[ENC67] a recovery key is read from words or groups however they are written', () => {
  const mess = fc.array(fc.constantFrom(' ', '  ', '-', '\n', ' – ', ', ', '\t'), { minLength: 24, maxLength: 24 });
  fc.assert(
    fc.property(someKey, mess, fc.boolean(), (key, between, loud) => {
      const write = (parts: readonly string[]) => {
        const text = parts.map((part, index) => part + (between[index] ?? '')).join('');
        return loud ? text.toUpperCase() : text.toLowerCase();
      };
      const short = recoveryWords(key).map((word) => word.slice(0, 4));
      const numbered = recoveryWords(key).map((word, index) => `${index + 1}. ${word}`);
      const alike = recoveryGroups(key).map((group) => group.replaceAll('0', 'O').replaceAll('1', 'l'));
      for (const parts of [recoveryWords(key), short, numbered, recoveryGroups(key)])
        assert.deepEqual(readRecoveryKey(write(parts)), { ok: true, key });
      if (/\d/.test(alike.join(''))) assert.deepEqual(readRecoveryKey(write(alike)), { ok: true, key });
      assert.deepEqual(readRecoveryKey(recoveryGroups(key).join('')), { ok: true, key });
    }),
    { numRuns: 50 },
  );
});

test('[ENC68] what is wrong with a recovery key is said, and where', () => {
  const list = [...recoveryWords(fixed)];
  const groups = [...recoveryGroups(fixed)];
  const withWord = (place: number, word: string) => list.with(place - 1, word).join(' ');
  assert.equal(problemOf(withWord(7, 'caeg')), 'Word 7, "caeg", is not in the list: did you mean "cage"?');
  assert.match(problemOf(withWord(7, 'cabe')), /did you mean "cable" or "cage" or "cake"\?$/);
  // Three letters may be those of many words.
  assert.match(problemOf(withWord(7, 'cag')), /"cag", is not in the list/);
  assert.equal(problemOf(withWord(7, 'xqzvwk')), 'Word 7, "xqzvwk", is not in the list.');
  assert.equal(problemOf(list.slice(1).join(' ')), 'One word is missing: there are 23 of 24.');
  assert.equal(problemOf(list.slice(2).join(' ')), '2 words are missing: there are 22 of 24.');
  assert.equal(problemOf([...list, 'zoo'].join(' ')), 'There are 25 words, and a recovery key has 24.');
  const swapped = list.with(0, list[1] as string).with(1, list[0] as string);
  assert.match(problemOf(swapped.join(' ')), /together they do not fit/);
  assert.equal(problemOf(groups.slice(1).join(' ')), '4 characters are missing: a recovery key has 14 groups of 4.');
  assert.equal(problemOf(groups.join('').slice(1)), 'One character is missing: a recovery key has 14 groups of 4.');
  assert.equal(
    problemOf([...groups, '0000'].join(' ')),
    'There are 60 characters, and a recovery key has 14 groups of 4.',
  );
  assert.equal(problemOf(groups.with(4, '1U50').join('-')), '"U" in group 5 is in no recovery key.');
  assert.equal(problemOf(groups.with(4, '1😀50').join('-')), '"😀" in group 5 is in no recovery key.');
  assert.match(problemOf(groups.with(4, '1451').join('-')), /look at each group again/);
  assert.match(problemOf(' - '), /^Write the 24 words/);
  assert.match(problemOf('a'.repeat(1_001)), /longer than a recovery key/);
});

test('[ENC68] one wrong word or sign is noticed, and no text at all makes it throw', () => {
  const signs = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  const text = recoveryGroups(fixed).join('');
  for (let place = 0; place < text.length; place++)
    for (const sign of signs.replace(text[place] as string, ''))
      assert.equal(readRecoveryKey(text.slice(0, place) + sign + text.slice(place + 1)).ok, false);
  let missed = 0;
  const list = recoveryWords(fixed);
  const others = words.filter((word, index) => index % 4 === 0 && word !== list[3]);
  for (const word of others) if (readRecoveryKey(list.with(3, word).join(' ')).ok) missed++;
  // Eight bits of checksum: one wrong word in 256 fits.
  assert.ok(missed <= 6, String(missed));
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => assert.equal(readRecoveryKey(text).ok, false)),
  );
});

test('[ENC68] a key of a newer version is told from a wrong one', () => {
  // Version 2, then 32 zero bytes and their checksum.
  assert.equal(problemOf(`0800 ${'0000 '.repeat(12)}0WQT`), 'This recovery key was made by a newer version of Parley.');
});
