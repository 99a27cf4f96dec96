// The messages of a conversation: only what is near the screen is drawn, the newest end holds still while
// older ones are put above it, and nothing jumps while somebody reads.
import type { VirtualItem } from '@tanstack/virtual-core';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { OpenConversation, OpenConversationView } from '../view-models/conversation.ts';
import type { Row } from '../view-models/rows.ts';
import { words } from '../words/words.ts';
import { Arrivals } from './arrivals.tsx';
import { Failure } from './failure.tsx';
import { Icon } from './icon.tsx';
import { moveFocus, stepOf } from './move-focus.ts';
import { RowView } from './row.tsx';
import { SkeletonBubbles } from './skeleton.tsx';
import { endThresholdPx, type RowVirtualizer, useVirtualizer } from './use-virtualizer.ts';

/** So many rows before an edge the next page is asked for. */
const loadAhead = 12;
/** So much of a message must show for it to count as seen. */
const seenPx = 24;

/** The scrolling list with its button back to the newest. */
export function MessageList({ open, view }: { readonly open: OpenConversation; readonly view: OpenConversationView }) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer(scroller, view.rows);
  const items = virtual.getVirtualItems();
  usePlacing(virtual, view);
  useStayingAtEnd(scroller, virtual);
  useEffect(() => {
    const element = scroller.current;
    if (element === null || view.opening) return;
    if ((items[0]?.index ?? 0) < loadAhead) open.loadOlder();
    if (items.length === 0) return;
    if ((items.at(-1)?.index ?? 0) > view.rows.length - loadAhead) open.loadNewer();
    open.onScreen(highestShown(view.rows, items, element), isAtEnd(element) && view.newer === 'end');
  });

  const away = !(scroller.current === null || isAtEnd(scroller.current)) || view.newer !== 'end';
  return (
    <div class="messages">
      <div
        class="messages-scroller"
        ref={scroller}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        role="log"
        aria-label={words.chat.messages}
        aria-live="off"
        aria-busy={view.opening}
        onKeyDown={onKey}
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
      <Edges open={open} view={view} />
      {away && view.rows.length > 0 && <ToNewest below={view.below} press={() => open.jumpToNewest()} />}
      <Arrivals open={open} view={view} />
    </div>
  );
}

/** What is said instead of messages: on their way, none, out of reach. */
function Edges({ open, view }: { readonly open: OpenConversation; readonly view: OpenConversationView }) {
  const { older, rows, chat } = view;
  if (older === 'unreachable')
    return (
      <div class={rows.length === 0 ? 'messages-state' : 'messages-edge'}>
        <Failure text={words.chat.loadFailed} retry={() => open.retry()} />
      </div>
    );
  if (view.opening || (rows.length === 0 && older !== 'end')) return <SkeletonBubbles />;
  if (older === 'loading') return <div class="messages-edge messages-loading">{words.loading}</div>;
  const said = rows.some((row) => row.type === 'message' || row.type === 'system');
  return said || chat.role === null ? null : (
    <p class="messages-state conversation-empty">{chat.notes ? words.chat.emptyNotes : words.chat.empty}</p>
  );
}

/** Shows a window from its beginning: the unread line, else the newest; and goes to the newest, or to what is highlighted. */
function usePlacing(virtual: RowVirtualizer, view: OpenConversationView): void {
  const placed = useRef(0);
  useLayoutEffect(() => {
    if (view.opening || view.rows.length === 0 || placed.current === view.window) return;
    placed.current = view.window;
    const unread = view.rows.findIndex((row) => row.type === 'unread');
    if (unread >= 0) virtual.scrollToIndex(unread, { align: 'start' });
    else virtual.scrollToEnd();
  });
  useLayoutEffect(() => {
    if (view.toEnd > 0) virtual.scrollToEnd();
  }, [view.toEnd]);
  useLayoutEffect(() => {
    if (view.highlight === null) return;
    const at = view.rows.findIndex((row) => row.type === 'message' && row.message.seq === view.highlight);
    if (at >= 0) virtual.scrollToIndex(at, { align: 'center' });
  }, [view.highlight]);
}

/** Who is at the newest stays there when the place for messages becomes smaller or larger. */
function useStayingAtEnd(scroller: { readonly current: HTMLElement | null }, virtual: RowVirtualizer): void {
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    let end = true;
    const look = () => {
      end = isAtEnd(element);
    };
    const observer = new ResizeObserver(() => end && virtual.scrollToEnd());
    observer.observe(element);
    element.addEventListener('scroll', look);
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, [virtual]);
}

/** Up and down go from message to message, Enter opens what can be done with one, Escape goes back to writing. */
function onKey(event: KeyboardEvent): void {
  const list = event.currentTarget as HTMLElement;
  const step = stepOf(event);
  if (step !== null) {
    if (moveFocus(list, 'article', step)) event.preventDefault();
  } else if (event.key === 'Escape') {
    list.closest('.conversation-pane')?.querySelector('textarea')?.focus();
    event.preventDefault();
  } else if (event.key === 'Enter' && document.activeElement?.tagName === 'ARTICLE') {
    document.activeElement.querySelector<HTMLElement>('.bubble-more')?.click();
    event.preventDefault();
  }
}

function ToNewest({ below, press }: { readonly below: number; readonly press: () => void }) {
  const label = below > 0 ? words.chat.newMessages(below) : words.chat.toNewest;
  return (
    <button type="button" class="to-newest" onClick={press} aria-label={label} title={label}>
      {below > 0 && <span class="count">{below > 999 ? '999+' : below}</span>}
      <Icon name="down" />
    </button>
  );
}

function isAtEnd(element: HTMLElement): boolean {
  return element.scrollHeight - element.scrollTop - element.clientHeight < endThresholdPx;
}

function highestShown(rows: readonly Row[], items: readonly VirtualItem[], element: HTMLElement): number {
  const bottom = element.scrollTop + element.clientHeight;
  let highest = 0;
  for (const item of items) {
    const row = rows[item.index];
    if (row === undefined || !('message' in row) || row.message.seq === null) continue;
    if (item.start + seenPx <= bottom && item.end > element.scrollTop) highest = Math.max(highest, row.message.seq);
  }
  return highest;
}
