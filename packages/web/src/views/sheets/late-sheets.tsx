// The one place that knows which sheet is which. Nobody opens one at once: their code is fetched apart.
import type { Sheet } from '../../view-models/sheets.ts';
import { AddedSheet } from './added.tsx';
import { CompareCodesSheet } from './compare-codes.tsx';
import { EncryptionSheet } from './encryption.tsx';
import { ForwardSheet } from './forward.tsx';
import { GetChatsSheet } from './get-chats.tsx';
import { InviteSheet } from './invite.tsx';
import { LinkDeviceSheet } from './link-device.tsx';
import { MessageInfoSheet } from './message-info.tsx';
import { AddMembersSheet, NewChatSheet, NewGroupSheet } from './people.tsx';
import { PictureSheet } from './picture.tsx';
import { RecoveryKeySheet } from './recovery-key.tsx';
import { ReportSheet } from './report.tsx';
import { NewRoomSheet, RoomsSheet } from './rooms.tsx';
import { SettingsSheet } from './settings.tsx';
import { ShutOutSheet } from './shut-out.tsx';
import { StarredSheet } from './starred.tsx';

/** The open one. */
export function LateSheetView({ sheet }: { readonly sheet: Sheet }) {
  switch (sheet.type) {
    case 'add_members':
      return <AddMembersSheet />;
    case 'added':
      return <AddedSheet added={sheet.added} />;
    case 'compare_codes':
      return <CompareCodesSheet />;
    case 'encryption':
      return <EncryptionSheet />;
    case 'forward':
      return <ForwardSheet />;
    case 'get_chats':
      return <GetChatsSheet />;
    case 'invite':
    case 'links':
      return <InviteSheet />;
    case 'link_device':
      return <LinkDeviceSheet />;
    case 'message_info':
      return <MessageInfoSheet />;
    case 'new_chat':
      return <NewChatSheet />;
    case 'new_group':
      return <NewGroupSheet />;
    case 'new_room':
      return <NewRoomSheet />;
    case 'picture':
      return <PictureSheet of={sheet.of} />;
    case 'recovery_key':
      return <RecoveryKeySheet />;
    case 'report':
      return <ReportSheet of={sheet.of} />;
    case 'rooms':
      return <RoomsSheet />;
    case 'settings':
      return <SettingsSheet />;
    case 'shut_out':
      return <ShutOutSheet device={sheet.device} />;
    case 'starred':
      return <StarredSheet />;
  }
}
