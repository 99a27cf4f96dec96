// What the pane beside a chat says of encryption: who can read it, and with whom codes were compared.
import type { AccountId } from '@parley/protocol';
import { useContext, useEffect } from 'preact/hooks';
import type { OpenConversation } from '../view-models/conversation.ts';
import { nameOf } from '../view-models/names.ts';
import { ending } from '../words/english-later.ts';
import { words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { InfoLine } from './info-line.tsx';
import { useViewModel } from './use-view-model.ts';

/** One line, and with a person a second. */
export function EncryptionLines({ open }: { readonly open: OpenConversation }) {
  const { sheets } = useContext(AppContext).chats;
  const { chat, encrypted } = useViewModel(open);
  const texts = words.encryption;
  if (!encrypted) return <InfoLine icon="lockOpen" title={texts.open} text={texts.openText} />;
  const { direct, group, notes } = texts.encryptedText;
  const ofGroup = chat.role === null ? ending.encrypted : group(chat.memberCount);
  const text = chat.notes ? notes : chat.kind === 'group' ? ofGroup : direct;
  return (
    <>
      <InfoLine icon="lock" title={texts.encrypted} text={text} press={() => sheets.open({ type: 'encryption' })} />
      {chat.peer !== null && <Person account={chat.peer} />}
    </>
  );
}

function Person({ account }: { readonly account: AccountId }) {
  const { chats } = useContext(AppContext);
  const { identities } = chats.encryption;
  const { known, news } = useViewModel(identities);
  useEffect(() => identities.watch(account), [account]);
  const texts = words.encryption.identity;
  const name = nameOf(chats.client, account);
  const told = news.get(account);
  const state = told ?? known.get(account)?.state ?? 'known';
  const said = {
    none: texts.none(name),
    known: texts.known,
    confirmed: texts.confirmed,
    changed: texts.changed(name),
    left_out: texts.leftOut(name),
  }[state];
  return (
    <InfoLine
      icon={state === 'confirmed' ? 'shield' : state === 'known' || state === 'none' ? 'person' : 'warning'}
      title={texts.compare}
      text={said}
      press={() => chats.sheets.open({ type: 'compare_codes', account })}
    />
  );
}
