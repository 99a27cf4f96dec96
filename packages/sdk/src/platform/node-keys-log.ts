// The file that keeps the key store: one write and one sync for each batch, and one of them under way at a time. So a
// whole batch behind a broken one proves damage, which is refused: a key store that goes back in time would use a key
// twice. A broken last batch was never confirmed and is cut. [ENC]
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { ChatError } from '../error.ts';
import { type BatchPlace, KeysLog } from './keys-log.ts';

/** What of the disk can fail. */
export interface KeyDisk {
  writeSync(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number;
  fdatasync(fd: number, done: (error: Error | null) => void): void;
}

const fileMagic = Buffer.from('parley-keys-1\n  ');
const batchMagic = Buffer.from('KYS\u0001');
/** Of the file: its magic, a name of its own, a checksum. Every other checksum begins with it. */
const headBytes = 32;
/** Of a batch: magic, checksum, number, length of all records. */
const batchHeadBytes = 16;
/** A snapshot is cut into batches of about this size. */
const snapshotBatchBytes = 1024 * 1024;

/** The log in this file, made empty when there is none. What is in it is on the disk before this returns. */
export function openKeyLog(path: string, disk: KeyDisk = fs): Opened {
  const file = new KeyFile(path, disk);
  const records = file.open();
  return { log: new KeysLog(file, setImmediate), records };
}

interface Opened {
  readonly log: KeysLog<Uint8Array>;
  readonly records: readonly Uint8Array[];
}

/** Nothing is written after a failure: nobody knows what the disk holds. */
class KeyFile implements BatchPlace<Uint8Array> {
  readonly canRetry = false;
  readonly #path: string;
  readonly #disk: KeyDisk;
  #fd = -1;
  #seed = 0;
  #number = 0;
  #bytes = 0;

  constructor(path: string, disk: KeyDisk) {
    this.#path = path;
    this.#disk = disk;
  }

  get bytes(): number {
    return this.#bytes;
  }

