// A device that can read chats vouches for a new one: a warning first, then the pictures.
import { useContext, useEffect, useState } from 'preact/hooks';
import { inBackground } from '../../view-models/background.ts';
import { words } from '../../words/words.ts';
import { AppContext } from '../app-context.ts';
import { Comparison } from '../comparison.tsx';
import { Dialog } from '../dialog.tsx';
import { PasswordField } from '../password-field.tsx';
import { useViewModel } from '../use-view-model.ts';

/** Closing it ends what is not over. */
export function ComparePicturesSheet() {
  const { chats } = useContext(AppContext);
  const { comparing } = chats.encryption;
  const { comparison, names, busy, error } = useViewModel(comparing);
  const [password, setPassword] = useState('');
  useEffect(() => () => comparing.forget(), []);
  const texts = words.encryption.pictures;
  const name = names.get(comparison?.device ?? '') ?? texts.another;
  const isAsked = comparison?.state === 'asked';
  return (
    <Dialog
      title={isAsked ? texts.linkTitle(name) : texts.title}
      onClose={() => chats.sheets.close()}
      footer={
        isAsked ? (
          <button
            type="button"
            class="button primary"
            disabled={busy}
            onClick={() => inBackground(comparing.join(password))}
          >
            {texts.goOn}
          </button>
        ) : undefined
      }
    >
      <div class="get-chats">
        {isAsked && <PasswordField value={password} write={setPassword} />}
        {comparison === null ? <p>{texts.cancelled}</p> : <Comparison />}
        {error !== null && (
          <p class="problem" role="alert">
            {error}
          </p>
        )}
      </div>
    </Dialog>
  );
}
