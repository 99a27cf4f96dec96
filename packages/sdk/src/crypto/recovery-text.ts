// Reads a recovery key as people write it: words or groups, in any case, with spaces, dashes, numbers and look-alikes.
// When it cannot be read, the answer says what is wrong with it, so that it can be found on the paper.
import { bytesOfWords, words } from './primitives.ts';
import {
  groupCheck,
  groupSignCount,
  groupSigns,
  groupVersion,
  recoveryKeyBytes,
  recoveryWordCount,
} from './recovery-key.ts';

/** What is wrong with it. Places are counted from 1. */
export type RecoveryProblem =
  | { readonly problem: 'empty' }
  | { readonly problem: 'too_long' }
  | {
      readonly problem: 'unknown_word';
      readonly place: number;
      readonly word: string;
      readonly like: readonly string[];
    }
  | { readonly problem: 'word_count'; readonly found: number }
  | { readonly problem: 'unknown_sign'; readonly group: number; readonly sign: string }
  | { readonly problem: 'sign_count'; readonly found: number }
  | { readonly problem: 'newer'; readonly version: number }
  | { readonly problem: 'check'; readonly of: 'words' | 'groups' };

export type RecoveryReading =
  | { readonly ok: true; readonly key: Uint8Array }
  | ({ readonly ok: false } & RecoveryProblem);

/** Longer than any way to write it. */
const maxCharacters = 1_000;
const maxSuggestions = 3;
const maxDistance = 2;
/** This many letters of a word are enough: no two words of the list begin with the same four. */
const distinctLetters = 4;

/** The key, or what is wrong. */
export function readRecoveryKey(text: string): RecoveryReading {
  if (text.length > maxCharacters) return { ok: false, problem: 'too_long' };
  const tokens = text
    .normalize('NFKC')
    .toLowerCase()
    .split(/[\s\-\u2010-\u2015_.,:;|/()]+/)
    .filter((token) => token !== '');
  if (tokens.length === 0) return { ok: false, problem: 'empty' };
  // In a list of words a number says which one it is.
  const bare = tokens.filter((token) => !/^\d{1,2}$/.test(token));
  const known = bare.filter((token) => words.includes(token)).length;
  const isGroups = known * 2 < bare.length && /\d/.test(bare.join(''));
  return isGroups ? readGroups(tokens.join('').toUpperCase()) : readWords(bare);
}

function readWords(given: readonly string[]): RecoveryReading {
  const found: string[] = [];
  for (const [index, word] of given.entries()) {
    const meant = wordOf(word);
    if (meant === null) return { ok: false, problem: 'unknown_word', place: index + 1, word, like: likeWords(word) };
    found.push(meant);
  }
  if (found.length !== recoveryWordCount) return { ok: false, problem: 'word_count', found: found.length };
  const key = bytesOfWords(found);
  return key === null ? { ok: false, problem: 'check', of: 'words' } : { ok: true, key };
}

function readGroups(text: string): RecoveryReading {
  const signs = text.replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  const odd = signs.search(/[^0-9A-HJKMNP-TV-Z]/);
  if (odd >= 0) {
    const sign = String.fromCodePoint(signs.codePointAt(odd) as number);
    return { ok: false, problem: 'unknown_sign', group: Math.floor(odd / 4) + 1, sign };
  }
  if (signs.length !== groupSignCount) return { ok: false, problem: 'sign_count', found: signs.length };
  const bytes = bytesOfSigns(signs);
  const [version = 0] = bytes;
  const key = bytes.slice(1, 1 + recoveryKeyBytes);
  const check = groupCheck(version, key);
  if (bytes.subarray(1 + recoveryKeyBytes).some((byte, index) => byte !== check[index]))
    return { ok: false, problem: 'check', of: 'groups' };
  return version === groupVersion ? { ok: true, key } : { ok: false, problem: 'newer', version };
}

function bytesOfSigns(signs: string): Uint8Array {
  const bytes: number[] = [];
  let held = 0;
  let bits = 0;
  for (const sign of signs) {
    held = ((held << 5) | groupSigns.indexOf(sign)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >> bits) & 255);
  }
  return new Uint8Array(bytes);
}

/** The word of the list that is meant, or null. */
function wordOf(given: string): string | null {
  if (words.includes(given)) return given;
  if (given.length < distinctLetters) return null;
  return words.find((word) => word.startsWith(given)) ?? null;
}

/** The words of the list that are nearest, when they differ by a letter or two. */
function likeWords(given: string): readonly string[] {
  const near = words.map((word) => ({ word, distance: distance(given.slice(0, 12), word) }));
  const least = Math.min(...near.map((one) => one.distance));
  if (least > maxDistance) return [];
  return near
    .filter((one) => one.distance === least)
    .slice(0, maxSuggestions)
    .map((one) => one.word);
}

/** How many letters must be put in, left out, replaced or swapped with their neighbour. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let k = 1; k <= b.length; k++) {
      const same = a[i - 1] === b[k - 1] ? 0 : 1;
      let least = Math.min((above[k] as number) + 1, (row[k - 1] as number) + 1, (above[k - 1] as number) + same);
      if (i > 1 && k > 1 && a[i - 1] === b[k - 2] && a[i - 2] === b[k - 1])
        least = Math.min(least, (before[k - 2] as number) + 1);
      row.push(least);
    }
    before = above;
    above = row;
  }
  return above[b.length] as number;
}

/** The problem in a sentence. */
export function describeProblem(problem: RecoveryProblem): string {
  switch (problem.problem) {
    case 'empty':
      return 'Write the 24 words or the 14 groups of your recovery key.';
    case 'too_long':
      return 'This is longer than a recovery key.';
    case 'unknown_word':
      return `Word ${problem.place}, "${problem.word}", is not in the list${didYouMean(problem.like)}`;
    case 'word_count':
      return problem.found < recoveryWordCount
        ? `${missing(recoveryWordCount - problem.found, 'word')}: there are ${problem.found} of ${recoveryWordCount}.`
        : `There are ${problem.found} words, and a recovery key has ${recoveryWordCount}.`;
    case 'unknown_sign':
      return `"${problem.sign}" in group ${problem.group} is in no recovery key.`;
    case 'sign_count':
      return problem.found < groupSignCount
        ? `${missing(groupSignCount - problem.found, 'character')}: a recovery key has 14 groups of 4.`
        : `There are ${problem.found} characters, and a recovery key has 14 groups of 4.`;
    case 'newer':
      return 'This recovery key was made by a newer version of Parley.';
    case 'check':
      return problem.of === 'words'
        ? 'Every word is in the list, but together they do not fit: look at each word again, and at their order.'
        : 'The characters do not fit together: look at each group again.';
  }
}

function didYouMean(like: readonly string[]): string {
  if (like.length === 0) return '.';
  return `: did you mean ${like.map((word) => `"${word}"`).join(' or ')}?`;
}

function missing(count: number, what: string): string {
  return count === 1 ? `One ${what} is missing` : `${count} ${what}s are missing`;
}
