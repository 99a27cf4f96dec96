// One message: quote, text, time and ticks, reactions, and the menu of what can be done with it.
import type { MessageView } from '@parley/sdk';
import { useRef, useState } from 'preact/hooks';
import { type OpenConversation, type OpenConversationView, reactedBy } from '../view-models/conversation.ts';
import { hueOf, nameOf } from '../view-models/names.ts';
import { type Row, shownAt } from '../view-models/rows.ts';
import { fullTime, timeOfDay, words } from '../words/words.ts';
import { Avatar } from './avatar.tsx';
import { Icon } from './icon.tsx';
import { MessageMenu } from './message-menu.tsx';
import { RichText } from './rich-text.tsx';
import { Ticks } from './ticks.tsx';

type MessageRow = Extract<Row, { type: 'message' }>;

/** Beyond this a message is folded until asked for. */
const foldedCharacters = 1_400;
const longPressMs = 450;

/** A message in its place. */
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
  const [menuAt, setMenuAt] = useState<{ x: number; y: number } | null>(null);
  const press = useRef<ReturnType<typeof setTimeout> | null>(null);
  const named = view.chat.kind !== 'direct' && !message.own;
  const cancelPress = () => {
    if (press.current !== null) clearTimeout(press.current);
    press.current = null;
  };
  const classes = [
    'bubble-row',
    message.own ? 'own' : 'other',
    first && 'first',
    last && 'last',
    view.highlight !== null && view.highlight === message.seq && 'highlighted',
  ];
  return (
    <article
      class={classes.filter(Boolean).join(' ')}
      aria-label={`${nameOf(open.client, message.sender)}, ${timeOfDay(shownAt(message))}`}
      onContextMenu={(event) => {
        event.preventDefault();
        setMenuAt({ x: event.clientX, y: event.clientY });
      }}
      onPointerDown={(event) => {
        if (event.pointerType !== 'touch') return;
        const { clientX: x, clientY: y } = event;
        press.current = setTimeout(() => setMenuAt({ x, y }), longPressMs);
      }}
      onPointerUp={cancelPress}
      onPointerMove={cancelPress}
      onPointerCancel={cancelPress}
    >
      {named && (
        <span class="bubble-avatar">
          {last && <Avatar id={message.sender} name={nameOf(open.client, message.sender)} size={32} />}
        </span>
      )}
      <div class="bubble-column">
        <div class="bubble">
          {named && first && (
            <div class="bubble-name" style={{ '--hue': String(hueOf(message.sender)) }}>
              {nameOf(open.client, message.sender)}
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
        aria-label={words.chat.actions}
        aria-haspopup="menu"
        onClick={(event) => setMenuAt({ x: event.clientX, y: event.clientY })}
      >
        <Icon name="more" size={18} />
      </button>
      {menuAt !== null && <MessageMenu message={message} open={open} at={menuAt} onClose={() => setMenuAt(null)} />}
    </article>
  );
}

function BubbleBody({
  message,
  open,
  view,
}: {
  readonly message: MessageView;
  readonly open: OpenConversation;
  readonly view: OpenConversationView;
}) {
  const [unfolded, setUnfolded] = useState(false);
  const folded = message.text.length > foldedCharacters && !unfolded;
  if (message.type === 'deleted')
    return <Gone text={message.own ? words.chat.deletedOwn : words.chat.deleted} message={message} view={view} />;
  if (message.type === 'undecryptable') return <Gone text={words.chat.undecryptable} message={message} view={view} />;
  return (
    <>
      {message.forwarded > 0 && (
        <div class="bubble-label">
          <Icon name="forward" size={14} /> {words.chat.forwarded}
        </div>
      )}
      {message.replyTo !== null && <Quote message={message} open={open} />}
      {message.poll !== null && <Poll message={message} open={open} />}
      {message.contact !== null && (
        <div class="bubble-contact">{`${words.chat.contact}: ${nameOf(open.client, message.contact)}`}</div>
      )}
      {message.text !== '' && message.poll === null && (
        <RichText text={folded ? `${message.text.slice(0, foldedCharacters)}…` : message.text} />
      )}
      {folded && (
        <button type="button" class="link-button" onClick={() => setUnfolded(true)}>
          {words.chat.readMore}
        </button>
      )}
      <Meta message={message} view={view} />
    </>
  );
}

function Meta({ message, view }: { readonly message: MessageView; readonly view: OpenConversationView }) {
  return (
    <span class="bubble-meta">
      {message.starred && <Icon name="star" size={12} label={words.chat.starred} />}
      {message.pinned && <Icon name="pin" size={12} label={words.chat.pinned} />}
      {message.onlyHere && <span>{words.chat.onlyHere}</span>}
      {message.edited && <span>{words.chat.edited}</span>}
      <time dateTime={new Date(shownAt(message)).toISOString()} title={fullTime(shownAt(message))}>
        {timeOfDay(shownAt(message))}
      </time>
      <Ticks state={message.state} single={view.chat.notes || view.chat.kind === 'room'} />
    </span>
  );
}

function Gone({
  text,
  message,
  view,
}: {
  readonly text: string;
  readonly message: MessageView;
  readonly view: OpenConversationView;
}) {
  return (
    <>
      <span class="bubble-gone">{text}</span>
      <Meta message={message} view={view} />
    </>
  );
}

function Quote({ message, open }: { readonly message: MessageView; readonly open: OpenConversation }) {
  const quote = message.replyTo;
  if (quote === null) return null;
  const text =
    quote.state === 'here' ? quote.text : quote.state === 'deleted' ? words.chat.deleted : words.chat.missing;
  return (
    <button
      type="button"
      class="quote"
      onClick={() => open.jumpTo(quote.seq)}
      disabled={quote.state === 'missing'}
      style={{ '--hue': String(quote.sender === null ? 195 : hueOf(quote.sender)) }}
    >
      <span class="quote-name">{quote.sender === null ? words.unknownPerson : nameOf(open.client, quote.sender)}</span>
      <span class="quote-text" dir="auto">
        {text}
      </span>
    </button>
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
          title={reactedBy(open.client, message, reaction.emoji)}
          aria-label={words.chat.reactedWith(reaction.emoji, reaction.accounts.length)}
          aria-pressed={reaction.own}
          onClick={() => open.react(message, reaction.emoji)}
        >
          {reaction.emoji}
          {reaction.accounts.length > 1 && <span> {reaction.accounts.length}</span>}
        </button>
      ))}
    </div>
  );
}

function Poll({ message, open }: { readonly message: MessageView; readonly open: OpenConversation }) {
  const { poll } = message;
  if (poll === null) return null;
  const most = Math.max(1, ...poll.options.map((option) => option.voters.length));
  return (
    <fieldset class="poll">
      <legend>{poll.question}</legend>
      {poll.options.map((option, index) => (
        <button
          type="button"
          key={option.text}
          class={option.own ? 'poll-option own' : 'poll-option'}
          aria-pressed={option.own}
          onClick={() => open.vote(message, index)}
        >
          <span>{option.text}</span>
          <span class="poll-count">{words.chat.votes(option.voters.length)}</span>
          <span class="poll-bar" style={{ inlineSize: `${(option.voters.length / most) * 100}%` }} />
        </button>
      ))}
    </fieldset>
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
