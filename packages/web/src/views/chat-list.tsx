// The left pane: search, filters, and a row for each chat. Phones show it alone.
import type { ConversationView } from '@parley/sdk';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import { type ChatFilter, chatFilters } from '../view-models/chat-list.ts';
import { isPending } from '../view-models/names.ts';
import { words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { ChatRow } from './chat-row.tsx';
import { ConnectionLine } from './connection-line.tsx';
import { Found } from './found.tsx';
import { Icon, IconButton } from './icon.tsx';
import { InvitationRow } from './invitation-row.tsx';
import { ListLines } from './list-lines.tsx';
import { Menu } from './menu.tsx';
import { moveFocus, stepOf } from './move-focus.ts';
import { below, type Point } from './place.ts';
import { SkeletonRows } from './skeleton.tsx';
import { useRowPress } from './use-row-press.ts';
import { useViewModel } from './use-view-model.ts';

/** As the styles say; it grows with the reader's size of text. */
const rowHeightRem = 4.25;
const overscanRows = 6;

function rowHeight(): number {
  return rowHeightRem * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}

/** The pane with all chats. */
export function ChatListPane({ openId }: { readonly openId: string | null }) {
  const { app, chats } = useContext(AppContext);
  const list = useViewModel(chats.list);
  const press = useRowPress(chats.list, (id) => app.show(id));
  const found = list.query !== '';
  const scroller = useRef<HTMLDivElement>(null);
  const left = useRef(openId);
  useEffect(() => {
    // Whoever leaves a chat is back at its row.
    if (openId === null && document.activeElement === document.body)
      scroller.current?.querySelector<HTMLElement>(`[data-chat="${left.current}"]`)?.focus();
    left.current = openId;
  }, [openId]);
  return (
    <section class="pane list-pane" aria-label={words.list.label} {...press}>
      <header class="pane-header">
        <div class="pane-title">
          <h1>{words.list.title}</h1>
          <ConnectionLine />
        </div>
        <IconButton icon="pencil" label={words.list.newChat} onPress={() => chats.sheets.open({ type: 'new_chat' })} />
        <MainMenu />
      </header>
      <Search />
      {!found && <Filters />}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrow keys go from row to row, which are buttons */}
      <div
        ref={scroller}
        class="list-scroller"
        aria-busy={list.loading}
        onKeyDown={(event) => {
          const step = stepOf(event);
          if (step !== null && moveFocus(event.currentTarget, '.chat-row', step)) event.preventDefault();
        }}
      >
        {!found && list.filter === 'all' && list.requests > 0 && <RequestsLine count={list.requests} />}
        {!found && list.filter === 'requests' && (
          <button type="button" class="back-line" onClick={() => chats.list.setFilter('all')}>
            <Icon name="back" size={18} /> {words.list.requests(list.requests)}
          </button>
        )}
        {list.loading ? <SkeletonRows count={9} /> : <Rows chats={list.chats} openId={openId} />}
        {found && <Found />}
        {list.chats.length === 0 && !found && !list.loading && <Empty filter={list.filter} />}
      </div>
      <ListLines />
    </section>
  );
}

function MainMenu() {
  const { chats } = useContext(AppContext);
  const [at, setAt] = useState<Point | null>(null);
  return (
    <>
      <button
        type="button"
        class="icon-button"
        aria-label={words.list.menu}
        title={words.list.menu}
        aria-haspopup="menu"
        aria-expanded={at !== null}
        onClick={(event) => setAt(below(event.currentTarget))}
      >
        <Icon name="more" />
      </button>
      {at !== null && (
        <Menu
          at={at}
          label={words.list.menu}
          onClose={() => setAt(null)}
          items={[
            { label: words.list.invite, icon: 'addPerson', press: () => chats.sheets.open({ type: 'invite' }) },
            { label: words.list.newGroup, icon: 'people', press: () => chats.sheets.open({ type: 'new_group' }) },
            { label: words.list.browseRooms, icon: 'hash', press: () => chats.sheets.open({ type: 'rooms' }) },
            {
              label: words.list.starred,
              icon: 'star',
              press: () => chats.sheets.open({ type: 'starred', of: null }),
            },
            { label: words.list.settings, icon: 'gear', press: () => chats.sheets.open({ type: 'settings' }) },
          ]}
        />
      )}
    </>
  );
}

