// Where one writes: quote or edit above, text in the middle, emoji and send beside. Enter sends, Shift+Enter breaks
// the line, ArrowUp in an empty field edits the last own message, Escape cancels.
import type { AccountId } from '@parley/protocol';
import type { RefObject } from 'preact';
import { useContext, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { inBackground } from '../view-models/background.ts';
import type { Obstacle } from '../view-models/composer.ts';
import type { OpenConversation, OpenConversationView } from '../view-models/conversation.ts';
import { nameInside } from '../view-models/names.ts';
import type { Row } from '../view-models/rows.ts';
import { saidIn } from '../view-models/said.ts';
import { words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { Avatar } from './avatar.tsx';
import { takesFiles, useFiles } from './files.tsx';
import { Icon, IconButton } from './icon.tsx';
import { Review } from './identity-line.tsx';
import { LateEmojiPanel } from './late-chat.tsx';
import { useLayer } from './use-layer.ts';
import { useViewModel } from './use-view-model.ts';

const maxHeightPx = 180;

/** The composer, or what stands in its way. */
export function Composer({ open, view }: { readonly open: OpenConversation; readonly view: OpenConversationView }) {
  const composer = useViewModel(open.composer);
  if (composer.obstacle !== null) return <InTheWay open={open} obstacle={composer.obstacle} view={view} />;
  return <Field open={open} view={view} />;
}

/** As high as what is written, up to a bound. */
function useHeight(area: RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    const element = area.current;
    if (element === null) return;
    element.style.blockSize = 'auto';
    element.style.blockSize = `${Math.min(element.scrollHeight, maxHeightPx)}px`;
  }, [text]);
}

function Field({ open, view }: { readonly open: OpenConversation; readonly view: OpenConversationView }) {
  const { composer } = open;
  const { text, replyTo, editing, over, suggestions, canSend, focus, error } = useViewModel(composer);
  const files = useFiles();
  const [emojiOpen, setEmojiOpen] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const touch = matchMedia('(pointer: coarse)').matches;
  useLayer(emojiOpen, () => setEmojiOpen(false));

  useHeight(area, text);
  useLayoutEffect(() => {
    // A finger that opens a chat wants to read; the keyboard would cover half of it.
    if (!touch || focus > 0) area.current?.focus();
  }, [open, focus]);

  const insert = (piece: string) => {
    const element = area.current;
    const [start, end] = [element?.selectionStart ?? text.length, element?.selectionEnd ?? text.length];
    composer.write(text.slice(0, start) + piece + text.slice(end), start + piece.length);
  };
  const placeCaret = (at: number | null) => {
    if (at === null) return false;
    requestAnimationFrame(() => {
      area.current?.focus();
      area.current?.setSelectionRange(at, at);
    });
    return true;
  };
  const send = () => {
    setEmojiOpen(false);
    inBackground(composer.send());
    area.current?.focus();
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : null;
    const stop = (handled: boolean) => {
      if (handled) event.preventDefault();
    };
    if (step !== null && composer.moveSuggestion(step)) stop(true);
    else if ((event.key === 'Enter' || event.key === 'Tab') && suggestions.length > 0)
      stop(placeCaret(composer.takeSuggestion()));
    else if (event.key === 'Enter' && !event.shiftKey && !touch) {
      stop(true);
      send();
    } else if (event.key === 'Escape' && !emojiOpen) {
      stop(suggestions.length > 0 || replyTo !== null || editing !== null);
      composer.cancel();
    } else if (event.key === 'ArrowUp' && text === '' && editing === null) stop(editLast(open));
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape may come from the button, the field or the panel
    <div
      class="composer"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !emojiOpen) return;
        event.preventDefault();
        setEmojiOpen(false);
        area.current?.focus();
      }}
    >
      <Suggestions open={open} choose={(account) => placeCaret(composer.takeSuggestion(account))} />
      <About open={open} />
      {(error !== null || over > 0) && (
        <p class="composer-error" role="alert">
          {over > 0 ? words.composer.tooLong(over) : error}
        </p>
      )}
      {view.chat.request === 'out' && <p class="composer-hint">{words.composer.requestOut}</p>}
      <div class="composer-line">
        {takesFiles(view) && (
          <span class="composer-attach">
            {files !== null && <files.AttachButton open={open} disabled={editing !== null} />}
          </span>
        )}
        <div class="composer-field">
          <textarea
            ref={area}
            rows={1}
            dir="auto"
            value={text}
            placeholder={placeholderOf(view)}
            aria-label={words.composer.label}
            enterkeyhint="send"
            onInput={(event) => composer.write(event.currentTarget.value, event.currentTarget.selectionStart)}
            onKeyDown={onKey}
          />
          <IconButton
            icon="smile"
            label={words.composer.emoji}
            pressed={emojiOpen}
            onPress={() => setEmojiOpen(!emojiOpen)}
          />
        </div>
        <IconButton
          icon={editing === null ? 'send' : 'check'}
          label={words.composer.send}
          primary
          disabled={!canSend}
          onPress={send}
        />
      </div>
      {emojiOpen && <LateEmojiPanel onPick={insert} />}
    </div>
  );
}

