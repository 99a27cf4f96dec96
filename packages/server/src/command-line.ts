// The server's own command line: `serve` and its settings as flags, and the commands of an operator on this machine.
// Every setting but secrets has a flag of the same name: PARLEY_TRUSTED_PROXIES is --trusted-proxies.
import { parseArgs } from 'node:util';
import type { Setting } from './config-readers.ts';
import { settings } from './config-settings.ts';

/** What to do. */
export type CommandLine =
  | {
      readonly command: 'serve' | 'config' | 'doctor' | 'setup-link' | 'migrate';
      readonly flags: Readonly<Record<string, string>>;
    }
  | {
      readonly command: 'backup' | 'restore';
      readonly flags: Readonly<Record<string, string>>;
      readonly folder: string;
    }
  | { readonly command: 'move'; readonly flags: Readonly<Record<string, string>> }
  | {
      readonly command: 'operator';
      readonly flags: Readonly<Record<string, string>>;
      readonly handle: string | null;
    }
  | { readonly command: 'help' | 'version' }
  | { readonly command: 'wrong'; readonly problem: string };

/** Secrets have none: everybody on the machine can read a command line. */
const withFlag = (Object.values(settings) as readonly Setting<unknown>[]).filter(({ secret }) => secret !== true);
const names = withFlag.map(({ name }) => name);
const flagOf = (name: string) => name.slice('PARLEY_'.length).toLowerCase().replaceAll('_', '-');
/** Flags that say something by being there. */
const switches = new Set(['PARLEY_INSECURE', 'PARLEY_GUESTS', 'PARLEY_UNSAFE']);

/** Reads the arguments after the program's name. */
export function readCommandLine(args: readonly string[]): CommandLine {
  try {
    return read(args);
  } catch (error) {
    return { command: 'wrong', problem: error instanceof Error ? error.message : 'not understood' };
  }
}

function read(args: readonly string[]): CommandLine {
  const options = Object.fromEntries(
    names.map((name) => [flagOf(name), { type: switches.has(name) ? 'boolean' : 'string' } as const]),
  );
  const parsed = parseArgs({
    args: [...args],
    options: {
      ...options,
      to: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean' },
    },
    allowPositionals: true,
    strict: true,
  });
  const { positionals } = parsed;
  const values: Readonly<Record<string, unknown>> = parsed.values;
  if (values.help === true) return { command: 'help' };
  if (values.version === true) return { command: 'version' };
  const flags: Record<string, string> = {};
  for (const name of names) {
    const value = values[flagOf(name)];
    if (value === true) flags[name] = 'on';
    else if (typeof value === 'string') flags[name] = value;
  }
  if (positionals[0] === 'move') return moveOf(positionals, flags, values.to);
  if (values.to !== undefined) return wrong('"--to" belongs to move.');
  return commandOf(positionals, flags);
}

/** Where to is said, so that nobody moves by accident. The settings are then those of the cluster. */
function moveOf([, more]: readonly string[], flags: Readonly<Record<string, string>>, to: unknown): CommandLine {
  if (to !== 'cluster') return wrong('Say where to: parley move --to cluster.');
  return more === undefined
    ? { command: 'move', flags: { ...flags, PARLEY_MODE: 'cluster' } }
    : wrong(`"${more}" is one word too many.`);
}

function commandOf(positionals: readonly string[], flags: Readonly<Record<string, string>>): CommandLine {
  const [command = 'serve', ...rest] = positionals;
  switch (command) {
    case 'config':
      if (rest[0] !== undefined && rest[0] !== 'print')
        return wrong(`"config ${rest[0]}" is no command; "config print" is.`);
      return rest.length > 1 ? wrong(`"${rest[1]}" is one word too many.`) : { command, flags };
    case 'serve':
    case 'doctor':
    case 'setup-link':
    case 'migrate':
      return rest.length > 0 ? wrong(`"${rest[0]}" is one word too many.`) : { command, flags };
    case 'backup':
    case 'restore': {
      const [folder, more] = rest;
      if (folder === undefined) return wrong(`Name the folder: parley ${command} FOLDER.`);
      return more === undefined ? { command, flags, folder } : wrong(`"${more}" is one word too many.`);
    }
    case 'operator': {
      const [handle = null, more] = rest;
      return more === undefined ? { command, flags, handle } : wrong(`"${more}" is one word too many.`);
    }
    case 'help':
    case 'version':
      return { command };
    default:
      return wrong(
        `"${command}" is no command. There are serve, config print, doctor, backup, restore, operator, move, migrate and setup-link.`,
      );
  }
}

function wrong(problem: string): CommandLine {
  return { command: 'wrong', problem };
}

/** Every command and setting, for people. */
export function helpText(): string {
  const rows = withFlag.map(({ name, summary, standard }) => {
    const flag = `--${flagOf(name)}${switches.has(name) ? '' : ' …'}`;
    return `  ${flag.padEnd(22)} ${summary}${standard === '' ? '' : ` Default: ${standard}.`}`;
  });
  return [
    'parley serve                 run the server',
    'parley config print          every setting, its value and where it comes from',
    'parley doctor                check this machine and the data folder',
    'parley backup FOLDER         copy the data, also of a running server, to a new folder',
    'parley restore FOLDER        put a backup in the place of a stopped server’s data',
    'parley operator [HANDLE]     an operator who cannot sign in any more gets a new password',
    'parley move --to cluster     a stopped server’s data become those of an empty cluster',
    'parley migrate               make a cluster’s engines ready for this version, before it is rolled out',
    'parley setup-link            of a cluster without an operator: a link that makes one',
    '',
    'Settings (each also as an environment variable: --trusted-proxies is PARLEY_TRUSTED_PROXIES):',
    ...rows,
  ].join('\n');
}
