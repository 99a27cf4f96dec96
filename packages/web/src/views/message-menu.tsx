// What can be done with one message, and the six quick reactions above it.
import type { MessageView } from '@parley/sdk';
import { useContext, useState } from 'preact/hooks';
import type { OpenConversation } from '../view-models/conversation.ts';
import { words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { Confirm } from './dialog.tsx';
import { EmojiPanel } from './emoji-panel.tsx';
import { Menu, type MenuItem } from './menu.tsx';

const quickReactions = ['👍', '❤️', '😂', '😮', '😢', '🙏'] as const;

/** The menu of a message at a point of the screen. */
export function MessageMenu({
  message,
  open,
  at,
  onClose,
}: {
  readonly message: MessageView;
  readonly open: OpenConversation;
  readonly at: { x: number; y: number };
  readonly onClose: () => void;
}) {
  const { app, chats } = useContext(AppContext);
  const [step, setStep] = useState<'menu' | 'emoji' | 'delete'>('menu');
  const can = open.possible(message);
  const from = open.conversation.id;

  if (step === 'delete') {
    const choices = [
      ...(can.deleteForEveryone
        ? [{ label: words.chat.deleteForEveryone, danger: true, press: () => open.deleteForEveryone(message) }]
        : []),
      { label: words.chat.deleteForMe, danger: true, press: () => open.deleteForMe(message) },
    ];
    return <Confirm title={words.chat.deleteTitle} choices={choices} onClose={onClose} />;
  }
  if (step === 'emoji') {
    return (
      <Menu at={at} label={words.chat.react} items={[]} onClose={onClose}>
        <EmojiPanel
          onPick={(emoji) => {
            onClose();
            open.react(message, emoji);
          }}
        />
      </Menu>
    );
  }
  const item = (possible: boolean, entry: MenuItem) => (possible ? [entry] : []);
  const items = [
    ...item(can.sendAgain, { label: words.chat.sendAgain, icon: 'send', press: () => open.sendAgain(message) }),
    ...item(can.reply, { label: words.chat.reply, icon: 'reply', press: () => open.composer.replyTo(message) }),
    ...item(can.edit, { label: words.chat.edit, icon: 'pencil', press: () => open.composer.edit(message) }),
    ...item(can.copy, { label: words.chat.copy, icon: 'copy', press: () => open.run(app.host.copy(message.text)) }),
    ...item(can.forward, {
      label: words.chat.forward,
      icon: 'forward',
      press: () => chats.sheets.open({ type: 'forward', message, from }),
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
  ];
  return (
    <Menu at={at} label={words.chat.actions} items={items} onClose={onClose}>
      {can.react && (
        <fieldset class="quick-reactions" aria-label={words.chat.react}>
          {quickReactions.map((emoji) => (
            <button
              type="button"
              key={emoji}
              onClick={() => {
                onClose();
                open.react(message, emoji);
              }}
            >
              {emoji}
            </button>
          ))}
          <button type="button" aria-label={words.more} onClick={() => setStep('emoji')}>
            ＋
          </button>
        </fieldset>
      )}
      {(can.deleteForMe || can.deleteForEveryone) && (
        <button type="button" class="menu-item danger last" onClick={() => setStep('delete')}>
          {words.chat.delete}
        </button>
      )}
    </Menu>
  );
}
