// The appends that wait to become the next batch, and who is to be told. Bounded: what does not fit is refused, and so is
// what comes behind it, however small, or it would stand before what comes again.
import { maxBatchBytes, maxBatchRecords } from '../kernel/limits.ts';
import { batchHeaderBytes, recordHeaderBytes } from './batch.ts';
import type { Entry, Offset } from './log.ts';

/** Records that will be written together, or refused together. */
export class WaitingBatch {
  readonly records: Uint8Array[] = [];
  /** Of the encoded batch. */
  bytes = batchHeaderBytes;
  readonly #resolves: ((offset: Offset) => void)[] = [];
  readonly #rejects: ((error: Error) => void)[] = [];
  #isFull = false;

  /** Whether one more record of `bytes` fits. Once one does not, none does. */
  fits(bytes: number): boolean {
    const fits = this.records.length < maxBatchRecords && this.bytes + recordHeaderBytes + bytes <= maxBatchBytes;
    this.#isFull ||= !fits;
    return !this.#isFull;
  }

  /** Resolves to the record's offset once `settle` is called. */
  add(record: Uint8Array): Promise<Offset> {
    this.records.push(record);
    this.bytes += recordHeaderBytes + record.length;
    return new Promise((resolve, reject) => {
      this.#resolves.push(resolve);
      this.#rejects.push(reject);
    });
  }

  /** Tells everybody that the records are durable, from offset `first` on. */
  settle(first: Offset): void {
    let offset = first;
    for (const resolve of this.#resolves) resolve(offset++);
  }

  /** Tells everybody that they are not. */
  refuse(error: Error): void {
    for (const reject of this.#rejects) reject(error);
  }

  /** As readers get them. */
  entries(first: Offset, time: number): Entry[] {
    return this.records.map((record, n) => ({ offset: first + n, time, record }));
  }
}
