// One row of the list of chats for what one is invited into, or waits to be let in to.
import type { ConversationView } from '@parley/sdk';
import { useContext } from 'preact/hooks';
import { invitationLine } from '../view-models/invitation.ts';
import { nameOf } from '../view-models/names.ts';
import { whenInList } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { Avatar, ChatAvatar } from './avatar.tsx';
import { usePeople } from './use-people.ts';

/** That it is pressed is the pane's business. */
export function InvitationRow({ chat, open }: { readonly chat: ConversationView; readonly open: boolean }) {
  const { client } = useContext(AppContext).chats;
  usePeople();
  const by = chat.invitation?.by ?? null;
  const { title, text } = invitationLine(client, chat);
  return (
    <li>
      <button
        type="button"
        class={open ? 'chat-row open' : 'chat-row'}
        data-chat={chat.id}
        aria-current={open ? 'true' : undefined}
      >
        {by !== null && chat.title === '' ? <Avatar id={by} name={nameOf(client, by)} /> : <ChatAvatar chat={chat} />}
        <span class="chat-row-line">
          <span class="name" dir="auto">
            {title}
          </span>
          <time class="chat-row-time">{whenInList(chat.activeAt, Date.now())}</time>
        </span>
        <span class="chat-row-line">
          <span class="chat-row-last">
            <span>{text}</span>
          </span>
        </span>
      </button>
    </li>
  );
}
