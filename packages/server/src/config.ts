// Environment, file and flags → one frozen value, or every problem at once. Flags win over the environment, that over
// the file, that over the default. Nothing is read twice, and nothing else in the server reads the environment.
import { clusterNeeds, type clusterOptional, clusterPairs, clusterSettings } from './config-cluster.ts';
import { readSettingsFile } from './config-file.ts';
import type { Setting } from './config-readers.ts';
import { foreignNames, foreignPrefix, type SettingKey, type Settings, settings } from './config-settings.ts';

type ValueOf<S> = S extends Setting<infer T> ? T : never;
/** Settings that have no default may be absent. */
type Optional =
  | 'port'
  | 'metricsPort'
  | 'publicUrl'
  | 'tlsCert'
  | 'tlsKey'
  | 'trustedProxies'
  | (typeof clusterOptional)[number];

/** The configuration of a process. */
export type Config = Readonly<
  { [K in Exclude<SettingKey, Optional>]: ValueOf<Settings[K]> } & { [K in Optional]: ValueOf<Settings[K]> | null }
>;

/** Where settings come from. */
export interface Sources {
  /** By name, from the command line. */
  readonly flags: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Text of the settings file, or null. */
  readonly file: string | null;
  /** Reads the file that a `…_FILE` setting names. Throws when it cannot be read. */
  readonly readFile: (path: string) => string;
}

/** What was found, and from where; or everything that is wrong. */
export type Configured =
  | {
      readonly ok: true;
      readonly config: Config;
      readonly warnings: readonly string[];
      readonly origins: Readonly<Record<SettingKey, Origin>>;
    }
  | { readonly ok: false; readonly problems: readonly string[] };

export type Origin = 'flag' | 'environment' | 'file' | 'default';

interface Given {
  readonly text: string;
  readonly origin: Origin;
}

/** Reads all settings. */
export function readConfig(sources: Sources): Configured {
  const problems: string[] = [];
  const warnings: string[] = [];
  const given = collect(sources, problems, warnings);
  const values: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  for (const [key, setting] of Object.entries(settings) as [SettingKey, Setting<unknown>][]) {
    const { text, origin } = given.get(setting.name) ?? { text: setting.standard, origin: 'default' };
    origins[key] = origin;
    if (text === '') {
      values[key] = null;
      if (origin !== 'default' && setting.standard !== '') problems.push(`${setting.name} is empty.`);
      continue;
    }
    const parsed = setting.parse(text);
    if ('problem' in parsed) problems.push(`${setting.name} ${parsed.problem}${shown(setting, text)}.`);
    else values[key] = parsed.value;
  }
  const config = Object.freeze(values) as Config;
  if (problems.length === 0) problems.push(...contradictions(config, origins));
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, config, warnings, origins: origins as Record<SettingKey, Origin> };
}

/** Every setting that counts in this mode with its value and where it comes from, one a line; of secrets that they are given. */
export function printConfig(config: Config, origins: Readonly<Record<SettingKey, Origin>>): string {
  return (Object.entries(settings) as [SettingKey, Setting<unknown>][])
    .filter(([key]) => config.mode === 'cluster' || !(key in clusterSettings))
    .map(([key, { name, summary, secret }]) => {
      const line = secret && config[key] !== null ? `# ${name} is not shown` : `${name}=${textOf(config[key])}`;
      return `${line}  # ${origins[key]}. ${summary}`;
    })
    .join('\n');
}

/** What was given, without what nobody should read over somebody's shoulder. */
function shown({ secret }: Setting<unknown>, text: string): string {
  return secret ? '' : `; it is "${text.replaceAll(/\/\/[^@/,]*@/g, '//…@')}"`;
}

