// The middle pane: header, pinned line, messages, composer.
import { useContext } from 'preact/hooks';
import type { OpenConversation } from '../view-models/conversation.ts';
import { words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { Avatar } from './avatar.tsx';
import { Composer } from './composer.tsx';
import { Icon, IconButton } from './icon.tsx';
import { MessageList } from './message-list.tsx';
import { useViewModel } from './use-view-model.ts';

/** One open conversation. */
export function ConversationPane({ open, infoOpen }: { readonly open: OpenConversation; readonly infoOpen: boolean }) {
  const { app, chats } = useContext(AppContext);
  const view = useViewModel(open);
  const { chat } = view;
  const online = chat.peer !== null && chats.client.presence.get(chat.peer)?.state === 'online';
  return (
    <section class="pane conversation-pane" aria-label={view.title}>
      <header class="pane-header conversation-header">
        <span class="only-narrow">
          <IconButton icon="back" label={words.back} onPress={() => app.leave()} />
        </span>
        <button
          type="button"
          class="conversation-about"
          onClick={() => app.toggleInfo()}
          aria-label={`${view.title}. ${words.chat.info}`}
        >
          <Avatar
            id={chat.peer ?? chat.id}
            name={view.title}
            size={44}
            online={online}
            {...(chat.notes ? { shape: 'note' as const } : chat.kind === 'room' ? { shape: 'hash' as const } : {})}
          />
          <span class="conversation-names">
            <span class="name" dir="auto">
              {view.title}
              {chat.kind === 'room' && <span class="tag">{words.list.open}</span>}
            </span>
            <span class={view.lively ? 'subtitle lively' : 'subtitle'} aria-live="polite">
              <Icon name="lockOpen" size={13} label={words.composer.unencrypted} />
              {view.subtitle === '' ? words.composer.unencrypted : view.subtitle}
            </span>
          </span>
        </button>
        <IconButton icon="pane" label={words.chat.info} pressed={infoOpen} onPress={() => app.toggleInfo()} />
      </header>
      {view.notice !== null && (
        <div class="connection-line" role="alert">
          {view.notice}
        </div>
      )}
      {chat.pinnedSeqs.length > 0 && <Pinned open={open} seqs={chat.pinnedSeqs} />}
      <MessageList key={chat.id} open={open} view={view} />
      {view.rows.length === 0 && view.older === 'end' && (
        <p class="conversation-empty">{chat.notes ? words.chat.emptyNotes : words.chat.empty}</p>
      )}
      <Composer key={`composer-${chat.id}`} open={open} view={view} />
    </section>
  );
}

function Pinned({ open, seqs }: { readonly open: OpenConversation; readonly seqs: readonly number[] }) {
  const row = open.snapshot.rows.find((r) => r.type === 'message' && r.message.seq === seqs[0]);
  const seq = seqs[0];
  if (seq === undefined) return null;
  return (
    <button type="button" class="pinned-line" onClick={() => open.jumpTo(seq)}>
      <Icon name="pin" size={16} label={words.chat.pinned} />
      <span dir="auto">{row?.type === 'message' ? row.message.text : words.chat.pinned}</span>
    </button>
  );
}
