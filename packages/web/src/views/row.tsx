// One line of a conversation: a day, the unread line, a system line, or a bubble.
import { useContext } from 'preact/hooks';
import type { OpenConversation, OpenConversationView } from '../view-models/conversation.ts';
import { systemText } from '../view-models/names.ts';
import type { Row } from '../view-models/rows.ts';
import { dayName, words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { Bubble } from './bubble.tsx';
import { Icon } from './icon.tsx';
import { Shared } from './shared-history.tsx';

/** Draws a row. */
export function RowView({
  row,
  open,
  view,
}: {
  readonly row: Row;
  readonly open: OpenConversation;
  readonly view: OpenConversationView;
}) {
  switch (row.type) {
    case 'start':
      return <Start view={view} />;
    case 'day':
      return (
        <div class="row-day">
          <span>{dayName(row.at, Date.now())}</span>
        </div>
      );
    case 'unread':
      return (
        <div class="row-unread">
          <span>{words.chat.newMessages(row.count)}</span>
        </div>
      );
    case 'system':
      return row.message.shared === null ? (
        <p class="row-system">{systemText(open.client, row.message)}</p>
      ) : (
        <Shared client={open.client} message={row.message} shared={row.message.shared} />
      );
    case 'message':
      return <Bubble row={row} open={open} view={view} />;
  }
}

/** Who can read what is said here; what that means is one press away. */
function Start({ view }: { readonly view: OpenConversationView }) {
  const { chats } = useContext(AppContext);
  const { chat, encrypted } = view;
  const { start, whatDoesItMean } = words.encryption;
  const kind = chat.notes ? 'notes' : chat.kind;
  const isBot = chat.peer !== null && chats.client.people.get(chat.peer)?.kind === 'bot';
  if (!encrypted)
    return (
      <p class="row-start">
        <Icon name="lockOpen" size={16} />
        {kind === 'room' ? start.room : start.open}
      </p>
    );
  return (
    <p class="row-start">
      <Icon name="lock" size={16} />
      <span>
        {isBot ? start.bot : start[kind]}{' '}
        <button type="button" class="link-button inline" onClick={() => chats.sheets.open({ type: 'encryption' })}>
          {whatDoesItMean}
        </button>
      </span>
    </p>
  );
}
