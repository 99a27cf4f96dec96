// The file that keeps the key store: batches of records, one write and one sync for each, one of them under way at a
// time; what comes meanwhile is the next batch. So a whole batch behind a broken one proves damage, which is refused: a
// key store that goes back in time would use a key twice. A broken last batch was never confirmed and is cut. [ENC]
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { ChatError } from '../error.ts';
import { maxKeyLogBytes } from '../limits.ts';

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

/** Takes records and gives them back in order. After a failed write it takes nothing more. */
export class KeyLog {
  readonly #path: string;
  readonly #disk: KeyDisk;
  #fd = -1;
  #seed = 0;
  #number = 0;
  #bytes = 0;
  /** Its size when it was last written anew. */
  #snapshotBytes = 0;
  #waiting: Uint8Array[] = [];
  /** Of what waits, and of what is being written. */
  #next = batchPromise();
  #flying: Promise<void> | null = null;
  #failure: ChatError | null = null;
  /** Who is in the middle of something that belongs together. */
  #holds = 0;

  private constructor(path: string, disk: KeyDisk) {
    this.#path = path;
    this.#disk = disk;
  }

  /** Opens the file, or makes an empty one. What is in it is on the disk before this returns. */
  static open(path: string, disk: KeyDisk = fs): { readonly log: KeyLog; readonly records: readonly Uint8Array[] } {
    const log = new KeyLog(path, disk);
    fs.rmSync(`${path}.new`, { force: true });
    if (!fs.existsSync(path)) {
      const failure = log.replace([]);
      if (failure !== null) throw failure;
      return { log, records: [] };
    }
    return { log, records: log.#load() };
  }

  /** It has grown so much that writing it anew is worth it. */
  get isLong(): boolean {
    const most = this.#snapshotBytes * 2 + maxKeyLogBytes;
    return this.#failure === null && this.#holds === 0 && this.#bytes > most;
  }

  /** Takes a record; `synced` says when it is durable. */
  append(record: Uint8Array): void {
    if (this.#failure !== null) throw this.#failure;
    // Whoever appends in the same turn shares the write, and whoever does while one is under way the next.
    if (this.#waiting.push(record) === 1 && this.#flying === null) setImmediate(() => this.#flush());
  }

  /** What is appended from here to `release` is one batch: on the disk whole, or not at all. */
  hold(): void {
    this.#holds += 1;
  }

  release(): void {
    this.#holds -= 1;
    if (this.#holds > 0 || this.#failure !== null) return;
    if (this.#waiting.length > 0) {
      if (this.#flying === null) this.#flush();
      return;
    }
    // Who waits for nothing has it.
    const batch = this.#next;
    this.#next = batchPromise();
    if (this.#flying === null) batch.resolve();
    else this.#flying.then(batch.resolve, batch.reject);
  }

  /** All that was appended is durable when it resolves; rejects when it cannot be kept. */
  synced(): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const isNext = this.#waiting.length > 0 || this.#holds > 0;
    return isNext ? this.#next.promise : (this.#flying ?? Promise.resolve());
  }

  /**
   * Replaces everything by these records, which hold all that was appended, at once or not at all. Nothing may be under
   * way. When it fails, and says why, nothing more is taken.
   */
  replace(records: Iterable<Uint8Array>): ChatError | null {
    const path = `${this.#path}.new`;
    const old = this.#fd;
    try {
      const fd = fs.openSync(path, 'w', 0o600);
      const head = newHead();
      this.#start(fd, head);
      writeAll(this.#disk, fd, head, 0);
      for (const batch of batchesOf(records)) this.#write(batch);
      fs.fdatasyncSync(fd);
      fs.renameSync(path, this.#path);
      syncFolder(this.#path);
    } catch (error) {
      return this.#fail(error);
    }
    if (old >= 0) fs.closeSync(old);
    this.#snapshotBytes = this.#bytes;
    this.#waiting = [];
    this.#next.resolve();
    this.#next = batchPromise();
    return null;
  }

  /** No write is under way. */
  get isIdle(): boolean {
    return this.#flying === null && this.#holds === 0;
  }

  /** Ends when what was appended is kept, or cannot be. */
  async close(): Promise<void> {
    await this.synced().catch(() => {});
    this.#failure ??= new ChatError('client.closed');
    if (this.#fd >= 0) fs.closeSync(this.#fd);
    this.#fd = -1;
  }

  #flush(): void {
    if (this.#waiting.length === 0 || this.#holds > 0) return;
    const [records, batch] = [this.#waiting, this.#next];
    [this.#waiting, this.#next, this.#flying] = [[], batchPromise(), batch.promise];
    const landed = (error: Error | null) => {
      this.#flying = null;
      if (error === null) batch.resolve();
      else batch.reject(this.#fail(error));
      if (this.#waiting.length > 0) this.#flush();
    };
    try {
      this.#write(records);
      this.#disk.fdatasync(this.#fd, landed);
    } catch (error) {
      landed(error as Error);
    }
  }

  /** Nothing is written after a failure: nobody knows what the disk holds. */
  #fail(cause: unknown): ChatError {
    this.#failure ??= new ChatError('client.storage', { cause });
    this.#waiting = [];
    this.#next.reject(this.#failure);
    return this.#failure;
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

/** Whoever does not wait need not hear that it failed. */
function batchPromise(): PromiseWithResolvers<void> {
  const batch = Promise.withResolvers<void>();
  batch.promise.catch(() => {});
  return batch;
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
