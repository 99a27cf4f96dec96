// When a device of one's own was last here, in words.
import type { DeviceView } from '@parley/sdk';
import { whenLastSeen, words } from '../words/words.ts';

/** This one, now, or when. */
export function activityOf(device: DeviceView): string {
  if (device.current) return words.settings.thisDevice;
  if (device.online) return words.settings.activeNow;
  return words.settings.lastActive(whenLastSeen(device.lastSeenAt ?? device.createdAt, Date.now()));
}
