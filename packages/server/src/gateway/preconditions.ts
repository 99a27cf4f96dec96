// What a caller has already, and what it can read: the few headers of RFC 9110 by which an answer becomes shorter.
import type { IncomingHttpHeaders } from 'node:http';

/** Does the caller have what `tag` names? Weak comparison, lists and `*` (13.1.2). */
export function hasAlready({ 'if-none-match': given }: IncomingHttpHeaders, tag: string): boolean {
  if (given === undefined) return false;
  const tags: readonly string[] = given.match(/"[^"]*"/g) ?? [];
  return given.trim() === '*' || tags.includes(tag);
}

/** May a part of what `tag` names be sent, for the rest that the caller has? Strong comparison; a date is none of ours (13.1.5). */
export function partHolds({ 'if-range': given }: IncomingHttpHeaders, tag: string): boolean {
  return given === undefined || given === tag;
}

/** Can the caller read this coding? Only where it says so: by its name, or else by `*` (12.5.3). */
export function reads({ 'accept-encoding': given = '' }: IncomingHttpHeaders, coding: string): boolean {
  const weights = new Map<string, number>();
  for (const each of String(given).toLowerCase().split(',')) {
    const [name = '', ...parameters] = each.split(';').map((part) => part.trim());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    weights.set(name, weight === undefined ? 1 : Number(weight.slice(2)));
  }
  return (weights.get(coding) ?? weights.get('*') ?? 0) > 0;
}
