// Settings: profile, privacy, devices, password, sign out, delete.
import type { DeviceView } from '@parley/sdk';
import { useContext, useState } from 'preact/hooks';
import { nameOf } from '../../view-models/names.ts';
import { whenLastSeen, words } from '../../words/words.ts';
import { AppContext } from '../app-context.ts';
import { Avatar } from '../avatar.tsx';
import { Confirm, Dialog } from '../dialog.tsx';
import { Icon } from '../icon.tsx';
import { useViewModel } from '../use-view-model.ts';
import { Problem } from './problem.tsx';

const audiences = ['everyone', 'contacts', 'nobody'] as const;

/** Everything about oneself. */
export function SettingsSheet() {
  const { chats } = useContext(AppContext);
  return (
    <Dialog title={words.settings.title} onClose={() => chats.sheets.close()}>
      <Problem />
      <Profile />
      <Privacy />
      <Devices />
      <Password />
      <Leaving />
    </Dialog>
  );
}

function Profile() {
  const { chats } = useContext(AppContext);
  const me = useViewModel(chats.client.me);
  const [name, setName] = useState(me.name);
  const [about, setAbout] = useState(me.about);
  const changed = (name.trim() !== me.name && name.trim() !== '') || about !== me.about;
  return (
    <form
      class="settings-part"
      onSubmit={(event) => {
        event.preventDefault();
        void chats.sheets.run(() => chats.client.updateMe({ name: name.trim(), about }));
      }}
    >
      <h2>{words.settings.profile}</h2>
      <div class="profile-line">
        <Avatar id={me.account} name={me.name} size={64} />
        <span>
          <strong>{me.name}</strong>
          <small>@{me.handle}</small>
        </span>
      </div>
      <label class="field">
        <span>{words.settings.name}</span>
        <input
          value={name}
          maxLength={64}
          autocomplete="name"
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <label class="field">
        <span>{words.settings.about}</span>
        <input value={about} maxLength={200} onInput={(event) => setAbout(event.currentTarget.value)} />
      </label>
      {changed && (
        <button type="submit" class="button primary">
          {words.save}
        </button>
      )}
    </form>
  );
}

function Privacy() {
  const { chats } = useContext(AppContext);
  const { settings } = chats.client;
  const view = useViewModel(settings);
  const choose = (
    label: string,
    value: (typeof audiences)[number],
    set: (value: (typeof audiences)[number]) => Promise<void>,
    hint?: string,
  ) => (
    <label class="field">
      <span>{label}</span>
      <select
        value={value}
        onChange={(event) => void chats.sheets.run(() => set(event.currentTarget.value as (typeof audiences)[number]))}
      >
        {audiences.map((audience) => (
          <option key={audience} value={audience}>
            {words.settings[audience]}
          </option>
        ))}
      </select>
      {hint !== undefined && <small>{hint}</small>}
    </label>
  );
  return (
    <section class="settings-part">
      <h2>{words.settings.privacy}</h2>
      {choose(
        words.settings.lastSeen,
        view.presence,
        (value) => settings.setPresence(value),
        words.settings.lastSeenText,
      )}
      <label class="switch">
        <span>
          {words.settings.readReceipts}
          <small>{words.settings.readReceiptsText}</small>
        </span>
        <input
          type="checkbox"
          role="switch"
          aria-checked={view.readReceipts}
          checked={view.readReceipts}
          onChange={(event) => void chats.sheets.run(() => settings.setReadReceipts(event.currentTarget.checked))}
        />
      </label>
      {choose(words.settings.adding, view.adding, (value) => settings.setAdding(value))}
      <h3>{words.settings.blocked}</h3>
      {view.blocked.length === 0 && <p class="soft">{words.settings.noBlocked}</p>}
      {view.blocked.map((account) => (
        <div class="room-line" key={account}>
          <Avatar id={account} name={nameOf(chats.client, account)} size={36} />
          <span class="name">{nameOf(chats.client, account)}</span>
          <button
            type="button"
            class="button"
            onClick={() => void chats.sheets.run(() => settings.block(account, false))}
          >
            {words.settings.unblock}
          </button>
        </div>
      ))}
    </section>
  );
}

