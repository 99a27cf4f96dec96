// "Get your chats here" over the list of a phone; beside it on a wider page the same stands in place of the chat.
import { useContext, useEffect } from 'preact/hooks';
import { words } from '../../words/words.ts';
import { AppContext } from '../app-context.ts';
import { Dialog } from '../dialog.tsx';
import { GetChats } from '../get-chats.tsx';
import { useViewModel } from '../use-view-model.ts';

/** It goes when there is nothing to get any more. */
export function GetChatsSheet() {
  const { chats } = useContext(AppContext);
  const { locked } = useViewModel(chats.encryption.linking);
  useEffect(() => {
    if (!locked) chats.sheets.close();
  }, [locked]);
  return (
    <Dialog title={words.encryption.linking.title} onClose={() => chats.sheets.close()}>
      <GetChats titled={false} />
    </Dialog>
  );
}
