// The one place that knows which sheet is which.
import { useContext } from 'preact/hooks';
import { AppContext } from '../app-context.ts';
import { useViewModel } from '../use-view-model.ts';
import { AddedSheet } from './added.tsx';
import { ForwardSheet } from './forward.tsx';
import { InviteSheet } from './invite.tsx';
import { Later, useSheetsSoon } from './later.tsx';
import { MessageInfoSheet } from './message-info.tsx';
import { AddMembersSheet, NewChatSheet, NewGroupSheet } from './people.tsx';
import { NewRoomSheet, RoomsSheet } from './rooms.tsx';
import { StarredSheet } from './starred.tsx';

/** The open sheet, if there is one; without one, what went wrong a moment ago. */
export function OpenSheet() {
  const { chats } = useContext(AppContext);
  const { sheet, error } = useViewModel(chats.sheets);
  useSheetsSoon();
  if (sheet === null)
    return error === null ? null : (
      <div class="toast" role="alert">
        {error}
      </div>
    );
  switch (sheet.type) {
    case 'new_chat':
      return <NewChatSheet />;
    case 'new_group':
      return <NewGroupSheet />;
    case 'add_members':
      return <AddMembersSheet />;
    case 'added':
      return <AddedSheet added={sheet.added} />;
    case 'new_room':
      return <NewRoomSheet />;
    case 'rooms':
      return <RoomsSheet />;
    case 'invite':
    case 'links':
      return <InviteSheet />;
    case 'forward':
      return <ForwardSheet />;
    case 'message_info':
      return <MessageInfoSheet />;
    case 'starred':
      return <StarredSheet />;
    default:
      return <Later sheet={sheet} />;
  }
}
