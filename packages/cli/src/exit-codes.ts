// How a command ends. Scripts rely on these numbers.
import { ChatError } from '@parley/sdk';

export const exitCodes = { done: 0, refused: 1, usage: 2, unreachable: 3, interrupted: 130 } as const;

/** A mistake in how a command was called. Its message says what to do. */
export class UsageError extends Error {
  override name = 'UsageError';
}

const unreachable: readonly string[] = ['client.unreachable', 'client.timeout'];

/** The exit code for what a command threw. */
export function exitCodeFor(error: unknown): number {
  if (error instanceof UsageError) return exitCodes.usage;
  if (error instanceof ChatError) return unreachable.includes(error.code) ? exitCodes.unreachable : exitCodes.refused;
  return exitCodes.refused;
}

/** One line for standard error: the code first, for scripts, then what it means. */
export function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
