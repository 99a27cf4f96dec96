// Which values the settings take that the server obeys. The others are the clients' own.
import {
  addAudiences,
  addKey,
  isSealedSetting,
  limits,
  presenceAudiences,
  presenceKey,
  readReceiptsKey,
} from '@parley/protocol';
import { milliseconds } from './timestamp.ts';

const seqPattern = /^[1-9][0-9]{0,15}$/;
/** Clocks of clients may be ahead by so much. */
const dayMs = 24 * 3_600_000;
const timePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/;

/** Does the key take this value now? An empty one always: it removes the setting. */
export function isSettingValue(key: string, value: string, now: number): boolean {
  if (Buffer.byteLength(value) > limits.maxSettingValueBytes) return false;
  if (value === '') return true;
  if (key === presenceKey) return presenceAudiences.some((word) => word === value);
  if (key === addKey) return addAudiences.some((word) => word === value);
  if (key === readReceiptsKey) return value === 'on' || value === 'off';
  if (isClearKey(key)) return seqPattern.test(value) && Number.isSafeInteger(Number(value));
  if (key.startsWith('mute/')) return timePattern.test(value) && milliseconds(value) <= now + limits.maxMutedMs + dayMs;
  return isSealedSetting(key) || value === '1';
}

/** Up to where a conversation is cleared: it never becomes less. */
export function isClearKey(key: string): boolean {
  return key.startsWith('clear/');
}
