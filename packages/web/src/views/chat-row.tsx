// One row of the list of chats: picture, title, newest line, signs; and what can be done with the chat as a whole.
import type { ConversationView } from '@parley/sdk';
import { useContext, useEffect, useState } from 'preact/hooks';
import { awaited, lastLineOf } from '../view-models/last-line.ts';
import { firstNameOf, titleOf } from '../view-models/names.ts';
import { whenInList, words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { ChatAvatar } from './avatar.tsx';
import { Icon } from './icon.tsx';
import { Menu, type MenuItem } from './menu.tsx';
import { OpenTag } from './open-tag.tsx';
import type { Point } from './place.ts';
import { Ticks } from './ticks.tsx';
import { useLongPress } from './use-long-press.ts';
import { useOnline } from './use-online.ts';
import { useViewModel } from './use-view-model.ts';
import { WaitingBadge } from './waiting-badge.tsx';

const hourMs = 3_600_000;
export const muteChoices = [
  [words.info.hours8, 8 * hourMs],
  [words.info.week, 7 * 24 * hourMs],
  [words.info.always, 365 * 24 * hourMs],
] as const;

/** A chat in the list. That it is pressed is the pane's business. */
export function ChatRow({ chat, open }: { readonly chat: ConversationView; readonly open: boolean }) {
  const [menuAt, setMenuAt] = useState<Point | null>(null);
  const press = useLongPress(setMenuAt);
  const title = titleOf(chat);
  const unread = open ? 0 : chat.unread;
  const loud = unread > 0 && chat.mutedUntil === null;
  const online = useOnline(chat.peer);
  return (
    <li>
      <button
        type="button"
        class={open ? 'chat-row open' : 'chat-row'}
        data-chat={chat.id}
        aria-current={open ? 'true' : undefined}
        {...press}
      >
        <ChatAvatar chat={chat} online={online} />
        <span class="chat-row-line">
          <span class="name" dir="auto">
            {title}
          </span>
          {chat.kind === 'room' && <OpenTag />}
          <time class={loud ? 'chat-row-time unread' : 'chat-row-time'}>{whenInList(chat.activeAt, Date.now())}</time>
        </span>
        <span class="chat-row-line">
          <span class="chat-row-last">
            <LastLine chat={chat} open={open} />
          </span>
          <Signs chat={chat} unread={unread} />
        </span>
      </button>
      {menuAt !== null && <RowMenu chat={chat} at={menuAt} onClose={() => setMenuAt(null)} />}
    </li>
  );
}

function Signs({ chat, unread }: { readonly chat: ConversationView; readonly unread: number }) {
  return (
    <span class="chat-row-signs">
      <WaitingBadge chat={chat} />
      {chat.mutedUntil !== null && <Icon name="bellOff" size={16} label={words.list.muted} />}
      {chat.top && unread === 0 && <Icon name="pin" size={16} label={words.list.top} />}
      {unread > 0 && chat.unreadMentions > 0 && (
        <span class="badge" role="img" aria-label={words.list.mentioned}>
          @
        </span>
      )}
      {unread > 0 && (
        <span
          class={chat.mutedUntil === null ? 'badge' : 'badge muted'}
          role="img"
          aria-label={words.list.unreadCount(unread)}
        >
          {unread > 999 ? '999+' : unread}
        </span>
      )}
    </span>
  );
}

/** The open chat shows no draft: it stands in the field. */
function LastLine({ chat, open }: { readonly chat: ConversationView; readonly open: boolean }) {
  const { chats } = useContext(AppContext);
  const { client } = chats;
  const { locked, step } = useViewModel(chats.encryption.linking);
  const late = useViewModel(chats.lateKeys);
  const expected = awaited(chat);
  useEffect(() => {
    if (expected !== null) chats.lateKeys.expect(expected);
  }, [expected]);
  if (locked && step !== 'done' && chat.kind !== 'room') {
    return (
      <>
        <Icon name="lock" size={14} />
        <span>{words.encryption.linking.locked}</span>
      </>
    );
  }
  const [typing] = chat.typing;
  if (typing !== undefined) {
    const text = chat.kind === 'direct' ? words.list.typing : words.list.typingName(firstNameOf(client, typing));
    return <span class="lively">{text}</span>;
  }
  if (chat.draft !== '' && !open) {
    return (
      <>
        <span class="draft">{words.list.draft}</span> <span dir="auto">{chat.draft}</span>
      </>
    );
  }
  const { ticks, author, text } = lastLineOf(client, chat, late);
  return (
    <>
      {ticks !== null && <Ticks state={ticks} single={chat.notes || chat.kind === 'room'} />}
      {author !== null && <strong>{author}: </strong>}
      <span dir="auto">{text}</span>
    </>
  );
}

/** Read, mute, keep, archive: without opening the chat. */
function RowMenu(props: { readonly chat: ConversationView; readonly at: Point; readonly onClose: () => void }) {
  const { app, chats } = useContext(AppContext);
  const { chat } = props;
  const [muting, setMuting] = useState(false);
  const conversation = chats.client.conversation(chat.id);
  if (conversation === null) return null;
  const run = (action: Promise<unknown>) => void chats.sheets.run(() => action);
  const label = words.list.actions(titleOf(chat));
  if (muting) {
    const items = muteChoices.map(
      ([text, ms]): MenuItem => ({
        label: text,
        icon: 'bellOff',
        press: () => run(conversation.mute(app.host.now() + ms)),
      }),
    );
    return <Menu key="mute" at={props.at} label={words.info.muteFor} items={items} onClose={props.onClose} />;
  }
  const items: MenuItem[] = [
    ...(chat.unread > 0
      ? [{ label: words.list.markRead, icon: 'check', press: () => run(conversation.markRead(chat.head)) } as const]
      : []),
    {
      label: chat.top ? words.info.notOnTop : words.info.keepOnTop,
      icon: 'pin',
      press: () => run(conversation.keepOnTop(!chat.top)),
    },
    chat.mutedUntil === null
      ? { label: words.info.mute, icon: 'bellOff', press: () => setMuting(true), stays: true }
      : { label: words.info.unmute, icon: 'bell', press: () => run(conversation.mute(null)) },
    {
      label: chat.archived ? words.info.unarchive : words.info.archive,
      icon: 'archive',
      press: () => run(conversation.archive(!chat.archived)),
    },
  ];
  return <Menu key="menu" at={props.at} label={label} items={items} onClose={props.onClose} />;
}
