// What is inside a bubble: label, quote, poll, text, and at the end of its last line time and ticks.
import type { MessageView } from '@parley/sdk';
import { useState } from 'preact/hooks';
import type { OpenConversation, OpenConversationView } from '../view-models/conversation.ts';
import { waitsFor } from '../view-models/differences.ts';
import { hueOf, nameOf } from '../view-models/names.ts';
import { shownAt } from '../view-models/rows.ts';
import { saidIn } from '../view-models/said.ts';
import { fullTime, timeOfDay, words } from '../words/words.ts';
import { FilePlace } from './files.tsx';
import { Icon } from './icon.tsx';
import { RichText } from './rich-text.tsx';
import { Ticks } from './ticks.tsx';
import { Unreadable } from './unreadable.tsx';

/** Beyond this a message is folded until asked for. */
const foldedCharacters = 1_400;

interface BubbleContent {
  readonly message: MessageView;
  readonly open: OpenConversation;
  readonly view: OpenConversationView;
}

/** The inside of a bubble. */
export function BubbleBody({ message, open, view }: BubbleContent) {
  const [unfolded, setUnfolded] = useState(false);
  const folded = message.text.length > foldedCharacters && !unfolded;
  if (message.type === 'deleted')
    return (
      <>
        <span class="bubble-gone">{message.own ? words.chat.deletedOwn : words.chat.deleted}</span>
        <Meta message={message} view={view} />
      </>
    );
  if (message.type === 'undecryptable')
    return (
      <Unreadable reason={message.unreadable ?? 'broken'}>
        <Meta message={message} view={view} />
      </Unreadable>
    );
  return (
    <>
      {message.forwarded > 0 && (
        <div class="bubble-label">
          <Icon name="forward" size={14} /> {words.chat.forwarded}
        </div>
      )}
      {message.replyTo !== null && <Quote message={message} open={open} />}
      {message.file !== null && <FilePlace message={message} open={open} />}
      {message.poll !== null && <Poll message={message} open={open} />}
      {message.contact !== null && (
        <div class="bubble-contact">{`${words.chat.contact}: ${nameOf(open.client, message.contact)}`}</div>
      )}
      {message.text === '' || message.poll !== null ? (
        <Meta message={message} view={view} />
      ) : (
        <RichText
          text={folded ? `${message.text.slice(0, foldedCharacters)}…` : message.text}
          inert={view.chat.request === 'in'}
        >
          {folded && (
            <button type="button" class="link-button read-more" onClick={() => setUnfolded(true)}>
              {words.chat.readMore}
            </button>
          )}
          <Meta message={message} view={view} />
        </RichText>
      )}
    </>
  );
}

function Meta({ message, view }: Pick<BubbleContent, 'message' | 'view'>) {
  return (
    <span class="bubble-meta">
      {message.expiresAt !== null && <Icon name="clock" size={12} label={words.info.disappearing} />}
      {message.starred && <Icon name="star" size={12} label={words.chat.starred} />}
      {message.pinned && <Icon name="pin" size={12} label={words.chat.pinned} />}
      {message.onlyHere && <span>{words.chat.onlyHere}</span>}
      {message.tooLate && <span>{words.chat.tooLate}</span>}
      {message.edited && <span>{words.chat.edited}</span>}
      <time dateTime={new Date(shownAt(message)).toISOString()} title={fullTime(shownAt(message))}>
        {timeOfDay(shownAt(message))}
      </time>
      {/* Nobody has got, or read, what is not there any more. */}
      {message.type !== 'deleted' && (
        <Ticks
          state={message.state}
          single={view.chat.notes || view.chat.kind === 'room'}
          waits={waitsFor(view.chat, message)}
        />
      )}
    </span>
  );
}

/** What is answered; pressing it goes there. */
function Quote({ message, open }: Pick<BubbleContent, 'message' | 'open'>) {
  const quote = message.replyTo;
  if (quote === null) return null;
  const own = quote.sender === open.client.me.snapshot.account;
  const text =
    quote.state === 'here' ? saidIn(quote) : quote.state === 'deleted' ? words.chat.deleted : words.chat.missing;
  return (
    <button
      type="button"
      class={own ? 'quote own-quote' : 'quote'}
      tabIndex={-1}
      onClick={() => open.jumpTo(quote.seq)}
      disabled={quote.state === 'missing'}
      style={quote.sender === null || own ? {} : { '--hue': String(hueOf(quote.sender)) }}
    >
      <span class="quote-name">{quote.sender === null ? words.unknownPerson : nameOf(open.client, quote.sender)}</span>
      <span class="quote-text" dir="auto">
        {text}
      </span>
    </button>
  );
}

function Poll({ message, open }: Pick<BubbleContent, 'message' | 'open'>) {
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
