// The rooms that an account is in, for the gateway that follows them and for change counters. Bounded by what one
// account may be in.
import type { AccountId, ConversationId } from '@parley/protocol';
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
  const joinedSeq = await seatedSince(rows, account, conversation);
  return joinedSeq === null ? null : { conversation, joinedSeq, memberN };
}

/** From which seq on the account is in this conversation now; null: it is not. */
export async function seatedSince(
  rows: LiveRows,
  account: AccountId,
  conversation: ConversationId,
): Promise<number | null> {
  const [newest] = await rows.list('members', { prefix: [conversation, account], limit: 1, reverse: true });
  return newest === undefined || newest.leftSeq !== null ? null : newest.joinedSeq;
}
