// Lines about the chat itself, in words: who came, who left, what was changed.
import type { ChangeView } from '@parley/sdk';
import { printable } from './printable.ts';

/** One change. `who` did it, `whom` it concerns. */
export function changeText(change: ChangeView, who: string, whom: string): string {
  switch (change.action) {
    case 'create':
      return `${who} started the chat`;
    case 'add':
      return `${who} added ${whom}`;
    case 'join':
      return `${who} joined`;
    case 'leave':
      return `${who} left`;
    case 'remove':
      return `${who} removed ${whom}`;
    case 'role':
      return `${who} made ${whom} ${change.role ?? 'member'}`;
    case 'accept':
      return `${who} accepted the request`;
    case 'title':
      return `${who} named it "${printable(change.title ?? '')}"`;
    case 'picture':
      return `${who} changed the group's picture`;
    case 'picture_removed':
      return `${who} removed the group's picture`;
    case 'settings':
      return `${who} changed the settings`;
    case 'invite':
      return `${who} made an invite link`;
    case 'revoke_invite':
      return `${who} revoked an invite link`;
    case 'ask':
      return `${who} invited ${whom}`;
    case 'decline':
      return `${who} declined the invitation`;
    case 'withdraw':
      return `${who} took the invitation of ${whom} back`;
    case 'knock':
      return `${who} asks to be let in`;
    case 'refuse':
      return `${who} did not let ${whom} in`;
  }
}

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** How long a message lives. */
export function lifetimeText(seconds: number): string {
  const [unit, size] = units.find(([, least]) => seconds >= least) ?? (['second', 1] as const);
  const count = Math.round(seconds / size);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
