// The `parley` command. Data on standard output, chatter on standard error; exit 0 done, 1 refused, 2 wrong usage,
// 3 not reachable, 4 the keys are not here, 130 interrupted.
import { Command, CommanderError } from 'commander';
import { adminCommands } from './commands/admin.ts';
import { chatCommand } from './commands/chat.ts';
import { conversationsCommand } from './commands/conversations.ts';
import { demoCommand } from './commands/demo.ts';
import { devicesCommands } from './commands/devices.ts';
import { downloadCommand } from './commands/download.ts';
import { exportCommand } from './commands/export.ts';
import { groupCommands } from './commands/group.ts';
import { historyCommand } from './commands/history.ts';
import { identityCommands } from './commands/identity.ts';
import { inviteCommands } from './commands/invite.ts';
import { loginCommands } from './commands/login.ts';
import { logoutCommand } from './commands/logout.ts';
import { recoveryCommands } from './commands/recovery.ts';
import { registerCommand } from './commands/register.ts';
import { reportCommand } from './commands/report.ts';
import { requestCommands } from './commands/requests.ts';
import { roomCommands } from './commands/room.ts';
import { searchCommand } from './commands/search.ts';
import { sendCommand } from './commands/send.ts';
import { serverCommands } from './commands/server-commands.ts';
import { tailCommand } from './commands/tail.ts';
import { verifyWebCommand } from './commands/verify-web.ts';
import { hostWorld, type World } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { seconds } from './option-values.ts';
import { createRun } from './run.ts';
import type { Terminal } from './terminal.ts';
import { version } from './version.ts';

/** Runs one command line; resolves to the exit code. */
export async function main(args: readonly string[], terminal: Terminal, world: World = hostWorld): Promise<number> {
  let exit: number = exitCodes.done;
  const setExit = (code: number) => {
    exit = code;
  };
  const program = new Command('parley')
    .description('A private messenger on a server of your own.')
    .version(version)
    .option('--profile <name>', 'which login', terminal.environment.PARLEY_PROFILE ?? 'default')
    .option('--json', 'one JSON object a line')
    .option('--timeout <seconds>', 'how long to wait for the server', seconds, 15)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.output.write(text),
      writeErr: (text) => void terminal.chatter.write(text),
    })
    .showSuggestionAfterError();
  const run = createRun(program, terminal, world, setExit);
  for (const add of [
    registerCommand,
    loginCommands,
    logoutCommand,
    sendCommand,
    historyCommand,
    downloadCommand,
    tailCommand,
    chatCommand,
    conversationsCommand,
    requestCommands,
    reportCommand,
    groupCommands,
    roomCommands,
    inviteCommands,
    devicesCommands,
    recoveryCommands,
    identityCommands,
    verifyWebCommand,
    searchCommand,
    exportCommand,
    adminCommands,
    demoCommand,
  ]) {
    add(program, run);
  }
  serverCommands(program, terminal, setExit);
  prepare(program);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
  return exit;
}

/** Commander ends the process by itself unless every command is told not to; global options are shown everywhere. */
function prepare(command: Command): void {
  for (const child of command.commands) {
    child.exitOverride();
    child.configureHelp({ showGlobalOptions: true });
    prepare(child);
  }
}

/** Runs the command line of this process on its terminal. */
export async function start(): Promise<void> {
  const interrupt = new AbortController();
  process.on('SIGINT', () => interrupt.abort());
  // Whoever reads the output may stop reading, as `head` does: then there is nothing more to do.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(exitCodes.done);
  });
  const terminal: Terminal = {
    input: process.stdin,
    output: process.stdout,
    chatter: process.stderr,
    interactive: process.stdout.isTTY === true,
    environment: process.env,
    interrupted: interrupt.signal,
  };
  process.exitCode = await main(process.argv.slice(2), terminal);
}

if (import.meta.main) await start();
