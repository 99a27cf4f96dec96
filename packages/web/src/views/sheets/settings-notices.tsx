// The part of the settings about notifications of the system.
import { useContext } from 'preact/hooks';
import { inBackground } from '../../view-models/background.ts';
import { words } from '../../words/words.ts';
import { AppContext } from '../app-context.ts';
import { useViewModel } from '../use-view-model.ts';

/** On, off, and with or without the text. */
export function NotificationSettings() {
  const { notifications } = useContext(AppContext).chats;
  const { state, hidesText } = useViewModel(notifications);
  return (
    <section class="settings-part">
      <h2>{words.settings.notices}</h2>
      {state === 'impossible' && <p class="soft">{words.settings.noticesImpossible}</p>}
      {state === 'blocked' && <p class="soft">{words.settings.noticesBlocked}</p>}
      {(state === 'on' || state === 'off') && (
        <Switch
          label={words.settings.noticesOn}
          hint={words.settings.noticesText}
          on={state === 'on'}
          set={(on) => inBackground(notifications.switchOn(on))}
        />
      )}
      {state === 'on' && (
        <Switch
          label={words.settings.noticesHide}
          hint={words.settings.noticesHideText}
          on={hidesText}
          set={(on) => notifications.hideText(on)}
        />
      )}
    </section>
  );
}

function Switch(props: {
  readonly label: string;
  readonly hint: string;
  readonly on: boolean;
  readonly set: (on: boolean) => void;
}) {
  return (
    <label class="switch">
      <span>
        {props.label}
        <small>{props.hint}</small>
      </span>
      <input
        type="checkbox"
        role="switch"
        aria-checked={props.on}
        checked={props.on}
        onChange={(event) => props.set(event.currentTarget.checked)}
      />
    </label>
  );
}

/** Offers them once, at the foot of the list, where it moves no row. */
export function NotificationOffer() {
  const { notifications } = useContext(AppContext).chats;
  const { offered } = useViewModel(notifications);
  if (!offered) return null;
  return (
    <div class="offer" role="status">
      <p>{words.list.offerNotices}</p>
      <button type="button" class="link-button" onClick={() => notifications.dismissOffer()}>
        {words.list.offerNo}
      </button>
      <button type="button" class="button" onClick={() => inBackground(notifications.switchOn(true))}>
        {words.list.offerYes}
      </button>
    </div>
  );
}
