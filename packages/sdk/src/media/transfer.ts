// What sending and getting a file have in common: who may end it, and what its end is called. [MED]
import { ChatError } from '../error.ts';

/** Who no longer waits: the caller, or the client that was closed. */
export interface Ends {
  readonly closed: AbortSignal;
  readonly signal: AbortSignal | undefined;
}

/** Fires with the first of them. */
export function eitherOf({ closed, signal }: Ends): AbortSignal {
  return signal === undefined ? closed : AbortSignal.any([closed, signal]);
}

/** What a transfer that did not get through is called. */
export function faultOf(cause: unknown, { closed, signal }: Ends): ChatError {
  if (closed.aborted) return new ChatError('client.closed', { cause });
  if (signal?.aborted === true) return new ChatError('client.aborted', { cause });
  return cause instanceof ChatError ? cause : new ChatError('client.unreachable', { cause });
}
