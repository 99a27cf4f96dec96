// What lies over the page for a moment: a titled sheet, or one question.
import type { ComponentChildren } from 'preact';
import { words } from '../words/words.ts';
import { IconButton } from './icon.tsx';
import { useModal } from './use-modal.ts';

/** A titled sheet: from the bottom on phones, in the middle elsewhere. */
export function Dialog(props: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  readonly footer?: ComponentChildren;
  readonly onBack?: (() => void) | undefined;
}) {
  const { dialog, close } = useModal(props.onClose, props.onBack);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the element itself closes on Escape
    <dialog
      ref={dialog}
      class="sheet"
      aria-label={props.title}
      onClick={(event) => {
        if (event.target === dialog.current) close();
      }}
    >
      <div class="sheet-inside">
        <header class="sheet-header">
          {props.onBack !== undefined && <IconButton icon="back" label={words.back} onPress={props.onBack} />}
          <h1>{props.title}</h1>
          <IconButton icon="close" label={words.close} onPress={close} />
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
  const { dialog, close } = useModal(props.onClose);
  return (
    <dialog
      ref={dialog}
      class="confirm"
      aria-label={props.title}
      onClick={(event) => event.stopPropagation()}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <h1>{props.title}</h1>
      {props.text !== undefined && <p>{props.text}</p>}
      <div class="confirm-choices">
        {props.choices.map((choice) => (
          <button
            type="button"
            key={choice.label}
            class={choice.danger === true ? 'button danger' : 'button primary'}
            onClick={() => {
              close();
              choice.press();
            }}
          >
            {choice.label}
          </button>
        ))}
        <button type="button" class="button" onClick={close}>
          {props.choices.length === 0 ? words.close : words.cancel}
        </button>
      </div>
    </dialog>
  );
}
