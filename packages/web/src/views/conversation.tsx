// The middle pane: header, search, pinned line, messages, composer.
import { useContext, useEffect, useState } from 'preact/hooks';
import type { OpenConversation, OpenConversationView } from '../view-models/conversation.ts';
import { pinnedText } from '../view-models/pinned-text.ts';
import { words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { ChatAvatar } from './avatar.tsx';
import { Composer } from './composer.tsx';
import { ConnectionLine } from './connection-line.tsx';
import { DifferenceLines } from './difference-lines.tsx';
import { takesFiles, useFiles } from './files.tsx';

import { Icon, IconButton } from './icon.tsx';
import { IdentityLine, Verified } from './identity-line.tsx';
import { LateFinderBar } from './late-chat.tsx';
import { LateGetChats } from './late-get-chats.tsx';
import { MessageList } from './message-list.tsx';
import { OpenTag } from './open-tag.tsx';
import { isInDialog } from './use-long-press.ts';
import { useOnline } from './use-online.ts';
import { useViewModel } from './use-view-model.ts';
import { WaitingLine } from './waiting-badge.tsx';

/** One open conversation. */
export function ConversationPane({ open, infoOpen }: { readonly open: OpenConversation; readonly infoOpen: boolean }) {
  const { app, chats } = useContext(AppContext);
  const view = useViewModel(open);
  const { locked } = useViewModel(chats.encryption.linking);
  const finder = useViewModel(open.finder);
  const { chat } = view;
  const online = useOnline(chat.peer);
  return (
    <section
      class="pane conversation-pane"
      aria-label={view.title}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented || isInDialog(event)) return;
        if (infoOpen) app.toggleInfo();
        else app.leave();
      }}
    >
      <h1 class="for-screen-readers">{view.title}</h1>
      <header class="pane-header conversation-header">
        <span class="only-narrow">
          <IconButton icon="back" label={words.back} onPress={() => app.leave()} />
        </span>
        <button type="button" class="conversation-about" onClick={() => app.toggleInfo()}>
          <ChatAvatar chat={chat} size={40} online={online} />
          <span class="conversation-names">
            <span class="name-line">
              <span class="name" dir="auto">
                {view.title}
              </span>
              {chat.kind === 'room' && <OpenTag />}
              {chat.peer !== null && <Verified account={chat.peer} />}
            </span>
            <span class={view.lively ? 'subtitle lively' : 'subtitle'}>
              <Icon name={view.encrypted ? 'lock' : 'lockOpen'} size={14} />
              <span>{view.subtitle === '' ? encryptionOf(view) : view.subtitle}</span>
            </span>
          </span>
          <span class="for-screen-readers">{words.chat.info}</span>
        </button>
        <IconButton
          icon="search"
          label={words.chat.searchHere}
          pressed={finder.open}
          onPress={() => (finder.open ? open.finder.close() : open.finder.open())}
        />
        <IconButton icon="pane" label={words.chat.info} pressed={infoOpen} onPress={() => app.toggleInfo()} />
      </header>
      <div class="only-narrow">
        <ConnectionLine />
      </div>
      <WaitingLine chat={chat} infoOpen={infoOpen} />
      {locked && chat.kind !== 'room' ? (
        <div class="locked-pane">
          <LateGetChats />
        </div>
      ) : (
        <Inside open={open} view={view} />
      )}
    </section>
  );
}

/** What is said, and where one writes. */
function Inside({ open, view }: { readonly open: OpenConversation; readonly view: OpenConversationView }) {
  const finder = useViewModel(open.finder);
  const { obstacle } = useViewModel(open.composer);
  const files = useFiles();
  const [pinned] = view.chat.pinnedSeqs;
  return (
    <>
      {finder.open && <LateFinderBar open={open} />}
      {pinned !== undefined && <Pinned open={open} seq={pinned} />}
      <MessageList open={open} view={view} />
      <DifferenceLines open={open} view={view} />
      <IdentityLine open={open} view={view} />
      {view.notice !== null && (
        <div class="notice" role="alert">
          {view.notice}
        </div>
      )}
      {files !== null && <files.OverChat open={open} view={view} writes={takesFiles(view) && obstacle === null} />}
      <Composer open={open} view={view} />
    </>
  );
}

function encryptionOf({ encrypted }: OpenConversationView): string {
  return encrypted ? words.encryption.encryptedShort : words.encryption.open;
}

/** The newest pinned message; it may be far above what is on screen. */
function Pinned({ open, seq }: { readonly open: OpenConversation; readonly seq: number }) {
  const view = useViewModel(open);
  const shown = view.rows.find((row) => row.type === 'message' && row.message.seq === seq);
  const [far, setFar] = useState('');
  const near = shown?.type === 'message' ? pinnedText(shown.message) : null;
  useEffect(() => {
    if (near !== null) return;
    let over = false;
    open.conversation.message(seq).then(
      (message) => over || setFar(pinnedText(message)),
      // It is only named then; pressing it goes there all the same.
      () => {},
    );
    return () => {
      over = true;
    };
  }, [seq, near === null]);
  return (
    <button type="button" class="pinned-line" onClick={() => open.jumpTo(seq)}>
      <Icon name="pin" size={18} />
      <strong>{words.chat.pinned}</strong>
      <span dir="auto">{near ?? far}</span>
    </button>
  );
}
