// Seven pictures on two devices of one person, and what is said while they are on their way.
import { useContext } from 'preact/hooks';
import { inBackground } from '../view-models/background.ts';
import { words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { useViewModel } from './use-view-model.ts';

/** The present one. */
export function Comparison() {
  const { comparing } = useContext(AppContext).chats.encryption;
  const { comparison, names, said, busy } = useViewModel(comparing);
  const texts = words.encryption.pictures;
  if (comparison === null) return null;
  const known = names.get(comparison.device ?? '') ?? null;
  const name = known ?? texts.another;
  switch (comparison.state) {
    case 'cancelled':
      return <p role="status">{texts.cancelled}</p>;
    case 'done':
      return <p role="status">{texts.done(known)}</p>;
    case 'asked':
      return null;
    case 'compare':
      return (
        <>
          <p>{texts.text}</p>
          <ol class="pictures" aria-label={texts.label}>
            {comparison.emoji.map(({ symbol, name: called }, index) => (
              <li key={`${index}-${called}`}>
                <span aria-hidden="true">{symbol}</span>
                {called}
              </li>
            ))}
          </ol>
          <div class="form-buttons">
            <button type="button" class="button danger" onClick={() => inBackground(comparing.end(false))}>
              {texts.different}
            </button>
            <button
              type="button"
              class="button primary"
              disabled={busy}
              onClick={() => inBackground(comparing.end(true))}
            >
              {texts.same}
            </button>
          </div>
        </>
      );
    case 'waiting':
      return (
        <>
          <p role="status">
            {said ? (
              texts.saidSame
            ) : (
              <>
                <strong>{texts.waitingTitle(name)}</strong>
                <br />
                {texts.waitingText}
              </>
            )}
          </p>
          <div class="progress" aria-hidden="true" />
          <button type="button" class="button" onClick={() => inBackground(comparing.end(false))}>
            {texts.stop}
          </button>
        </>
      );
  }
}
