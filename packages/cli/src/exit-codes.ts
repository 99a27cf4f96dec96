// How a command ends. Scripts rely on these numbers and on the code at the beginning of the line.
import { ChatError, type ChatErrorCode } from '@parley/sdk';

export const exitCodes = { done: 0, refused: 1, usage: 2, unreachable: 3, locked: 4, interrupted: 130 } as const;

/** A mistake in how a command was called. Its message says what to do. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** What the server would refuse as well, noticed here, with advice in words. */
export class Refused extends Error {
  override name = 'Refused';

  constructor(code: ChatErrorCode, advice: string) {
    super(`${code}: ${advice}`);
  }
}

/** The keys that it takes are not here, or not those that somebody was known by. Its message says what to do. */
export class Locked extends Error {
  override name = 'Locked';

  constructor(code: 'encryption.needs_linking' | 'encryption.identity_changed', advice: string) {
    super(`${code}: ${advice}`);
  }
}

/** Ctrl-C while a command was asking. */
export class Interrupted extends Error {
  override name = 'Interrupted';
}

const unreachable: readonly string[] = ['client.unreachable', 'client.timeout'];

/** The exit code for what a command threw. */
export function exitCodeFor(error: unknown): number {
  if (error instanceof UsageError) return exitCodes.usage;
  if (error instanceof Locked) return exitCodes.locked;
  if (error instanceof Interrupted) return exitCodes.interrupted;
  if (error instanceof ChatError) return unreachable.includes(error.code) ? exitCodes.unreachable : exitCodes.refused;
  return exitCodes.refused;
}

/** One line for standard error: the code first, for scripts, then what it means. */
export function describe(error: unknown): string {
  if (error instanceof ChatError && error.retryAfterMs !== null)
    return `${error.message} Again in ${Math.ceil(error.retryAfterMs / 1000)} s.`;
  return error instanceof Error ? error.message : String(error);
}
