// The code of a new device, in squares and as a line, and then the digits that the linked device shows.
import { useContext, useEffect, useState } from 'preact/hooks';
import { inBackground } from '../view-models/background.ts';
import { words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { Code } from './code.tsx';
import { useViewModel } from './use-view-model.ts';

/** Leaving it ends it for both. */
export function ShownCode() {
  const model = useContext(AppContext).chats.encryption.pairing;
  const { pairing, error } = useViewModel(model);
  const show = () => inBackground(model.show(location.origin));
  useEffect(() => {
    show();
    return () => model.forget();
  }, []);
  const texts = words.encryption.link;
  if (error !== null)
    return (
      <p class="problem" role="alert">
        {error}
      </p>
    );
  switch (pairing?.state) {
    case 'shown':
      return (
        <>
          <p>{texts.showHint}</p>
          <Code text={pairing.text ?? ''} label={texts.showLabel} />
          <p class="link-line">{pairing.text}</p>
        </>
      );
    case 'digits':
      return <Digits mistyped={pairing.problem === 'mistyped'} />;
    case 'ended':
      return (
        <>
          <p role="alert">{texts.ended(pairing.problem)}</p>
          <button type="button" class="button primary" onClick={show}>
            {texts.again}
          </button>
        </>
      );
    default:
      return <div class="progress" aria-hidden="true" />;
  }
}

function Digits({ mistyped }: { readonly mistyped: boolean }) {
  const model = useContext(AppContext).chats.encryption.pairing;
  const { busy } = useViewModel(model);
  const [digits, setDigits] = useState('');
  const texts = words.encryption.link;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        inBackground(model.type(digits));
      }}
    >
      <label class="field">
        <span>{texts.typeHere}</span>
        <input
          inputMode="numeric"
          autocomplete="off"
          value={digits}
          onInput={(event) => setDigits(event.currentTarget.value)}
        />
      </label>
      {mistyped && !busy && (
        <p class="problem" role="alert">
          {texts.mistyped}
        </p>
      )}
      <button type="submit" class="button primary" disabled={busy || digits.trim() === ''} aria-busy={busy}>
        {texts.goOn}
      </button>
    </form>
  );
}
