// The content of an encrypted message: outside `1.<session>.<ciphertext>`, inside a JSON object that repeats where it
// belongs. The server could move a ciphertext to another place; who opens it compares, so it cannot. Sizes are rounded up,
// so a length says little.
import type { AccountId, Body, ConversationId, DeviceId, MessageId } from '@parley/protocol';
import { maxContentBytes } from '@parley/protocol/limits';
import { maxWitnessed } from '../limits.ts';
import type { Witness } from '../ports.ts';
import { utf8Length } from '../utf8.ts';
import { fieldsOf, isCount } from './json-fields.ts';
import { readBody } from './plain.ts';

/** A session of 32 bytes and a ciphertext, both base64 without padding. */
export interface SealedParts {
  readonly session: string;
  readonly ciphertext: string;
}

/** What the envelope says, and the ciphertext repeats. */
export interface Binding {
  readonly conversation: ConversationId;
  readonly id: MessageId;
  readonly sender: AccountId;
  readonly device: DeviceId;
}

/** What stands inside the ciphertext. */
export interface Inner extends Binding {
  /** Hash of the newest entry of the member list that the author knew; null where there is none. */
  readonly entry: string | null;
  readonly witness: Witness | null;
  readonly body: Body;
}

export type InnerReading =
  | { readonly ok: true; readonly inner: Inner }
  | { readonly ok: false; readonly reason: 'broken' }
  | { readonly ok: false; readonly reason: 'altered'; readonly field: keyof Binding };

/** The event type inside the library. */
export const sealedEventType = 'parley.v1';
/** A padded inner object never has more bytes: what is around it, and base64, still fit into `content`. */
export const maxInnerBytes = 35 * 1024;
const smallestBytes = 160;
const doublingUpTo = 10 * 1024;
const stepBytes = 5 * 1024;
/** The first byte of a Megolm message is 3; in base64 it is an A and one of sixteen signs. */
const content = /^1\.([A-Za-z0-9+/]{43})\.(A[w-z0-9+/][A-Za-z0-9+/]+)$/;
const maxHashCharacters = 64;

/** The content as it goes over the wire. */
export function printSealed({ session, ciphertext }: SealedParts): string {
  return `1.${session}.${ciphertext}`;
}

/** Session and ciphertext, or null when it is not of this form. */
export function parseSealed(text: string): SealedParts | null {
  if (text.length > maxContentBytes) return null;
  const [, session, ciphertext] = content.exec(text) ?? [];
  return session === undefined || ciphertext === undefined || ciphertext.length % 4 === 1
    ? null
    : { session, ciphertext };
}

/** How many bytes something of this many bytes is given. */
export function paddedLength(bytes: number): number {
  if (bytes > doublingUpTo) return Math.ceil(bytes / stepBytes) * stepBytes;
  let size = smallestBytes;
  while (size < bytes) size *= 2;
  return size;
}

/** The JSON to encrypt, padded; null when the body is too large for one message. */
export function printInner({ conversation, id, sender, device, entry, witness, body }: Inner): string | null {
  const bare = JSON.stringify({ c: conversation, i: id, s: sender, d: device, n: entry, k: witness, b: body, p: '' });
  const length = utf8Length(bare);
  const size = paddedLength(length);
  return size > maxInnerBytes ? null : `${bare.slice(0, -2)}${' '.repeat(size - length)}"}`;
}

/** What was encrypted, if it makes sense and belongs where the envelope says. */
export function readInner(text: string, envelope: Binding): InnerReading {
  const { c, i, s, d, n, k, b } = fieldsOf(text);
  const bound: readonly (readonly [keyof Binding, unknown])[] = [
    ['conversation', c],
    ['id', i],
    ['sender', s],
    ['device', d],
  ];
  for (const [field, value] of bound) {
    if (typeof value !== 'string') return { ok: false, reason: 'broken' };
    if (value !== envelope[field]) return { ok: false, reason: 'altered', field };
  }
  const body = readBody(b);
  if (body === null || !isEntry(n) || !isWitness(k)) return { ok: false, reason: 'broken' };
  const { conversation, id, sender, device } = envelope;
  return { ok: true, inner: { conversation, id, sender, device, entry: n, witness: k, body } };
}

function isEntry(value: unknown): value is string | null {
  return value === null || isHash(value);
}

function isWitness(value: unknown): value is Witness | null {
  if (value === null) return true;
  if (!Array.isArray(value) || value.length !== 4) return false;
  const [epoch, seq, hash, count] = value as readonly unknown[];
  if (!isCount(epoch) || !isCount(seq) || !isHash(hash)) return false;
  return isCount(count) && count >= 1 && count <= maxWitnessed;
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= maxHashCharacters;
}