function contradictions(config: Config, origins: Readonly<Record<string, Origin>>): readonly string[] {
  const problems: string[] = [];
  if ((config.tlsCert === null) !== (config.tlsKey === null))
    problems.push('PARLEY_TLS_CERT and PARLEY_TLS_KEY go together; one of them is missing.');
  if (config.mode === 'embedded') {
    for (const [key, { name }] of Object.entries(clusterSettings))
      if (origins[key] !== 'default') problems.push(`${name} belongs to PARLEY_MODE=cluster, which is not set.`);
    return problems;
  }
  for (const key of clusterNeeds)
    if (config[key] === null) problems.push(`PARLEY_MODE=cluster needs ${settings[key].name}.`);
  for (const [one, other] of clusterPairs)
    if ((config[one] === null) !== (config[other] === null))
      problems.push(`${settings[one].name} and ${settings[other].name} go together; one of them is missing.`);
  if (config.s3Endpoint !== null && config.s3AccessKey === null)
    problems.push('PARLEY_S3_ENDPOINT needs PARLEY_S3_ACCESS_KEY and PARLEY_S3_SECRET_KEY.');
  return problems;
}

/** All settings that are given, by name. */
function collect(sources: Sources, problems: string[], warnings: string[]): ReadonlyMap<string, Given> {
  const given = new Map<string, Given>();
  const layers: readonly (readonly [Origin, Readonly<Record<string, string | undefined>>])[] = [
    ['file', sources.file === null ? {} : readSettingsFile(sources.file, problems)],
    ['environment', sources.environment],
    ['flag', sources.flags],
  ];
  for (const [origin, texts] of layers) {
    for (const [name, text] of Object.entries(texts)) {
      if (text === undefined || isForeign(name)) continue;
      if (!name.startsWith('PARLEY_')) {
        if (origin === 'file') strange(name, problems, warnings);
      } else if (origin === 'environment' && isInjected(name, text))
        warnings.push(`${name} is ignored: Kubernetes put it there.`);
      else take(given, { name, text, origin }, { sources, texts, problems });
    }
  }
  return given;
}

function take(
  given: Map<string, Given>,
  { name, text, origin }: { readonly name: string; readonly text: string; readonly origin: Origin },
  {
    sources,
    texts,
    problems,
  }: { sources: Sources; texts: Readonly<Record<string, string | undefined>>; problems: string[] },
): void {
  const base = name.endsWith('_FILE') ? name.slice(0, -'_FILE'.length) : null;
  if (knownNames.has(name)) given.set(name, { text: text.trim(), origin });
  else if (base !== null && knownNames.has(base)) {
    if (texts[base] !== undefined) problems.push(`${base} and ${name} are both given; give one.`);
    try {
      given.set(base, { text: sources.readFile(text).trim(), origin });
    } catch {
      problems.push(`${name} names a file that cannot be read: ${text}`);
    }
  } else problems.push(`${name} is not a setting${suggestion(name)}`);
}

/** A name in the settings file that none of ours can have: a slip of the pen, or meant for another program. */
function strange(name: string, problems: string[], warnings: string[]): void {
  const near = suggestion(knownNames.has(`PARLEY_${name}`) ? `PARLEY_${name}` : name.toUpperCase());
  if (near === '.') warnings.push(`${name} in the settings file has no effect: only PARLEY_… is read from it.`);
  else problems.push(`${name} is not a setting${near}`);
}

const knownNames: ReadonlySet<string> = new Set(Object.values(settings).map(({ name }) => name));

function isForeign(name: string): boolean {
  return foreignNames.includes(name) || name.startsWith(foreignPrefix);
}

/** What Kubernetes puts into every container for a service that is called `parley…`. */
function isInjected(name: string, text: string): boolean {
  return /_SERVICE_(HOST|PORT)(_|$)|_PORT_\d+_(TCP|UDP)(_|$)/.test(name) || /^(tcp|udp):\/\//.test(text);
}

function suggestion(name: string): string {
  const [best] = [...knownNames]
    .map((known) => ({ known, distance: distance(name, known) }))
    .toSorted((one, other) => one.distance - other.distance);
  return best !== undefined && best.distance <= 4 ? `; did you mean ${best.known}?` : '.';
}

/** How many letters must change to get from one word to the other. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, n) => n);
  for (const [n, letter] of from.split('').entries()) {
    const next = [n + 1];
    for (const [k, other] of to.split('').entries())
      next.push(Math.min((next[k] ?? 0) + 1, (row[k + 1] ?? 0) + 1, (row[k] ?? 0) + (letter === other ? 0 : 1)));
    row = next;
  }
  return row[to.length] ?? 0;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
