// Settings: who one is, who sees what, where one is signed in, and the ways out.
import type { DeviceView } from '@parley/sdk';
import { useContext, useState } from 'preact/hooks';
import { inBackground } from '../../view-models/background.ts';
import { nameOf } from '../../view-models/names.ts';
import { fullTime, words } from '../../words/words.ts';
import { AppContext } from '../app-context.ts';
import { Avatar } from '../avatar.tsx';
import { activityOf } from '../device-activity.ts';
import { Confirm, Dialog } from '../dialog.tsx';
import { Icon } from '../icon.tsx';
import { useViewModel } from '../use-view-model.ts';
import { Loading, Problem } from './problem.tsx';
import { Leaving, Password } from './settings-account.tsx';
import { NotificationSettings } from './settings-notices.tsx';
import { RecoverySettings } from './settings-recovery.tsx';

const audiences = ['everyone', 'contacts', 'nobody'] as const;
type Audience = (typeof audiences)[number];

/** Everything about oneself. */
export function SettingsSheet() {
  const { chats } = useContext(AppContext);
  return (
    <Dialog title={words.settings.title} onClose={() => chats.sheets.close()}>
      <Problem />
      <Profile />
      <Privacy />
      <NotificationSettings />
      <Devices />
      <RecoverySettings />
      <section class="settings-part">
        <h2>{words.settings.account}</h2>
        <Password />
        <Leaving />
      </section>
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
      aria-label={words.settings.profile}
      onSubmit={(event) => {
        event.preventDefault();
        inBackground(chats.sheets.run(() => chats.client.updateMe({ name: name.trim(), about })));
      }}
    >
      <div class="profile-line">
        <Avatar id={me.account} name={me.name} size={64} />
        <span>
          <strong dir="auto">{me.name}</strong>
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
        <input
          value={about}
          maxLength={200}
          placeholder={words.settings.aboutHint}
          onInput={(event) => setAbout(event.currentTarget.value)}
        />
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
  return (
    <section class="settings-part">
      <h2>{words.settings.privacy}</h2>
      <AudienceChoice
        label={words.settings.lastSeen}
        hint={words.settings.lastSeenText}
        value={view.presence}
        set={(value) => settings.setPresence(value)}
      />
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
          onChange={(event) => {
            const on = event.currentTarget.checked;
            inBackground(chats.sheets.run(() => settings.setReadReceipts(on)));
          }}
        />
      </label>
      <AudienceChoice label={words.settings.adding} value={view.adding} set={(value) => settings.setAdding(value)} />
      <h3>{words.settings.blocked}</h3>
      {view.blocked.length === 0 && <p class="soft">{words.settings.noBlocked}</p>}
      {view.blocked.map((account) => (
        <div class="room-line" key={account}>
          <Avatar id={account} name={nameOf(chats.client, account)} size={36} />
          <span class="name" dir="auto">
            {nameOf(chats.client, account)}
          </span>
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

function AudienceChoice(props: {
  readonly label: string;
  readonly hint?: string;
  readonly value: Audience;
  readonly set: (value: Audience) => Promise<void>;
}) {
  const { chats } = useContext(AppContext);
  return (
    <label class="choice">
      <span>
        {props.label}
        {props.hint !== undefined && <small>{props.hint}</small>}
      </span>
      <select
        value={props.value}
        onChange={(event) => {
          const value = event.currentTarget.value as Audience;
          inBackground(chats.sheets.run(() => props.set(value)));
        }}
      >
        {audiences.map((audience) => (
          <option key={audience} value={audience}>
            {words.settings[audience]}
          </option>
        ))}
      </select>
    </label>
  );
}

function Devices() {
  const { chats } = useContext(AppContext);
  const { devices } = useViewModel(chats.sheets);
  const { linked } = useViewModel(chats.encryption.newDevices);
  const { locked } = useViewModel(chats.encryption.linking);
  const [asking, setAsking] = useState<DeviceView | null>(null);
  return (
    <section class="settings-part">
      <h2>{words.settings.devices}</h2>
      <p class="soft">{words.settings.devicesText}</p>
      <Loading rows={2} />
      {devices?.map((device) => (
        <div class="room-line" key={device.device}>
          <Icon name="laptop" />
          <span class="name">
            {device.name}
            <small>{activityOf(device)}</small>
            {linked !== null && !linked.has(device.device) && <small>{words.encryption.devices.notLinked}</small>}
            {device.oldTokenUsedAt !== null && (
              <small class="danger">{words.settings.oldSignIn(fullTime(device.oldTokenUsedAt))}</small>
            )}
          </span>
          {!device.current && (
            <button type="button" class="button" onClick={() => setAsking(device)}>
              {words.settings.signOutDevice}
            </button>
          )}
        </div>
      ))}
      {!locked && (
        <button type="button" class="button" onClick={() => chats.sheets.open({ type: 'link_device' })}>
          {words.encryption.link.title}
        </button>
      )}
      {asking !== null && (
        <SignOut device={asking} hasKeys={linked?.has(asking.device) === true} onClose={() => setAsking(null)} />
      )}
    </section>
  );
}

/** One that can read chats is asked about: what was lost has to be shut out, too. */
function SignOut(props: { readonly device: DeviceView; readonly hasKeys: boolean; readonly onClose: () => void }) {
  const { sheets } = useContext(AppContext).chats;
  const { device, hasKeys, onClose } = props;
  const texts = words.encryption.devices;
  const signOut = () => void sheets.signOutDevice(device);
  if (!hasKeys) {
    const choice = { label: words.settings.signOutDevice, danger: true, press: signOut };
    return <Confirm title={words.settings.signOutTitle(device.name)} choices={[choice]} onClose={onClose} />;
  }
  const choices = [
    { label: texts.still, press: signOut },
    { label: texts.lost, danger: true, press: () => sheets.open({ type: 'shut_out', device }) },
  ];
  return <Confirm title={texts.lostTitle(device.name)} choices={choices} onClose={onClose} />;
}
