// The left pane: search, filters, and a row for each chat. Phones show it alone.
import type { ConversationView, SearchHit } from '@parley/sdk';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import { type ChatFilter, chatFilters } from '../view-models/chat-list.ts';
import { nameOf, systemText, titleOf } from '../view-models/names.ts';
import { whenInList, words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { Avatar } from './avatar.tsx';
import { ConnectionLine } from './connection-line.tsx';
import { Icon, IconButton } from './icon.tsx';
import { Menu } from './menu.tsx';
import { Ticks } from './ticks.tsx';
import { useViewModel } from './use-view-model.ts';

const rowHeightPx = 68;
const overscanRows = 6;

/** The pane with all chats. */
export function ChatListPane({ openId }: { readonly openId: string | null }) {
  const { chats } = useContext(AppContext);
  const list = useViewModel(chats.list);
  const [menuAt, setMenuAt] = useState<{ x: number; y: number } | null>(null);
  const shown: readonly ChatFilter[] = chatFilters.filter(
    (f) => f !== 'requests' && (f !== 'archived' || list.archived > 0),
  );
  return (
    <section class="pane list-pane" aria-label={words.list.label}>
      <header class="pane-header">
        <h1>{words.list.title}</h1>
        <IconButton icon="pencil" label={words.list.newChat} onPress={() => chats.sheets.open({ type: 'new_chat' })} />
        <button
          type="button"
          class="icon-button"
          aria-label={words.list.menu}
          title={words.list.menu}
          aria-haspopup="menu"
          onClick={(event) => setMenuAt({ x: event.clientX, y: event.clientY })}
        >
          <Icon name="more" />
        </button>
      </header>
      <ConnectionLine />
      <label class="search">
        <Icon name="search" size={20} />
        <input
          type="search"
          placeholder={words.list.search}
          aria-label={words.list.search}
          value={list.query}
          onInput={(event) => chats.list.setQuery(event.currentTarget.value)}
          onKeyDown={(event) => event.key === 'Escape' && chats.list.setQuery('')}
        />
      </label>
      {list.query === '' && (
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
      )}
      <div class="list-scroller">
        {list.query === '' && list.filter === 'all' && list.requests > 0 && <RequestsLine count={list.requests} />}
        {list.query === '' && list.filter === 'requests' && (
          <button type="button" class="back-line" onClick={() => chats.list.setFilter('all')}>
            <Icon name="back" size={18} /> {words.list.requests(list.requests)}
          </button>
        )}
        <Rows chats={list.chats} openId={openId} />
        {list.query !== '' && <Found />}
        {list.chats.length === 0 && list.query === '' && <Empty filter={list.filter} />}
      </div>
      {menuAt !== null && (
        <Menu
          at={menuAt}
          label={words.list.menu}
          onClose={() => setMenuAt(null)}
          items={[
            { label: words.list.invite, icon: 'addPerson', press: () => chats.sheets.open({ type: 'invite' }) },
            { label: words.create.newGroup, icon: 'people', press: () => chats.sheets.open({ type: 'new_group' }) },
            { label: words.list.browseRooms, icon: 'hash', press: () => chats.sheets.open({ type: 'rooms' }) },
            { label: words.list.settings, icon: 'gear', press: () => chats.sheets.open({ type: 'settings' }) },
          ]}
        />
      )}
    </section>
  );
}

/** Rows of equal height: only those near the screen are drawn, and only those are watched. */
function Rows({ chats: all, openId }: { readonly chats: readonly ConversationView[]; readonly openId: string | null }) {
  const { chats } = useContext(AppContext);
  const box = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState({ from: 0, to: 24 });
  useEffect(() => {
    const scroller = box.current?.parentElement;
    if (scroller == null) return;
    const measure = () => {
      const top = scroller.scrollTop - (box.current?.offsetTop ?? 0);
      const from = Math.max(0, Math.floor(top / rowHeightPx) - overscanRows);
      setRange({ from, to: from + Math.ceil(scroller.clientHeight / rowHeightPx) + 2 * overscanRows });
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
    <div ref={box} class="list-canvas" style={{ blockSize: `${all.length * rowHeightPx}px` }}>
      <ul style={{ transform: `translateY(${range.from * rowHeightPx}px)` }}>
        {shown.map((chat) => (
          <ChatRow key={chat.id} chat={chat} open={chat.id === openId} />
        ))}
      </ul>
    </div>
  );
}

function ChatRow({ chat, open }: { readonly chat: ConversationView; readonly open: boolean }) {
  const { app, chats } = useContext(AppContext);
  const title = titleOf(chat);
  const unread = open ? 0 : chat.unread;
  const online = chat.peer !== null && chats.client.presence.get(chat.peer)?.state === 'online';
  return (
    <li>
      <button
        type="button"
        class={open ? 'chat-row open' : 'chat-row'}
        aria-current={open ? 'true' : undefined}
        onClick={() => app.show(chat.id)}
      >
        <Avatar
          id={chat.peer ?? chat.id}
          name={title}
          online={online}
          {...(chat.notes ? { shape: 'note' as const } : chat.kind === 'room' ? { shape: 'hash' as const } : {})}
        />
        <span class="chat-row-title">
          <span class="name" dir="auto">
            {title}
          </span>
          {chat.kind === 'room' && <span class="tag">{words.list.open}</span>}
        </span>
        <time class={unread > 0 && chat.mutedUntil === null ? 'chat-row-time unread' : 'chat-row-time'}>
          {whenInList(chat.activeAt, Date.now())}
        </time>
        <span class="chat-row-last">
          <LastLine chat={chat} />
        </span>
        <span class="chat-row-signs">
          {chat.mutedUntil !== null && <Icon name="bellOff" size={16} label={words.list.muted} />}
          {chat.top && <Icon name="pin" size={16} label={words.list.top} />}
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
      </button>
    </li>
  );
}

function LastLine({ chat }: { readonly chat: ConversationView }) {
  const { chats } = useContext(AppContext);
  const { client } = chats;
  if (chat.typing.length > 0) {
    const [first] = chat.typing;
    return (
      <span class="lively">
        {chat.kind === 'direct' || first === undefined
          ? words.list.typing
          : words.list.typingName(nameOf(client, first))}
      </span>
    );
  }
  if (chat.draft !== '') {
    return (
      <>
        <span class="draft">{words.list.draft}</span> <span dir="auto">{chat.draft}</span>
      </>
    );
  }
  const { last } = chat;
  if (last === null) return <span>{words.list.noMessages}</span>;
  if (last.type === 'deleted') return <span>{last.own ? words.chat.deletedOwn : words.chat.deleted}</span>;
  if (last.change !== null) return <span>{systemText(client, { ...last, timerSeconds: null } as never)}</span>;
  return (
    <>
      {last.own && <Ticks state={last.state} single={chat.notes || chat.kind === 'room'} />}
      {chat.kind !== 'direct' && <strong>{nameOf(client, last.sender)}: </strong>}
      <span dir="auto">{last.text}</span>
    </>
  );
}

function RequestsLine({ count }: { readonly count: number }) {
  const { chats } = useContext(AppContext);
  return (
    <button type="button" class="chat-row" onClick={() => chats.list.setFilter('requests')}>
      <span class="avatar plain">
        <Icon name="person" />
      </span>
      <span class="chat-row-title">
        <span class="name">{words.list.requests(count)}</span>
      </span>
      <span class="chat-row-last">{words.list.requestsHint}</span>
      <span class="chat-row-signs">
        <span class="badge">{count}</span>
      </span>
    </button>
  );
}

function Found() {
  const { app, chats } = useContext(AppContext);
  const { people, hits, searching, chats: rows } = useViewModel(chats.list);
  const known = new Set(rows.map((chat) => chat.peer));
  const strangers = people.filter((person) => !known.has(person.account));
  if (!searching && rows.length + strangers.length + hits.length === 0) return <p class="empty">{words.list.noHits}</p>;
  return (
    <>
      {strangers.length > 0 && <h2 class="list-heading">{words.list.peopleFound}</h2>}
      {strangers.map((person) => (
        <button
          type="button"
          class="chat-row"
          key={person.account}
          onClick={() => void chats.sheets.writeTo(person.account)}
        >
          <Avatar id={person.account} name={person.name} />
          <span class="chat-row-title">
            <span class="name">{person.name}</span>
          </span>
          <span class="chat-row-last">@{person.handle}</span>
        </button>
      ))}
      {hits.length > 0 && <h2 class="list-heading">{words.list.messagesFound}</h2>}
      {hits.map((hit) => (
        <Hit key={`${hit.conversation}/${hit.seq}`} hit={hit} onPress={() => app.show(hit.conversation, hit.seq)} />
      ))}
    </>
  );
}

function Hit({ hit, onPress }: { readonly hit: SearchHit; readonly onPress: () => void }) {
  const { chats } = useContext(AppContext);
  const chat = chats.client.conversation(hit.conversation)?.snapshot;
  const title = chat === undefined ? '' : titleOf(chat);
  return (
    <button type="button" class="chat-row" onClick={onPress}>
      <Avatar id={chat?.peer ?? hit.conversation} name={title} />
      <span class="chat-row-title">
        <span class="name">{title}</span>
      </span>
      <time class="chat-row-time">{whenInList(hit.storedAt, Date.now())}</time>
      <span class="chat-row-last">
        <strong>{nameOf(chats.client, hit.sender)}: </strong>
        <span dir="auto">{hit.text}</span>
      </span>
    </button>
  );
}

function Empty({ filter }: { readonly filter: ChatFilter }) {
  const { chats } = useContext(AppContext);
  if (filter !== 'all') return <p class="empty">{words.list.emptyFilter}</p>;
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
