// Who has got one message and who has read it: a sheet over the chat.
import type { AccountId } from '@parley/protocol';
import { useContext } from 'preact/hooks';
import { nameOf } from '../../view-models/names.ts';
import { shownAt } from '../../view-models/rows.ts';
import { pane } from '../../words/english-later.ts';
import { fullTime } from '../../words/words.ts';
import { AppContext } from '../app-context.ts';
import { Avatar } from '../avatar.tsx';
import { Dialog } from '../dialog.tsx';
import { useViewModel } from '../use-view-model.ts';
import { Loading } from './problem.tsx';

/** Read by, delivered to, waiting. */
export function MessageInfoSheet() {
  const { chats } = useContext(AppContext);
  const { sheet, info } = useViewModel(chats.sheets);
  if (sheet?.type !== 'message_info') return null;
  return (
    <Dialog title={pane.messageInfo} onClose={() => chats.sheets.close()}>
      <blockquote class="message-quoted" dir="auto">
        {sheet.message.text}
        <small>{fullTime(shownAt(sheet.message))}</small>
      </blockquote>
      <Loading rows={3} />
      {info !== null && (
        <>
          <Group title={pane.readBy} accounts={info.read} />
          <Group title={pane.deliveredTo} accounts={info.delivered} />
          <Group title={pane.waiting} accounts={info.waiting} />
        </>
      )}
    </Dialog>
  );
}

function Group({ title, accounts }: { readonly title: string; readonly accounts: readonly AccountId[] }) {
  const { chats } = useContext(AppContext);
  if (accounts.length === 0) return null;
  return (
    <section>
      <h2 class="list-heading">{title}</h2>
      <ul class="people">
        {accounts.map((account) => (
          <li key={account} class="room-line">
            <Avatar id={account} name={nameOf(chats.client, account)} size={36} />
            <span class="name">{nameOf(chats.client, account)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