function Devices() {
  const { chats } = useContext(AppContext);
  const { devices } = useViewModel(chats.sheets);
  const [asking, setAsking] = useState<DeviceView | null>(null);
  return (
    <section class="settings-part">
      <h2>{words.settings.devices}</h2>
      <p class="soft">{words.settings.devicesText}</p>
      {devices?.map((device) => (
        <div class="room-line" key={device.device}>
          <Icon name="laptop" />
          <span class="name">
            {device.name}
            <small>
              {device.current
                ? words.settings.thisDevice
                : device.online
                  ? words.settings.activeNow
                  : words.settings.lastActive(whenLastSeen(device.lastSeenAt ?? device.createdAt, Date.now()))}
            </small>
          </span>
          {!device.current && (
            <button type="button" class="button" onClick={() => setAsking(device)}>
              {words.settings.signOutDevice}
            </button>
          )}
        </div>
      ))}
      {asking !== null && (
        <Confirm
          title={words.settings.signOutTitle(asking.name)}
          choices={[
            { label: words.settings.signOutDevice, danger: true, press: () => void chats.sheets.signOutDevice(asking) },
          ]}
          onClose={() => setAsking(null)}
        />
      )}
    </section>
  );
}

function Password() {
  const { chats } = useContext(AppContext);
  const [form, setForm] = useState({ oldPassword: '', newPassword: '', signOutOthers: false });
  const [done, setDone] = useState(false);
  const submit = async () => {
    const well = await chats.sheets.run(() => chats.client.changePassword(form));
    setDone(well);
    if (well) setForm({ oldPassword: '', newPassword: '', signOutOthers: false });
  };
  return (
    <details class="settings-part">
      <summary>{words.settings.password}</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <label class="field">
          <span>{words.settings.oldPassword}</span>
          <input
            type="password"
            autocomplete="current-password"
            value={form.oldPassword}
            onInput={(event) => setForm({ ...form, oldPassword: event.currentTarget.value })}
          />
        </label>
        <label class="field">
          <span>{words.settings.newPassword}</span>
          <input
            type="password"
            autocomplete="new-password"
            minLength={8}
            value={form.newPassword}
            onInput={(event) => setForm({ ...form, newPassword: event.currentTarget.value })}
          />
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={form.signOutOthers}
            onChange={(event) => setForm({ ...form, signOutOthers: event.currentTarget.checked })}
          />
          {words.settings.signOutOthers}
        </label>
        <button type="submit" class="button primary">
          {words.settings.password}
        </button>
        {done && <span role="status"> {words.settings.changed}</span>}
      </form>
    </details>
  );
}

function Leaving() {
  const { app, chats } = useContext(AppContext);
  const [asking, setAsking] = useState(false);
  const [password, setPassword] = useState('');
  const remove = async () => {
    if (await chats.sheets.run(() => chats.client.deleteAccount(password))) await app.signInAgain();
  };
  return (
    <section class="settings-part">
      <button type="button" class="button" onClick={() => setAsking(true)}>
        {words.settings.signOut}
      </button>
      <details>
        <summary class="danger">{words.settings.deleteAccount}</summary>
        <p>{words.settings.deleteAccountText}</p>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void remove();
          }}
        >
          <label class="field">
            <span>{words.settings.oldPassword}</span>
            <input
              type="password"
              autocomplete="current-password"
              value={password}
              onInput={(event) => setPassword(event.currentTarget.value)}
            />
          </label>
          <button type="submit" class="button danger" disabled={password === ''}>
            {words.settings.deleteAccount}
          </button>
        </form>
      </details>
      {asking && (
        <Confirm
          title={words.settings.signOut}
          text={words.settings.signOutText}
          choices={[{ label: words.settings.signOut, danger: true, press: () => void app.signInAgain() }]}
          onClose={() => setAsking(false)}
        />
      )}
    </section>
  );
}
