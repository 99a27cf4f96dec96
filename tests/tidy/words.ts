// Words that have no place in the project: promises nobody keeps, places of one machine, addresses of a registry.

import { type Finding, finding, type TextFile } from './source.ts';

const markers = [
  { pattern: /\bTODO\b(?!\(#?\d+\))/g, message: 'a TODO without the number of its issue' },
  { pattern: /\b(FIXME|XXX|HACK)\b/g, message: 'do it, or open an issue and say TODO(number)' },
  { pattern: /\bfor now\b/gi, message: 'say what holds, not until when' },
];

const places = [
  { pattern: /(?<![\w.-])\/(work|root|farm)\//g, message: 'a path of one machine' },
  { pattern: /(?<![\w.-])\/(home|Users)\/[a-z]+\//g, message: 'a path of one machine' },
  { pattern: /registry\.(npmjs\.org|yarnpkg\.com)|npm\.pkg\.github\.com/g, message: 'the address of a registry' },
];

/** Code, documents and settings hold no marker without an issue and no excuse. */
export const checkMarkers = (file: TextFile): readonly Finding[] => matches(file, markers);

/** Nothing names a path of a machine or the host of a registry. */
export const checkPlaces = (file: TextFile): readonly Finding[] => matches(file, places);

/** The lock file says what is installed, not from where: everybody has a registry of their own. */
export function checkLockFile(file: TextFile): readonly Finding[] {
  return [...file.text.matchAll(/"resolved": "(https?|git\+\w+):/g)].map(({ index }) =>
    finding(file, index, 'a resolved address; install with omit-lockfile-registry-resolved'),
  );
}

type Pattern = { readonly pattern: RegExp; readonly message: string };

function matches(file: TextFile, patterns: readonly Pattern[]): readonly Finding[] {
  return patterns.flatMap(({ pattern, message }) =>
    [...file.text.matchAll(pattern)].map((match) => finding(file, match.index, `"${match[0]}": ${message}`)),
  );
}
