// What one account may know of another's presence. Pure: everything that is asked is an argument. It promises that
// hiding is mutual and that a stranger never learns a time; it must never be decided anywhere else.
import type { AccountId, Presence, PresenceAudience, PresenceState } from '@parley/protocol';
import { recentlyDays, thisMonthDays, thisWeekDays } from '../kernel/limits.ts';
import type { Seen } from './presence.ts';

/** One side of a look: what it has set. */
export interface Side {
  readonly account: AccountId;
  readonly presence: PresenceAudience;
  readonly blocked: ReadonlySet<AccountId>;
}

/** How much is seen: nothing, a coarse word, or the truth. */
export type Sight = 'hidden' | 'coarse' | 'exact';

const sights: readonly Sight[] = ['hidden', 'coarse', 'exact'];
const dayMs = 24 * 3_600_000;

/** How much two accounts see of each other; the same from either side. [PRS6] [PRS8] [PRS9] */
export function sightBetween(viewer: Side, subject: Side, isContact: boolean): Sight {
  if (viewer.account === subject.account) return 'exact';
  if (viewer.blocked.has(subject.account) || subject.blocked.has(viewer.account)) return 'hidden';
  const least = Math.min(shown(viewer.presence, isContact), shown(subject.presence, isContact));
  return sights[least] ?? 'hidden';
}

/** The account as it is seen. [PRS7] [PRS10] */
export function presenceAt(sight: Sight, { account, online, lastSeenAt }: Seen, now: number): Presence {
  if (sight === 'hidden') return { type: 'presence', account, state: 'hidden' };
  if (sight === 'coarse') return { type: 'presence', account, state: online ? 'recently' : coarse(lastSeenAt, now) };
  if (online) return { type: 'presence', account, state: 'online' };
  if (lastSeenAt === null) return { type: 'presence', account, state: 'offline' };
  return { type: 'presence', account, state: 'offline', last_seen_at: new Date(lastSeenAt).toISOString() };
}

/** The day (UTC) of a time: a coarse word changes with it, never within it, which would tell the hour of last seen. */
export function dayOf(time: number): number {
  return Math.floor(time / dayMs);
}

/** How much an audience shows to this one, as a place in `sights`. */
function shown(audience: PresenceAudience, isContact: boolean): number {
  switch (audience) {
    case 'everyone':
      return isContact ? 2 : 1;
    case 'contacts':
      return isContact ? 2 : 0;
    case 'nobody':
      return 0;
  }
}

function coarse(lastSeenAt: number | null, now: number): PresenceState {
  if (lastSeenAt === null) return 'long_ago';
  const days = dayOf(now) - dayOf(lastSeenAt);
  if (days <= recentlyDays) return 'recently';
  if (days <= thisWeekDays) return 'this_week';
  return days <= thisMonthDays ? 'this_month' : 'long_ago';
}
