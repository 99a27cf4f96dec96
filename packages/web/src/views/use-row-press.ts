// A press on a chat of the list: the chat that is under the pointer when it goes down is the one that opens, whatever
// comes to lie there before it is up again. Rows come and go by themselves; a press that changes its mind does nothing.
import type { ConversationId } from '@parley/protocol';
import { useEffect, useRef } from 'preact/hooks';
import type { ChatList } from '../view-models/chat-list.ts';

/** A pointer that moves further meant something else. */
const tolerancePx = 10;
/** After the pointer is up a touch still becomes a click. */
const settleMs = 350;

interface Press {
  readonly id: ConversationId;
  readonly x: number;
  readonly y: number;
}

/** Handlers for the pane around the rows. */
export function useRowPress(list: ChatList, open: (id: ConversationId) => void) {
  const pressed = useRef<Press | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const release = () => {
      if (timer !== null) clearTimeout(timer);
      timer = setTimeout(() => list.hold(false), settleMs);
    };
    const keep = () => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
    };
    const forget = () => {
      pressed.current = null;
      release();
    };
    addEventListener('pointerdown', keep, true);
    addEventListener('pointerup', release);
    addEventListener('pointercancel', forget);
    addEventListener('blur', forget);
    return () => {
      keep();
      list.hold(false);
      removeEventListener('pointerdown', keep, true);
      removeEventListener('pointerup', release);
      removeEventListener('pointercancel', forget);
      removeEventListener('blur', forget);
    };
  }, [list]);
  return {
    onPointerDown: (event: PointerEvent) => {
      const id = event.button === 0 ? rowOf(event) : null;
      pressed.current = id === null ? null : { id, x: event.clientX, y: event.clientY };
      if (id !== null) list.hold(true);
    },
    onClick: (event: MouseEvent) => {
      const { current: press } = pressed;
      pressed.current = null;
      const stayed = press !== null && Math.hypot(event.clientX - press.x, event.clientY - press.y) <= tolerancePx;
      // A key presses the row that has the focus; there was no pointer then.
      const id = stayed && event.detail > 0 ? press.id : rowOf(event);
      if (id === null) return;
      list.hold(false);
      open(id);
    },
  };
}

function rowOf({ target }: Event): ConversationId | null {
  const row = target instanceof Element ? target.closest<HTMLElement>('[data-chat]') : null;
  return (row?.dataset.chat as ConversationId | undefined) ?? null;
}
