// Starred messages, of one chat or of all; pressing one goes there.
import type { MessageView } from '@parley/sdk';
import { useContext } from 'preact/hooks';
import { nameOf, titleOf } from '../../view-models/names.ts';
import { shownAt } from '../../view-models/rows.ts';
import { saidIn } from '../../view-models/said.ts';
import { pane } from '../../words/english-later.ts';
import { whenInList, words } from '../../words/words.ts';
import { AppContext } from '../app-context.ts';
import { Dialog } from '../dialog.tsx';
import { useViewModel } from '../use-view-model.ts';
import { Loading } from './problem.tsx';

/** Newest first. */
export function StarredSheet() {
  const { app, chats } = useContext(AppContext);
  const { sheet, starred } = useViewModel(chats.sheets);
  if (sheet?.type !== 'starred') return null;
  const chatOf = ({ conversation, sender }: MessageView) => {
    const chat = chats.client.conversation(conversation)?.snapshot;
    // Beside the name of who wrote it, that of a chat with them says nothing new.
    return chat === undefined || sheet.of !== null || titleOf(chat) === nameOf(chats.client, sender)
      ? ''
      : titleOf(chat);
  };
  return (
    <Dialog title={words.list.starred} onClose={() => chats.sheets.close()}>
      <Loading rows={4} />
      {starred?.length === 0 && <p class="empty">{pane.noStarred}</p>}
      <ul class="starred">
        {starred?.map((message) => (
          <li key={message.id}>
            <button
              type="button"
              class="starred-line"
              onClick={() => {
                chats.sheets.close();
                app.show(message.conversation, message.seq ?? undefined);
              }}
            >
              <span class="starred-about">
                <strong>{nameOf(chats.client, message.sender)}</strong>
                <span class="soft">{chatOf(message)}</span>
                <time class="soft">{whenInList(shownAt(message), Date.now())}</time>
              </span>
              <span class="starred-text" dir="auto">
                {saidIn(message)}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
