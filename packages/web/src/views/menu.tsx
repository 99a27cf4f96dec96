// A menu over the page: arrow keys move, Escape and a press outside close, focus goes back where it came from.
import type { ComponentChildren } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import { Icon, type IconName } from './icon.tsx';
import { moveFocus, stepOf } from './move-focus.ts';
import type { Point } from './place.ts';
import { useModal } from './use-modal.ts';

export interface MenuItem {
  readonly label: string;
  readonly icon: IconName;
  readonly press: () => void;
  readonly danger?: boolean;
  /** It leads to another menu in place of this one. */
  readonly stays?: boolean;
}

/** Distance to the edge of the window, in pixels. */
const margin = 8;

/** A menu at a point, kept inside the window. `children` stand above the items. */
export function Menu(props: {
  readonly at: Point;
  readonly label: string;
  readonly items: readonly MenuItem[];
  readonly onClose: () => void;
  readonly children?: ComponentChildren;
}) {
  const { dialog, close } = useModal(props.onClose);
  useLayoutEffect(() => {
    const element = dialog.current;
    if (element === null) return;
    const { width, height } = element.getBoundingClientRect();
    element.style.left = `${Math.max(margin, Math.min(props.at.x, innerWidth - width - margin))}px`;
    element.style.top = `${Math.max(margin, Math.min(props.at.y, innerHeight - height - margin))}px`;
    element.querySelector<HTMLElement>('[role=menuitem]')?.focus();
  }, []);
  return (
    <dialog
      ref={dialog}
      class="menu"
      aria-label={props.label}
      onClick={(event) => {
        event.stopPropagation();
        if (event.target === dialog.current) close();
      }}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={(event) => {
        event.stopPropagation();
        const step = stepOf(event);
        if (step === null || dialog.current === null) return;
        event.preventDefault();
        const edge = !moveFocus(dialog.current, '[role=menuitem]', step);
        if (edge) focusEdge(dialog.current, step);
      }}
    >
      {props.children}
      {props.items.length > 0 && (
        <div role="menu" aria-label={props.label}>
          {props.items.map((item) => (
            <button
              type="button"
              role="menuitem"
              key={item.label}
              class={item.danger === true ? 'menu-item danger' : 'menu-item'}
              onClick={() => {
                if (item.stays !== true) close();
                item.press();
              }}
            >
              <Icon name={item.icon} size={20} />
              {item.label}
            </button>
          ))}
        </div>
      )}
    </dialog>
  );
}

/** Past the last comes the first, and the other way round. */
function focusEdge(within: Element, step: 1 | -1): void {
  const all = [...within.querySelectorAll<HTMLElement>('[role=menuitem]')];
  all.at(step > 0 ? 0 : -1)?.focus();
}
