// Milliseconds → RFC 3339 text in UTC, for envelopes. A pure function; the last second is remembered because
// thousands of messages share it. It must never ask what time it is.

let lastSecond = Number.NaN;
let lastText = '';

/** `2026-11-25T09:00:00.000Z` for whole milliseconds since the Unix epoch, years 0 to 9999. */
export function rfc3339(timeMs: number): string {
  const second = Math.floor(timeMs / 1000);
  if (second !== lastSecond) {
    lastText = toSecond(second);
    lastSecond = second;
  }
  return `${lastText}${digits(timeMs - second * 1000, 3)}Z`;
}

function toSecond(second: number): string {
  const day = Math.floor(second / 86_400);
  const rest = second - day * 86_400;
  const time = `${digits(Math.floor(rest / 3600), 2)}:${digits(Math.floor(rest / 60) % 60, 2)}:${digits(rest % 60, 2)}.`;
  return `${civilDate(day)}T${time}`;
}

/** Day since 1970-01-01 → `YYYY-MM-DD`, by counting years from March so that the leap day is the last. */
function civilDate(day: number): string {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const month = Math.floor((5 * dayOfYear + 2) / 153);
  const dayOfMonth = dayOfYear - Math.floor((153 * month + 2) / 5) + 1;
  const year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0);
  return `${digits(year, 4)}-${digits(month < 10 ? month + 3 : month - 9, 2)}-${digits(dayOfMonth, 2)}`;
}

function digits(value: number, width: number): string {
  const text = `${value}`;
  return text.length < width ? text.padStart(width, '0') : text;
}
