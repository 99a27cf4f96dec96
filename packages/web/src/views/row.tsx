// One line of a conversation: a day, the unread line, a system line, or a bubble.
import type { OpenConversation, OpenConversationView } from '../view-models/conversation.ts';
import { systemText } from '../view-models/names.ts';
import type { Row } from '../view-models/rows.ts';
import { dayName, words } from '../words/words.ts';
import { Bubble } from './bubble.tsx';
import { Icon } from './icon.tsx';

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
      return (
        <p class="row-start">
          <Icon name="lockOpen" size={16} />
          {words.chat.encryption[view.chat.notes ? 'notes' : view.chat.kind]}
        </p>
      );
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
      return <p class="row-system">{systemText(open.client, row.message)}</p>;
    case 'message':
      return <Bubble row={row} open={open} view={view} />;
  }
}
