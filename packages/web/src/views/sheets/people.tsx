// Choosing people: a new chat, a new group, more members.
import type { PersonView } from '@parley/sdk';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import { isContact } from '../../view-models/adding.ts';
import { create } from '../../words/english-later.ts';
import { words } from '../../words/words.ts';
import { AppContext } from '../app-context.ts';
import { Avatar } from '../avatar.tsx';
import { Dialog } from '../dialog.tsx';
import { Icon, type IconName } from '../icon.tsx';
import { SkeletonRows } from '../skeleton.tsx';
import { useViewModel } from '../use-view-model.ts';
import { Problem } from './problem.tsx';
import { ShareChoice } from './share-choice.tsx';

/** Write to somebody, or begin something bigger. */
export function NewChatSheet() {
  const { app, chats } = useContext(AppContext);
  const { query } = useViewModel(chats.sheets);
  return (
    <Dialog title={create.title} onClose={() => chats.sheets.close()}>
      <PeopleSearch focus onPick={(person) => void chats.sheets.writeTo(person.account)} />
      {query === '' && (
        <>
          <Choice icon="people" label={words.list.newGroup} press={() => chats.sheets.open({ type: 'new_group' })} />
          <Choice icon="hash" label={create.rooms} press={() => chats.sheets.open({ type: 'rooms' })} />
          <Choice icon="addPerson" label={create.invite} press={() => chats.sheets.open({ type: 'invite' })} />
          <Choice
            icon="note"
            label={words.list.notes}
            press={() => {
              chats.sheets.close();
              app.show(chats.client.me.snapshot.notes);
            }}
          />
        </>
      )}
      <People onPick={(person) => void chats.sheets.writeTo(person.account)} />
      <Problem />
    </Dialog>
  );
}

/** Name and members of a new group. */
export function NewGroupSheet() {
  const { chats } = useContext(AppContext);
  const { busy, chosen } = useViewModel(chats.sheets);
  const [title, setTitle] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <Dialog
      title={words.list.newGroup}
      onClose={() => chats.sheets.close()}
      onBack={() => chats.sheets.open({ type: 'new_chat' })}
      footer={
        <button
          type="button"
          class="button primary"
          disabled={busy || title.trim() === ''}
          onClick={() => void chats.sheets.createGroup(title)}
        >
          {create.createGroup}
        </button>
      }
    >
      <label class="field">
        <span>{create.groupName}</span>
        <input ref={field} value={title} maxLength={100} onInput={(event) => setTitle(event.currentTarget.value)} />
      </label>
      <Chosen people={chosen} />
      <PeopleSearch onPick={(person) => chats.sheets.choose(person)} />
      <People onPick={(person) => chats.sheets.choose(person)} chosen={chosen} />
      <Problem />
    </Dialog>
  );
}

/** More members for a group or room. */
export function AddMembersSheet() {
  const { chats } = useContext(AppContext);
  const { busy, chosen, sheet } = useViewModel(chats.sheets);
  const [share, setShare] = useState(0);
  const to = sheet?.type === 'add_members' ? chats.client.conversation(sheet.to) : null;
  return (
    <Dialog
      title={words.info.add}
      onClose={() => chats.sheets.close()}
      footer={
        <button
          type="button"
          class="button primary"
          disabled={busy || chosen.length === 0}
          onClick={() => void chats.sheets.addMembers(share)}
        >
          {words.info.add}
        </button>
      }
    >
      <Chosen people={chosen} />
      {to?.snapshot.kind === 'group' && chosen.length > 0 && <ShareChoice value={share} set={setShare} />}
      <PeopleSearch focus onPick={(person) => chats.sheets.choose(person)} />
      <People onPick={(person) => chats.sheets.choose(person)} chosen={chosen} />
      <Problem />
    </Dialog>
  );
}

/** Enter takes the first who was found. */
function PeopleSearch(props: { readonly focus?: boolean; readonly onPick: (person: PersonView) => void }) {
  const { focus = false, onPick } = props;
  const { chats } = useContext(AppContext);
  const { query, people } = useViewModel(chats.sheets);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (focus && matchMedia('(pointer: fine)').matches) field.current?.focus();
  }, []);
  return (
    <div class="search">
      <Icon name="search" size={20} />
      <input
        type="search"
        placeholder={create.people}
        aria-label={create.people}
        value={query}
        ref={field}
        onInput={(event) => chats.sheets.setQuery(event.currentTarget.value)}
        onKeyDown={(event) => {
          const [first] = people;
          if (event.key !== 'Enter' || query.trim() === '' || first === undefined) return;
          event.preventDefault();
          onPick(first);
        }}
      />
    </div>
  );
}

function People({
  onPick,
  chosen,
}: {
  readonly onPick: (person: PersonView) => void;
  readonly chosen?: readonly PersonView[];
}) {
  const { chats } = useContext(AppContext);
  const { people, query, searching } = useViewModel(chats.sheets);
  if (people.length === 0 && searching) return <SkeletonRows count={2} />;
  if (people.length === 0)
    return (
      <p class="empty" role="status">
        {query === '' ? create.noContacts : words.list.noHits}
      </p>
    );
  const isChosen = (person: PersonView) => chosen?.some((p) => p.account === person.account) === true;
  return (
    <ul class="people">
      {people.map((person) => (
        <li key={person.account}>
          <button
            type="button"
            class="member"
            aria-pressed={chosen === undefined ? undefined : isChosen(person)}
            onClick={() => onPick(person)}
          >
            <Avatar id={person.account} name={person.name} size={40} />
            <span class="name" dir="auto">
              {person.name} <small>@{person.handle}</small>
            </span>
            {isChosen(person) && <Icon name="check" size={20} />}
          </button>
        </li>
      ))}
    </ul>
  );
}

function Chosen({ people }: { readonly people: readonly PersonView[] }) {
  const { chats } = useContext(AppContext);
  if (people.length === 0) return null;
  const mayBeAsked = people.some((person) => !isContact(chats.client, person));
  return (
    <div class="chosen">
      {people.map((person) => (
        <button
          type="button"
          key={person.account}
          class="chip"
          aria-pressed="true"
          onClick={() => chats.sheets.choose(person)}
        >
          {person.name} <Icon name="close" size={14} />
        </button>
      ))}
      {mayBeAsked && <p class="soft">{words.invitations.mayBeAsked}</p>}
    </div>
  );
}

function Choice({
  icon,
  label,
  press,
}: {
  readonly icon: IconName;
  readonly label: string;
  readonly press: () => void;
}) {
  return (
    <button type="button" class="member" onClick={press}>
      <span class="avatar plain small">
        <Icon name={icon} size={20} />
      </span>
      <span class="name">{label}</span>
    </button>
  );
}
