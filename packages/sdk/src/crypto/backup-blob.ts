// One session's key in the backup: sealed with a key of its own under the key of its epoch, bound to where it belongs,
// so a server can neither read it nor pass it off as another. Beside the key stands where it came from (its origin):
// whoever imports it believes the sender of a message only as far as the origin says the same.
import type { AccountId, ConversationId } from '@parley/protocol';
import { canonicalJson } from '@parley/protocol/canonical-json';
import { maxBackupItemBytes } from '@parley/protocol/limits';
import type { Random } from '../ports.ts';
import { decodeBytes, decodeExactly, encodeBytes } from './base64.ts';
import { asFields, fieldsOf } from './json-fields.ts';
import { deriveBytes, openAead, sealAead, textOf } from './primitives.ts';
import { utf8 } from './signing.ts';

/** Where a blob belongs. It opens nowhere else. */
export interface BackupPlace {
  readonly account: AccountId;
  readonly epoch: number;
  readonly conversation: ConversationId;
  readonly session: string;
  readonly firstIndex: number;
}

/** Who made a session, as a device saw it when its key arrived. Keys are public, base64 without padding. */
export interface Origin {
  readonly session: string;
  readonly account: string;
  readonly device: string;
  readonly ed25519: string;
  readonly curve25519: string;
  readonly master_key: string;
  /** The device that saw it arrive, or whoever passed it on. */
  readonly vouched_by: string;
  /** Of an own session for one other person: whom that was, so that a new device knows them. */
  readonly for?: KnownPerson;
}

/** Somebody, by the public half of their master key. */
export interface KnownPerson {
  readonly account: string;
  readonly master_key: string;
}

/** What a blob holds. */
export interface BackedUp {
  /** The session as the library exports it. */
  readonly exported: string;
  readonly origin: Origin;
  /** Milliseconds; messages of this session disappear. */
  readonly expiresAt?: number;
}

/** Not of this format, of a newer one, not sealed by this key for this place, or sealed and yet makes no sense. */
export type BlobProblem = 'malformed' | 'newer' | 'altered' | 'broken';
export type BlobReading =
  | { readonly ok: true; readonly value: BackedUp }
  | { readonly ok: false; readonly problem: BlobProblem };

/** Sizes say nothing below this many bytes. */
const paddedTo = 512;
const maxOriginCharacters = 128;
const originFields = ['session', 'account', 'device', 'ed25519', 'curve25519', 'master_key', 'vouched_by'] as const;

/** The blob: `1.<nonce>.<ciphertext>`. Throws a `RangeError` when it is too large for the server. */
export async function sealBackup(
  epochKey: Uint8Array,
  place: BackupPlace,
  { exported, origin, expiresAt }: BackedUp,
  random: Random,
): Promise<string> {
  const json = JSON.stringify({ exported, origin, ...(expiresAt !== undefined && { expires_at: expiresAt }) });
  const plain = utf8(json);
  const padded = new Uint8Array(Math.ceil(plain.length / paddedTo) * paddedTo).fill(0x20);
  padded.set(plain);
  const nonce = random.bytes(12);
  const sealed = await sealAead({ key: blobKey(epochKey, place), nonce, bound: boundOf(place) }, padded);
  const blob = `1.${encodeBytes(nonce, 'base64url')}.${encodeBytes(sealed, 'base64url')}`;
  if (blob.length > maxBackupItemBytes) throw new RangeError('a session too large for the backup');
  return blob;
}

/** What a blob holds, or why that is not known. */
export async function openBackup(epochKey: Uint8Array, place: BackupPlace, blob: string): Promise<BlobReading> {
  const [version, first, second, ...more] = blob.split('.');
  if (version !== '1' && /^[2-9]$/.test(version ?? '')) return { ok: false, problem: 'newer' };
  const nonce = decodeExactly(12, first, 'base64url');
  const sealed = decodeBytes(second ?? '', 'base64url');
  if (version !== '1' || nonce === null || sealed === null || more.length > 0 || blob.length > maxBackupItemBytes)
    return { ok: false, problem: 'malformed' };
  const plain = await openAead({ key: blobKey(epochKey, place), nonce, bound: boundOf(place) }, sealed);
  if (plain === null) return { ok: false, problem: 'altered' };
  const value = readBackedUp(textOf(plain), place);
  return value === null ? { ok: false, problem: 'broken' } : { ok: true, value };
}

/** A key of its own for each blob, so that nonces never meet, however many sessions an epoch has. */
function blobKey(epochKey: Uint8Array, { session }: BackupPlace): Uint8Array {
  if (epochKey.length !== 32) throw new RangeError('the key of an epoch has 32 bytes');
  return deriveBytes(epochKey, `parley.backup.v1\0${session}`);
}

function boundOf({ account, epoch, conversation, session, firstIndex }: BackupPlace): Uint8Array {
  const text = canonicalJson({ account, epoch, conversation, session, first_index: firstIndex });
  if (text === null) throw new RangeError('no place of a backup');
  return utf8(`parley.backup.v1\0${text}`);
}

function readBackedUp(text: string | null, place: BackupPlace): BackedUp | null {
  const { exported, origin, expires_at } = fieldsOf(text ?? '');
  const made = asFields(origin);
  const { session } = made;
  if (typeof exported !== 'string' || !originFields.every((name) => isShort(made[name]))) return null;
  if (session !== place.session) return null;
  if (expires_at !== undefined && !Number.isSafeInteger(expires_at)) return null;
  const read = Object.fromEntries(originFields.map((name) => [name, made[name]])) as unknown as Origin;
  const { account, master_key } = asFields(made.for);
  const isKnown = isShort(account) && isShort(master_key);
  return {
    exported,
    origin: { ...read, ...(isKnown && { for: { account, master_key } }) },
    ...(expires_at !== undefined && { expiresAt: expires_at as number }),
  };
}

function isShort(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= maxOriginCharacters;
}
