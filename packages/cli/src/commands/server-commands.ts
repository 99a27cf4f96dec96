// Commands that are the server's own: they run its program with the same arguments. `parley serve` in a checkout
// is what `npm start` runs.
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { runUnder } from '../../bin/runtime.mjs';
import type { Terminal } from '../terminal.ts';

const own = [
  ['serve', 'run the server'],
  ['config', 'print the configuration that the server would run with'],
  ['backup', 'copy the data of a running or stopped server'],
  ['restore', 'put a backup in the place of a stopped server’s data'],
  ['move', 'move a stopped server into a cluster: --to cluster'],
  ['operator', 'give an operator who cannot sign in any more a new password'],
  ['doctor', 'check this machine and the data folder'],
] as const;

export function serverCommands(program: Command, terminal: Terminal, setExit: (code: number) => void): void {
  for (const [name, description] of own) {
    program
      .command(`${name} [arguments...]`)
      .description(description)
      .allowUnknownOption()
      .helpOption(false)
      .action(async (_arguments: string[], _options: unknown, command: Command) => {
        const json = program.opts<{ json?: boolean }>().json === true ? ['--json'] : [];
        setExit(await runServer([name, ...command.args, ...json], terminal));
      });
  }
}

/** Runs the server's program on this Node, with this terminal; resolves to its exit code. */
async function runServer(args: readonly string[], terminal: Terminal): Promise<number> {
  const main = fileURLToPath(import.meta.resolve('@parley/server'));
  return Number(await runUnder({ path: process.execPath }, [main, ...args], { ...terminal.environment }));
}
