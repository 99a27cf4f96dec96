// A refusal that is written straight to a connection, which then ends: of an upgrade, or of what is no request that a
// route could answer. It is a problem document like any other. [API3]
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ErrorCode, errors } from '@parley/protocol';
import { connectRetryMs } from '../kernel/limits.ts';
import { problem, problemType } from './problem.ts';

/** Where it differs from the code's own. */
export interface RawRefusal {
  readonly status?: number;
  /** The field that is wrong. */
  readonly path?: string;
  readonly headers?: readonly string[];
}

/** Answers and ends the connection. */
export function refuseRaw(network: Duplex, code: ErrorCode, { status, path, headers = [] }: RawRefusal = {}): void {
  const waits = errors[code].advice === 'wait';
  const details = { ...(waits && { retry_after_ms: connectRetryMs }), ...(path !== undefined && { path }) };
  const told = { ...problem(code, details), ...(status !== undefined && { status }) };
  const body = JSON.stringify(told);
  const head = [
    `HTTP/1.1 ${told.status} ${STATUS_CODES[told.status] ?? 'Refused'}`,
    'Connection: close',
    `Content-Type: ${problemType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(waits ? [`Retry-After: ${connectRetryMs / 1_000}`] : []),
    ...headers,
  ];
  network.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
