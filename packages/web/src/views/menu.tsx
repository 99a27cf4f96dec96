// A menu over the page: arrow keys move, Escape and a press outside close, focus goes back where it came from.
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Icon, type IconName } from './icon.tsx';

export interface MenuItem {
  readonly label: string;
  readonly icon: IconName;
  readonly press: () => void;
  readonly danger?: boolean;
}

/** Distance to the edge of the window, in pixels. */
const margin = 8;

/** A menu at a point, kept inside the window. `children` stand above the items. */
export function Menu(props: {
  readonly at: { readonly x: number; readonly y: number };
  readonly label: string;
  readonly items: readonly MenuItem[];
  readonly onClose: () => void;
  readonly children?: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    if (element === null) return;
    element.showModal();
    const { width, height } = element.getBoundingClientRect();
    element.style.left = `${Math.max(margin, Math.min(props.at.x, innerWidth - width - margin))}px`;
    element.style.top = `${Math.max(margin, Math.min(props.at.y, innerHeight - height - margin))}px`;
    element.querySelector<HTMLElement>('[role=menuitem]')?.focus();
  }, []);
  const move = (step: 1 | -1) => {
    const all = [...(dialog.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
    const next = all[(all.indexOf(document.activeElement as HTMLElement) + step + all.length) % all.length];
    next?.focus();
  };
  return (
    <dialog
      ref={dialog}
      class="menu"
      aria-label={props.label}
      onClose={props.onClose}
      onClick={(event) => {
        event.stopPropagation();
        if (event.target === dialog.current) props.onClose();
      }}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={(event) => {
        if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
          event.preventDefault();
          move(event.key === 'ArrowDown' ? 1 : -1);
        }
      }}
    >
      {props.children}
      <div role="menu" aria-label={props.label}>
        {props.items.map((item) => (
          <button
            type="button"
            role="menuitem"
            key={item.label}
            class={item.danger === true ? 'menu-item danger' : 'menu-item'}
            onClick={() => {
              props.onClose();
              item.press();
            }}
          >
            <Icon name={item.icon} size={20} />
            {item.label}
          </button>
        ))}
      </div>
    </dialog>
  );
}
