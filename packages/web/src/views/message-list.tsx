// The messages of a conversation: only what is near the screen is drawn, the newest end holds still while
// older ones are put above it, and nothing jumps while somebody reads.
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks';
import type { OpenConversation, OpenConversationView } from '../view-models/conversation.ts';
import type { Row } from '../view-models/rows.ts';
import { words } from '../words/words.ts';
import { Icon } from './icon.tsx';
import { RowView } from './row.tsx';

const overscan = 8;
/** So many rows before an edge the next page is asked for. */
const loadAhead = 12;
const endThresholdPx = 48;

/** The scrolling list with its button back to the newest. */
export function MessageList({ open, view }: { readonly open: OpenConversation; readonly view: OpenConversationView }) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer(scroller, view.rows);
  const items = virtual.getVirtualItems();
  const placed = useRef(false);

  useLayoutEffect(() => {
    if (placed.current || view.rows.length === 0) return;
    placed.current = true;
    const start = view.rows.findIndex(
      (row) => row.type === 'unread' || (row.type === 'message' && row.message.seq === view.highlight),
    );
    if (start >= 0) virtual.scrollToIndex(start, { align: view.highlight === null ? 'start' : 'center' });
    else virtual.scrollToIndex(view.rows.length - 1, { align: 'end' });
  });
  useLayoutEffect(() => {
    const at =
      view.highlight === null
        ? -1
        : view.rows.findIndex((row) => row.type === 'message' && row.message.seq === view.highlight);
    if (at >= 0) virtual.scrollToIndex(at, { align: 'center' });
  }, [view.highlight]);
  useEffect(() => {
    const first = items[0]?.index ?? 0;
    const last = items.at(-1)?.index ?? 0;
    if (first < loadAhead && view.older === 'more') open.loadOlder();
    if (last > view.rows.length - loadAhead && view.newer === 'more') open.loadNewer();
    const element = scroller.current;
    if (element !== null)
      open.onScreen(highestShown(view.rows, items, element), isAtEnd(element) && view.newer === 'end');
  });

  return (
    <div class="messages">
      <div
        class="messages-scroller"
        ref={scroller}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        role="log"
        aria-label={words.chat.messages}
        aria-live="polite"
        aria-relevant="additions"
      >
        <div class="messages-canvas" style={{ blockSize: `${virtual.getTotalSize()}px` }}>
          {items.map((item) => {
            const row = view.rows[item.index];
            return row === undefined ? null : (
              <div
                key={item.key}
                class="messages-row"
                data-index={item.index}
                ref={virtual.measureElement}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <RowView row={row} open={open} view={view} />
              </div>
            );
          })}
        </div>
      </div>
      {view.older === 'loading' && <div class="messages-loading">{words.loading}</div>}
      {view.older === 'unreachable' && <div class="messages-loading">{words.chat.loadFailed}</div>}
      <ToNewest
        open={open}
        view={view}
        away={!(scroller.current === null || isAtEnd(scroller.current)) || view.newer !== 'end'}
        jump={() => virtual.scrollToIndex(view.rows.length - 1, { align: 'end' })}
      />
    </div>
  );
}

function ToNewest(props: {
  readonly open: OpenConversation;
  readonly view: OpenConversationView;
  readonly away: boolean;
  readonly jump: () => void;
}) {
  if (!props.away || props.view.rows.length === 0) return null;
  const press = () => {
    if (props.view.newer === 'end') props.jump();
    else props.open.jumpToNewest();
  };
  const label = props.view.below > 0 ? words.chat.newMessages(props.view.below) : words.chat.toNewest;
  return (
    <button type="button" class="to-newest" onClick={press} aria-label={label} title={label}>
      {props.view.below > 0 && <span class="count">{props.view.below}</span>}
      <Icon name="down" />
    </button>
  );
}

type RowVirtualizer = Virtualizer<HTMLDivElement, HTMLDivElement>;

function useVirtualizer(scroller: { current: HTMLDivElement | null }, rows: readonly Row[]): RowVirtualizer {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const options = {
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index: number) => estimate(rows[index]),
    getItemKey: (index: number) => rows[index]?.key ?? index,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => redraw(undefined as never),
    overscan,
    paddingStart: 12,
    paddingEnd: 12,
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
function estimate(row: Row | undefined): number {
  if (row === undefined || row.type !== 'message') return 44;
  return 40 + Math.ceil(row.message.text.length / 44) * 21 + (row.first ? 8 : 2);
}

function isAtEnd(element: HTMLElement): boolean {
  return element.scrollHeight - element.scrollTop - element.clientHeight < endThresholdPx;
}

function highestShown(
  rows: readonly Row[],
  items: readonly { index: number; start: number; end: number }[],
  element: HTMLElement,
): number {
  const bottom = element.scrollTop + element.clientHeight;
  let highest = 0;
  for (const item of items) {
    const row = rows[item.index];
    if (row === undefined || !('message' in row) || row.message.seq === null) continue;
    if (item.start + 24 <= bottom && item.end > element.scrollTop) highest = Math.max(highest, row.message.seq);
  }
  return highest;
}
