// From a window of messages to what the list draws: day lines, the unread line, system lines, and bubbles
// that know their place in a run. Pure, so that it can be tested without a screen.
import type { ConversationView, MessageView, TimelineView } from '@parley/sdk';
import { sameDay } from '../words/words.ts';

/** A line of the list. `key` stays the same for as long as the line is the same thing. */
export type Row =
  | { readonly type: 'start'; readonly key: 'start' }
  | { readonly type: 'day'; readonly key: string; readonly at: number }
  | { readonly type: 'unread'; readonly key: 'unread'; readonly count: number }
  | { readonly type: 'system'; readonly key: string; readonly message: MessageView }
  | {
      readonly type: 'message';
      readonly key: string;
      readonly message: MessageView;
      /** First of a run: it has the name. */
      readonly first: boolean;
      /** Last of a run: it has the avatar and the corner. */
      readonly last: boolean;
    };

/** What the window itself does not know of its conversation. */
export interface RowsOf {
  readonly kind: ConversationView['kind'];
  /** How many messages were unread when it was opened: more of them than the window has, perhaps. */
  readonly unread: number;
}

/** A pause longer than this begins another run. */
const runMs = 5 * 60_000;

/**
 * Lines of a window, oldest first. While there are older messages the first of the window is held back: whether it
 * begins a day or a run is only known with the one before it, and a line that is drawn must not change its height.
 */
export function rowsOf(view: TimelineView, { kind, unread }: RowsOf): readonly Row[] {
  const rows: Row[] = [];
  const items = view.items.filter(
    (item, index, all) => !(kind === 'direct' && item.change?.action === 'create') && !isToldAgain(all, index),
  );
  const held = view.older === 'more' || view.older === 'loading' ? Math.min(1, items.length - 1) : 0;
  if (view.older === 'end' && view.items.length > 0) rows.push({ type: 'start', key: 'start' });
  const unreadAt = firstUnread(items, view.firstUnreadSeq);
  for (const [index, message] of items.entries()) {
    if (index < held) continue;
    const before = items[index - 1];
    const newDay = before === undefined || !sameDay(shownAt(before), shownAt(message));
    if (newDay) rows.push({ type: 'day', key: `day-${dayKey(message)}`, at: shownAt(message) });
    if (index === unreadAt)
      rows.push({ type: 'unread', key: 'unread', count: Math.max(unread, countUnread(items, index)) });
    if (isSystem(message)) {
      rows.push({ type: 'system', key: message.id, message });
      continue;
    }
    const after = items[index + 1];
    rows.push({
      type: 'message',
      key: message.id,
      message,
      first: newDay || index === unreadAt || !sameRun(before, message),
      last:
        after === undefined ||
        !sameDay(shownAt(message), shownAt(after)) ||
        index + 1 === unreadAt ||
        !sameRun(message, after),
    });
  }
  return rows;
}

/** When a message is shown to have been sent. */
export function shownAt(message: MessageView): number {
  return message.storedAt ?? message.timestamp;
}

function isSystem(message: MessageView): boolean {
  return message.type === 'change' || message.type === 'timer' || message.type === 'shared';
}

/** Whoever comes in is told what the group is called, which is no news to the others: only another name is. */
function isToldAgain(items: readonly MessageView[], index: number): boolean {
  const change = items[index]?.change;
  const before = items[index - 1]?.change?.action;
  if (change?.action !== 'title' || (before !== 'join' && before !== 'add')) return false;
  const earlier = items.slice(0, index).findLast((item) => item.change?.action === 'title');
  return earlier === undefined || earlier.change?.title === change.title;
}

function sameRun(before: MessageView | undefined, message: MessageView): boolean {
  return (
    before !== undefined &&
    !isSystem(before) &&
    !isSystem(message) &&
    before.sender === message.sender &&
    shownAt(message) - shownAt(before) < runMs
  );
}

function firstUnread(items: readonly MessageView[], firstUnreadSeq: number | null): number {
  if (firstUnreadSeq === null) return -1;
  return items.findIndex((item) => item.seq !== null && item.seq >= firstUnreadSeq && !item.own && !isSystem(item));
}

function countUnread(items: readonly MessageView[], from: number): number {
  return items.slice(from).filter((item) => !item.own && !isSystem(item)).length;
}

function dayKey(message: MessageView): string {
  const day = new Date(shownAt(message));
  return `${day.getFullYear()}-${day.getMonth()}-${day.getDate()}`;
}
