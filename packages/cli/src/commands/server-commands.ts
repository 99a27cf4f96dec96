// Commands that are the server's own: they run its program with the same arguments. `parley serve` in a checkout
// is what `npm start` runs.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';

const own = [
  ['serve', 'run the server'],
  ['config', 'print the configuration that the server would run with'],
  ['backup', 'copy the data of a running or stopped server'],
  ['restore', 'put a backup in the place of a stopped server’s data'],
  ['doctor', 'check this machine and the data folder'],
] as const;

export function serverCommands(program: Command, terminal: Terminal): void {
  for (const [name, description] of own) {
    program
      .command(`${name} [arguments...]`)
      .description(description)
      .allowUnknownOption()
      .helpOption(false)
      .action(async (_arguments: string[], _options: unknown, command: Command) => {
        process.exitCode = await runServer([name, ...command.args], terminal);
      });
  }
}

/** Runs the server's program on this Node; resolves to its exit code. Signals reach it through the terminal's group or from here. */
function runServer(args: readonly string[], terminal: Terminal): Promise<number> {
  const main = fileURLToPath(import.meta.resolve('@parley/server'));
  const child = spawn(process.execPath, [main, ...args], { stdio: 'inherit', env: { ...terminal.environment } });
  const forward = (signal: NodeJS.Signals) => () => child.kill(signal);
  const handlers = (['SIGTERM', 'SIGHUP', 'SIGINT'] as const).map((signal) => [signal, forward(signal)] as const);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      for (const [name, handler] of handlers) process.off(name, handler);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}
