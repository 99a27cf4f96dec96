// Port of the durable queue between the gateway and the sequencer. A record is opaque bytes here.
// It promises order and durability per partition; it must never interpret, reorder or repeat a record.
import { Refused } from '../kernel/result.ts';

/** Number of a partition, 0 … partitions − 1. Embedded has one. */
export type Partition = number;

/** Position of a record in its partition: dense, from 0. */
export type Offset = number;

/** One record as it stands in the log. */
export interface Entry {
  readonly offset: Offset;
  /** Append time in milliseconds: max(previous entry's, the clock). Never falls within a partition. */
  readonly time: number;
  readonly record: Uint8Array;
}

/** Takes records durably and gives them back in order, per partition. */
export interface Log {
  /** Random UUID given when the log was created. Another log has another id, so offsets are never confused. */
  readonly id: string;
  readonly partitions: number;
  /**
   * Durable when it resolves: on this disk, or on a quorum of them. [LOG1] The bytes are the log's from here on:
   * readers get the same array, so the caller must not change it. At most `maxRecordBytes`.
   * @throws {Unavailable} nothing was appended and nothing will be (disk full, clock out of bounds, closing)
   * @throws {OutcomeUnknown} the log failed while it was being written; the process is ending
   */
  append(partition: Partition, record: Uint8Array): Promise<Offset>;
  /**
   * Yields non-empty batches strictly after `after` (−1: from the first kept), waits at the end, ends on abort and on
   * close, never skips. [LOG2]
   * @throws {LogRefused} what follows `after` is no longer kept, was never there, or is damaged
   */
  read(partition: Partition, after: Offset, signal: AbortSignal): AsyncIterable<readonly Entry[]>;
  /** Everything up to and including `upTo` is safe in the store; it may be dropped. [LOG3] */
  release(partition: Partition, upTo: Offset): Promise<void>;
  /** Offset of the oldest record that is kept; the same as `end` when none is. */
  begin(partition: Partition): Offset;
  /** Everything below it is durable: the offset of the next record. */
  end(partition: Partition): Offset;
  /** Why appends are refused now, in words for the operator; null while they are taken. */
  readonly problem: string | null;
  /** Finishes what is in flight, then closes. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Why a log is refused: `gone` to a reader, the others at start-up too. */
export type LogRefusal = 'damaged' | 'missing' | 'foreign' | 'newer' | 'denied' | 'full' | 'gone';

/** The log cannot be served as it stands. The message says why, and what an operator can do. */
export class LogRefused extends Refused {
  override name = 'LogRefused';
  readonly reason: LogRefusal;

  constructor(reason: LogRefusal, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** What is known of a log without it. */
export interface KnownLog {
  /** Null: that there must be one. */
  readonly id: string | null;
}

/** The refusal of a folder without a log where there must be one. */
export function lost(): LogRefused {
  return new LogRefused(
    'missing',
    'The log is gone: the folder "log" of the data folder is missing or empty, and the newest messages are only there. ' +
      'Nothing was changed. Mount it or copy it back, or restore the data folder from a backup.',
  );
}

/** The refusal of a reader that asks for what was dropped. */
export function gone(offset: Offset, begin: Offset): LogRefused {
  return new LogRefused(
    'gone',
    `The log begins at offset ${begin}, but ${offset} was asked for. Restore the whole data folder from one backup.`,
  );
}

/** The refusal of a reader that was further than the log is. */
export function ahead(after: Offset, end: Offset): LogRefused {
  return new LogRefused(
    'missing',
    `The log ends before offset ${end}, but what follows ${after} was asked for: its newest records are missing. ` +
      'Restore the whole data folder from one backup.',
  );
}
