// A picture as large as the page, with those before and after it as far as the messages are loaded.
import type { MessageView } from '@parley/sdk';
import { useEffect } from 'preact/hooks';
import { inBackground } from '../../view-models/background.ts';
import type { OpenConversation, OpenConversationView } from '../../view-models/conversation.ts';
import { nameOf } from '../../view-models/names.ts';
import { plainText } from '../../view-models/rich-text.ts';
import { shownAt } from '../../view-models/rows.ts';
import { lookOf, shownName } from '../../view-models/showable.ts';
import { files as texts } from '../../words/english-files.ts';
import { fullTime, words } from '../../words/words.ts';
import { IconButton } from '../icon.tsx';
import { useModal } from '../use-modal.ts';
import { useViewModel } from '../use-view-model.ts';
import { deskOf } from './desk.ts';
import { Blurred } from './file-in.tsx';
import { mayChange } from './lasting.ts';
import { type FileOf, fileMessage, save, useOpening } from './use-opening.ts';

/** While a picture of this chat is looked at. One that is deleted meanwhile is gone from here, too. */
export function Viewer({ open, view }: { readonly open: OpenConversation; readonly view: OpenConversationView }) {
  const { viewing } = deskOf(open.client);
  const id = useViewModel(viewing);
  const pictures = id === null ? [] : picturesOf(view);
  const at = pictures.findIndex((message) => message.id === id);
  const isGone = id !== null && at < 0;
  useEffect(() => {
    if (isGone) viewing.set(null);
  }, [isGone]);
  useEffect(() => () => viewing.set(null), [open]);
  const message = pictures[at];
  if (message === undefined) return null;
  const go = (step: number) => {
    const next = pictures[at + step];
    if (next !== undefined) viewing.set(next.id);
  };
  return <Shown message={message} open={open} at={at} of={pictures.length} go={go} />;
}

function Shown(props: {
  readonly message: MessageView;
  readonly open: OpenConversation;
  readonly at: number;
  readonly of: number;
  readonly go: (step: number) => void;
}) {
  const { message, open, at, of, go } = props;
  const { client } = open;
  const { dialog, close } = useModal(() => deskOf(client).viewing.set(null));
  const carried = fileMessage(message);
  const isRightToLeft = document.dir === 'rtl';
  const onKey = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    event.preventDefault();
    go((event.key === 'ArrowRight') === isRightToLeft ? -1 : 1);
  };
  if (carried === null) return null;
  return (
    <dialog ref={dialog} class="viewer" aria-label={texts.viewer} onKeyDown={onKey}>
      <header class="viewer-header">
        <span class="viewer-about">
          <bdi class="name">{nameOf(client, message.sender)}</bdi>
          <small>
            {fullTime(shownAt(message))}
            {of > 1 && ` · ${texts.ofPictures(at + 1, of)}`}
          </small>
        </span>
        <IconButton
          icon="save"
          label={texts.saveOf(shownName(carried.file.name))}
          onPress={() => inBackground(save({ message: carried, client }))}
        />
        <IconButton icon="close" label={texts.close} onPress={close} />
      </header>
      <Large key={message.id} of={{ message: carried, client }} alt={altOf(message)} close={close} />
      {of > 1 && (
        <>
          <span class="viewer-step before">
            <IconButton icon="back" label={texts.previous} disabled={at === 0} onPress={() => go(-1)} />
          </span>
          <span class="viewer-step after">
            <IconButton icon="back" label={texts.next} disabled={at === of - 1} onPress={() => go(1)} />
          </span>
        </>
      )}
      {message.text !== '' && (
        <p class="viewer-caption" dir="auto">
          {plainText(message.text)}
        </p>
      )}
    </dialog>
  );
}

function Large({ of, alt, close }: { readonly of: FileOf; readonly alt: string; readonly close: () => void }) {
  const opening = useOpening(of);
  const { opened } = deskOf(of.client);
  useEffect(() => opened.open(of.message, true), [of.message.id, of.message.seq]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes as well
    // biome-ignore lint/a11y/noStaticElementInteractions: a press beside the picture closes, as beside every dialog
    <div
      class="viewer-picture"
      onClick={(event) => {
        if (event.target === event.currentTarget) close();
      }}
    >
      {opening.state === 'open' ? (
        <img src={opening.address} alt={alt} />
      ) : opening.state === 'failed' ? (
        <p role="alert">
          {words.error(opening.code)}
          {mayChange(opening.code) && (
            <button type="button" class="link-button" onClick={() => opened.open(of.message, true)}>
              {texts.retry}
            </button>
          )}
        </p>
      ) : (
        <>
          <Blurred of={of} />
          <p role="status">{texts.opening}</p>
        </>
      )}
    </div>
  );
}

/** What was said with it says most about it. */
function altOf({ text, file }: MessageView): string {
  return text === '' ? shownName(file?.name ?? '') : plainText(text);
}

function picturesOf({ rows }: OpenConversationView): readonly MessageView[] {
  return rows.flatMap((row) =>
    row.type === 'message' && row.message.file !== null && lookOf(row.message.file) === 'image' ? [row.message] : [],
  );
}
