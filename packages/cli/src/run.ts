// Wraps a command's action: builds its context, and turns what it throws into a line and an exit code.
import type { Command } from 'commander';
import { type Context, createContext, type GlobalOptions, type World } from './context.ts';
import { describe, exitCodeFor, exitCodes } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** Makes an action for commander out of one for people. */
export type Run = <Arguments extends unknown[]>(
  action: (context: Context, ...args: Arguments) => Promise<unknown>,
) => (...args: unknown[]) => Promise<void>;

interface ParsedOptions {
  readonly profile: string;
  readonly json?: boolean;
  readonly timeout: number;
}

/** `setExit` gets the exit code of an action that failed. */
export function createRun(program: Command, terminal: Terminal, world: World, setExit: (code: number) => void): Run {
  return (action) =>
    async (...args) => {
      const parsed = program.opts<ParsedOptions>();
      const options: GlobalOptions = {
        profile: parsed.profile,
        json: parsed.json === true,
        timeoutMs: parsed.timeout * 1000,
      };
      try {
        await action(createContext(terminal, options, world), ...(args as never));
      } catch (error) {
        if (terminal.interrupted.aborted) return setExit(exitCodes.interrupted);
        terminal.chatter.write(`parley: ${describe(error)}\n`);
        setExit(exitCodeFor(error));
      }
    };
}
