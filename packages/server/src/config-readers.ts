// How the text of a setting becomes a value, or a sentence about what is wrong with it. It looks at nothing but the text.
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { isTrustedNetwork } from './config-networks.ts';

/** A value, or why the text is none. */
export type Parsed<T> = { readonly value: T } | { readonly problem: string };

/** One setting. */
export interface Setting<T> {
  readonly name: `PARLEY_${string}`;
  /** One line for people. */
  readonly summary: string;
  /** Text of the default, as an operator would write it; empty when there is none. */
  readonly standard: string;
  readonly parse: (text: string) => Parsed<T>;
  /** It is never printed. */
  readonly secret?: true;
}

export const word =
  <const Words extends readonly string[]>(words: Words) =>
  (text: string): Parsed<Words[number]> =>
    words.includes(text) ? { value: text } : { problem: `is ${words.join(' or ')}` };

export const onOff = (text: string): Parsed<boolean> => {
  if (text === 'on' || text === 'true' || text === '1') return { value: true };
  return text === 'off' || text === 'false' || text === '0' ? { value: false } : { problem: 'is on or off' };
};

export const port = (text: string): Parsed<number> =>
  /^\d{1,5}$/.test(text) && Number(text) <= 65_535
    ? { value: Number(text) }
    : { problem: 'is a number from 0 to 65535' };

export const text =
  (most: number) =>
  (given: string): Parsed<string> =>
    given.length <= most ? { value: given } : { problem: `has at most ${most} characters` };

export const folder = (given: string): Parsed<string> => ({ value: resolve(given) });

export function publicUrl(given: string): Parsed<string> {
  const url = URL.parse(given);
  if (url === null || !/^https?:$/.test(url.protocol))
    return { problem: 'is an address such as https://chat.example.org' };
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '')
    return { problem: 'has no path, user or query: Parley needs a host name of its own' };
  return { value: url.origin };
}

export function host(given: string): Parsed<string> {
  return isIP(given) > 0 || given === 'localhost'
    ? { value: given }
    : { problem: 'is an IP address, such as 127.0.0.1 or 0.0.0.0' };
}

export function networks(given: string): Parsed<readonly string[]> {
  const list = given.split(',').map((each) => each.trim());
  const wrong = list.find((each) => !isTrustedNetwork(each));
  return wrong === undefined
    ? { value: list }
    : { problem: `has "${wrong}", which is no address and no network such as 10.0.0.0/8` };
}

export function factor(given: string): Parsed<number> {
  const value = Number(given);
  return value >= 0.1 && value <= 1_000_000 ? { value } : { problem: 'is a number from 0.1 to 1000000' };
}

export function gigabytes(given: string): Parsed<number> {
  const value = Number(given);
  return given.trim() !== '' && value >= 0 && value <= 1_000_000
    ? { value }
    : { problem: 'is a number of gigabytes from 0 to 1000000' };
}

export const setting = <T>(
  name: Setting<T>['name'],
  summary: string,
  standard: string,
  parse: (text: string) => Parsed<T>,
): Setting<T> => ({ name, summary, standard, parse });

/** The same, never printed. */
export const secret = <T>(given: Setting<T>): Setting<T> => ({ ...given, secret: true });
