// Lines at the foot of the list of chats, where they move no row: one at a time, the most pressing first.
import type { DeviceView } from '@parley/sdk';
import { useContext, useState } from 'preact/hooks';
import { inBackground } from '../view-models/background.ts';
import { words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { Confirm } from './dialog.tsx';
import { NotificationOffer } from './sheets/settings-notices.tsx';
import { useViewModel } from './use-view-model.ts';

/** A new device, keys that cannot be opened, chats that are locked, the recovery key, notifications. */
export function ListLines() {
  const { chats } = useContext(AppContext);
  const { encryption, sheets } = chats;
  const [device] = useViewModel(encryption.newDevices).added;
  const { locked, step } = useViewModel(encryption.linking);
  const { comparison } = useViewModel(encryption.comparing);
  const { offered, unfinished } = useViewModel(encryption.recovery);
  const { why } = useViewModel(encryption.trouble);
  const { linking, recovery } = words.encryption;
  if (comparison?.state === 'asked') return <Asked device={comparison.device} />;
  if (device !== undefined) return <NewDevice key={device.device} device={device} />;
  if (why !== null) return <Trouble why={why} />;
  if (locked)
    return (
      <div class="offer only-narrow" role="status">
        <p>{step === 'working' ? linking.working : step === 'done' ? linking.doneTitle : linking.lineText}</p>
        <button type="button" class="button" onClick={() => sheets.open({ type: 'get_chats' })}>
          {step === 'working' || step === 'done' ? linking.lineLook : linking.lineOpen}
        </button>
      </div>
    );
  if (unfinished)
    return (
      <div class="offer" role="alert">
        <p>
          <strong>{recovery.unfinishedTitle}</strong>
          <small>{recovery.unfinishedText}</small>
        </p>
        <button type="button" class="button" onClick={() => sheets.open({ type: 'recovery_key' })}>
          {recovery.finish}
        </button>
      </div>
    );
  if (!offered) return <NotificationOffer />;
  return (
    <div class="offer" role="status">
      <p>
        <strong>{recovery.offerTitle}</strong>
        <small>{recovery.offerText}</small>
      </p>
      <button type="button" class="link-button" onClick={() => encryption.recovery.later()}>
        {recovery.offerLater}
      </button>
      <button type="button" class="button" onClick={() => sheets.open({ type: 'recovery_key' })}>
        {recovery.offerShow}
      </button>
    </div>
  );
}

/** The keys cannot be opened: without them there is nothing to read. */
function Trouble({ why }: { readonly why: string }) {
  const { chats } = useContext(AppContext);
  const { trouble } = chats.encryption;
  const { busy } = useViewModel(trouble);
  const texts = words.encryption.trouble;
  return (
    <div class="offer" role="alert">
      <p>
        <strong>{texts.text}</strong>
        <small>{why}</small>
      </p>
      <button type="button" class="button" disabled={busy} onClick={() => inBackground(trouble.again())}>
        {busy ? texts.trying : texts.again}
      </button>
    </div>
  );
}

/** A new device is with somebody who says that it is theirs. */
function Asked({ device }: { readonly device: string | null }) {
  const { chats } = useContext(AppContext);
  const { comparing } = chats.encryption;
  const { names } = useViewModel(comparing);
  const texts = words.encryption.pictures;
  return (
    <div class="offer" role="alert">
      <p>{texts.asked(names.get(device ?? '') ?? null)}</p>
      <button type="button" class="link-button danger" onClick={() => inBackground(comparing.end(false))}>
        {words.encryption.devices.notMe}
      </button>
      <button type="button" class="button" onClick={() => chats.sheets.open({ type: 'settings' })}>
        {texts.toSettings}
      </button>
    </div>
  );
}

function NewDevice({ device }: { readonly device: DeviceView }) {
  const { chats } = useContext(AppContext);
  const { newDevices } = chats.encryption;
  const { linked } = useViewModel(newDevices);
  const [asking, setAsking] = useState(false);
  const texts = words.encryption.devices;
  const isLinked = linked?.has(device.device) === true;
  const notMe = async () => {
    if (await newDevices.mustShutOut(device.device)) chats.sheets.open({ type: 'shut_out', device });
    else setAsking(true);
  };
  return (
    <div class="offer" role="alert">
      <p>{isLinked ? texts.addedLinked(device.name) : texts.added(device.name)}</p>
      <button type="button" class="link-button danger" onClick={() => inBackground(notMe())}>
        {texts.notMe}
      </button>
      <button type="button" class="button" onClick={() => newDevices.fine(device.device)}>
        {texts.fine}
      </button>
      {asking && (
        <Confirm
          title={texts.notMeTitle(device.name)}
          text={texts.notMeText}
          choices={[
            {
              label: words.settings.signOutDevice,
              danger: true,
              press: () => inBackground(chats.sheets.run(() => newDevices.notMe(device.device))),
            },
          ]}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  );
}
