// What was chosen, before it is sent: seen, taken out, said something about, and how pictures go.
import * as wire from '@parley/protocol/limits';
import { useEffect, useState } from 'preact/hooks';
import type { OpenConversation } from '../../view-models/conversation.ts';
import { files as texts } from '../../words/english-files.ts';
import { Dialog } from '../dialog.tsx';
import { Icon, IconButton } from '../icon.tsx';
import { useViewModel } from '../use-view-model.ts';
import { type Chosen, type PictureChoice, toSend } from './chosen.ts';
import { deskOf } from './desk.ts';

const choices: readonly (readonly [PictureChoice, string, string])[] = [
  ['usual', texts.usual, texts.usualText],
  ['large', texts.large, texts.largeText],
  ['as_files', texts.asFiles, texts.asIsText],
];

/** The sheet, while there is something to choose about. */
export function Choice({ open }: { readonly open: OpenConversation }) {
  const desk = deskOf(open.client);
  const choosing = useViewModel(desk.choosing);
  if (choosing === null || choosing.conversation !== open.conversation.id) return null;
  return <Sheet open={open} />;
}

function Sheet({ open }: { readonly open: OpenConversation }) {
  const desk = deskOf(open.client);
  const choosing = useViewModel(desk.choosing);
  const { composer } = open;
  const { chosen, problems, looking } = choosing ?? { chosen: [], problems: [], looking: true };
  const [caption, setCaption] = useState('');
  const [choice, setChoice] = useState<PictureChoice>('usual');
  // Whoever leaves the chat has chosen nothing.
  useEffect(() => () => desk.done(), [desk]);
  const close = () => {
    desk.done();
    composer.focus();
  };
  const send = () => {
    if (chosen.length === 0 || looking) return;
    const { replyTo } = composer.snapshot;
    const text = caption.trim();
    const said = {
      ...(text === '' ? {} : { text }),
      ...(typeof replyTo?.seq === 'number' ? { replyTo: replyTo.seq } : {}),
    };
    desk.uploads(open.conversation).add(chosen.map((one, index) => toSend(one, choice, index === 0 ? said : {})));
    if (replyTo !== null) composer.cancel();
    close();
  };
  return (
    <Dialog
      title={chosen.length > 0 ? texts.sendTitle(chosen.length) : looking ? texts.preparing : texts.nothing}
      onClose={close}
      footer={
        <div class="sheet-choices">
          <button type="button" class="button" onClick={close}>
            {texts.cancel}
          </button>
          <button type="button" class="button primary" disabled={chosen.length === 0 || looking} onClick={send}>
            {texts.send}
          </button>
        </div>
      }
    >
      {problems.map((problem) => (
        <p key={problem} class="problem" role="alert">
          {problem}
        </p>
      ))}
      <ul class={chosen.length === 1 ? 'chosen-files alone' : 'chosen-files'}>
        {chosen.map((one) => (
          <Line key={one.id} one={one} asIs={choice === 'as_files'} remove={() => desk.remove(one)} />
        ))}
      </ul>
      {looking && chosen.length > 0 && <p class="soft">{texts.preparing}</p>}
      {chosen.some(({ kind }) => kind === 'picture') && <Pictures choice={choice} set={setChoice} />}
      {chosen.length > 0 && (
        <Caption
          text={caption}
          label={chosen.length > 1 ? texts.captionFirst : texts.caption}
          set={setCaption}
          send={send}
        />
      )}
    </Dialog>
  );
}

function Line({ one, asIs, remove }: { readonly one: Chosen; readonly asIs: boolean; readonly remove: () => void }) {
  const isDrawn = one.kind === 'picture' && !asIs;
  return (
    <li class="chosen-file">
      {one.preview === null ? (
        <span class="file-sign">
          <Icon name={one.kind === 'video' ? 'play' : one.kind === 'audio' ? 'sound' : 'file'} />
        </span>
      ) : (
        <img src={one.preview} alt="" />
      )}
      <span class="file-about">
        <bdi class="file-name">{one.name}</bdi>
        <small>{isDrawn ? texts.size(one.file.size) : `${texts.size(one.file.size)} · ${texts.asIs}`}</small>
        {!isDrawn && /^(image|video)\//.test(one.file.type) && <small>{texts.asIsText}</small>}
      </span>
      <IconButton icon="close" label={texts.remove(one.name)} onPress={remove} />
    </li>
  );
}

function Pictures({ choice, set }: { readonly choice: PictureChoice; readonly set: (choice: PictureChoice) => void }) {
  return (
    <fieldset class="picture-choice">
      <legend class="for-screen-readers">{texts.pictures}</legend>
      <div class="chips">
        {choices.map(([value, label]) => (
          <button type="button" key={value} class="chip" aria-pressed={choice === value} onClick={() => set(value)}>
            {label}
          </button>
        ))}
      </div>
      <small aria-live="polite">{choices.find(([value]) => value === choice)?.[2]}</small>
    </fieldset>
  );
}

function Caption(props: {
  readonly text: string;
  readonly label: string;
  readonly set: (text: string) => void;
  readonly send: () => void;
}) {
  const touch = matchMedia('(pointer: coarse)').matches;
  return (
    <textarea
      class="caption"
      rows={2}
      dir="auto"
      autofocus={!touch}
      value={props.text}
      maxLength={wire.maxTextCharacters}
      placeholder={props.label}
      aria-label={props.label}
      enterkeyhint="send"
      onInput={(event) => props.set(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || event.shiftKey || event.isComposing || touch) return;
        event.preventDefault();
        props.send();
      }}
    />
  );
}
