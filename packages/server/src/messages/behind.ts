// What another gateway has shown may not be in the store yet: whoever says that it knows it is not answered with less.
import { firstShownLookMs, maxShownLooks } from '../kernel/engine-limits.ts';
import { Unavailable } from '../kernel/result.ts';
import type { MessagesParts } from './parts.ts';

type BehindParts = Pick<MessagesParts, 'clock' | 'here'>;

/**
 * Looks several times, ever more seldom, three seconds at most, whether it has come; once where there is no other gateway.
 * Resolves to whether it has.
 */
export async function comesSoon({ clock, here }: BehindParts, hasCome: () => Promise<boolean>): Promise<boolean> {
  for (let look = 1, pauseMs = firstShownLookMs; ; look++, pauseMs *= 2) {
    if (await hasCome()) return true;
    if (here === undefined || look === maxShownLooks) return false;
    await new Promise<void>((resolve) => void clock.after(pauseMs, resolve));
  }
}

/**
 * Resolves when what is here is at least as new as this; at once where there is no other gateway.
 * @throws {Unavailable} it stays behind
 */
export async function asNewAs(parts: BehindParts, atLeast: number, newest: () => Promise<number>): Promise<void> {
  if (parts.here === undefined || (await comesSoon(parts, async () => (await newest()) >= atLeast))) return;
  throw new Unavailable('the store is behind what is known elsewhere');
}
