// The part of the settings that touches the account itself: password, signing out, deleting.
import { useContext, useState } from 'preact/hooks';
import { inBackground } from '../../view-models/background.ts';
import { recovery as texts } from '../../words/english-later.ts';
import { words } from '../../words/words.ts';
import { AppContext } from '../app-context.ts';
import { Confirm } from '../dialog.tsx';
import { useViewModel } from '../use-view-model.ts';

const noPasswords = { oldPassword: '', newPassword: '', signOutOthers: false };

/** Another password, on request signing everything else out. */
export function Password() {
  const { chats } = useContext(AppContext);
  const [form, setForm] = useState(noPasswords);
  const [done, setDone] = useState(false);
  const submit = async () => {
    const well = await chats.sheets.run(() => chats.client.changePassword(form));
    setDone(well);
    if (well) setForm(noPasswords);
  };
  return (
    <details>
      <summary>{words.settings.password}</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          inBackground(submit());
        }}
      >
        <PasswordField
          label={words.settings.oldPassword}
          autocomplete="current-password"
          value={form.oldPassword}
          write={(oldPassword) => setForm({ ...form, oldPassword })}
        />
        <PasswordField
          label={words.settings.newPassword}
          autocomplete="new-password"
          value={form.newPassword}
          write={(newPassword) => setForm({ ...form, newPassword })}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={form.signOutOthers}
            onChange={(event) => setForm({ ...form, signOutOthers: event.currentTarget.checked })}
          />
          {words.settings.signOutOthers}
        </label>
        <button type="submit" class="button primary" disabled={form.oldPassword === '' || form.newPassword === ''}>
          {words.settings.password}
        </button>
        {done && <span role="status">{words.settings.changed}</span>}
      </form>
    </details>
  );
}

function PasswordField(props: {
  readonly label: string;
  readonly autocomplete: 'current-password' | 'new-password';
  readonly value: string;
  readonly write: (value: string) => void;
}) {
  return (
    <label class="field">
      <span>{props.label}</span>
      <input
        type="password"
        autocomplete={props.autocomplete}
        value={props.value}
        onInput={(event) => props.write(event.currentTarget.value)}
      />
    </label>
  );
}

/** Signing out here, and deleting the account. */
export function Leaving() {
  const { app, chats } = useContext(AppContext);
  const { devices } = useViewModel(chats.sheets);
  const { recovery } = useViewModel(chats.client.encryption);
  const isLast = recovery === 'offered' && devices?.length === 1;
  const [asking, setAsking] = useState(false);
  const [password, setPassword] = useState('');
  const remove = async () => {
    if (await chats.sheets.run(() => chats.client.deleteAccount(password))) await app.signInAgain();
  };
  return (
    <>
      <details>
        <summary class="danger">{words.settings.deleteAccount}</summary>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            inBackground(remove());
          }}
        >
          <p>{words.settings.deleteAccountText}</p>
          <PasswordField
            label={words.settings.oldPassword}
            autocomplete="current-password"
            value={password}
            write={setPassword}
          />
          <button type="submit" class="button danger" disabled={password === ''}>
            {words.settings.deleteAccount}
          </button>
        </form>
      </details>
      <button type="button" class="button" onClick={() => setAsking(true)}>
        {words.settings.signOut}
      </button>
      {asking && isLast && (
        <Confirm
          title={texts.lastDeviceTitle}
          text={texts.lastDeviceText}
          choices={[
            { label: texts.lastDeviceShow, press: () => chats.sheets.open({ type: 'recovery_key' }) },
            { label: texts.lastDeviceAnyway, danger: true, press: () => void app.signInAgain() },
          ]}
          onClose={() => setAsking(false)}
        />
      )}
      {asking && !isLast && (
        <Confirm
          title={words.settings.signOutHere}
          text={words.settings.signOutText}
          choices={[{ label: words.settings.signOut, danger: true, press: () => void app.signInAgain() }]}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
