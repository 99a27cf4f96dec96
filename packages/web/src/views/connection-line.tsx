// One quiet line when the server cannot be reached; nothing when all is well.
import { useContext, useEffect, useState } from 'preact/hooks';
import { words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { useViewModel } from './use-view-model.ts';

/** A short break is not worth a word, in milliseconds. */
const patienceMs = 800;

/** The state of the connection, in words. */
export function ConnectionLine() {
  const { app, chats } = useContext(AppContext);
  const state = useViewModel(chats.client.state);
  const [patient, setPatient] = useState(true);
  useEffect(() => {
    setPatient(true);
    const timer = setTimeout(() => setPatient(false), patienceMs);
    return () => clearTimeout(timer);
  }, [state.phase]);
  if (state.phase === 'online') return null;
  if (state.phase === 'ended') {
    return (
      <div class="connection-line" role="alert">
        <strong>{words.connection.ended}</strong> {words.connection.endedText}{' '}
        <button type="button" class="link-button" onClick={() => void app.signInAgain()}>
          {words.connection.signInAgain}
        </button>
      </div>
    );
  }
  if (patient) return null;
  const text = {
    offline: words.connection.offline,
    connecting: words.connection.connecting,
    waiting: words.connection.waiting,
    catching_up: words.connection.catchingUp,
  }[state.phase];
  return (
    <div class="connection-line" role="status">
      {text}
      {state.phase === 'waiting' && (
        <button type="button" class="link-button" onClick={() => chats.client.networkChanged(true)}>
          {words.connection.tryNow}
        </button>
      )}
    </div>
  );
}
