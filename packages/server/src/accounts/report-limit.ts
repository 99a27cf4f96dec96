// How many reports an account makes in a day: whoever made them without end would hide those of the others.
import type { AccountId } from '@parley/protocol';
import { maxReportsPerDay } from '../kernel/limits.ts';
import type { Limiter } from './limiter.ts';

const dayMs = 24 * 3_600_000;

/** Takes one, or says in how many milliseconds there is one (0: now). Rejects when the limiter cannot count. */
export function reportLimit(limiter: Limiter, factor: number): (account: AccountId) => Promise<number> {
  const limit = { count: Math.max(1, Math.round(maxReportsPerDay * factor)), perMs: dayMs };
  return (account) => limiter.take(`${account} reports`, limit);
}
