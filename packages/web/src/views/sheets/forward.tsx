// Choose the chats that a message goes to.
import * as limits from '@parley/protocol/limits';
import { useContext } from 'preact/hooks';
import { titleOf } from '../../view-models/names.ts';
import { create } from '../../words/english-later.ts';
import { AppContext } from '../app-context.ts';
import { ChatAvatar } from '../avatar.tsx';
import { Dialog } from '../dialog.tsx';
import { Icon } from '../icon.tsx';
import { useViewModel } from '../use-view-model.ts';
import { Problem } from './problem.tsx';

/** At most five chats. */
export function ForwardSheet() {
  const { chats } = useContext(AppContext);
  const { sheet, chosenChats, busy } = useViewModel(chats.sheets);
  const all = useViewModel(chats.client.conversations);
  if (sheet?.type !== 'forward') return null;
  const { message, from } = sheet;
  const send = async () => {
    const conversation = chats.client.conversation(from);
    if (conversation === null || message.seq === null) return;
    const { seq } = message;
    if (await chats.sheets.run(() => conversation.forward(seq, chosenChats))) chats.sheets.close();
  };
  return (
    <Dialog
      title={create.forwardTo}
      onClose={() => chats.sheets.close()}
      footer={
        <button
          type="button"
          class="button primary"
          disabled={busy || chosenChats.length === 0}
          onClick={() => void send()}
        >
          {create.forward}
        </button>
      }
    >
      <p class="soft">{create.atMost(limits.forwardConversations)}</p>
      <ul class="people">
        {all
          .filter((chat) => chat.role !== null && !chat.blocked && chat.request === null)
          // Rooms take no files.
          .filter((chat) => message.file === null || chat.kind !== 'room')
          .map((chat) => (
            <li key={chat.id}>
              <button
                type="button"
                class="member"
                aria-pressed={chosenChats.includes(chat.id)}
                onClick={() => chats.sheets.chooseChat(chat.id)}
              >
                <ChatAvatar chat={chat} size={40} />
                <span class="name" dir="auto">
                  {titleOf(chat)}
                </span>
                {chosenChats.includes(chat.id) && <Icon name="check" size={20} />}
              </button>
            </li>
          ))}
      </ul>
      <Problem />
    </Dialog>
  );
}
