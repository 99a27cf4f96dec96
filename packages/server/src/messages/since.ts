// The text of `since`: opaque to clients, written and read here only. What cannot be read, is of another log or epoch,
// or lies ahead of the log, stands for nothing: the client then gets everything. It is never refused.
import type { ConversationId } from '@parley/protocol';
import type { MarkMoment } from './marks.ts';

/** Where records and watermarks stood. */
export interface Moment {
  /** As `Positions` counts. */
  readonly position: number;
  readonly marks: MarkMoment;
}

/** What a client was told: everything up to `from`, and of what is newer a part of the list. */
export interface Place {
  /** Null: nothing. */
  readonly from: Moment | null;
  /** A list that is being paged: when it began, and the last conversation that was looked at. */
  readonly list: { readonly began: Moment; readonly after: ConversationId | null } | null;
}

const nowhere = '-';
const moment = '(-|-?\\d{1,16}_\\d{1,16}_-?\\d{1,16})';
const pattern = new RegExp(`^${moment}(?:!${moment}!(-|c_[A-Za-z0-9_-]{22}))?$`);

/** The text for a place. `origin` names log and epoch: letters, digits, dots and dashes. */
export function writeSince(origin: string, { from, list }: Place): string {
  const text = `${origin}!${momentText(from)}`;
  return list === null ? text : `${text}!${momentText(list.began)}!${list.after ?? nowhere}`;
}

/** The place that the text stands for; null for none. `end`: no place is above it. */
export function readSince(since: string | null, origin: string, end: number): Place | null {
  if (since?.startsWith(`${origin}!`) !== true) return null;
  const found = pattern.exec(since.slice(origin.length + 1));
  if (found === null) return null;
  const [, from = nowhere, began, after = nowhere] = found;
  const place: Place = {
    from: momentOf(from),
    list: began === undefined ? null : listOf(momentOf(began), after),
  };
  const newest = place.list?.began ?? place.from;
  return newest === null || newest.position > end ? null : place;
}

function listOf(began: Moment | null, after: string): Place['list'] {
  if (began === null) return null;
  return { began, after: after === nowhere ? null : (after as ConversationId) };
}

function momentText(at: Moment | null): string {
  return at === null ? nowhere : `${at.position}_${at.marks.run}_${at.marks.change}`;
}

function momentOf(text: string): Moment | null {
  if (text === nowhere) return null;
  const [position = 0, run = 0, change = 0] = text.split('_').map(Number);
  return { position, marks: { run, change } };
}
