// Sheets that few people open on a first visit: devices, keys, codes, settings, reports. Their code is fetched apart.
import type { Sheet } from '../../view-models/sheets.ts';
import { CompareCodesSheet } from './compare-codes.tsx';
import { EncryptionSheet } from './encryption.tsx';
import { GetChatsSheet } from './get-chats.tsx';
import { LinkDeviceSheet } from './link-device.tsx';
import { RecoveryKeySheet } from './recovery-key.tsx';
import { ReportSheet } from './report.tsx';
import { SettingsSheet } from './settings.tsx';
import { ShutOutSheet } from './shut-out.tsx';

/** Those that stand here. */
export type KeySheet = Extract<
  Sheet,
  {
    readonly type:
      | 'compare_codes'
      | 'encryption'
      | 'get_chats'
      | 'link_device'
      | 'recovery_key'
      | 'report'
      | 'settings'
      | 'shut_out';
  }
>;

/** The open one. */
export function KeySheetView({ sheet }: { readonly sheet: KeySheet }) {
  switch (sheet.type) {
    case 'compare_codes':
      return <CompareCodesSheet />;
    case 'encryption':
      return <EncryptionSheet />;
    case 'get_chats':
      return <GetChatsSheet />;
    case 'link_device':
      return <LinkDeviceSheet />;
    case 'recovery_key':
      return <RecoveryKeySheet />;
    case 'report':
      return <ReportSheet of={sheet.of} />;
    case 'settings':
      return <SettingsSheet />;
    case 'shut_out':
      return <ShutOutSheet device={sheet.device} />;
  }
}
