// What became of people who were to be added: in at once, invited and why, or not.
import { useContext } from 'preact/hooks';
import type { Added } from '../../view-models/adding.ts';
import { words } from '../../words/words.ts';
import { AppContext } from '../app-context.ts';
import { Avatar } from '../avatar.tsx';
import { Dialog } from '../dialog.tsx';

const outcomes = {
  added: words.invitations.added,
  invited: words.invitations.invited,
  refused: words.invitations.notAdded,
} as const;

/** One row for each of them. */
export function AddedSheet({ added }: { readonly added: readonly Added[] }) {
  const { sheets } = useContext(AppContext).chats;
  return (
    <Dialog
      title={words.invitations.addedTitle}
      onClose={() => sheets.close()}
      footer={
        <button type="button" class="button primary" onClick={() => sheets.close()}>
          {words.invitations.done}
        </button>
      }
    >
      <ul class="people">
        {added.map(({ person, outcome, hint }) => (
          <li key={person.account} class="room-line">
            <Avatar id={person.account} name={person.name} size={40} />
            <span class="name" dir="auto">
              {person.name}
              {hint !== '' && <small class="soft">{hint}</small>}
            </span>
            <span class={`outcome ${outcome}`}>{outcomes[outcome]}</span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
