// What follows from an entry of a member list alone: its hash, the ids of the group and the links that it makes, and
// whether it comes next. Pure.
import { hash } from 'node:crypto';
import {
  type ConversationId,
  entryText,
  type InviteId,
  idFromBytes,
  type MembershipEntry,
  type SignedEntry,
} from '@parley/protocol';
import type { ConversationRow } from '../store/store.ts';

/** Was the entry that a record brings made for another list than this one? */
export function isStale(
  { entry: signed }: { readonly entry?: SignedEntry },
  { memberN, head }: Pick<ConversationRow, 'memberN' | 'head'>,
): boolean {
  return signed !== undefined && (signed.entry.n !== memberN + 1 || (signed.entry.prev ?? '') !== head);
}

/** By which the next entry names this one. @throws {RangeError} it has no canonical spelling */
export function entryHash(entry: MembershipEntry): string {
  return textHash(entry).toString('base64url');
}

/** The group that this first entry makes. @throws {RangeError} it has no canonical spelling */
export function groupOf(first: MembershipEntry): ConversationId {
  return idFromBytes('c', textHash(first)) as ConversationId;
}

/** The id of a link of a group, by its public key. */
export function linkId(key: string): InviteId {
  return idFromBytes('i', hash('sha256', Buffer.from(key, 'base64'), 'buffer')) as InviteId;
}

function textHash(entry: MembershipEntry): Buffer {
  const text = entryText(entry);
  if (text === null) throw new RangeError('an entry has a canonical spelling');
  return hash('sha256', text, 'buffer');
}
