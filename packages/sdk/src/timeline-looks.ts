// What a conversation itself changes about how its messages look: ticks, pins, who leads it, and stars that turn out to be
// other ones. Views that look different now are let go of; the others stay the same objects. [TLN]
import { pinsShown } from './group-state.ts';
import type { ConversationRow, MembersRow, OutboxRow } from './rows.ts';
import { tickOf } from './ticks.ts';
import type { MessageView } from './views.ts';
import type { Window } from './window.ts';

/** How it stands. */
export interface Looks {
  readonly kind: ConversationRow['server']['kind'];
  readonly delivered: number;
  readonly read: number;
  readonly pinned: readonly number[];
  readonly members: MembersRow | undefined;
}

/** With what is on its way in it. */
export function looksOf(
  row: ConversationRow | null,
  pending: Iterable<OutboxRow>,
  members: MembersRow | undefined,
): Looks {
  const kind = row?.server.kind ?? 'direct';
  const pinned = row === null ? [] : pinsShown(row, pending);
  return { kind, ...(row?.ticks ?? { delivered: 0, read: 0 }), pinned, members };
}

/** It stands differently. */
export function relook({ made, rows }: Window<MessageView | null>, before: Looks, now: Looks): void {
  if (before.members !== now.members) for (const [key, { body }] of rows) if (body?.type === 'state') made.delete(key);
  for (const seq of [...before.pinned, ...now.pinned])
    if (before.pinned.includes(seq) !== now.pinned.includes(seq)) made.delete(seq);
  if (before.delivered === now.delivered && before.read === now.read) return;
  for (const [key, view] of made)
    if (view?.own && view.seq && view.state !== tickOf(view.seq, now.kind, now)) made.delete(key);
}

/** Settings may be others. Says whether another message is starred than was shown. */
export function relookStars({ made }: Window<MessageView | null>, isStarred: (seq: number) => boolean): boolean {
  let differs = false;
  for (const [key, view] of made) if (view?.seq && view.starred !== isStarred(view.seq)) differs = made.delete(key);
  return differs;
}