/** Ctrl+K comes here from anywhere; the arrow goes on to the first row. */
function Search() {
  const { chats } = useContext(AppContext);
  const { query } = useViewModel(chats.list);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'k') return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  return (
    <div class="search">
      <Icon name="search" size={20} />
      <input
        ref={field}
        type="search"
        placeholder={words.list.search}
        aria-label={words.list.search}
        value={query}
        onInput={(event) => chats.list.setQuery(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') chats.list.setQuery('');
          const rows = event.currentTarget.closest('.list-pane');
          if (event.key === 'ArrowDown' && rows !== null && moveFocus(rows, '.chat-row', 1)) event.preventDefault();
        }}
      />
      {query !== '' && (
        <IconButton icon="close" label={words.list.clearSearch} onPress={() => chats.list.setQuery('')} />
      )}
    </div>
  );
}

function Filters() {
  const { chats } = useContext(AppContext);
  const list = useViewModel(chats.list);
  const shown: readonly ChatFilter[] = chatFilters.filter(
    (filter) => filter !== 'requests' && (filter !== 'archived' || list.archived > 0 || list.filter === 'archived'),
  );
  return (
    <fieldset class="filters" aria-label={words.list.filters}>
      {shown.map((filter) => (
        <button
          type="button"
          key={filter}
          class="chip"
          aria-pressed={list.filter === filter}
          onClick={() => chats.list.setFilter(filter)}
        >
          {filter === 'requests' ? words.list.requests(list.requests) : words.list[filter]}
        </button>
      ))}
    </fieldset>
  );
}

/** Rows of equal height: only those near the screen are drawn, and only those are watched. */
function Rows({ chats: all, openId }: { readonly chats: readonly ConversationView[]; readonly openId: string | null }) {
  const { chats } = useContext(AppContext);
  const box = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState({ from: 0, to: 24 });
  useEffect(() => {
    const scroller = box.current?.parentElement;
    if (!scroller) return;
    const measure = () => {
      const top = scroller.scrollTop - (box.current?.offsetTop ?? 0);
      const height = rowHeight();
      const from = Math.max(0, Math.floor(top / height) - overscanRows);
      setRange({ from, to: from + Math.ceil(scroller.clientHeight / height) + 2 * overscanRows });
    };
    measure();
    scroller.addEventListener('scroll', measure, { passive: true });
    const observer = new ResizeObserver(measure);
    observer.observe(scroller);
    return () => {
      scroller.removeEventListener('scroll', measure);
      observer.disconnect();
    };
  }, []);
  const shown = all.slice(range.from, range.to);
  const key = shown.map((chat) => chat.id).join();
  useEffect(() => chats.list.showing(shown.map((chat) => chat.id)), [key]);
  return (
    <div ref={box} class="list-canvas" style={{ blockSize: `${all.length * rowHeightRem}rem` }}>
      <ul style={{ transform: `translateY(${range.from * rowHeightRem}rem)` }}>
        {shown.map((chat) => {
          const Row = isPending(chat) ? InvitationRow : ChatRow;
          return <Row key={chat.id} chat={chat} open={chat.id === openId} />;
        })}
      </ul>
    </div>
  );
}

function RequestsLine({ count }: { readonly count: number }) {
  const { chats } = useContext(AppContext);
  return (
    <button type="button" class="chat-row" onClick={() => chats.list.setFilter('requests')}>
      <span class="avatar plain">
        <Icon name="person" />
      </span>
      <span class="chat-row-line">
        <span class="name">{words.list.requests(count)}</span>
      </span>
      <span class="chat-row-line">
        <span class="chat-row-last">{words.list.requestsHint}</span>
        <span class="badge" aria-hidden="true">
          {count}
        </span>
      </span>
    </button>
  );
}

function Empty({ filter }: { readonly filter: ChatFilter }) {
  const { chats } = useContext(AppContext);
  if (filter !== 'all') return <p class="empty">{words.list.emptyOf[filter]}</p>;
  return (
    <div class="empty">
      <h2>{words.list.emptyTitle}</h2>
      <p>{words.list.emptyText}</p>
      <button type="button" class="button primary" onClick={() => chats.sheets.open({ type: 'invite' })}>
        {words.list.invite}
      </button>
    </div>
  );
}
