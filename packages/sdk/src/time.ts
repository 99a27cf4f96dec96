// RFC 3339 ⇄ milliseconds, by arithmetic alone: the core has no clock and does not ask the host's calendar.

const dayMs = 86_400_000;

/** `2026-11-25T09:00:00.000Z` for milliseconds since the Unix epoch, years 0000 to 9999. */
export function rfc3339(time: number): string {
  const days = Math.floor(time / dayMs);
  const rest = time - days * dayMs;
  const { year, month, day } = civil(days);
  const clock = [Math.floor(rest / 3_600_000), Math.floor(rest / 60_000) % 60, Math.floor(rest / 1_000) % 60];
  const date = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
  return `${date}T${clock.map((part) => pad(part, 2)).join(':')}.${pad(Math.floor(rest % 1_000), 3)}Z`;
}

/** Milliseconds of an RFC 3339 time in UTC as the wire writes it; NaN when it is not one, or, from a server, no text. */
export function milliseconds(text: string): number {
  if (typeof text !== 'string') return Number.NaN;
  const day = dayOf(text);
  const clock = number(text, 11, 2) * 3_600_000 + number(text, 14, 2) * 60_000 + number(text, 17, 2) * 1_000;
  const marks = `${text[10]}${text[13]}${text[16]}${text.at(-1)}`;
  return marks === 'T::Z' ? day * dayMs + clock + fractionOf(text) : Number.NaN;
}

/** Days since 1970 of the date in front. */
function dayOf(text: string): number {
  if (text[4] !== '-' || text[7] !== '-') return Number.NaN;
  return daysOf(number(text, 0, 4), number(text, 5, 2), number(text, 8, 2));
}

/** Milliseconds of `.5`, `.50` or `.500` behind the seconds; 0 when there is none. */
function fractionOf(text: string): number {
  const digits = text.length - 21;
  if (digits === -1) return 0;
  if (text[19] !== '.' || digits < 1 || digits > 3) return Number.NaN;
  return number(text, 20, digits) * 10 ** (3 - digits);
}

/** A number of so many decimal digits; NaN when they are not. */
function number(text: string, from: number, digits: number): number {
  let value = 0;
  for (let at = from; at < from + digits; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar. Years begin in March, so leap days come last. */
function daysOf(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

function civil(days: number): { year: number; month: number; day: number } {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
  };
}
