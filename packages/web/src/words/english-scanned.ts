// Words for a scanned code of somebody, in English. Apart from the catalogue, so that they come with the sheet that needs them.
import type { ScanResult } from '@parley/sdk';

/** What a scanned code of somebody says, in the order in which people should worry. */
export const scanned: Readonly<Record<ScanResult, (name: string) => string>> = {
  match: (name) => `The codes are the same: nobody stands between you and ${name}.`,
  their_key_differs: (name) =>
    `The codes differ: ${name} has another key than the one you were given. Somebody may be reading along: write nothing secret, and ask ${name} in another way.`,
  our_key_differs: (name) =>
    `The codes differ: ${name} was given another key than yours. Somebody may be reading along: write nothing secret, and ask ${name} in another way.`,
  other_person: (name) => `This is not the code that ${name} sees for you. Open your chat there, and scan again.`,
  older: (name) => `${name}'s app is too old for this. Compare the digits.`,
  newer: () => 'This app is too old for that code. Compare the digits.',
  unreadable: () => 'This is not a code to compare.',
};
