// How many wait to be let in, beside a chat that this account leads: on its row, and as a line over its messages.
import type { ConversationView } from '@parley/sdk';
import { useContext, useLayoutEffect, useState } from 'preact/hooks';
import { letsIn } from '../view-models/waiting.ts';
import { words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { Icon } from './icon.tsx';

function useWaiting(chat: ConversationView): number {
  const { waiting } = useContext(AppContext).chats;
  const [, setCount] = useState(waiting.countOf(chat.id));
  useLayoutEffect(() => {
    const follow = () => setCount(waiting.countOf(chat.id));
    follow();
    return waiting.watch(chat, follow);
  }, [waiting, chat.id, letsIn(chat)]);
  return waiting.countOf(chat.id);
}

/** On the row; nothing while nobody waits. */
export function WaitingBadge({ chat }: { readonly chat: ConversationView }) {
  const count = useWaiting(chat);
  if (count === 0) return null;
  const label = words.invitations.waitingCount(count);
  return (
    <span class="badge waiting" role="img" aria-label={label} title={label}>
      <Icon name="addPerson" size={14} /> {count}
    </span>
  );
}

/** Over the messages; pressing it shows who. */
export function WaitingLine({ chat, infoOpen }: { readonly chat: ConversationView; readonly infoOpen: boolean }) {
  const { app } = useContext(AppContext);
  const count = useWaiting(chat);
  if (count === 0 || infoOpen) return null;
  return (
    <button type="button" class="pinned-line" onClick={() => app.toggleInfo()}>
      <Icon name="addPerson" size={18} />
      <span>{words.invitations.waitingCount(count)}</span>
    </button>
  );
}
