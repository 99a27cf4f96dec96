// The window over the rows of a conversation: which of them are drawn, and where. It is anchored at the newest end,
// so rows that are put above or grow do not move what somebody reads.
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import { useLayoutEffect, useReducer, useState } from 'preact/hooks';
import { heightOf } from '../view-models/file-place.ts';
import type { Row } from '../view-models/rows.ts';

export type RowVirtualizer = Virtualizer<HTMLDivElement, HTMLDivElement>;

/** This near to the end counts as at the end. */
export const endThresholdPx = 48;
const overscan = 8;
const paddingPx = 12;
/** What the styles say, for guesses. */
const columnPx = 760;
const bubblePx = 560;
const bubbleShare = 0.78;
const bubblePaddingPx = 28;
const linePx = 21;
const characterPx = 7.4;
const timeCharacters = 10;
const quotePx = 50;
const reactionsPx = 22;
const otherPx = 40;

/** Draws again when rows come into reach or change their size. */
export function useVirtualizer(
  scroller: { readonly current: HTMLDivElement | null },
  rows: readonly Row[],
): RowVirtualizer {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const options = {
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index: number) => estimate(rows[index], scroller.current?.clientWidth ?? columnPx),
    getItemKey: (index: number) => rows[index]?.key ?? index,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => redraw(undefined as never),
    overscan,
    paddingStart: paddingPx,
    paddingEnd: paddingPx,
    anchorTo: 'end' as const,
    followOnAppend: true,
    scrollEndThreshold: endThresholdPx,
  };
  const [virtual] = useState<RowVirtualizer>(() => new Virtualizer(options));
  virtual.setOptions(options);
  useLayoutEffect(() => virtual._didMount(), [virtual]);
  useLayoutEffect(() => virtual._willUpdate());
  return virtual;
}

/** A first guess in pixels; the real size is measured when a row is drawn. */
function estimate(row: Row | undefined, widthPx: number): number {
  if (row === undefined || row.type !== 'message') return otherPx;
  const { text, file, replyTo, reactions } = row.message;
  const inside = Math.min(bubblePx, Math.min(widthPx, columnPx) * bubbleShare) - bubblePaddingPx;
  const lines = Math.ceil((text.length + timeCharacters) / (inside / characterPx));
  const more =
    (replyTo === null ? 0 : quotePx) +
    (reactions.length === 0 ? 0 : reactionsPx) +
    (file === null ? 0 : heightOf(file));
  return Math.max(1, lines) * linePx + bubblePaddingPx / 2 + more + (row.first ? 8 : 2);
}
