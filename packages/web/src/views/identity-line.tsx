// What is said in a chat when somebody set up afresh, and the sign of somebody whose code was compared.
import type { AccountId } from '@parley/protocol';
import { useContext, useEffect } from 'preact/hooks';
import { inBackground } from '../view-models/background.ts';
import type { OpenConversation, OpenConversationView } from '../view-models/conversation.ts';
import { nameOf } from '../view-models/names.ts';
import { words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { Icon } from './icon.tsx';
import { useViewModel } from './use-view-model.ts';

/** Between the messages and the composer, until it was seen. */
export function IdentityLine({ open, view }: { readonly open: OpenConversation; readonly view: OpenConversationView }) {
  const { chat } = view;
  if (chat.kind === 'room' || chat.notes) return null;
  return chat.peer === null ? <LeftOut open={open} /> : <Changed account={chat.peer} />;
}

/** Messages go on; the one in a direct chat is told of it. */
function Changed({ account }: { readonly account: AccountId }) {
  const { chats } = useContext(AppContext);
  const { identities } = chats.encryption;
  const { news, busy } = useViewModel(identities);
  if (news.get(account) !== 'changed') return null;
  const texts = words.encryption.identity;
  return (
    <div class="identity-line" role="status">
      <p>{texts.news(nameOf(chats.client, account))}</p>
      <Compare account={account} label={texts.compare} />
      <button type="button" class="button" disabled={busy} onClick={() => inBackground(identities.accept(account))}>
        {texts.ok}
      </button>
    </div>
  );
}

/** Members of a group who get nothing until somebody has looked. */
function LeftOut({ open }: { readonly open: OpenConversation }) {
  const { chats } = useContext(AppContext);
  const { news } = useViewModel(chats.encryption.identities);
  const { items } = useViewModel(open.conversation.members);
  const out = items.filter(({ account }) => news.get(account) === 'left_out');
  return (
    <>
      {out.map(({ account }) => (
        <div class="identity-line" role="status" key={account}>
          <p>{words.encryption.identity.leftOutOfGroup(nameOf(chats.client, account))}</p>
          <Compare account={account} label={words.encryption.identity.review} />
        </div>
      ))}
    </>
  );
}

function Compare({ account, label }: { readonly account: AccountId; readonly label: string }) {
  const { sheets } = useContext(AppContext).chats;
  return (
    <button type="button" class="link-button" onClick={() => sheets.open({ type: 'compare_codes', account })}>
      {label}
    </button>
  );
}

/** In place of the composer: nothing is sent to somebody who was confirmed and is another now. */
export function Review({ account }: { readonly account: AccountId }) {
  const { chats } = useContext(AppContext);
  const { identities } = chats.encryption;
  const { busy, error } = useViewModel(identities);
  const texts = words.encryption.identity;
  return (
    <div class="obstacle" role="status">
      <p>{texts.held(nameOf(chats.client, account))}</p>
      {error !== null && <p class="problem">{error}</p>}
      <div class="obstacle-choices">
        <button type="button" class="button" disabled={busy} onClick={() => inBackground(identities.accept(account))}>
          {texts.accept}
        </button>
        <button
          type="button"
          class="button primary"
          onClick={() => chats.sheets.open({ type: 'compare_codes', account })}
        >
          {texts.compare}
        </button>
      </div>
    </div>
  );
}

/** A check mark once codes were compared. */
export function Verified({ account }: { readonly account: AccountId }) {
  const { identities } = useContext(AppContext).chats.encryption;
  const { known } = useViewModel(identities);
  useEffect(() => identities.watch(account), [account]);
  if (known.get(account)?.state !== 'confirmed') return null;
  return (
    <span class="verified">
      <Icon name="shield" size={16} label={words.encryption.identity.verified} />
    </span>
  );
}
