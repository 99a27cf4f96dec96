// The one small file that says which log a folder holds and which segment is its newest, so that a file that somebody
// took away is missed. It is replaced whole, and a segment takes records only after it stands here.
import type { Random } from '../kernel/random.ts';
import { newerFormat } from './batch.ts';
import { crc32c } from './crc32c.ts';
import { type Disk, putFile } from './disk.ts';
import { LogRefused, type Offset } from './log.ts';

export const manifestName = 'manifest';
const manifestFormat = 1;
const maxManifestBytes = 1_024;

/** What the file says. */
export interface Manifest {
  /** UUID of the log, 16 bytes. */
  readonly logId: Uint8Array;
  /** First offset of the newest segment; null while the log is being created. */
  readonly newest: Offset | null;
}

/** Reads it; null when there is none. */
export async function readManifest(disk: Disk): Promise<Manifest | null> {
  if (!(await disk.list()).includes(manifestName)) return null;
  const file = await disk.open(manifestName);
  try {
    const bytes = new Uint8Array(maxManifestBytes);
    return decodeManifest(bytes.subarray(0, await file.read(bytes, 0)));
  } finally {
    await file.close();
  }
}

/** Replaces it, durably. */
export async function writeManifest(disk: Disk, manifest: Manifest): Promise<void> {
  const file = await putFile(disk, manifestName, encodeManifest(manifest));
  await file.close();
}

/** A line of JSON and a line with its checksum. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const line = JSON.stringify({ format: manifestFormat, log_id: uuidText(manifest.logId), newest: manifest.newest });
  const checksum = crc32c(new TextEncoder().encode(line)).toString(16).padStart(8, '0');
  return new TextEncoder().encode(`${line}\n${checksum}\n`);
}

/** @throws {LogRefused} damaged, or of a newer version */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const [line = '', checksum] = new TextDecoder().decode(bytes).split('\n');
  const sum = crc32c(new TextEncoder().encode(line)).toString(16).padStart(8, '0');
  if (checksum !== sum) throw damagedManifest();
  const { format, log_id, newest } = JSON.parse(line) as Readonly<Record<string, unknown>>;
  if (typeof format !== 'number') throw damagedManifest();
  if (format > manifestFormat) throw newerFormat();
  if (typeof log_id !== 'string' || (newest !== null && typeof newest !== 'number')) throw damagedManifest();
  return { logId: uuidBytes(log_id), newest };
}

/** A UUID of version 4. */
export function newLogId(random: Random): Uint8Array {
  const bytes = random.bytes(16);
  bytes[6] = 0x40 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return bytes;
}

export function uuidText(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function uuidBytes(text: string): Uint8Array {
  const hex = text.replaceAll('-', '');
  return Uint8Array.from({ length: 16 }, (_, n) => Number.parseInt(hex.slice(n * 2, n * 2 + 2), 16));
}

function damagedManifest(): LogRefused {
  return new LogRefused(
    'damaged',
    `The log's file "${manifestName}" is damaged. Nothing was changed. Restore the data folder from a backup.`,
  );
}
