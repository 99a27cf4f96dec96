// Two and blue ticks from the watermarks of the others. Pure. tick(m) is the minimum over those who were members at
// m's seq and still are. Whoever joined later does not count for m, so every message up to one bound has the tick
// and none above it: the bound is what is kept, and it never falls.
import type { AccountId, Member } from '@parley/protocol';
import type { ConversationRow, MarkRow } from './rows.ts';
import type { MessageState } from './views.ts';

export interface Ticks {
  readonly delivered: number;
  readonly read: number;
}

/** What ticks there were, and up to which seq it is known who was a member. */
export interface TickBounds {
  readonly before: Ticks;
  readonly known: number;
}

/** Up to which seq all the others have got and read. Nobody else: 0, one tick is all there is. */
export function ticksOf(
  members: readonly Member[],
  me: AccountId,
  marks: ReadonlyMap<AccountId, MarkRow>,
  { before, known }: TickBounds,
): Ticks {
  let delivered = Number.POSITIVE_INFINITY;
  let read = Number.POSITIVE_INFINITY;
  for (const member of members) {
    if (member.account === me) continue;
    const mark = marks.get(member.account);
    const unconcerned = member.joined_seq - 1;
    delivered = Math.min(delivered, Math.max(mark?.delivered ?? 0, mark?.read ?? 0, unconcerned));
    read = Math.min(read, Math.max(mark?.read ?? 0, unconcerned));
  }
  if (!Number.isFinite(delivered)) return before;
  const raised = (tick: number, to: number) => Math.max(tick, Math.min(to, known));
  return { delivered: raised(before.delivered, delivered), read: raised(before.read, read) };
}

/** State of an own message that has its seq. */
export function tickOf(seq: number, kind: ConversationRow['server']['kind'], ticks: Ticks): MessageState {
  if (kind === 'room') return 'sent';
  if (seq <= ticks.read) return 'read';
  return seq <= ticks.delivered ? 'delivered' : 'sent';
}
