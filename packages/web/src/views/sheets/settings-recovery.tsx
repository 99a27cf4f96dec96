// The part of the settings about the recovery key: shown until it is written down, made anew afterwards.
import { useContext } from 'preact/hooks';
import { words } from '../../words/words.ts';
import { AppContext } from '../app-context.ts';
import { useViewModel } from '../use-view-model.ts';

/** Nothing where this device does not know of one. */
export function RecoverySettings() {
  const { client, sheets } = useContext(AppContext).chats;
  const { recovery } = useViewModel(client.encryption);
  const texts = words.encryption.recovery;
  if (recovery === 'none') return null;
  const isSaved = recovery === 'confirmed';
  return (
    <section class="settings-part">
      <h2>{texts.title}</h2>
      <div class="room-line">
        <span class="name plain">
          {isSaved ? texts.savedState : texts.offeredText}
          <small>{isSaved ? texts.savedHint : texts.offerText}</small>
        </span>
        <button type="button" class="button" onClick={() => sheets.open({ type: 'recovery_key' })}>
          {isSaved ? texts.renew : texts.offerShow}
        </button>
      </div>
    </section>
  );
}
