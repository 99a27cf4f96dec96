// What stands in place of chats on a device without keys: the ways to them, one calm step at a time.
import type { DevicesBefore } from '@parley/sdk';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import { inBackground } from '../view-models/background.ts';
import { words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { Comparison } from './comparison.tsx';
import { activityOf } from './device-activity.ts';
import { Icon, type IconName } from './icon.tsx';
import { KeyField } from './key-field.tsx';
import { ShownCode } from './shown-code.tsx';
import { useViewModel } from './use-view-model.ts';

/** The present step. Without a title where a sheet has it already. */
export function GetChats({ titled }: { readonly titled: boolean }) {
  const { linking } = useContext(AppContext).chats.encryption;
  const { step } = useViewModel(linking);
  const Step = {
    choose: Choose,
    device: WithDevice,
    code: WithCode,
    key: WithKey,
    over: StartOver,
    working: Working,
    done: Done,
  }[step];
  return (
    <div class="get-chats" data-step={step}>
      <Step titled={titled} />
    </div>
  );
}

interface StepProps {
  readonly titled: boolean;
}

function Title({ titled, text, icon }: StepProps & { readonly text: string; readonly icon: IconName }) {
  return (
    <>
      <span class="get-chats-sign">
        <Icon name={icon} size={32} />
      </span>
      {titled && <h2>{text}</h2>}
    </>
  );
}

function Choose({ titled }: StepProps) {
  const { linking } = useContext(AppContext).chats.encryption;
  const texts = words.encryption.linking;
  return (
    <>
      <Title titled={titled} text={texts.title} icon="lock" />
      <p>{texts.text}</p>
      <div class="ways">
        <Way icon="laptop" title={texts.deviceTitle} text={texts.deviceText} press={() => linking.go('device')} />
        <Way icon="note" title={texts.keyTitle} text={texts.keyText} press={() => linking.go('key')} />
        <Way icon="broom" title={texts.overTitle} text={texts.overText} press={() => linking.go('over')} />
      </div>
    </>
  );
}

function Way(props: {
  readonly icon: IconName;
  readonly title: string;
  readonly text: string;
  readonly press: () => void;
}) {
  return (
    <button type="button" class="way" onClick={props.press}>
      <Icon name={props.icon} />
      <span>
        <strong>{props.title}</strong>
        <small>{props.text}</small>
      </span>
    </button>
  );
}

/** Another device vouches for this one, when both show the same pictures. */
function WithDevice({ titled }: StepProps) {
  const { linking, comparing } = useContext(AppContext).chats.encryption;
  const { others, comparison, busy, error } = useViewModel(comparing);
  useEffect(() => {
    comparing.look();
    return () => comparing.forget();
  }, []);
  const texts = words.encryption.pictures;
  const isOver = comparison === null || comparison.state === 'cancelled';
  return (
    <>
      <Title titled={titled} text={isOver ? texts.whichTitle : texts.title} icon="laptop" />
      {comparison !== null && <Comparison />}
      {isOver && (
        <div class="ways">
          <Way
            icon="laptop"
            title={words.encryption.link.showTitle}
            text={words.encryption.link.showText}
            press={() => linking.go('code')}
          />
          {others?.map((device) => (
            <Way
              key={device.device}
              icon="laptop"
              title={device.name}
              text={activityOf(device)}
              press={() => inBackground(comparing.ask(device))}
            />
          ))}
          {others?.length === 0 && <p>{texts.noDevices}</p>}
        </div>
      )}
      <Wrong text={error} />
      {isOver && (
        <button type="button" class="button" disabled={busy} onClick={() => linking.go('choose')}>
          {words.back}
        </button>
      )}
    </>
  );
}

/** Another device scans what stands here. */
function WithCode({ titled }: StepProps) {
  const { linking } = useContext(AppContext).chats.encryption;
  return (
    <>
      <Title titled={titled} text={words.encryption.link.showTitle} icon="laptop" />
      <ShownCode />
      <button type="button" class="button" onClick={() => linking.go('device')}>
        {words.back}
      </button>
    </>
  );
}

function WithKey({ titled }: StepProps) {
  const { linking } = useContext(AppContext).chats.encryption;
  const { text, reading, error } = useViewModel(linking);
  const texts = words.encryption.linking;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        inBackground(linking.recover());
      }}
    >
      <Title titled={titled} text={texts.title} icon="note" />
      <KeyField value={text} reading={reading} focus write={(written) => linking.write(written)} />
      <Wrong text={error} />
      <Buttons label={texts.open} disabled={!reading.isKey} />
    </form>
  );
}

function StartOver({ titled }: StepProps) {
  const { linking } = useContext(AppContext).chats.encryption;
  const { error } = useViewModel(linking);
  const [password, setPassword] = useState('');
  const [before, setBefore] = useState<DevicesBefore | null>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const texts = words.encryption.linking;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (before !== null) inBackground(linking.startOver(password, before));
      }}
    >
      <Title titled={titled} text={texts.overTitle} icon="warning" />
      <p>{texts.overWarning}</p>
      <fieldset class="choices">
        <legend>{texts.overDevices}</legend>
        {(['safe', 'lost'] as const).map((each) => (
          <label key={each}>
            <input type="radio" name="before" checked={before === each} onChange={() => setBefore(each)} />
            {each === 'safe' ? texts.overSafe : texts.overLost}
          </label>
        ))}
      </fieldset>
      <label class="field">
        <span>{words.encryption.recovery.password}</span>
        <input
          ref={field}
          type="password"
          autocomplete="current-password"
          value={password}
          onInput={(event) => setPassword(event.currentTarget.value)}
        />
      </label>
      <Wrong text={error} />
      <Buttons label={texts.overUnderstood} disabled={password === '' || before === null} danger />
    </form>
  );
}

function Wrong({ text }: { readonly text: string | null }) {
  return text === null ? null : (
    <p class="problem" role="alert">
      {text}
    </p>
  );
}

function Buttons(props: { readonly label: string; readonly disabled: boolean; readonly danger?: boolean }) {
  const { linking } = useContext(AppContext).chats.encryption;
  return (
    <div class="form-buttons">
      <button type="button" class="button" onClick={() => linking.go('choose')}>
        {words.back}
      </button>
      <button
        type="submit"
        class={props.danger === true ? 'button danger' : 'button primary'}
        disabled={props.disabled}
      >
        {props.label}
      </button>
    </div>
  );
}

function Working({ titled }: StepProps) {
  const { linking } = useContext(AppContext).chats.encryption;
  const { way } = useViewModel(linking);
  const texts = words.encryption.linking;
  return (
    <>
      <Title titled={titled} text={texts.title} icon="clock" />
      <p role="status">
        <strong>{way === 'key' ? texts.working : texts.startingOver}</strong>
        <br />
        {texts.workingText}
      </p>
      <div class="progress" aria-hidden="true" />
    </>
  );
}

function Done({ titled }: StepProps) {
  const { chats } = useContext(AppContext);
  const { linking } = chats.encryption;
  const { way } = useViewModel(linking);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []);
  const texts = words.encryption.linking;
  const next = () => {
    linking.finish();
    if (way === 'over') chats.sheets.open({ type: 'recovery_key' });
  };
  return (
    <>
      <Title titled={titled} text={way === 'key' ? texts.doneTitle : texts.overDoneTitle} icon="check" />
      <p role="status">{way === 'key' ? texts.doneText : texts.overDoneText}</p>
      <button ref={button} type="button" class="button primary" onClick={next}>
        {way === 'key' ? texts.toChats : words.encryption.recovery.lastDeviceShow}
      </button>
    </>
  );
}
