// The client's clock in a frame: read, clamped, written. It is shown and never orders anything. Pure arithmetic.
import { maxTimestampAheadMs, maxTimestampBehindMs } from '@parley/protocol/limits';
import { rfc3339 } from '../sequencer/rfc3339.ts';

/** Milliseconds since the Unix epoch of a text that fits the schema's pattern; NaN when there is no such day or hour. */
export function milliseconds(text: string): number {
  const month = number(text, 5, 7);
  const day = number(text, 8, 10);
  const hour = number(text, 11, 13);
  const minute = number(text, 14, 16);
  const second = number(text, 17, 19);
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return Number.NaN;
  const minutes = (dayNumber(number(text, 0, 4), month, day) * 24 + hour) * 60 + minute;
  return minutes * 60_000 + second * 1000 + thousandths(text);
}

/** The text to keep: the client's when it lies within −7 d … +60 s of `now`, else the nearest bound. */
export function clampedTimestamp(text: string | undefined, now: number): string {
  if (text === undefined) return rfc3339(now);
  const at = milliseconds(text);
  if (Number.isNaN(at)) return rfc3339(now);
  if (at > now + maxTimestampAheadMs) return rfc3339(now + maxTimestampAheadMs);
  if (at < now - maxTimestampBehindMs) return rfc3339(now - maxTimestampBehindMs);
  return isCanonical(text) ? text : rfc3339(at);
}

/** Is the text surely what would be written for its time? A day that every month has, no leap second, three digits behind it. */
function isCanonical(text: string): boolean {
  return text.length === 24 && number(text, 8, 10) <= 28 && number(text, 17, 19) < 60;
}

/** One to three digits between the dot and the Z; 0 without a dot. */
function thousandths(text: string): number {
  const digits = text.length - 21;
  if (digits < 1) return 0;
  return number(text, 20, 20 + digits) * (digits === 1 ? 100 : digits === 2 ? 10 : 1);
}

function number(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = value * 10 + text.charCodeAt(i) - 48;
  return value;
}

/** Days since 1970-01-01, counting years from March so that the leap day is the last. */
function dayNumber(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}
