// Refusals over HTTP, as RFC 9457 problems with our stable code and advice.
import { type ErrorCode, errors, type Problem } from '@parley/protocol';
import { knownDetails } from './answers.ts';

/** Media type of a problem. */
export const problemType = 'application/problem+json';

/** The refusal as a problem. Of the details only those that the protocol knows are sent. */
export function problem(code: ErrorCode, details?: Readonly<Record<string, unknown>>, requestId?: string): Problem {
  const { advice, status, title } = errors[code];
  return {
    type: `/docs/errors#${code}`,
    title,
    status,
    code,
    advice,
    ...knownDetails(details),
    ...(requestId === undefined ? {} : { request_id: requestId }),
  };
}
