// Every setting of the server, once: its name, what it means, its default, and how its text is read. The table makes
// validation, `config print` and the sample file. A setting reads text; it must never look at the disk or the network.
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
}

const word =
  <const Words extends readonly string[]>(words: Words) =>
  (text: string): Parsed<Words[number]> =>
    words.includes(text) ? { value: text } : { problem: `is ${words.join(' or ')}` };

const onOff = (text: string): Parsed<boolean> => {
  if (text === 'on' || text === 'true' || text === '1') return { value: true };
  return text === 'off' || text === 'false' || text === '0' ? { value: false } : { problem: 'is on or off' };
};

const port = (text: string): Parsed<number> =>
  /^\d{1,5}$/.test(text) && Number(text) <= 65_535
    ? { value: Number(text) }
    : { problem: 'is a number from 0 to 65535' };

const text =
  (most: number) =>
  (given: string): Parsed<string> =>
    given.length <= most ? { value: given } : { problem: `has at most ${most} characters` };

const folder = (given: string): Parsed<string> => ({ value: resolve(given) });

function publicUrl(given: string): Parsed<string> {
  const url = URL.parse(given);
  if (url === null || !/^https?:$/.test(url.protocol))
    return { problem: 'is an address such as https://chat.example.org' };
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '')
    return { problem: 'has no path, user or query: Parley needs a host name of its own' };
  return { value: url.origin };
}

function host(given: string): Parsed<string> {
  return isIP(given) > 0 || given === 'localhost'
    ? { value: given }
    : { problem: 'is an IP address, such as 127.0.0.1 or 0.0.0.0' };
}

function networks(given: string): Parsed<readonly string[]> {
  const list = given.split(',').map((each) => each.trim());
  const wrong = list.find((each) => !isTrustedNetwork(each));
  return wrong === undefined
    ? { value: list }
    : { problem: `has "${wrong}", which is no address and no network such as 10.0.0.0/8` };
}

function factor(given: string): Parsed<number> {
  const value = Number(given);
  return value >= 0.1 && value <= 1_000_000 ? { value } : { problem: 'is a number from 0.1 to 1000000' };
}

const setting = <T>(
  name: Setting<T>['name'],
  summary: string,
  standard: string,
  parse: (text: string) => Parsed<T>,
): Setting<T> => ({ name, summary, standard, parse });

/** All settings, by the name of their value. */
export const settings = {
  name: setting('PARLEY_NAME', 'Name of the server, for people.', 'Parley', text(64)),
  data: setting('PARLEY_DATA', 'Folder that holds everything.', 'data', folder),
  host: setting('PARLEY_HOST', 'Address to listen on. 0.0.0.0 is every network of this machine.', '127.0.0.1', host),
  port: setting(
    'PARLEY_PORT',
    'Port to listen on. Without it 8420, or at the first start the next one that is free.',
    '',
    port,
  ),
  metricsPort: setting(
    'PARLEY_METRICS_PORT',
    'Port of /metrics on 127.0.0.1. Without it the next one that is free after the port.',
    '',
    port,
  ),
  publicUrl: setting(
    'PARLEY_PUBLIC_URL',
    'Address under which people reach the server, when a proxy stands before it.',
    '',
    publicUrl,
  ),
  trustedProxies: setting(
    'PARLEY_TRUSTED_PROXIES',
    'Proxies whose X-Forwarded-For is believed: addresses or networks, separated by commas.',
    '',
    networks,
  ),
  tlsCert: setting('PARLEY_TLS_CERT', 'File with the certificate chain, to serve HTTPS without a proxy.', '', folder),
  tlsKey: setting('PARLEY_TLS_KEY', 'File with the key of the certificate.', '', folder),
  insecure: setting(
    'PARLEY_INSECURE',
    'Serve plain HTTP to other machines. Browsers will not sign in there.',
    'off',
    onOff,
  ),
  signup: setting(
    'PARLEY_SIGNUP',
    'Who may make an account: invite, open or closed.',
    'invite',
    word(['invite', 'open', 'closed']),
  ),
  guests: setting('PARLEY_GUESTS', 'May people without an account enter open rooms?', 'off', onOff),
  people: setting(
    'PARLEY_DIRECTORY',
    'How people find each other: by the exact handle, or members may look through all.',
    'exact',
    word(['exact', 'members']),
  ),
  echoBot: setting(
    'PARLEY_ECHO_BOT',
    'A small bot that greets new people and answers, so that one is not alone.',
    'on',
    onOff,
  ),
  rateFactor: setting('PARLEY_RATE_FACTOR', 'Makes every limit of speed so many times as generous.', '1', factor),
  logLevel: setting(
    'PARLEY_LOG_LEVEL',
    'How much is logged: error, warn, info or debug.',
    'info',
    word(['error', 'warn', 'info', 'debug']),
  ),
  mode: setting('PARLEY_MODE', 'embedded: one process and one folder.', 'embedded', word(['embedded', 'cluster'])),
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

export type Settings = typeof settings;
export type SettingKey = keyof Settings;

/** Names that belong to a cluster; they need `PARLEY_MODE=cluster`. */
export const clusterNames = ['PARLEY_KAFKA', 'PARLEY_CASSANDRA', 'PARLEY_REDIS', 'PARLEY_ROLE'];
export const clusterPrefix = 'PARLEY_S3_';

/** Names of other programs of Parley; the server lets them be. */
export const foreignNames = ['PARLEY_HOME', 'PARLEY_PROFILE', 'PARLEY_CHROMIUM', 'PARLEY_CONFIG'];
export const foreignPrefix = 'PARLEY_TEST_';
