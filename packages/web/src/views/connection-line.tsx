// One quiet line when the server cannot be reached; nothing when all is well.
import { useContext, useEffect, useState } from 'preact/hooks';
import { words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { Icon } from './icon.tsx';
import { useViewModel } from './use-view-model.ts';

/** A short break is not worth a word, in milliseconds. */
const patienceMs = 800;

/** The state of the connection, in words. */
export function ConnectionLine() {
  const { chats } = useContext(AppContext);
  const state = useViewModel(chats.client.state);
  const [worth, setWorth] = useState(false);
  const calm = state.phase === 'online' || state.phase === 'ended';
  useEffect(() => {
    if (calm) return;
    const timer = setTimeout(() => setWorth(true), patienceMs);
    return () => {
      clearTimeout(timer);
      setWorth(false);
    };
  }, [calm]);
  if (state.phase === 'online' || state.phase === 'ended' || !worth) return null;
  const text = {
    offline: words.connection.offline,
    connecting: words.connection.connecting,
    waiting: words.connection.waiting,
    catching_up: words.connection.catchingUp,
  }[state.phase];
  return (
    <div class="connection-line" role="status">
      <Icon name="clock" size={18} />
      <span>{text}</span>
      {state.phase === 'waiting' && (
        <button type="button" class="link-button" onClick={() => chats.client.networkChanged(true)}>
          {words.connection.tryNow}
        </button>
      )}
    </div>
  );
}
