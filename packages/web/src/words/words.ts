// The catalogue in use. Views say `words.list.title`; a missing word does not compile.
import { english } from './english.ts';

/** Text for error codes; those without one get a general sentence. */
export type ErrorText = Readonly<Record<string, string>>;

export const words = english;

const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' });
const dayLong = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const dayShort = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const dayWithYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** Days between the calendar days of two times, in the reader's zone. */
function daysBetween(earlier: number, later: number): number {
  const a = new Date(earlier);
  const b = new Date(later);
  const days = (d: Date) => Date.UTC(d.getFullYear(), d.getMonth(), d.getDate()) / 86_400_000;
  return days(b) - days(a);
}

/** 14:32 */
export const timeOfDay = (at: number) => time.format(at);

/** 14:32, Yesterday, Mon, 12 Nov, 12 Nov 2025 */
export function whenInList(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days <= 0) return time.format(at);
  if (days === 1) return words.list.yesterday;
  if (days < 7) return weekday.format(at);
  return days < 300 ? dayShort.format(at) : dayWithYear.format(at);
}

/** Today, Yesterday, Monday, 3 November */
export function dayName(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days <= 0) return words.chat.today;
  if (days === 1) return words.chat.yesterday;
  return days < 300 ? dayLong.format(at) : dayWithYear.format(at);
}

/** at 14:32, yesterday at 14:32, 12 Nov */
export function whenLastSeen(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days <= 0) return `at ${time.format(at)}`;
  if (days === 1) return `yesterday at ${time.format(at)}`;
  return dayShort.format(at);
}

/** 14 November, 12 Nov 2025 */
export const dayIn = (at: number, now: number) => (daysBetween(at, now) < 300 ? dayOfYear : dayWithYear).format(at);

/** Date and time in full. */
export const fullTime = (at: number) => full.format(at);

/** Are both on the same calendar day of the reader? */
export const sameDay = (a: number, b: number) => daysBetween(a, b) === 0;
