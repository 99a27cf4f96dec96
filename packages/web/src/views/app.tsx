// The frame: entry page, or up to three panes with one sheet over them.
import type { App } from '../view-models/app.ts';
import { words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { ChatListPane } from './chat-list.tsx';
import { ConversationPane } from './conversation.tsx';
import { EntryPage } from './entry.tsx';
import { InfoPane } from './info-pane.tsx';
import { OpenSheet } from './sheets/sheet.tsx';
import { useViewModel } from './use-view-model.ts';

/** The whole page. */
export function AppView({ app }: { readonly app: App }) {
  const view = useViewModel(app);
  if (view.screen === 'loading') return <main class="loading" aria-busy="true" aria-label={words.loading} />;
  if (view.screen === 'entry') return <EntryPage entry={view.entry} />;
  const { open, infoOpen, chats } = view;
  return (
    <AppContext.Provider value={{ app, chats }}>
      <main class={['panes', open !== null && 'with-chat', infoOpen && 'with-info'].filter(Boolean).join(' ')}>
        <ChatListPane openId={open?.conversation.id ?? null} />
        {open === null ? (
          <section class="pane nothing-open">
            <img src="/icon.svg" alt="" width="72" height="72" />
            <p>{words.chat.emptyPane}</p>
          </section>
        ) : (
          <ConversationPane key={open.conversation.id} open={open} infoOpen={infoOpen} />
        )}
        {open !== null && infoOpen && <InfoPane key={`info-${open.conversation.id}`} open={open} />}
      </main>
      <OpenSheet />
    </AppContext.Provider>
  );
}
