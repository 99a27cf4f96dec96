// The one place that knows which sheet is which.
import { useContext } from 'preact/hooks';
import { AppContext } from '../app-context.ts';
import { useViewModel } from '../use-view-model.ts';
import { ForwardSheet } from './forward.tsx';
import { InviteSheet } from './invite.tsx';
import { MessageInfoSheet } from './message-info.tsx';
import { AddMembersSheet, NewChatSheet, NewGroupSheet } from './people.tsx';
import { NewRoomSheet, RoomsSheet } from './rooms.tsx';
import { SettingsSheet } from './settings.tsx';

/** The open sheet, if there is one. */
export function OpenSheet() {
  const { chats } = useContext(AppContext);
  const { sheet } = useViewModel(chats.sheets);
  switch (sheet?.type) {
    case undefined:
      return null;
    case 'new_chat':
      return <NewChatSheet />;
    case 'new_group':
      return <NewGroupSheet />;
    case 'add_members':
      return <AddMembersSheet />;
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
    case 'settings':
      return <SettingsSheet />;
  }
}
