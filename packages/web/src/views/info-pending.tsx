// Who waits to be let in to a group or room, and who is invited: for its administrators, with what they can answer.
import type { PendingView } from '@parley/sdk';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { OpenConversation } from '../view-models/conversation.ts';
import { nameOf } from '../view-models/names.ts';
import { fullTime, words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { Avatar } from './avatar.tsx';
import { Failure } from './failure.tsx';
import { usePeople } from './use-people.ts';
import { useViewModel } from './use-view-model.ts';

/** Above everything else that can be done: somebody waits for an answer. Nothing while nobody does. */
export function InfoWaiting({ open }: { readonly open: OpenConversation }) {
  const { pending } = open.conversation.members;
  const waiting = useViewModel(pending).filter(({ state }) => state === 'waiting');
  if (waiting.length === 0) return null;
  return (
    <section class="info-members">
      <h2>
        {words.invitations.waiting} <span class="badge">{waiting.length}</span>
      </h2>
      <ul>
        {waiting.map((one) => (
          <Waits key={one.account} one={one} open={open} />
        ))}
      </ul>
    </section>
  );
}

/** Loads for both of them. */
export function InfoInvited({ open }: { readonly open: OpenConversation }) {
  const { pending } = open.conversation.members;
  const items = useViewModel(pending);
  const [failed, setFailed] = useState(false);
  const load = () => {
    setFailed(false);
    pending.load().catch(() => setFailed(true));
  };
  useEffect(load, [pending]);
  const invited = items.filter(({ state }) => state === 'invited');
  if (failed && items.length === 0)
    return (
      <section class="info-members">
        <Failure text={words.invitations.pendingFailed} retry={load} />
      </section>
    );
  if (invited.length === 0) return null;
  return (
    <section class="info-members">
      <h2>{words.invitations.pending}</h2>
      <ul>
        {invited.map((one) => (
          <Invited key={one.account} one={one} open={open} />
        ))}
      </ul>
    </section>
  );
}

interface One {
  readonly one: PendingView;
  readonly open: OpenConversation;
}

function Waits({ one, open }: One) {
  const { pending } = open.conversation.members;
  const { invitations } = words;
  const name = useName(one);
  return (
    <li class="pending">
      <Who one={one} name={name} about={invitations.askedAt(fullTime(one.askedAt))} />
      <span class="pending-answers">
        <Answer
          label={invitations.refuse}
          about={invitations.refuseWho(name)}
          action={() => pending.refuse(one.account)}
        />
        <Answer
          primary
          label={invitations.approve}
          about={invitations.approveWho(name)}
          action={() => pending.approve(one.account)}
        />
      </span>
    </li>
  );
}

function Invited({ one, open }: One) {
  const { client } = useContext(AppContext).chats;
  const { pending } = open.conversation.members;
  const { invitations } = words;
  const name = useName(one);
  const about = one.by === null ? '' : invitations.invitedBy(nameOf(client, one.by), fullTime(one.expiresAt));
  return (
    <li class="pending">
      <Who one={one} name={name} about={about} />
      <span class="pending-answers">
        <Answer
          label={invitations.withdraw}
          about={invitations.withdrawWho(name)}
          action={() => pending.refuse(one.account)}
        />
      </span>
    </li>
  );
}

function useName({ account }: PendingView): string {
  usePeople();
  return nameOf(useContext(AppContext).chats.client, account);
}

function Who({ one, name, about }: Pick<One, 'one'> & { readonly name: string; readonly about: string }) {
  return (
    <>
      <Avatar id={one.account} name={name} size={36} />
      <span class="name" dir="auto">
        {name}
        <small class="soft">{about}</small>
      </span>
    </>
  );
}

/** What is refused is said over the page: this pane may cover the chat. */
function Answer(props: {
  readonly label: string;
  readonly about: string;
  readonly primary?: boolean;
  readonly action: () => Promise<unknown>;
}) {
  const { sheets } = useContext(AppContext).chats;
  const { busy } = useViewModel(sheets);
  return (
    <button
      type="button"
      class={props.primary === true ? 'button primary small' : 'button small'}
      aria-label={props.about}
      disabled={busy}
      onClick={() => void sheets.run(props.action)}
    >
      {props.label}
    </button>
  );
}
