// Which picture a group has. Whoever leads it says so; who led it when is in its signed list, which may be read after the
// records are. So what people have said is remembered, and which of it counts is seen when it is shown. The
// picture itself stays in its record. Pure, order-free and idempotent. [ENC]
import type { StateBody } from '@parley/protocol';
import { type Leading, leadsAt } from './group-leads.ts';
import type { ConversationRow, MembersRow, PictureRow, SaidRow } from './rows.ts';

/** What a record says of the picture, in its `place`; of what it says again that of what it repeats. Null: nothing. */
export function pictureRow(picture: StateBody['picture'], place: SaidRow): PictureRow | null {
  const { at, by } = place;
  const seq = place.seq === at ? at : (picture?.of ?? at);
  // That there is none is not said again, and nothing can repeat what was not there yet.
  if (picture === undefined || seq > at || (seq === at && place.seq !== at)) return null;
  return { seq, at, by, ...(picture === null && { none: true as const }) };
}

/** The record that counts, perhaps one that takes the picture away; null: none does, or it is not known who leads. */
export function pictureOf(row: ConversationRow, members: Leading | undefined): PictureRow | null {
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
