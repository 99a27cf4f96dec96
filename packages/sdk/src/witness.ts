// What people have seen of a conversation, as hashes that everybody computes alike (docs/protocol/witness.md): of each
// record, and over the newest ones that an author had. Pure. A server could show two people two histories; it cannot
// make them hash alike. [ENC]
import type { Envelope } from '@parley/protocol';
import { canonicalJson } from '@parley/protocol/canonical-json';
import { encodeBytes } from './crypto/base64.ts';
import { hashOf } from './crypto/sha256.ts';
import type { Witness } from './ports.ts';
import { type Range, rangeAt } from './ranges.ts';

/** The fields that are hashed. */
export type Hashed = Pick<
  Envelope,
  'seq' | 'id' | 'sender' | 'kind' | 'content' | 'targets' | 'seconds' | 'change' | 'deleted_by' | 'body_hash'
>;

/** The hash of one record; null when its content is gone without leaving one, or it cannot be spelt without doubt. */
export function recordHash(record: Hashed): string | null {
  const body = bodyHash(record);
  if (body === null) return null;
  const { seq, id, sender, kind } = record;
  return textHash([seq, id, sender, kind, body].map((line) => `${line}\n`).join(''));
}

function bodyHash(record: Hashed): string | null {
  if (record.deleted_by !== undefined) return record.body_hash ?? null;
  const text = bodyText(record);
  return text === null ? null : textHash(text);
}

function bodyText({ kind, content = '', targets = [], seconds = 0, change }: Hashed): string | null {
  switch (kind) {
    case 'content':
    case 'quiet':
      return content;
    case 'members':
      return canonicalJson(change ?? null);
    case 'delete':
      return canonicalJson(targets);
    case 'timer':
      return String(seconds);
    case 'setting':
      return null;
  }
}

/** Over the hashes of records, the oldest first. */
export function windowHash(hashes: readonly string[]): string {
  return textHash(hashes.join(''));
}

function textHash(text: string): string {
  return encodeBytes(hashOf(text), 'base64url');
}

/** What another device had seen when it wrote the record `at`. */
export interface Claim {
  readonly at: number;
  readonly witness: Witness;
}

/** A conversation as the device that compares knows it. */
export interface Known {
  readonly epoch: number;
  readonly ranges: readonly Range[];
  /** The hash of a record that is here. */
  readonly hash: (seq: number) => string | undefined;
  /** It was cleared, or said before the reader came. */
  readonly gone: (seq: number) => boolean;
  /** Something may be hidden from this reader, who once blocked the other one. */
  readonly hides: boolean;
}

/** `later`: what it is about has not been fetched. `never`: something of it is not for this reader. */
export type Verdict = 'right' | 'wrong' | 'later' | 'never';

/** Compares what another device says it has seen with what is here. It must never find an honest history wrong. */
export function judge({ at, witness: [epoch, seq, hash, count] }: Claim, known: Known): Verdict {
  if (epoch !== known.epoch) return 'never';
  // Nobody has seen what comes later.
  if (seq >= at || count > seq) return 'wrong';
  const hashes: string[] = [];
  let verdict: Verdict = 'right';
  for (let each = seq - count + 1; each <= seq; each++) {
    const found = known.hash(each);
    if (found !== undefined) hashes.push(found);
    else if (!known.gone(each) && rangeAt(known.ranges, each) === null) verdict = 'later';
    else if (!known.gone(each) && !known.hides) return 'wrong';
    else if (verdict === 'right') verdict = 'never';
  }
  if (verdict !== 'right') return verdict;
  return windowHash(hashes) === hash ? 'right' : 'wrong';
}
