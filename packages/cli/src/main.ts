// The `parley` command. Data on standard output, chatter on standard error; exit 0 done, 1 refused, 2 wrong usage,
// 3 not reachable, 130 interrupted.
import { Command, CommanderError } from 'commander';
import { adminCommands } from './commands/admin.ts';
import { chatCommand } from './commands/chat.ts';
import { conversationsCommand } from './commands/conversations.ts';
import { demoCommand } from './commands/demo.ts';
import { devicesCommands } from './commands/devices.ts';
import { exportCommand } from './commands/export.ts';
import { groupCommands } from './commands/group.ts';
import { historyCommand } from './commands/history.ts';
import { inviteCommands } from './commands/invite.ts';
import { loginCommands } from './commands/login.ts';
import { registerCommand } from './commands/register.ts';
import { roomCommands } from './commands/room.ts';
import { searchCommand } from './commands/search.ts';
import { sendCommand } from './commands/send.ts';
import { serverCommands } from './commands/server-commands.ts';
import { tailCommand } from './commands/tail.ts';
import { exitCodes } from './exit-codes.ts';
import { createRun } from './run.ts';
import type { Terminal } from './terminal.ts';
import { version } from './version.ts';

/** Runs one command line; resolves to the exit code. */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  let exit: number = exitCodes.done;
  const program = new Command('parley')
    .description('A private messenger on a server of your own.')
    .version(version)
    .option('--profile <name>', 'which login', terminal.environment.PARLEY_PROFILE ?? 'default')
    .option('--json', 'one JSON object a line')
    .option('--timeout <seconds>', 'how long to wait for the server', Number, 15)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.output.write(text),
      writeErr: (text) => void terminal.chatter.write(text),
    })
    .showSuggestionAfterError();
  const run = createRun(program, terminal, (code) => {
    exit = code;
  });
  for (const add of [
    registerCommand,
    loginCommands,
    sendCommand,
    historyCommand,
    tailCommand,
    chatCommand,
    conversationsCommand,
    groupCommands,
    roomCommands,
    inviteCommands,
    devicesCommands,
    searchCommand,
    exportCommand,
    adminCommands,
    demoCommand,
  ]) {
    add(program, run);
  }
  serverCommands(program, terminal);
  overrideExits(program);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
  return exit;
}

/** Commander ends the process by itself unless every command is told not to. */
function overrideExits(command: Command): void {
  for (const child of command.commands) {
    child.exitOverride();
    overrideExits(child);
  }
}

if (import.meta.main || process.argv[1]?.endsWith('main.ts') === true) {
  const interrupt = new AbortController();
  process.on('SIGINT', () => interrupt.abort());
  const terminal: Terminal = {
    input: process.stdin,
    output: process.stdout,
    chatter: process.stderr,
    interactive: process.stdout.isTTY === true,
    environment: process.env,
    interrupted: interrupt.signal,
  };
  process.exitCode = (await main(process.argv.slice(2), terminal)) || process.exitCode || 0;
}
