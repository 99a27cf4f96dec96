// The one error of the SDK. `code` says what happened (show by it), `advice` what to do (act on it).
// Its text is for developers: it is never parsed, and it never holds content, tokens or passwords.
import { type Advice, type ErrorCode, errors } from '@parley/protocol/errors';

/** What only a client can say. */
export const clientErrors = {
  'client.unreachable': { advice: 'retry', title: 'The server cannot be reached.' },
  'client.timeout': { advice: 'retry', title: 'No answer in time.' },
  'client.aborted': { advice: 'give_up', title: 'The caller stopped waiting.' },
  'client.closed': { advice: 'give_up', title: 'This client was closed.' },
  'client.queue_full': { advice: 'wait', title: 'Too many messages wait to be sent.' },
  'client.other_account': { advice: 'give_up', title: 'This store belongs to another account.' },
  'client.handle_changed': { advice: 'give_up', title: 'This handle belongs to somebody else than before.' },
  'client.storage': { advice: 'retry', title: 'This device cannot keep it: storage is full or damaged.' },
  'client.crypto': { advice: 'retry', title: 'The keys of this device could not be used.' },
  'client.keys_lost': { advice: 'give_up', title: 'The keys of this device are gone: it must be signed in anew.' },
  'client.review_first': { advice: 'fix', title: 'This person set up Parley afresh: review that first.' },
  'client.unreadable_file': { advice: 'fix', title: 'The file cannot be read, or has changed meanwhile.' },
  'client.altered_file': { advice: 'give_up', title: 'The file is not what its sender sent.' },
  'client.list_fault': { advice: 'retry', title: 'The list of who is in this group is not in order.' },
  'client.unexpected': { advice: 'give_up', title: 'The server answered something unexpected.' },
  'link.invalid': { advice: 'fix', title: 'This is not the code of a new device.' },
  'link.gone': { advice: 'fix', title: 'This code is not good any more: it serves once, for two minutes.' },
  'recovery.invalid': { advice: 'fix', title: 'This is not a recovery key.' },
  'recovery.wrong': { advice: 'fix', title: 'This is not the recovery key of this account.' },
} as const satisfies Readonly<Record<string, { readonly advice: Advice; readonly title: string }>>;

export type ClientErrorCode = keyof typeof clientErrors;

/** Every code that an error of the SDK can have: the protocol's and the client's own. */
export type ChatErrorCode = ErrorCode | ClientErrorCode;

/** Everything that the SDK throws. `retryAfterMs` only with advice `wait`. */
export class ChatError extends Error {
  override readonly name = 'ChatError';
  readonly code: ChatErrorCode;
  readonly advice: Advice;
  readonly retryAfterMs: number | null;

  constructor(code: ChatErrorCode, options: { readonly cause?: unknown; readonly retryAfterMs?: number } = {}) {
    super(`${code}: ${entryOf(code).title}`, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.advice = entryOf(code).advice;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** A code as text from the wire, known or (from a newer server) not. */
export function codeFromText(text: string): ChatErrorCode {
  return Object.hasOwn(errors, text) ? (text as ErrorCode) : 'client.unexpected';
}

function entryOf(code: ChatErrorCode): { readonly advice: Advice; readonly title: string } {
  return Object.hasOwn(errors, code) ? errors[code as ErrorCode] : clientErrors[code as ClientErrorCode];
}

/** A refusal of the server that asking again does not change. */
export function isFinal(error: unknown): boolean {
  return error instanceof ChatError && error.advice === 'give_up' && !error.code.startsWith('client.');
}
