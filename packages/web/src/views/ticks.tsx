// Clock, one tick, two ticks, blue ticks, warning: the state of an own message.
import type { MessageState } from '@parley/sdk';
import { words } from '../words/words.ts';
import { Icon } from './icon.tsx';

/** Nothing for messages of others. Notes to self and rooms show one tick only. `waits`: why one is not sent yet. */
export function Ticks(props: {
  readonly state: MessageState;
  readonly single?: boolean;
  readonly waits?: string | undefined;
}) {
  const { state, single = false, waits = words.chat.ticks.pending } = props;
  if (state === 'received') return null;
  if (state === 'pending')
    return (
      <span title={waits}>
        <Icon name="clock" size={14} label={waits} />
      </span>
    );
  if (state === 'rejected')
    return (
      <span class="ticks failed">
        <Icon name="warning" size={15} label={words.chat.ticks.rejected} />
      </span>
    );
  const two = !single && state !== 'sent';
  return (
    <svg
      class={two && state === 'read' ? 'ticks read' : 'ticks'}
      viewBox="0 0 18 12"
      width="17"
      height="12"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linecap="round"
      stroke-linejoin="round"
      role="img"
      aria-label={words.chat.ticks[single ? 'sent' : state]}
    >
      {two ? (
        <path d="m1 6.500 3.500 3.500L11.500 2M8.500 8.800 9.700 10 17 2" />
      ) : (
        <path d="m4 6.500 3.500 3.500L14.500 2" />
      )}
    </svg>
  );
}
