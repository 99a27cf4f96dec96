// The rooms that an account is in, for the gateway that follows them and for change counters. Bounded by what one
// account may be in.
import type { AccountId } from '@parley/protocol';
import type { Seat } from '../kernel/frame-handlers.ts';
import type { ConversationRow } from '../store/store.ts';
import { presentIn, statesOf } from './memberships.ts';
import type { LiveRows } from './parts.ts';

/** Where the account sits now, with the version of the member list that is at most as new as the seat. */
export async function seatsOf(rows: LiveRows, account: AccountId): Promise<readonly Seat[]> {
  const rooms = (await statesOf(rows, await presentIn(rows, account))).filter(({ kind }) => kind === 'room');
  const seats = await Promise.all(rooms.map((room) => seatIn(rows, room, account)));
  return seats.filter((seat) => seat !== null);
}

async function seatIn(
  rows: LiveRows,
  { conversation, memberN }: ConversationRow,
  account: AccountId,
): Promise<Seat | null> {
  const [newest] = await rows.list('members', { prefix: [conversation, account], limit: 1, reverse: true });
  if (newest === undefined || newest.leftSeq !== null) return null;
  return { conversation, joinedSeq: newest.joinedSeq, memberN };
}
