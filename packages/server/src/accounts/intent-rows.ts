// Intents by their purpose: the same purpose has the same id, so that what it appends to the log is the same however
// often it is done. Pure.
import { hash } from 'node:crypto';
import { type AccountId, encodeBase64url } from '@parley/protocol';
import type { IntentRow } from '../directory/directory.ts';

/** A new account gets its conversations, and meets whoever invited or greets it. */
export function openIntent(account: AccountId, inviter: AccountId | null, now: number): IntentRow {
  return { intent: idOf(['open', account]), kind: 'open', account, inviter, createdAt: now };
}

/** An account that exists becomes a contact of whoever invited it. */
export function contactIntent(account: AccountId, inviter: AccountId, now: number): IntentRow {
  return { intent: idOf(['contact', account, inviter]), kind: 'contact', account, inviter, createdAt: now };
}

/** An account leaves everything and is erased. */
export function deleteIntent(account: AccountId, now: number): IntentRow {
  return { intent: idOf(['delete', account]), kind: 'delete', account, inviter: null, createdAt: now };
}

/** 22 characters that commit to the parts. */
function idOf(parts: readonly string[]): string {
  return encodeBase64url(hash('sha256', `intent\n${parts.join('\n')}`, 'buffer').subarray(0, 16));
}
