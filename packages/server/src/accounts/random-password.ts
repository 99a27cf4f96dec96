// A password for somebody who has lost theirs: read out and typed once, then changed. Pure.
import type { Random } from '../kernel/random.ts';

/** Letters and digits that nobody confuses: 32 of them, five bits each. */
const letters = 'abcdefghjkmnpqrstuvwxyz023456789';
const groups = 4;
const perGroup = 5;

/** Four groups of five characters: a hundred bits. */
export function randomPassword(random: Random): string {
  const bytes = random.bytes(groups * perGroup);
  const characters = Array.from(bytes, (byte) => letters[byte & 31] ?? '').join('');
  return Array.from({ length: groups }, (_, at) => characters.slice(at * perGroup, (at + 1) * perGroup)).join('-');
}
