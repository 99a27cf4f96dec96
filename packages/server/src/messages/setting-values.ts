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

/** What the key takes, when it does not take this value now; null: it does. An empty one removes the setting. */
export function unmetValue(key: string, value: string, now: number): string | null {
  if (Buffer.byteLength(value) > limits.maxSettingValueBytes) return `at most ${limits.maxSettingValueBytes} bytes`;
  if (value === '') return null;
  const words = wordsOf[key];
  if (words !== undefined) return words.includes(value) ? null : `one of ${words.join(', ')}`;
  if (isClearKey(key)) return seqPattern.test(value) && Number.isSafeInteger(Number(value)) ? null : 'a seq';
  if (key.startsWith('mute/')) return isMuteEnd(value, now) ? null : 'a time in UTC (RFC 3339), at most 366 days ahead';
  return isSealedSetting(key) || value === '1' ? null : '1';
}

const wordsOf: Readonly<Record<string, readonly string[]>> = {
  [presenceKey]: presenceAudiences,
  [addKey]: addAudiences,
  [readReceiptsKey]: ['on', 'off'],
};

function isMuteEnd(value: string, now: number): boolean {
  return timePattern.test(value) && milliseconds(value) <= now + limits.maxMutedMs + dayMs;
}

/** Up to where a conversation is cleared: it never becomes less. */
export function isClearKey(key: string): boolean {
  return key.startsWith('clear/');
}
