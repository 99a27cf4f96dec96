// A round picture of a person or chat: initials on a colour that belongs to the id.
import type { ConversationView } from '@parley/sdk';
import { hueOf, initialsOf, ownHue, titleOf } from '../view-models/names.ts';
import { Icon } from './icon.tsx';

/** Below this there is room for one letter. */
const twoLettersPx = 36;

/** `shape` replaces the initials: notes to self and rooms have a sign of their own. */
export function Avatar(props: {
  readonly id: string;
  readonly name: string;
  readonly size?: number;
  readonly online?: boolean;
  readonly shape?: 'note' | 'hash' | undefined;
}) {
  const { id, name, size = 48, shape } = props;
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
  return <Avatar id={chat.peer ?? chat.id} name={titleOf(chat)} shape={shape} {...rest} />;
}
