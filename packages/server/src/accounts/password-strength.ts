// How much a guesser must guess: what is predictable counts as one character. Pure.
// Promise: what is common, short, repeated, in sequence or made of the handle is refused; ten characters of one kind
// are enough, and so are eight of several.
import { limits } from '@parley/protocol';
import { commonWords } from './common-passwords.ts';

/** What must be left when everything predictable counts as one guess; in tenths of a good character. */
const enough = 60;
const guessWeight = 10;
const characterWeight = 6;
/** Changing between small and capital letters, digits and signs is worth something; staying with one kind is not. */
const changeWeight = 5;
const shortestRun = 3;
const keyRows =
  'qwertyuiop qwertzuiop azertyuiop asdfghjkl zxcvbnm yxcvbnm 1qaz2wsx3edc4rfv5tgb6yhn 147258369 1q2w3e4r5t6y7u8i ' +
  'q1w2e3r4t5y6u7i8 1a2b3c4d5e6f a1b2c3d4e5f6 1a2s3d4f5g6h a1s2d3f4g5h6 1z2x3c4v5b6n z1x2c3v4b5n6 qawsedrftgyh qwaszx 1029384756';
const leet: Readonly<Record<string, string>> = {
  0: 'o',
  1: 'i',
  3: 'e',
  4: 'a',
  5: 's',
  7: 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

const longestWord = Math.max(...[...commonWords].map((word) => word.length));
/** What fingers and heads walk along, in both directions. */
const lines = [...keyRows.split(' '), 'abcdefghijklmnopqrstuvwxyz', '01234567890'].flatMap((row) => [
  Array.from(row),
  Array.from(row).reverse(),
]);

/** Why somebody who knows the handle would guess it, in words for who is refused; null: nobody would. */
export function weaknessOf(password: string, handle: string): string | null {
  const typed = Array.from(password.normalize('NFKC')).slice(0, limits.maxPasswordCharacters);
  const characters = typed.map((character) => character.toLowerCase());
  if (typed.length < limits.minPasswordCharacters)
    return `it is shorter than ${limits.minPasswordCharacters} characters`;
  const own = new Set([handle, ...handle.split(/[^a-z]+/).filter((part) => part.length >= shortestRun)]);
  const found = new Set<string>();
  let left = 0;
  for (let at = 0; at < typed.length; ) {
    const { length, what } = predictable(characters, at, own);
    const changes = at > 0 && kindOf(typed[at] ?? '') !== kindOf(typed[at - 1] ?? '');
    left += length > 1 ? guessWeight : weightOf(typed[at] ?? '') + (changes ? changeWeight : 0);
    if (length > 1) found.add(what);
    at += length;
  }
  if (left >= enough) return null;
  const counted = found.size === 0 ? '' : `each is one guess: ${[...found].join(', ')}; `;
  return `${counted}what is left must be worth ten characters of one kind, or eight of several`;
}

/** A character of a script without capitals may be one of thousands. */
function weightOf(character: string): number {
  return /\p{Lo}/u.test(character) ? guessWeight : characterWeight;
}

function kindOf(character: string): number {
  return [/\p{Ll}/u, /\p{Lu}/u, /\p{L}/u, /\p{N}/u].findIndex((kind) => kind.test(character));
}

/** How many characters from `at` on are one guess, and as what; 1 when none are. */
function predictable(characters: readonly string[], at: number, own: ReadonlySet<string>) {
  const guesses = [
    { what: 'the handle', length: wordAt(characters, at, own) },
    { what: 'a common word', length: wordAt(characters, at, commonWords) },
    { what: 'a run', length: runAt(characters, at) },
    { what: 'a repeat', length: repeatAt(characters, at) },
    { what: 'a year', length: yearAt(characters, at) },
  ];
  return guesses.reduce((best, each) => (each.length > best.length ? each : best), { what: '', length: 1 });
}

/** One of the words, also with digits and signs for letters. */
function wordAt(characters: readonly string[], at: number, words: ReadonlySet<string>): number {
  for (let length = Math.min(longestWord, characters.length - at); length >= shortestRun; length--) {
    const typed = characters.slice(at, at + length);
    const plain = typed.join('');
    const read = typed.map((character) => leet[character] ?? character).join('');
    if ([plain, read, read.replaceAll('i', 'l')].some((word) => words.has(word))) return length;
  }
  return 0;
}

/** A way along the alphabet, the digits or a row of keys, in one direction or the other. */
function runAt(characters: readonly string[], at: number): number {
  let longest = 0;
  for (const line of lines)
    for (
      let from = line.indexOf(characters[at] ?? '');
      from >= 0;
      from = line.indexOf(characters[at] ?? '', from + 1)
    ) {
      let length = 1;
      while (from + length < line.length && characters[at + length] === line[from + length]) length++;
      longest = Math.max(longest, length);
    }
  return longest >= shortestRun ? longest : 0;
}

/** What stood before, again: `abcabc`, `xx`. */
function repeatAt(characters: readonly string[], at: number): number {
  let longest = 0;
  for (let from = 0; from < at; from++) {
    let length = 0;
    while (at + length < characters.length && characters[from + length] === characters[at + length]) length++;
    longest = Math.max(longest, length);
  }
  return longest >= shortestRun || (longest > 0 && longest === characters.length - at) ? longest : 0;
}

function yearAt(characters: readonly string[], at: number): number {
  return /^(19|20)\d\d$/.test(characters.slice(at, at + 4).join('')) ? 4 : 0;
}