/** People whose name begins as what is being typed after an @. */
function Suggestions({
  open,
  choose,
}: {
  readonly open: OpenConversation;
  readonly choose: (account: AccountId) => void;
}) {
  const { suggestions, suggestion } = useViewModel(open.composer);
  if (suggestions.length === 0) return null;
  return (
    <div class="suggestions" role="listbox" aria-label={words.composer.mentions}>
      {suggestions.map((person, index) => (
        <button
          type="button"
          role="option"
          key={person.account}
          aria-selected={index === suggestion}
          class={index === suggestion ? 'suggestion chosen' : 'suggestion'}
          onClick={() => choose(person.account)}
        >
          <Avatar id={person.account} name={person.name} size={28} /> {person.name}{' '}
          <span class="soft">@{person.handle}</span>
        </button>
      ))}
    </div>
  );
}

/** What is answered, or edited. */
function About({ open }: { readonly open: OpenConversation }) {
  const { composer, client } = open;
  const { replyTo, editing } = useViewModel(composer);
  if (replyTo === null && editing === null) return null;
  return (
    <div class="composer-about">
      <Icon name={editing === null ? 'reply' : 'pencil'} size={18} />
      <div>
        <strong>
          {editing === null
            ? words.composer.replyingTo(replyTo === null ? '' : nameInside(client, replyTo.sender))
            : words.composer.editing}
        </strong>
        <span dir="auto">{saidIn(editing ?? replyTo ?? { text: '' })}</span>
      </div>
      <IconButton icon="close" label={words.composer.cancel} onPress={() => composer.cancel()} />
    </div>
  );
}

/** Says so where the operator can read it. */
function placeholderOf({ chat, encrypted }: OpenConversationView): string {
  if (!encrypted) return words.composer.openPlaceholder;
  return chat.notes ? words.composer.notesPlaceholder : words.composer.placeholder;
}

/** What happened last to whoever is not in it any more, where that is still there. */
function leftText({ client }: OpenConversation, { rows }: OpenConversationView): string {
  const own = client.me.snapshot.account;
  const isEnd = (row: Row) =>
    row.type === 'system' &&
    (row.message.change?.action === 'leave' ? row.message.sender : row.message.change?.subject) === own;
  const end = rows.findLast(isEnd);
  const action = end?.type === 'system' ? end.message.change?.action : null;
  const { left, removed, noMember } = words.composer;
  return action === 'remove' ? removed : action === 'leave' ? left : noMember;
}

function editLast(open: OpenConversation): boolean {
  const last = open.snapshot.rows.findLast((row) => row.type === 'message' && row.message.own);
  if (last?.type !== 'message' || !open.possible(last.message).edit) return false;
  open.composer.edit(last.message);
  return true;
}

function InTheWay({
  open,
  obstacle,
  view,
}: {
  readonly open: OpenConversation;
  readonly obstacle: Exclude<Obstacle, null>;
  readonly view: OpenConversationView;
}) {
  const { app, chats } = useContext(AppContext);
  const { conversation } = open;
  const act = (action: Promise<unknown>) => open.run(action);
  if (obstacle === 'left') return <div class="obstacle">{leftText(open, view)}</div>;
  if (obstacle === 'review') return view.chat.peer === null ? null : <Review account={view.chat.peer} />;
  if (obstacle === 'gone') return <div class="obstacle">{words.deletedPerson}</div>;
  if (obstacle === 'blocked') {
    return (
      <div class="obstacle">
        <p>{words.composer.blocked(view.title)}</p>
        <button type="button" class="button" onClick={() => act(conversation.block(false))}>
          {words.composer.unblock}
        </button>
      </div>
    );
  }
  return (
    <div class="obstacle">
      <p>
        <strong>{words.composer.requestIn(view.title)}</strong> {words.composer.requestInText}
      </p>
      <div class="obstacle-choices">
        <button type="button" class="button" onClick={() => chats.sheets.open({ type: 'report', of: conversation.id })}>
          {words.composer.report}
        </button>
        <button
          type="button"
          class="button danger"
          onClick={() => act(conversation.block(true).then(() => app.leave()))}
        >
          {words.composer.block}
        </button>
        <button type="button" class="button" onClick={() => act(conversation.decline().then(() => app.leave()))}>
          {words.composer.decline}
        </button>
        <button type="button" class="button primary" onClick={() => act(conversation.accept())}>
          {words.composer.accept}
        </button>
      </div>
    </div>
  );
}
