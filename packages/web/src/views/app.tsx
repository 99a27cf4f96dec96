// The frame: the page before the chats, or up to three panes with one sheet over them.
import { useContext } from 'preact/hooks';
import type { App } from '../view-models/app.ts';
import { words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { ChatListPane } from './chat-list.tsx';
import { ConversationPane } from './conversation.tsx';
import { EntryPage } from './entry.tsx';

import { InvitationPane } from './invitation-pane.tsx';
import { LateGetChats } from './late-get-chats.tsx';
import { LateInfoPane } from './late-info.tsx';
import { Notice } from './notice.tsx';
import { OpenSheet } from './sheets/sheet.tsx';
import { SkeletonRows } from './skeleton.tsx';
import { useViewModel } from './use-view-model.ts';

/** The whole page. */
export function AppView({ app }: { readonly app: App }) {
  const view = useViewModel(app);
  switch (view.screen) {
    case 'loading':
      return (
        <main class="panes loading" aria-busy="true" aria-label={words.loading}>
          <div class="pane list-pane">
            <SkeletonRows count={10} />
          </div>
          <div class="pane nothing-open" />
        </main>
      );
    case 'entry':
      return <EntryPage entry={view.entry} />;
    case 'failed':
      return (
        <Notice
          title={words.entry.failedTitle}
          text={view.text}
          button={{ label: words.retry, press: () => app.retry() }}
        />
      );
    case 'ended':
      return (
        <Notice
          title={words.connection.ended}
          text={view.text}
          button={{ label: words.connection.signInAgain, press: () => void app.signInAgain() }}
        />
      );
    case 'chats':
      return <Chats app={app} view={view} />;
  }
}

function Chats({ app, view }: { readonly app: App; readonly view: Extract<App['snapshot'], { screen: 'chats' }> }) {
  const { open, invitation, infoOpen, chats } = view;
  const shown = (open ?? invitation)?.conversation.id ?? null;
  return (
    <AppContext.Provider value={{ app, chats }}>
      <main class={['panes', shown !== null && 'with-chat', infoOpen && 'with-info'].filter(Boolean).join(' ')}>
        <ChatListPane openId={shown} />
        {invitation !== null ? (
          <InvitationPane key={invitation.conversation.id} invitation={invitation} />
        ) : open === null ? (
          <NothingOpen />
        ) : (
          <ConversationPane key={open.conversation.id} open={open} infoOpen={infoOpen} />
        )}
        {open !== null && infoOpen && <LateInfoPane key={`info-${open.conversation.id}`} open={open} />}
      </main>
      <OpenSheet />
    </AppContext.Provider>
  );
}

function NothingOpen() {
  const { chats } = useContext(AppContext);
  const { locked } = useViewModel(chats.encryption.linking);
  const { sheet } = useViewModel(chats.sheets);
  if (locked && sheet?.type !== 'get_chats') {
    return (
      <section class="pane nothing-open locked-pane" aria-label={words.encryption.linking.title}>
        <LateGetChats />
      </section>
    );
  }
  return (
    <section class="pane nothing-open">
      <img src="/icon.svg" alt="" width="72" height="72" />
      <p>{words.chat.emptyPane}</p>
    </section>
  );
}
