// The part of the settings about the recovery key: shown until it is written down, made anew afterwards.
import { useContext } from 'preact/hooks';
import { recovery as texts } from '../../words/english-later.ts';
import { AppContext } from '../app-context.ts';
import { useViewModel } from '../use-view-model.ts';

const linesOf = {
  confirmed: { state: texts.savedState, hint: texts.savedHint, action: texts.renew },
  offered: { state: texts.offeredText, hint: texts.offerText, action: texts.offerShow },
  unfinished: { state: texts.unfinishedTitle, hint: texts.unfinishedText, action: texts.finish },
} as const;

/** Nothing where this device does not know of one. */
export function RecoverySettings() {
  const { client, sheets } = useContext(AppContext).chats;
  const { recovery } = useViewModel(client.encryption);
  if (recovery === 'none') return null;
  const { state, hint, action } = linesOf[recovery];
  return (
    <section class="settings-part">
      <h2>{texts.title}</h2>
      <div class="room-line">
        <span class="name plain">
          {state}
          <small>{hint}</small>
        </span>
        <button type="button" class="button" onClick={() => sheets.open({ type: 'recovery_key' })}>
          {action}
        </button>
      </div>
    </section>
  );
}
