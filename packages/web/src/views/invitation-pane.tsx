// The middle pane for a group or room that one is not in yet: one calm card with the question, or with the waiting.
import { useContext } from 'preact/hooks';
import { inBackground } from '../view-models/background.ts';
import type { InvitationCard, OpenInvitation } from '../view-models/invitation.ts';
import { titleOf } from '../view-models/names.ts';
import { words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { Avatar, ChatAvatar } from './avatar.tsx';
import { ConnectionLine } from './connection-line.tsx';
import { IconButton } from './icon.tsx';
import { useViewModel } from './use-view-model.ts';

/** Who invites into what, and the answers. */
export function InvitationPane({ invitation }: { readonly invitation: OpenInvitation }) {
  const { app } = useContext(AppContext);
  const card = useViewModel(invitation);
  const { inviter, chat } = card;
  return (
    <section
      class="pane conversation-pane"
      aria-label={card.title}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) app.leave();
      }}
    >
      <div class="only-narrow">
        <header class="pane-header conversation-header">
          <IconButton icon="back" label={words.back} onPress={() => app.leave()} />
          <p class="pane-title" dir="auto">
            {titleOf(chat)}
          </p>
        </header>
        <ConnectionLine />
      </div>
      <div class="invitation">
        <div class="invitation-card">
          {inviter === null ? (
            <ChatAvatar chat={chat} size={88} />
          ) : (
            <Avatar id={inviter.account} name={inviter.name} size={88} />
          )}
          <h1 dir="auto">{card.title}</h1>
          {card.about !== '' && (
            <p class="soft" dir="auto">
              {card.about}
            </p>
          )}
          {card.text !== '' && <p class="soft">{card.text}</p>}
          {card.error !== null && (
            <p class="problem" role="alert">
              {card.error}
            </p>
          )}
          <Answers invitation={invitation} card={card} />
        </div>
      </div>
    </section>
  );
}

function Answers({ invitation, card }: { readonly invitation: OpenInvitation; readonly card: InvitationCard }) {
  const { app } = useContext(AppContext);
  const { invitations } = words;
  const answer = (label: string, action: () => Promise<void>, kind = '') => (
    <button type="button" class={`button ${kind}`} disabled={card.busy} onClick={() => inBackground(action())}>
      {label}
    </button>
  );
  if (card.state === 'over') {
    return (
      <div class="invitation-answers">
        <button type="button" class="button" onClick={() => app.leave()}>
          {words.back}
        </button>
      </div>
    );
  }
  if (card.state === 'waiting')
    return <div class="invitation-answers">{answer(invitations.stopWaiting, () => invitation.decline())}</div>;
  return (
    <>
      <div class="invitation-answers">
        {answer(invitations.decline, () => invitation.decline())}
        {answer(invitations.accept, () => invitation.accept(), 'primary')}
      </div>
      <button
        type="button"
        class="link-button danger"
        disabled={card.busy}
        onClick={() => inBackground(invitation.block())}
      >
        {card.block}
      </button>
    </>
  );
}
