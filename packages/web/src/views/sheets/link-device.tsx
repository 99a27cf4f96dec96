// A device that can read chats lets a new one read them: a warning and the password first, then a code that is scanned or
// pasted and digits to type there, or pictures to compare. It opens from the settings only. Leaving it ends it for both.
import type { PairingView } from '@parley/sdk';
import { useContext, useEffect, useState } from 'preact/hooks';
import { inBackground } from '../../view-models/background.ts';
import { words } from '../../words/words.ts';
import { AppContext } from '../app-context.ts';
import { Comparison } from '../comparison.tsx';
import { Dialog } from '../dialog.tsx';
import { PasswordField } from '../password-field.tsx';
import { Scanner } from '../scanner.tsx';
import { useViewModel } from '../use-view-model.ts';

/** Whichever way it goes. */
export function LinkDeviceSheet() {
  const { chats } = useContext(AppContext);
  const { comparing, pairing: model } = chats.encryption;
  const { comparison } = useViewModel(comparing);
  const { pairing, name } = useViewModel(model);
  useEffect(
    () => () => {
      model.forget();
      comparing.forget();
    },
    [],
  );
  const isComparing = comparison !== null && comparison.state !== 'asked';
  const isPairing = pairing?.role === 'old';
  const isDone = (isComparing ? comparison : pairing)?.state === 'done';
  return (
    <Dialog
      title={words.encryption.link.title}
      onClose={() => chats.sheets.close()}
      onBack={() => chats.sheets.open({ type: 'settings' })}
    >
      <div class="get-chats">
        {isComparing && <Comparison />}
        {isPairing && !isComparing && <Paired pairing={pairing} name={name} again={() => model.forget()} />}
        {!isComparing && !isPairing && <Begin />}
        {isDone && (
          <button type="button" class="button primary" onClick={() => chats.sheets.close()}>
            {words.invitations.done}
          </button>
        )}
      </div>
    </Dialog>
  );
}

/** The warning, the password, and the code of the new device or its wish to compare pictures. */
function Begin() {
  const { chats } = useContext(AppContext);
  const { comparing, pairing } = chats.encryption;
  const { comparison, names, busy: joining, error: notJoined } = useViewModel(comparing);
  const { busy, error } = useViewModel(pairing);
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const texts = words.encryption.link;
  const wrong = error ?? notJoined;
  const isPassword = wrong === words.encryption.recovery.wrongPassword;
  const asks = comparison === null ? null : (names.get(comparison.device ?? '') ?? words.encryption.pictures.another);
  const scan = (text: string) => inBackground(pairing.scan(text, password));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        scan(code);
      }}
    >
      <p>
        <strong>{texts.warning}</strong>
      </p>
      <PasswordField value={password} write={setPassword} />
      {isPassword && <Wrong text={wrong} />}
      {asks !== null && (
        <button
          type="button"
          class="button primary"
          disabled={joining || password === ''}
          onClick={() => inBackground(comparing.join(password))}
        >
          {texts.compareWith(asks)}
        </button>
      )}
      <Scanner label={texts.scan} disabled={password === ''} found={scan} />
      <label class="field">
        <span>{texts.code}</span>
        <input value={code} autocomplete="off" onInput={(event) => setCode(event.currentTarget.value)} />
        <small>{texts.codeHint}</small>
      </label>
      {wrong !== null && !isPassword && <Wrong text={wrong} />}
      <button type="submit" class="button" disabled={busy || password === '' || code.trim() === ''} aria-busy={busy}>
        {texts.goOn}
      </button>
      {asks === null && <p class="soft">{texts.picturesHint}</p>}
    </form>
  );
}

function Wrong({ text }: { readonly text: string }) {
  return (
    <p class="problem" role="alert">
      {text}
    </p>
  );
}

/** After the code was taken. */
function Paired(props: { readonly pairing: PairingView; readonly name: string | null; readonly again: () => void }) {
  const { pairing, name, again } = props;
  const texts = words.encryption.link;
  switch (pairing.state) {
    case 'digits':
      return (
        <>
          <p>{texts.typeThere(name ?? words.encryption.pictures.another)}</p>
          <output class="link-digits" aria-label={texts.digits}>
            {pairing.digits?.replace(/(\d{3})(?=\d)/g, '$1 ')}
          </output>
          <p class="soft">{texts.onlyIfYours}</p>
        </>
      );
    case 'done':
      return <p role="status">{words.encryption.pictures.done(name)}</p>;
    case 'ended':
      return (
        <>
          <p role="alert">{texts.ended(pairing.problem)}</p>
          <button type="button" class="button" onClick={again}>
            {texts.again}
          </button>
        </>
      );
    default:
      return (
        <>
          <p role="status">{texts.waiting}</p>
          <div class="progress" aria-hidden="true" />
        </>
      );
  }
}
