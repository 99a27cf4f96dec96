// Port of the durable queue between the gateway and the sequencer. A record is opaque bytes here.
// It promises order and durability per partition; it must never interpret, reorder or repeat a record.

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
   * Durable when it resolves: on this disk, or on a quorum of them. [LOG1]
   * @throws {Unavailable} nothing was appended and nothing will be (disk full, clock out of bounds, closing)
   */
  append(partition: Partition, record: Uint8Array): Promise<Offset>;
  /** Yields non-empty batches strictly after `after` (−1: from the first kept), waits at the end, ends on abort, never skips. [LOG2] */
  read(partition: Partition, after: Offset, signal: AbortSignal): AsyncIterable<readonly Entry[]>;
  /** Everything up to and including `upTo` is safe in the store; it may be dropped. [LOG3] */
  release(partition: Partition, upTo: Offset): Promise<void>;
  /** Offset of the oldest record that is kept; the same as `end` when none is. */
  begin(partition: Partition): Offset;
  /** Offset the next append will get; everything below it is durable. */
  end(partition: Partition): Offset;
  /** Finishes what is in flight, then closes. */
  [Symbol.asyncDispose](): Promise<void>;
}
