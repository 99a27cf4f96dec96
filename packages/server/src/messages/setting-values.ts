// Which values the settings take that the server obeys. The others are the clients' own.
import { addAudiences, addKey, limits, presenceAudiences, presenceKey, readReceiptsKey } from '@parley/protocol';
import { milliseconds } from './timestamp.ts';

const seqPattern = /^[1-9][0-9]{0,15}$/;
const timePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/;

/** Does the key take this value? An empty one always: it removes the setting. */
export function isSettingValue(key: string, value: string): boolean {
  if (Buffer.byteLength(value) > limits.maxSettingValueBytes) return false;
  if (value === '') return true;
  if (key === presenceKey) return presenceAudiences.some((word) => word === value);
  if (key === addKey) return addAudiences.some((word) => word === value);
  if (key === readReceiptsKey) return value === 'on' || value === 'off';
  if (key.startsWith('clear/')) return seqPattern.test(value);
  if (key.startsWith('mute/')) return timePattern.test(value) && !Number.isNaN(milliseconds(value));
  return key.startsWith('draft/') || key.startsWith('own/') || value === '1';
}
