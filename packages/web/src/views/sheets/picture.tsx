// The picture of a group: chosen or dropped, seen as the others will see it, then sent; or taken away.
import type { ConversationId } from '@parley/protocol';
import type { ComponentChildren } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import { inBackground } from '../../view-models/background.ts';
import { conversationOf } from '../../view-models/sheet-content.ts';
import { maxChosenBytes, smallPicture } from '../../view-models/small-picture.ts';
import { groupPicture as texts } from '../../words/english-later.ts';
import { AppContext } from '../app-context.ts';
import { ChatAvatar } from '../avatar.tsx';
import { Dialog } from '../dialog.tsx';
import { opened } from '../draw-picture.ts';
import { useViewModel } from '../use-view-model.ts';
import { Problem } from './problem.tsx';

/** What was chosen: it is being drawn, can be sent, or not. */
type Choice =
  | { readonly state: 'none' | 'drawing' }
  | { readonly state: 'made'; readonly bytes: Uint8Array<ArrayBuffer>; readonly address: string }
  | { readonly state: 'refused'; readonly why: string };

/** For those who lead the group. */
export function PictureSheet({ of }: { readonly of: ConversationId }) {
  const { sheets, client } = useContext(AppContext).chats;
  const { busy } = useViewModel(sheets);
  const conversation = conversationOf(client, of);
  const chat = useViewModel(conversation);
  const [choice, choose] = useChoice();
  const send = (bytes: Uint8Array | null) =>
    inBackground(sheets.run(() => conversation.setPicture(bytes)).then((isDone) => isDone && sheets.close()));
  return (
    <Dialog title={texts.title} onClose={() => sheets.close()}>
      <DropPlace take={choose}>
        {choice.state === 'made' ? (
          <img class="picture-preview" src={choice.address} alt={texts.preview} />
        ) : (
          <ChatAvatar chat={chat} size={160} />
        )}
        <p class="soft">{choice.state === 'made' ? texts.seen : texts.drop}</p>
        <ChooseButton busy={busy || choice.state === 'drawing'} isAgain={choice.state === 'made'} take={choose} />
      </DropPlace>
      {choice.state === 'refused' && (
        <p class="problem" role="alert">
          {choice.why}
        </p>
      )}
      <Problem />
      <div class="form-buttons">
        {chat.picture !== null && (
          <button type="button" class="button danger" disabled={busy} onClick={() => send(null)}>
            {texts.remove}
          </button>
        )}
        <button
          type="button"
          class="button primary"
          disabled={busy || choice.state !== 'made'}
          aria-busy={busy}
          onClick={() => choice.state === 'made' && send(choice.bytes)}
        >
          {texts.set}
        </button>
      </div>
    </Dialog>
  );
}

/** The last file that was chosen counts, however long an earlier one takes. */
function useChoice(): readonly [Choice, (file: Blob) => void] {
  const [choice, setChoice] = useState<Choice>({ state: 'none' });
  const latest = useRef<Blob | null>(null);
  const address = choice.state === 'made' ? choice.address : null;
  useEffect(() => () => URL.revokeObjectURL(address ?? ''), [address]);
  const choose = async (file: Blob) => {
    latest.current = file;
    setChoice({ state: 'drawing' });
    const next = await made(file);
    if (latest.current === file) setChoice(next);
  };
  return [choice, (file) => inBackground(choose(file))];
}

async function made(file: Blob): Promise<Choice> {
  if (file.size > maxChosenBytes) return { state: 'refused', why: texts.tooLarge };
  const picture = await opened(file);
  if (picture === null) return { state: 'refused', why: texts.noPicture };
  try {
    const bytes = await smallPicture(picture.draw);
    if (bytes === null) return { state: 'refused', why: texts.noFit };
    return { state: 'made', bytes, address: URL.createObjectURL(new Blob([bytes])) };
  } catch {
    return { state: 'refused', why: texts.noFit };
  } finally {
    picture.close();
  }
}

function DropPlace(props: { readonly take: (file: Blob) => void; readonly children: ComponentChildren }) {
  const [isOver, setOver] = useState(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same
    <div
      class={isOver ? 'picture-place over' : 'picture-place'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const [file] = event.dataTransfer?.files ?? [];
        if (file !== undefined) props.take(file);
      }}
    >
      {props.children}
    </div>
  );
}

function ChooseButton(props: {
  readonly busy: boolean;
  readonly isAgain: boolean;
  readonly take: (file: Blob) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        accept="image/*"
        hidden
        onChange={(event) => {
          const [file] = event.currentTarget.files ?? [];
          event.currentTarget.value = '';
          if (file !== undefined) props.take(file);
        }}
      />
      <button
        type="button"
        class="button"
        aria-busy={props.busy}
        disabled={props.busy}
        onClick={() => input.current?.click()}
      >
        {props.isAgain ? texts.chooseAgain : texts.choose}
      </button>
    </>
  );
}
