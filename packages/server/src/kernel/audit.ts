// The security log: who came in, who was kept out, and what was done to accounts, one line each, without content,
// password, token, or a handle as it was typed (which may be a password). Somebody who tries without end fills no disk.
import type { AccountId, DeviceId } from '@parley/protocol';
import { maxAuditAddresses, maxAuditLinesPerMinute } from './limits.ts';

export const auditKinds = [
  'sign_up',
  'sign_in',
  'sign_in_refused',
  'sign_out',
  'rate_limited',
  'password_refused',
  'password_changed',
  'token_replaced',
  'device_revoked',
  'account_deleted',
  'operator_act',
  'operator_refused',
] as const;
export type AuditKind = (typeof auditKinds)[number];

/** What is known of it. */
export interface AuditFacts {
  /** As the settings for proxies let it be known. */
  readonly address: string;
  /** Who did it, or whose it is. */
  readonly account?: AccountId | undefined;
  readonly device?: DeviceId | undefined;
  /** To whom an operator did it. */
  readonly subject?: AccountId | undefined;
  /** The route that was called. */
  readonly route?: string;
}

/** Writes a line; `left_out` says how many of an address were not written in the minute before. */
export type WriteAudit = (kind: AuditKind | 'left_out', facts: AuditFacts & { readonly count?: number }) => void;

const minuteMs = 60_000;
/** Where there are too many addresses in a minute, the others are counted together. */
const others = 'others';

/** Takes what happened and writes a bounded part of it. */
export function auditBook(write: WriteAudit, now: () => number): (kind: AuditKind, facts: AuditFacts) => void {
  const lines = new Map<string, number>();
  let minute = 0;
  return (kind, facts) => {
    const current = Math.floor(now() / minuteMs);
    if (current !== minute) {
      for (const [address, count] of lines)
        if (count > maxAuditLinesPerMinute) write('left_out', { address, count: count - maxAuditLinesPerMinute });
      lines.clear();
      minute = current;
    }
    const counted = lines.has(facts.address) || lines.size < maxAuditAddresses ? facts.address : others;
    const count = (lines.get(counted) ?? 0) + 1;
    lines.set(counted, count);
    if (count <= maxAuditLinesPerMinute) write(kind, facts);
  };
}
