// A round picture of a person or chat: the picture of a group, or initials on a colour that belongs to the id.
import type { ConversationView } from '@parley/sdk';
import { useContext, useEffect, useState } from 'preact/hooks';
import { inBackground } from '../view-models/background.ts';
import { hueOf, initialsOf, ownHue, titleOf } from '../view-models/names.ts';
import { AppContext } from './app-context.ts';
import { Icon } from './icon.tsx';
import { late } from './late.ts';

/** Below this there is room for one letter. */
const twoLettersPx = 36;

const pictures = late(async () => (await import('./group-pictures.ts')).groupPictures);

/** `shape` replaces the initials: notes to self and rooms have a sign of their own. `picture` lies over them, if it can be shown. */
export function Avatar(props: {
  readonly id: string;
  readonly name: string;
  readonly size?: number;
  readonly online?: boolean;
  readonly shape?: 'note' | 'hash' | undefined;
  readonly picture?: string | null;
}) {
  const { id, name, size = 48, shape, picture = null } = props;
  const [broken, setBroken] = useState<string | null>(null);
  const hue = shape === 'note' ? ownHue : hueOf(id);
  const letters = initialsOf(name);
  return (
    <span class="avatar" style={{ '--size': `${size}px`, '--hue': String(hue) }} aria-hidden="true">
      {shape !== undefined ? (
        <Icon name={shape} size={Math.round(size * 0.46)} />
      ) : size < twoLettersPx ? (
        (/./u.exec(letters)?.[0] ?? '')
      ) : (
        letters
      )}
      {picture !== null && picture !== broken && <img src={picture} alt="" onError={() => setBroken(picture)} />}
      {props.online === true && <span class="online-dot" />}
    </span>
  );
}

/** The picture of a chat. */
export function ChatAvatar(props: {
  readonly chat: ConversationView;
  readonly size?: number;
  readonly online?: boolean;
}) {
  const { chat, ...rest } = props;
  const shape = chat.notes ? 'note' : chat.kind === 'room' ? 'hash' : undefined;
  const picture = usePicture(chat);
  return <Avatar id={chat.peer ?? chat.id} name={titleOf(chat)} shape={shape} picture={picture} {...rest} />;
}

/** Where the picture of a group can be shown from; null: it has none, or not yet. */
function usePicture({ id, picture: seq }: ConversationView): string | null {
  const { client } = useContext(AppContext).chats;
  const [shown, setShown] = useState<readonly [seq: number, address: string | null] | null>(null);
  useEffect(() => {
    if (seq === null) return;
    let isLeft = false;
    const show = (address: string | null) => isLeft || setShown([seq, address]);
    // What cannot be had now is looked for when it is shown the next time.
    inBackground(
      pictures
        .fetch()
        .then((addresses) => addresses.of(client, id, seq))
        .then(show, () => {}),
    );
    return () => {
      isLeft = true;
    };
  }, [client, id, seq]);
  if (seq === null) return null;
  return shown?.[0] === seq ? shown[1] : (pictures.now()?.known(client, id, seq) ?? null);
}
