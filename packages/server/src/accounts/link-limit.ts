// How many links into groups an account makes in an hour. Each changes the list of members, and what others send meanwhile
// has to be sealed again: whoever made them without end would keep a group from talking.
import type { AccountId } from '@parley/protocol';
import { maxLinksPerHour } from '../kernel/limits.ts';
import type { Limiter } from './limiter.ts';

const hourMs = 3_600_000;

/** Takes one, or says in how many milliseconds there is one (0: now). Rejects when the limiter cannot count. */
export function linkLimit(limiter: Limiter, factor: number): (account: AccountId) => Promise<number> {
  const limit = { count: Math.max(1, Math.round(maxLinksPerHour * factor)), perMs: hourMs };
  return (account) => limiter.take(`${account} links`, limit);
}
