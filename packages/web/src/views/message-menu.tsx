// What can be done with one message, and the six quick reactions above it.
import type { MessageView } from '@parley/sdk';
import { useContext, useState } from 'preact/hooks';
import type { OpenConversation } from '../view-models/conversation.ts';
import { words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { Confirm } from './dialog.tsx';
import { EmojiPanel } from './emoji-panel.tsx';
import { useFiles } from './files.tsx';
import { Icon } from './icon.tsx';
import { Menu, type MenuItem } from './menu.tsx';
import type { Point } from './place.ts';
import { WhyUnreadable } from './unreadable.tsx';

const quickReactions = ['👍', '❤️', '😂', '😮', '😢', '🙏'] as const;

interface MenuOf {
  readonly message: MessageView;
  readonly open: OpenConversation;
  readonly at: Point;
  readonly onClose: () => void;
}

/** The menu of a message at a point of the screen. */
export function MessageMenu({ message, open, at, onClose }: MenuOf) {
  const [step, setStep] = useState<'menu' | 'emoji' | 'delete' | 'why'>('menu');
  const can = open.possible(message);
  const items = useItems({ message, open }, setStep);
  if (step === 'delete') {
    const choices = [
      ...(can.deleteForEveryone
        ? [{ label: words.chat.deleteForEveryone, danger: true, press: () => open.deleteForEveryone(message) }]
        : []),
      { label: words.chat.deleteForMe, danger: true, press: () => open.deleteForMe(message) },
    ];
    return <Confirm title={words.chat.deleteTitle} choices={choices} onClose={onClose} />;
  }
  if (step === 'why') return <WhyUnreadable reason={message.unreadable ?? 'broken'} onClose={onClose} />;
  if (step === 'emoji') {
    return (
      <Menu key="emoji" at={at} label={words.chat.react} items={[]} onClose={onClose}>
        <EmojiPanel
          focus
          onPick={(emoji) => {
            onClose();
            open.react(message, emoji);
          }}
        />
      </Menu>
    );
  }
  return (
    <Menu key="menu" at={at} label={words.chat.actions} items={items} onClose={onClose}>
      {can.react && (
        <fieldset class="quick-reactions" aria-label={words.chat.react}>
          {quickReactions.map((emoji) => (
            <button
              type="button"
              key={emoji}
              aria-pressed={message.reactions.some((reaction) => reaction.own && reaction.emoji === emoji)}
              onClick={() => {
                onClose();
                open.react(message, emoji);
              }}
            >
              {emoji}
            </button>
          ))}
          <button type="button" aria-label={words.more} title={words.more} onClick={() => setStep('emoji')}>
            <Icon name="plus" size={20} />
          </button>
        </fieldset>
      )}
    </Menu>
  );
}

function useItems(
  { message, open }: Pick<MenuOf, 'message' | 'open'>,
  ask: (step: 'delete' | 'why') => void,
): readonly MenuItem[] {
  const { app, chats } = useContext(AppContext);
  const files = useFiles();
  const can = open.possible(message);
  const from = open.conversation.id;
  const quoted = message.replyTo?.state === 'here' ? message.replyTo : null;
  const item = (possible: boolean, entry: MenuItem) => (possible ? [entry] : []);
  return [
    ...item(message.unreadable !== null, {
      label: words.encryption.unreadable.why,
      icon: 'info',
      stays: true,
      press: () => ask('why'),
    }),
    ...(files?.menuItems(message, open) ?? []),
    ...item(can.sendAgain, { label: words.chat.sendAgain, icon: 'send', press: () => open.sendAgain(message) }),
    ...item(can.reply, { label: words.chat.reply, icon: 'reply', press: () => open.composer.replyTo(message) }),
    ...item(can.edit, { label: words.chat.edit, icon: 'pencil', press: () => open.composer.edit(message) }),
    ...item(can.copy, { label: words.chat.copy, icon: 'copy', press: () => open.run(app.host.copy(message.text)) }),
    ...item(can.forward, {
      label: words.chat.forward,
      icon: 'forward',
      press: () => chats.sheets.open({ type: 'forward', message, from }),
    }),
    ...item(quoted !== null, {
      label: words.chat.toQuoted,
      icon: 'up',
      press: () => quoted !== null && open.jumpTo(quoted.seq),
    }),
    ...item(can.star, {
      label: message.starred ? words.chat.unstar : words.chat.star,
      icon: 'star',
      press: () => open.star(message),
    }),
    ...item(can.pin, {
      label: message.pinned ? words.chat.unpin : words.chat.pin,
      icon: 'pin',
      press: () => open.pin(message),
    }),
    ...item(can.info, {
      label: words.chat.messageInfo,
      icon: 'info',
      press: () => chats.sheets.open({ type: 'message_info', message, from }),
    }),
    ...item(can.deleteForMe || can.deleteForEveryone, {
      label: words.chat.delete,
      icon: 'trash',
      danger: true,
      stays: true,
      press: () => ask('delete'),
    }),
  ];
}
