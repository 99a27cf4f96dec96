// The one place that knows which sheet is which.
import { useContext } from 'preact/hooks';
import { AppContext } from '../app-context.ts';
import { useViewModel } from '../use-view-model.ts';
import { AddedSheet } from './added.tsx';
import { CompareCodesSheet } from './compare-codes.tsx';
import { EncryptionSheet } from './encryption.tsx';
import { ForwardSheet } from './forward.tsx';
import { GetChatsSheet } from './get-chats.tsx';
import { InviteSheet } from './invite.tsx';
import { LinkDeviceSheet } from './link-device.tsx';
import { MessageInfoSheet } from './message-info.tsx';
import { AddMembersSheet, NewChatSheet, NewGroupSheet } from './people.tsx';
import { RecoveryKeySheet } from './recovery-key.tsx';
import { NewRoomSheet, RoomsSheet } from './rooms.tsx';
import { SettingsSheet } from './settings.tsx';
import { ShutOutSheet } from './shut-out.tsx';
import { StarredSheet } from './starred.tsx';

/** The open sheet, if there is one; without one, what went wrong a moment ago. */
export function OpenSheet() {
  const { chats } = useContext(AppContext);
  const { sheet, error } = useViewModel(chats.sheets);
  switch (sheet?.type) {
    case undefined:
      return error === null ? null : (
        <div class="toast" role="alert">
          {error}
        </div>
      );
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
    case 'encryption':
      return <EncryptionSheet />;
    case 'recovery_key':
      return <RecoveryKeySheet />;
    case 'get_chats':
      return <GetChatsSheet />;
    case 'link_device':
      return <LinkDeviceSheet />;
    case 'shut_out':
      return <ShutOutSheet device={sheet.device} />;
    case 'compare_codes':
      return <CompareCodesSheet />;
    case 'starred':
      return <StarredSheet />;
    case 'settings':
      return <SettingsSheet />;
  }
}
