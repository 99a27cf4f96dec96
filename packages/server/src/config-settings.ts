// Every setting of the server, once: its name, what it means, its default, and how its text is read. The table makes
// validation, `config print` and the sample file. A setting reads text; it must never look at the disk or the network.
import { clusterSettings } from './config-cluster.ts';
import {
  factor,
  folder,
  gigabytes,
  host,
  networks,
  onOff,
  port,
  publicUrl,
  type Setting,
  setting,
  text,
  word,
} from './config-readers.ts';

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
    'Port of /metrics. Without it the next one that is free after the port.',
    '',
    port,
  ),
  metricsHost: setting(
    'PARLEY_METRICS_HOST',
    'Address of /metrics. Whoever reaches it can read it: figures, never what people wrote.',
    '127.0.0.1',
    host,
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
  filesGb: setting(
    'PARLEY_FILES_GB',
    'How much the files of one account may take, in gigabytes (10^9 bytes).',
    '5',
    gigabytes,
  ),
  rateFactor: setting('PARLEY_RATE_FACTOR', 'Makes every limit of speed so many times as generous.', '1', factor),
  logLevel: setting(
    'PARLEY_LOG_LEVEL',
    'How much is logged: error, warn, info or debug.',
    'info',
    word(['error', 'warn', 'info', 'debug']),
  ),
  mode: setting(
    'PARLEY_MODE',
    'embedded: one process and one folder. cluster: many processes on engines.',
    'embedded',
    word(['embedded', 'cluster']),
  ),
  ...clusterSettings,
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

export type Settings = typeof settings;
export type SettingKey = keyof Settings;

/** Names of other programs of Parley; the server lets them be. */
export const foreignNames = ['PARLEY_HOME', 'PARLEY_PROFILE', 'PARLEY_CHROMIUM', 'PARLEY_CONFIG'];
export const foreignPrefix = 'PARLEY_TEST_';
