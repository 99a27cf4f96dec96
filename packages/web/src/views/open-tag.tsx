// The sign of rooms: they are open, and an open lock says to whom.
import { words } from '../words/words.ts';
import { Icon } from './icon.tsx';

/** Beside a title. */
export function OpenTag() {
  return (
    <span class="tag with-icon" title={words.encryption.start.room}>
      <Icon name="lockOpen" size={12} />
      {words.list.open}
    </span>
  );
}
