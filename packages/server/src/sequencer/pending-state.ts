// What an entry about who is pending, and a link, mean at a time: asked by `apply` with the append time, and by the use
// cases with the clock. Pure; it must never tell an account of what is hidden from it.
import type { AccountId } from '@parley/protocol';
import { limits } from '@parley/protocol';
import type { ConversationRow, InviteState, PendingState } from '../store/store.ts';

type Pending = Pick<ConversationRow, 'pending'>;

/** The invitation or wish of an account that still holds at this time; undefined when there is none. */
export function pendingOf({ pending }: Pending, account: AccountId, time: number): PendingState | undefined {
  return pending.find((each) => each.account === account && isPending(each, time));
}

/** The same as the account itself may know it. */
export function visibleTo(state: Pending, account: AccountId, time: number): PendingState | undefined {
  const found = pendingOf(state, account, time);
  return found?.hidden ? undefined : found;
}

/** Does it still hold? */
export function isPending({ state, at }: PendingState, time: number): boolean {
  return isOpenState(state) && at + limits.pendingMs > time;
}

/** Is it no answer? */
export function isOpenState(state: PendingState['state']): boolean {
  return state === 'invited' || state === 'waiting';
}

/** Is the link good at this time? */
export function isOpenLink({ expiresAt, usesLeft }: InviteState, time: number): boolean {
  return (expiresAt === null || expiresAt > time) && (usesLeft === null || usesLeft > 0);
}
