// Which picture a group has. Whoever leads it says so; who led it when is in its signed list, which may be read after the
// records are. So the newest that each has said is remembered, and which of them counts is seen when it is shown. The
// picture itself stays in its record. Pure, order-free and idempotent. [ENC]
import type { AccountId, StateBody } from '@parley/protocol';
import { maxPictureRows } from './limits.ts';
import type { ConversationRow, MembersRow, PictureRow } from './rows.ts';

type Pictures = Pick<ConversationRow, 'pictures'>;

/** What is remembered after a record: `place` is its own, and of what it says again that of what it repeats. */
export function picturesAfter(
  known: readonly PictureRow[] | undefined,
  by: AccountId,
  picture: StateBody['picture'],
  place: { readonly seq: number; readonly at: number },
): Pictures {
  const { at } = place;
  const seq = place.seq === at ? at : (picture?.of ?? at);
  // That there is none is not said again, and nothing can repeat what was not there yet.
  if (picture === undefined || seq > at || (seq === at && place.seq !== at)) return {};
  return picturesOf([...(known ?? []), { seq, at, by, ...(picture === null && { none: true as const }) }]);
}

/** Of each the newest that they have brought, and the newest that they have said again; the newest first. */
export function picturesOf(rows: readonly PictureRow[]): Pictures {
  const sorted = [...rows].sort((one, other) => other.seq - one.seq || one.at - other.at);
  const isFirst = (row: PictureRow, index: number) =>
    sorted.findIndex(({ by, seq, at }) => by === row.by && (seq === at) === (row.seq === row.at)) === index;
  return rows.length === 0 ? {} : { pictures: sorted.filter(isFirst).slice(0, maxPictureRows) };
}

/** The record that counts, perhaps one that takes the picture away; null: none does, or it is not known who leads. */
export function pictureOf(row: ConversationRow, members: MembersRow | undefined): PictureRow | null {
  const { pictures = [], server } = row;
  if (members === undefined) return null;
  // Who came later cannot read the record itself, and takes the word of whoever says it again, until somebody who leads does.
  const isHearsay = ({ seq, at }: PictureRow) => seq !== at && seq < server.joined_seq;
  return pictures.find(({ by, at }) => leadsAt(members, by, at)) ?? pictures.find(isHearsay) ?? null;
}

/** The record with the picture that is shown; null: there is none. */
export function pictureAt(row: ConversationRow, members: MembersRow | undefined): number | null {
  const place = pictureOf(row, members);
  return place === null || place.none ? null : place.at;
}

/** Did they lead the group at this record? A list that nobody signed says only who leads it now. */
export function leadsAt({ led, items }: MembersRow, account: AccountId, seq: number): boolean {
  if (led === undefined) return items.some((one) => one.account === account && one.role !== 'member');
  return led.some((one) => one.account === account && one.from < seq && seq < (one.to ?? Number.POSITIVE_INFINITY));
}
