// The server's program: reads the command line and the configuration, then serves until a signal, or does what an
// operator asks. Exit 0 done, 1 could not, 2 wrong usage. What it prints for people goes to standard output once;
// everything else goes to the log on standard error.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type CommandLine, helpText, readCommandLine } from './command-line.ts';
import { backup, doctor, operator, restore } from './compose-operator.ts';
import { serve } from './compose-serve.ts';
import { type Configured, printConfig, readConfig } from './config.ts';
import { version } from './version.ts';

const say = (text: string) => void process.stdout.write(`${text}\n`);
const complain = (text: string) => void process.stderr.write(`${text}\n`);

const ofOneFolder: ReadonlySet<string> = new Set(['doctor', 'backup', 'restore', 'operator']);

async function main(line: CommandLine): Promise<number> {
  switch (line.command) {
    case 'wrong':
      complain(`${line.problem}\n\n${helpText()}`);
      return 2;
    case 'help':
      say(helpText());
      return 0;
    case 'version':
      say(version);
      return 0;
    default:
      return perform(line);
  }
}

async function perform(line: Extract<CommandLine, { readonly flags: unknown }>): Promise<number> {
  const configured = configure(line.flags);
  if (!configured.ok) {
    complain(['The configuration is wrong:', ...configured.problems.map((problem) => `  ${problem}`)].join('\n'));
    return 2;
  }
  const { config, warnings, origins } = configured;
  if (config.mode === 'cluster' && ofOneFolder.has(line.command)) {
    complain(`"${line.command}" is for one process with one folder; a cluster keeps its data in its engines.`);
    return 2;
  }
  switch (line.command) {
    case 'serve':
      return config.mode === 'cluster' ? (await ofCluster()).serveCluster(config, warnings) : serve(config, warnings);
    case 'setup-link':
      return config.mode === 'cluster' ? (await ofCluster()).printSetupLink(config, say) : onlyInCluster(line.command);
    case 'migrate':
      if (config.mode !== 'cluster') return onlyInCluster(line.command);
      return (await import('./compose-migrate.ts')).migrate(config, { say, complain });
    case 'config':
      say(printConfig(config, origins));
      return 0;
    case 'doctor':
      return doctor(config, say);
    case 'backup':
      return backup(config, resolve(line.folder), { say, complain });
    case 'restore':
      return restore(config, resolve(line.folder), { say, complain });
    case 'move':
      return (await import('./compose-move.ts')).move(config, { say, complain });
    case 'operator':
      return operator(config, line.handle, { say, complain });
  }
}

/** A process without a cluster never reads the programs of its engines, which are as much as all else. */
const ofCluster = () => import('./compose-serve-cluster.ts');

/** One process prints its link, and brings its folder up to date, when it starts. */
function onlyInCluster(command: string): number {
  complain(`"${command}" is for PARLEY_MODE=cluster.`);
  return 2;
}

/** Settings from flags, environment and the settings file: `PARLEY_CONFIG`, else `parley.env` in the data folder. */
function configure(flags: Readonly<Record<string, string>>): Configured {
  const { env } = process;
  const folder = resolve(flags.PARLEY_DATA ?? env.PARLEY_DATA ?? 'data');
  const named = env.PARLEY_CONFIG;
  const path = named ?? join(folder, 'parley.env');
  if (named !== undefined && !existsSync(named))
    return { ok: false, problems: [`PARLEY_CONFIG names a file that is not there: ${named}`] };
  const readFile = (name: string) => readFileSync(name, 'utf8');
  try {
    const file = existsSync(path) ? readFile(path) : null;
    return readConfig({ flags, environment: env, file, readFile });
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    return { ok: false, problems: [`The settings file cannot be read: ${error.message}`] };
  }
}

process.exitCode = await main(readCommandLine(process.argv.slice(2)));
