// The file of a message in its bubble: a picture, a film or a sound in its own place, anything else as a line with its name.
import type { MessageView } from '@parley/sdk';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { inBackground } from '../../view-models/background.ts';
import type { OpenConversation } from '../../view-models/conversation.ts';
import { placeOf } from '../../view-models/file-place.ts';
import { saidIn } from '../../view-models/said.ts';
import { lookOf, shownName } from '../../view-models/showable.ts';
import { files as texts } from '../../words/english-files.ts';
import { words } from '../../words/words.ts';
import { Icon, IconButton } from '../icon.tsx';
import { deskOf } from './desk.ts';
import { mayChange } from './lasting.ts';
import { Progress } from './progress.tsx';
import { type FileOf, fileMessage, save, useOpenedNear, useOpening } from './use-opening.ts';

/** Of this message. */
export function FileIn({ message, open }: { readonly message: MessageView; readonly open: OpenConversation }) {
  const carried = fileMessage(message);
  if (carried === null) return null;
  const of: FileOf = { message: carried, client: open.client };
  switch (lookOf(carried.file)) {
    case 'image':
      return <Picture of={of} label={saidIn(message)} />;
    case 'video':
      return <Film of={of} />;
    case 'audio':
    case 'voice':
      return <Sound of={of} />;
    case 'file':
      return <Card of={of} icon="file" action={<SaveButton of={of} />} />;
  }
}

/** Blurred until it is there; pressing it shows it as large as the page. */
function Picture({ of, label }: { readonly of: FileOf; readonly label: string }) {
  const place = useRef<HTMLButtonElement>(null);
  const opening = useOpening(of);
  useOpenedNear(place, of, true);
  const [drawn, setDrawn] = useState<string | null>(null);
  const { client, message } = of;
  const press = () => {
    if (opening.state === 'failed') return deskOf(client).opened.open(message, true);
    deskOf(client).viewing.set(message.id);
  };
  return (
    <button
      type="button"
      ref={place}
      class="file-picture"
      tabIndex={-1}
      aria-label={texts.openPicture(label)}
      aria-busy={opening.state === 'opening'}
      style={styleOf(of)}
      onClick={press}
    >
      {/* Where the picture is transparent the blurred one would show through. */}
      {!(opening.state === 'open' && drawn === opening.address) && <Blurred of={of} />}
      {opening.state === 'open' && (
        <img src={opening.address} alt="" draggable={false} onLoad={() => setDrawn(opening.address)} />
      )}
      {opening.state === 'closed' && message.seq !== null && message.file.thumb === null && (
        <span class="file-size">{texts.size(message.file.bytes)}</span>
      )}
      {opening.state === 'failed' && <Failed code={opening.code} />}
    </button>
  );
}

/** Its first picture, with how long and how large it is; a press fetches and plays it. */
function Film({ of }: { readonly of: FileOf }) {
  const opening = useOpening(of);
  const { bytes, durationMs } = of.message.file;
  const about = durationMs === null ? texts.size(bytes) : `${texts.duration(durationMs)} · ${texts.size(bytes)}`;
  if (opening.state === 'open')
    return (
      <span class="file-picture" style={styleOf(of)}>
        {/* biome-ignore lint/a11y/useMediaCaption: what people send each other has none */}
        <video src={opening.address} controls playsInline />
      </span>
    );
  return (
    <button
      type="button"
      class="file-picture"
      tabIndex={-1}
      aria-label={`${texts.play}: ${shownName(of.message.file.name)}, ${about}`}
      style={styleOf(of)}
      onClick={() => deskOf(of.client).opened.open(of.message, true)}
    >
      <Blurred of={of} />
      {opening.state === 'failed' ? (
        <Failed code={opening.code} />
      ) : (
        <>
          <span class="file-play">
            <Icon name="play" size={28} />
          </span>
          <span class="file-size">
            {opening.state === 'opening' ? <Opened of={of} bytes={opening.bytes} /> : about}
          </span>
        </>
      )}
    </button>
  );
}

function Sound({ of }: { readonly of: FileOf }) {
  const opening = useOpening(of);
  const { file } = of.message;
  if (opening.state === 'open')
    // biome-ignore lint/a11y/useMediaCaption: what people send each other has none
    return <audio class="file-sound" src={opening.address} controls aria-label={shownName(file.name)} />;
  return (
    <Card
      of={of}
      icon="sound"
      action={
        <IconButton
          icon="play"
          label={`${texts.play}: ${shownName(file.name)}`}
          onPress={() => deskOf(of.client).opened.open(of.message, true)}
        />
      }
    />
  );
}

/** Name and size in a line. */
function Card(props: { readonly of: FileOf; readonly icon: 'file' | 'sound'; readonly action: ComponentChildren }) {
  const { of, icon, action } = props;
  const opening = useOpening(of);
  const { name, bytes, durationMs } = of.message.file;
  const about = durationMs === null ? texts.size(bytes) : `${texts.duration(durationMs)} · ${texts.size(bytes)}`;
  return (
    <div class="file-card">
      <span class="file-sign">
        <Icon name={icon} />
      </span>
      <span class="file-about">
        <bdi class="file-name">{shownName(name)}</bdi>
        {opening.state === 'opening' ? (
          <Opened of={of} bytes={opening.bytes} />
        ) : opening.state === 'failed' ? (
          <small class="problem" role="alert">
            {words.error(opening.code)}
          </small>
        ) : (
          <small>{about}</small>
        )}
      </span>
      {!(opening.state === 'failed' && !mayChange(opening.code)) && action}
    </div>
  );
}

function SaveButton({ of }: { readonly of: FileOf }) {
  const label = texts.saveOf(shownName(of.message.file.name));
  return <IconButton icon="save" label={label} onPress={() => inBackground(save(of))} />;
}

function Opened({ of, bytes }: { readonly of: FileOf; readonly bytes: number }) {
  const all = of.message.file.bytes;
  const said = texts.progress(texts.size(bytes), texts.size(all));
  return (
    <>
      <Progress label={texts.opening} part={all === 0 ? 1 : bytes / all} said={said} />
      <small>{said}</small>
    </>
  );
}

/** The small picture that came with the message. */
export function Blurred({ of }: { readonly of: FileOf }) {
  const { thumb } = of.message.file;
  const [broken, setBroken] = useState(false);
  useEffect(() => setBroken(false), [thumb]);
  if (thumb === null || broken) return null;
  return <img class="blurred" src={`data:image/jpeg;base64,${thumb}`} alt="" onError={() => setBroken(true)} />;
}

function Failed({ code }: { readonly code: string }) {
  return (
    <span class="file-failed" role="alert">
      {words.error(code)}
      {mayChange(code) && <strong>{texts.retry}</strong>}
    </span>
  );
}

/** Its place is there before it is. */
function styleOf({ message }: FileOf) {
  const { width, height } = placeOf(message.file);
  return { inlineSize: `${width}px`, aspectRatio: `${width} / ${height}` };
}