  open(): readonly Uint8Array[] {
    fs.rmSync(`${this.#path}.new`, { force: true });
    if (fs.existsSync(this.#path)) return this.#load();
    try {
      this.#replace([]);
    } catch (cause) {
      throw new ChatError('client.storage', { cause });
    }
    return [];
  }

  write(records: readonly Uint8Array[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#write(records);
      this.#disk.fdatasync(this.#fd, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  async replace(records: Iterable<Uint8Array>): Promise<void> {
    this.#replace(records);
  }

  close(): void {
    if (this.#fd >= 0) fs.closeSync(this.#fd);
    this.#fd = -1;
  }

  #replace(records: Iterable<Uint8Array>): void {
    const path = `${this.#path}.new`;
    const old = this.#fd;
    const fd = fs.openSync(path, 'w', 0o600);
    const head = newHead();
    this.#start(fd, head);
    writeAll(this.#disk, fd, head, 0);
    for (const batch of batchesOf(records)) this.#write(batch);
    fs.fdatasyncSync(fd);
    fs.renameSync(path, this.#path);
    syncFolder(this.#path);
    if (old >= 0) fs.closeSync(old);
  }

  #start(fd: number, head: Uint8Array): void {
    this.#fd = fd;
    this.#seed = crc32(head);
    this.#number = 0;
    this.#bytes = headBytes;
  }

  #write(records: readonly Uint8Array[]): void {
    const batch = encodeBatch(records, this.#number + 1, this.#seed);
    writeAll(this.#disk, this.#fd, batch, this.#bytes);
    this.#number += 1;
    this.#bytes += batch.length;
  }

  #load(): readonly Uint8Array[] {
    const bytes = fs.readFileSync(this.#path);
    if (!isHead(bytes.subarray(0, headBytes))) throw damaged('it is no key store, or of a newer version');
    this.#start(fs.openSync(this.#path, 'r+'), bytes.subarray(0, headBytes));
    const records: Uint8Array[] = [];
    for (;;) {
      const payload = readBatch(bytes, this.#bytes, this.#number + 1, this.#seed);
      if (payload === null) break;
      for (const record of recordsOf(payload)) records.push(record);
      this.#bytes += batchHeadBytes + payload.length;
      this.#number += 1;
    }
    if (this.#bytes < bytes.length) this.#cut(bytes);
    // What was only in the system's memory must not be built upon and then be lost.
    fs.fdatasyncSync(this.#fd);
    return records;
  }

  /** Cuts what was never confirmed. */
  #cut(bytes: Buffer): void {
    for (let at = bytes.indexOf(batchMagic, this.#bytes + 1); at >= 0; at = bytes.indexOf(batchMagic, at + 1)) {
      const number = at + batchHeadBytes <= bytes.length ? bytes.readUInt32LE(at + 8) : 0;
      if (number <= this.#number || readBatch(bytes, at, number, this.#seed) === null) continue;
      fs.closeSync(this.#fd);
      throw damaged(`byte ${this.#bytes} and after are not what was written`);
    }
    fs.ftruncateSync(this.#fd, this.#bytes);
  }
}

function newHead(): Buffer {
  const head = Buffer.concat([fileMagic, randomBytes(headBytes - fileMagic.length)]);
  head.writeUInt32LE(crc32(head.subarray(0, headBytes - 4)), headBytes - 4);
  return head;
}

function isHead(head: Buffer): boolean {
  if (head.length < headBytes || !head.subarray(0, fileMagic.length).equals(fileMagic)) return false;
  return head.readUInt32LE(headBytes - 4) === crc32(head.subarray(0, headBytes - 4));
}

function encodeBatch(records: readonly Uint8Array[], number: number, seed: number): Buffer {
  const length = records.reduce((sum, record) => sum + 4 + record.length, 0);
  const batch = Buffer.allocUnsafe(batchHeadBytes + length);
  batchMagic.copy(batch);
  batch.writeUInt32LE(number, 8);
  batch.writeUInt32LE(length, 12);
  let at = batchHeadBytes;
  for (const record of records) {
    batch.writeUInt32LE(record.length, at);
    batch.set(record, at + 4);
    at += 4 + record.length;
  }
  batch.writeUInt32LE(crc32(batch.subarray(8), seed), 4);
  return batch;
}

/** The records of the batch at this place, or null when it is not whole. */
function readBatch(bytes: Buffer, at: number, number: number, seed: number): Buffer | null {
  if (at + batchHeadBytes > bytes.length || !bytes.subarray(at, at + 4).equals(batchMagic)) return null;
  const end = at + batchHeadBytes + bytes.readUInt32LE(at + 12);
  if (bytes.readUInt32LE(at + 8) !== number || end > bytes.length) return null;
  if (crc32(bytes.subarray(at + 8, end), seed) !== bytes.readUInt32LE(at + 4)) return null;
  return bytes.subarray(at + batchHeadBytes, end);
}

function* recordsOf(payload: Buffer): Iterable<Uint8Array> {
  for (let at = 0; at < payload.length; ) {
    const length = payload.readUInt32LE(at);
    yield payload.subarray(at + 4, at + 4 + length);
    at += 4 + length;
  }
}

function* batchesOf(records: Iterable<Uint8Array>): Iterable<readonly Uint8Array[]> {
  let batch: Uint8Array[] = [];
  let bytes = 0;
  for (const record of records) {
    batch.push(record);
    bytes += record.length;
    if (bytes < snapshotBatchBytes) continue;
    yield batch;
    [batch, bytes] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}

function writeAll(disk: KeyDisk, fd: number, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.length; ) at += disk.writeSync(fd, bytes, at, bytes.length - at, position + at);
}

/** So that a new name of a file outlives a power cut. */
export function syncFolder(path: string): void {
  const folder = fs.openSync(dirname(path), 'r');
  fs.fsyncSync(folder);
  fs.closeSync(folder);
}

function damaged(why: string): ChatError {
  return new ChatError('client.storage', { cause: new Error(`the key store is damaged: ${why}`) });
}
