// Dialogs on the browser's own <dialog>: focus is kept inside, Escape closes, the page behind is inert.
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { words } from '../words/words.ts';
import { IconButton } from './icon.tsx';

/** A titled sheet: from the bottom on phones, in the middle elsewhere. */
export function Dialog(props: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  readonly footer?: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the element itself closes on Escape
    <dialog
      ref={dialog}
      class="sheet"
      aria-label={props.title}
      onClose={props.onClose}
      onClick={(event) => {
        if (event.target === dialog.current) props.onClose();
      }}
    >
      <div class="sheet-inside">
        <header class="sheet-header">
          <h1>{props.title}</h1>
          <IconButton icon="close" label={words.close} onPress={props.onClose} />
        </header>
        <div class="sheet-body">{props.children}</div>
        {props.footer !== undefined && <footer class="sheet-footer">{props.footer}</footer>}
      </div>
    </dialog>
  );
}

/** A question with named answers; closing is the answer "cancel". */
export function Confirm(props: {
  readonly title: string;
  readonly text?: string;
  readonly choices: readonly { readonly label: string; readonly danger?: boolean; readonly press: () => void }[];
  readonly onClose: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="confirm" aria-label={props.title} onClose={props.onClose}>
      <h1>{props.title}</h1>
      {props.text !== undefined && <p>{props.text}</p>}
      <div class="confirm-choices">
        {props.choices.map((choice) => (
          <button
            type="button"
            key={choice.label}
            class={choice.danger === true ? 'button danger' : 'button primary'}
            onClick={() => {
              props.onClose();
              choice.press();
            }}
          >
            {choice.label}
          </button>
        ))}
        <button type="button" class="button" onClick={props.onClose}>
          {words.cancel}
        </button>
      </div>
    </dialog>
  );
}
