// A device that was lost or stolen: signed out, and shut out of what comes by new keys and a new recovery key.
import type { DeviceView } from '@parley/sdk';
import { useContext, useState } from 'preact/hooks';
import { inBackground } from '../../view-models/background.ts';
import { words } from '../../words/words.ts';
import { AppContext } from '../app-context.ts';
import { Dialog } from '../dialog.tsx';
import { useViewModel } from '../use-view-model.ts';
import { Problem } from './problem.tsx';

/** With the password, because contacts are told that somebody set up afresh. */
export function ShutOutSheet({ device }: { readonly device: DeviceView }) {
  const { sheets } = useContext(AppContext).chats;
  const { busy } = useViewModel(sheets);
  const [password, setPassword] = useState('');
  const texts = words.encryption.devices;
  return (
    <Dialog
      title={texts.shutOutTitle(device.name)}
      onClose={() => sheets.close()}
      onBack={() => sheets.open({ type: 'settings' })}
    >
      <form
        class="sheet-form"
        onSubmit={(event) => {
          event.preventDefault();
          inBackground(sheets.shutOut(device, password));
        }}
      >
        <p>{texts.shutOutText}</p>
        <p class="soft">{texts.shutOutUntil}</p>
        <label class="field">
          <span>{words.encryption.recovery.password}</span>
          <input
            type="password"
            autocomplete="current-password"
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
        </label>
        <Problem />
        <button type="submit" class="button danger" disabled={busy || password === ''} aria-busy={busy}>
          {texts.shutOut}
        </button>
      </form>
    </Dialog>
  );
}
