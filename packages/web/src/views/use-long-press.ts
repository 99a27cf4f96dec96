// A finger that stays asks for the menu, as the second button of a mouse does. The press that ends it is no click.
import { useEffect, useRef } from 'preact/hooks';
import type { Point } from './place.ts';

const longPressMs = 450;
/** A finger that moves further scrolls. */
const tolerancePx = 8;

/** Handlers for an element whose menu opens at a point. */
export function useLongPress(openMenu: (at: Point) => void) {
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const start = useRef<Point | null>(null);
  const opened = useRef(false);
  const cancel = () => {
    if (timer.current !== null) clearTimeout(timer.current);
    timer.current = null;
  };
  useEffect(() => cancel, []);
  return {
    onContextMenu: (event: MouseEvent) => {
      if (isInDialog(event)) return;
      event.preventDefault();
      cancel();
      openMenu({ x: event.clientX, y: event.clientY });
    },
    onPointerDown: (event: PointerEvent) => {
      opened.current = false;
      if (event.pointerType !== 'touch' || isInDialog(event)) return;
      const at = { x: event.clientX, y: event.clientY };
      start.current = at;
      timer.current = setTimeout(() => {
        opened.current = true;
        openMenu(at);
      }, longPressMs);
    },
    onPointerMove: (event: PointerEvent) => {
      const { current: from } = start;
      if (from !== null && Math.hypot(event.clientX - from.x, event.clientY - from.y) > tolerancePx) cancel();
    },
    onPointerUp: cancel,
    onPointerCancel: cancel,
    onClickCapture: (event: MouseEvent) => {
      if (!opened.current) return;
      opened.current = false;
      event.preventDefault();
      event.stopPropagation();
    },
  };
}

/** What lies over the page hears of presses by itself. */
export function isInDialog({ target }: Event): boolean {
  return target instanceof Element && target.closest('dialog') !== null;
}
