// One message in its place: avatar, bubble, reactions, and the way to what can be done with it.
import type { MessageView } from '@parley/sdk';
import { useState } from 'preact/hooks';
import { type OpenConversation, type OpenConversationView, reactedBy } from '../view-models/conversation.ts';
import { hueOf, nameOf } from '../view-models/names.ts';
import { type Row, shownAt } from '../view-models/rows.ts';
import { timeOfDay, words } from '../words/words.ts';
import { Avatar } from './avatar.tsx';
import { BubbleBody } from './bubble-body.tsx';
import { Icon } from './icon.tsx';
import { LateMessageMenu } from './late-chat.tsx';
import { type Point, pointOf } from './place.ts';
import { useLongPress } from './use-long-press.ts';

type MessageRow = Extract<Row, { type: 'message' }>;

/** A message. Arrow keys stop at it; what lies inside is in its menu too, and no stop of its own. */
export function Bubble({
  row,
  open,
  view,
}: {
  readonly row: MessageRow;
  readonly open: OpenConversation;
  readonly view: OpenConversationView;
}) {
  const { message, first, last } = row;
  const [menuAt, setMenuAt] = useState<Point | null>(null);
  const press = useLongPress(setMenuAt);
  const named = view.chat.kind !== 'direct' && !message.own;
  const name = nameOf(open.client, message.sender);
  const classes = [
    'bubble-row',
    message.own ? 'own' : 'other',
    first && 'first',
    last && 'last',
    message.reactions.length > 0 && 'reacted',
    view.highlight !== null && view.highlight === message.seq && 'highlighted',
  ];
  return (
    <article
      class={classes.filter(Boolean).join(' ')}
      tabIndex={-1}
      aria-label={`${name}, ${timeOfDay(shownAt(message))}`}
      {...press}
    >
      {named && <span class="bubble-avatar">{last && <Avatar id={message.sender} name={name} size={32} />}</span>}
      <div class="bubble-column">
        <div class={message.state === 'rejected' ? 'bubble failed' : 'bubble'}>
          {named && first && (
            <div class="bubble-name" style={{ '--hue': String(hueOf(message.sender)) }}>
              {name}
            </div>
          )}
          <BubbleBody message={message} open={open} view={view} />
        </div>
        {message.reactions.length > 0 && <Reactions message={message} open={open} />}
        {message.state === 'rejected' && <Rejected message={message} open={open} />}
      </div>
      <button
        type="button"
        class="bubble-more"
        tabIndex={-1}
        aria-label={words.chat.actions}
        title={words.chat.actions}
        aria-haspopup="menu"
        onClick={(event) => setMenuAt(pointOf(event))}
      >
        <Icon name="more" size={18} />
      </button>
      {menuAt !== null && <LateMessageMenu message={message} open={open} at={menuAt} onClose={() => setMenuAt(null)} />}
    </article>
  );
}

function Reactions({ message, open }: { readonly message: MessageView; readonly open: OpenConversation }) {
  return (
    <div class="reactions">
      {message.reactions.map((reaction) => (
        <button
          type="button"
          key={reaction.emoji}
          class={reaction.own ? 'reaction own' : 'reaction'}
          tabIndex={-1}
          title={reactedBy(open.client, message, reaction.emoji)}
          aria-label={words.chat.reactedWith(reaction.emoji, reaction.accounts.length)}
          aria-pressed={reaction.own}
          onClick={() => open.react(message, reaction.emoji)}
        >
          {reaction.emoji}
          {reaction.accounts.length > 1 && <span class="reaction-count">{reaction.accounts.length}</span>}
        </button>
      ))}
    </div>
  );
}

function Rejected({ message, open }: { readonly message: MessageView; readonly open: OpenConversation }) {
  return (
    <div class="rejected" role="alert">
      <span>{words.error(message.error?.code ?? '')}</span>
      <button type="button" class="link-button" onClick={() => open.sendAgain(message)}>
        {words.chat.sendAgain}
      </button>
      <button type="button" class="link-button" onClick={() => open.discard(message)}>
        {words.chat.discard}
      </button>
    </div>
  );
}
