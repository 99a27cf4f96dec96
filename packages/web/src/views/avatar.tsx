// A round picture of a person or chat: initials on a colour that belongs to the id.
import { hueOf, initialsOf } from '../view-models/names.ts';
import { Icon } from './icon.tsx';

/** `shape` replaces the initials: notes to self and rooms have a sign of their own. */
export function Avatar(props: {
  readonly id: string;
  readonly name: string;
  readonly size?: number;
  readonly online?: boolean;
  readonly shape?: 'note' | 'hash';
}) {
  const { id, name, size = 48, shape } = props;
  const hue = shape === 'note' ? 195 : hueOf(id);
  return (
    <span class="avatar" style={{ '--size': `${size}px`, '--hue': String(hue) }} aria-hidden="true">
      {shape === undefined ? initialsOf(name) : <Icon name={shape} size={Math.round(size * 0.46)} />}
      {props.online === true && <span class="online-dot" />}
    </span>
  );
}
