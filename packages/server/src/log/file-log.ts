// The embedded log: one partition in append-only segment files. One write and one sync are in flight; what arrives
// meanwhile is the next batch. It must never acknowledge, or show to a reader, what is not synced, and never try a
// failed sync again: then it is over, and the process with it.
import { assert } from '../kernel/assert.ts';
import type { SteadyClock } from '../kernel/clock.ts';
import {
  clockReferenceMs,
  maxRecordBytes,
  segmentBytes,
  segmentMs,
  segmentStepBytes,
  spaceRetryMs,
} from '../kernel/limits.ts';
import type { Random } from '../kernel/random.ts';
import { OutcomeUnknown, Unavailable } from '../kernel/result.ts';
import { AppendTime } from './append-time.ts';
import { batchHeaderBytes } from './batch.ts';
import { type Disk, DiskFull, SyncFailed } from './disk.ts';
import { type LiveReader, LiveReaders } from './live-readers.ts';
import { ahead, type Entry, gone, type KnownLog, type Log, type Offset, type Partition } from './log.ts';
import { uuidText } from './manifest.ts';
import { recover } from './recovery.ts';
import { type Extent, Segments } from './segments.ts';
import { WaitingBatch } from './waiting-batch.ts';

/** What a log is opened with. */
export interface FileLogOptions {
  readonly disk: Disk;
  readonly clock: SteadyClock;
  readonly random: Random;
  /** The log failed for good (a failed sync): the process must end. Called once. */
  readonly onFatal: (error: Error) => void;
  /** An old segment could not be dropped. Nothing waits for that; it is tried again. */
  readonly onFault?: (error: Error) => void;
  /** Runs a task after everything that is happening now (`setImmediate`): a batch waits that long for more. */
  readonly defer?: (task: () => void) => void;
  /** What the store, or whoever else, knows of the log; nothing unless given. */
  readonly known?: KnownLog | null;
  /** Smaller in tests; the limits otherwise. */
  readonly segmentBytes?: number;
  readonly stepBytes?: number;
}

/** The log of one folder. */
export class FileLog implements Log {
  readonly id: string;
  readonly partitions = 1;
  readonly #clock: SteadyClock;
  readonly #onFatal: (error: Error) => void;
  readonly #onFault: (error: Error) => void;
  readonly #defer: (task: () => void) => void;
  readonly #segments: Segments;
  readonly #appendTime: AppendTime;
  readonly #readers = new LiveReaders();
  #waiting = new WaitingBatch();
  /** The writer, while it has something to do. */
  #writer: Promise<void> | null = null;
  /** Why nothing is taken any more. */
  #over: string | null = null;
  #hasFailed = false;
  /** What was wrong with the disk when it was last used. */
  #diskProblem: string | null = null;
  #sealDue = false;
  #probeDue = false;
  #cancelSeal: (() => void) | null = null;
  #cancelProbe: (() => void) | null = null;
  #cancelWatch: (() => void) | null = null;
  #closing: Promise<void> | null = null;

  private constructor(options: FileLogOptions, segments: Segments, appendTime: AppendTime, id: string) {
    this.id = id;
    this.#clock = options.clock;
    this.#onFatal = options.onFatal;
    this.#onFault = options.onFault ?? (() => {});
    this.#defer = options.defer ?? ((task) => task());
    this.#segments = segments;
    this.#appendTime = appendTime;
    if (!segments.openIsEmpty) this.#sealInTime();
    this.#watchClock();
  }

  /**
   * Opens the folder's log, or creates it. Everything that a reader will be shown is synced before this resolves.
   * @throws {LogRefused} the folder is as it was
   */
  static async open(options: FileLogOptions): Promise<FileLog> {
    const { disk, random, known = null } = options;
    const sizes = {
      segmentBytes: options.segmentBytes ?? segmentBytes,
      stepBytes: options.stepBytes ?? segmentStepBytes,
    };
    const recovered = await recover({ disk, random, known, stepBytes: sizes.stepBytes });
    const segments = new Segments({ disk, random, ...sizes }, recovered);
    return new FileLog(options, segments, new AppendTime(options.clock, recovered.time), uuidText(recovered.logId));
  }

  get problem(): string | null {
    return this.#over ?? this.#diskProblem ?? this.#appendTime.problem();
  }

  append(partition: Partition, record: Uint8Array): Promise<Offset> {
    assert(partition === 0, 'a log in files has one partition');
    assert(record.length <= maxRecordBytes, 'a record is within its bound');
    if (this.#over !== null) return Promise.reject(new Unavailable(this.#over));
    if (!this.#waiting.fits(record.length)) return Promise.reject(new Unavailable('The log is behind; try again.'));
    this.#wake();
    return this.#waiting.add(record);
  }

  async *read(partition: Partition, after: Offset, signal: AbortSignal): AsyncGenerator<readonly Entry[]> {
    assert(partition === 0, 'a log in files has one partition');
    let next = after < 0 ? this.begin() : after + 1;
    if (next < this.begin()) throw gone(next, this.begin());
    if (next > this.end()) throw ahead(after, this.end());
    while (!signal.aborted && this.#over === null) {
      // Nothing is awaited between seeing that the files hold no more and joining: no batch falls in between.
      const live = next < this.end() ? null : this.#readers.join(signal);
      try {
        const batches = live === null ? this.#segments.read(next) : untilLetGo(live);
        for await (const entries of batches) {
          if (signal.aborted) return;
          next += entries.length;
          yield entries;
        }
      } finally {
        live?.leave();
      }
    }
  }

  async release(partition: Partition, upTo: Offset): Promise<void> {
    assert(partition === 0, 'a log in files has one partition');
    if (this.#over !== null) throw new Unavailable(this.#over);
    await this.#drop(upTo);
  }

  begin(_partition: Partition = 0): Offset {
    return this.#segments.first;
  }

  end(_partition: Partition = 0): Offset {
    return this.#segments.end;
  }

  /** Keeps every segment until the returned function was called: a copy is being made. What is released meanwhile goes then. */
  hold(): () => void {
    const letGo = this.#segments.hold();
    return () => {
      letGo();
      if (this.#over === null) this.#dropBeside();
    };
  }

  /** The durable part of the folder at this moment, for a copy. */
  extent(): Extent {
    return this.#segments.extent();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#over ??= 'The server is shutting down.';
    await this.#writer;
    this.#cancelTimers();
    this.#readers.end();
    await this.#segments.close();
  }

  #wake(): void {
    this.#writer ??= this.#write();
  }

  async #write(): Promise<void> {
    await this.#turnEnd();
    while (this.#waiting.records.length > 0 || this.#sealDue || this.#probeDue) {
      await this.#commit();
      await this.#turnEnd();
    }
    this.#writer = null;
  }

  /** What the rest of this turn appends joins the batch: fewer and larger ones cost less, and none comes later for it. */
  #turnEnd(): Promise<void> {
    return new Promise((resolve) => this.#defer(resolve));
  }

  /** One round of the writer: see to the segment, then write what waits. Never throws. */
  async #commit(): Promise<void> {
    try {
      await this.#prepare();
    } catch (error) {
      const fault = error instanceof SyncFailed ? error : this.#diskFault(error);
      this.#refuse(this.#take(), fault);
      return;
    }
    const batch = this.#take();
    if (batch.records.length === 0) return;
    const first = this.end();
    try {
      const time = this.#appendTime.next();
      await this.#segments.append(batch.records, time);
      batch.settle(first);
      if (this.#readers.any) this.#readers.push(batch.entries(first, time), batch.bytes);
    } catch (error) {
      this.#refuse(batch, error instanceof DiskFull ? this.#diskFault(error) : error);
      return;
    }
    this.#sealInTime();
  }

  /** The open segment has a batch: it is sealed in an hour, even when nobody appends. */
  #sealInTime(): void {
    this.#cancelSeal ??= this.#clock.after(segmentMs, () => {
      this.#sealDue = true;
      this.#wake();
    });
  }

  /** A new segment when one is due; after a fault, a look whether the disk is well again. */
  async #prepare(): Promise<void> {
    const sealDue = this.#sealDue;
    this.#sealDue = false;
    this.#probeDue = false;
    if (sealDue || this.#segments.isFullFor(this.#waiting.bytes)) {
      await this.#segments.roll();
      this.#cancelSeal?.();
      this.#cancelSeal = null;
      this.#dropBeside();
    }
    if (this.#diskProblem === null) return;
    await this.#segments.reserve(batchHeaderBytes);
    this.#diskProblem = null;
  }

  /** What was released goes while appends go on. */
  #dropBeside(): void {
    this.#drop().catch(this.#onFault);
  }

  async #drop(upTo?: Offset): Promise<void> {
    try {
      await this.#segments.drop(upTo);
    } catch (error) {
      if (error instanceof SyncFailed) this.#refuse(this.#take(), error);
      throw new Unavailable('A segment of the log could not be dropped.', { cause: error });
    }
  }

  #take(): WaitingBatch {
    const batch = this.#waiting;
    this.#waiting = new WaitingBatch();
    return batch;
  }

  /** A fault before anything was written: appends are refused until the disk is well again, which is looked at in time. */
  #diskFault(error: unknown): Unavailable {
    const what = error instanceof DiskFull ? 'The disk is full' : 'The disk takes no new file';
    this.#diskProblem = `${what}. Nothing is accepted until that is over; make room or check the disk.`;
    this.#cancelProbe?.();
    this.#cancelProbe = this.#clock.after(spaceRetryMs, () => {
      this.#probeDue = true;
      this.#wake();
    });
    return new Unavailable(this.#diskProblem, { cause: error });
  }

  /**
   * A batch that was not written is refused, and what waits behind it, which would stand before what comes again; anything
   * else means that nobody knows, and the log is over.
   */
  #refuse(batch: WaitingBatch, error: unknown): void {
    if (error instanceof Unavailable) {
      batch.refuse(error);
      this.#take().refuse(error);
      return;
    }
    this.#over = 'The log failed; the server is stopping.';
    this.#cancelTimers();
    this.#sealDue = false;
    this.#probeDue = false;
    batch.refuse(new OutcomeUnknown(this.#over, { cause: error }));
    this.#take().refuse(new Unavailable(this.#over, { cause: error }));
    this.#readers.end();
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#onFatal(error instanceof Error ? error : new Error('the log failed', { cause: error }));
  }

  /** A clock that jumped is found when it does, not by the first who appends after it: from then on it must go evenly. */
  #watchClock(): void {
    this.#cancelWatch = this.#clock.after(clockReferenceMs, () => {
      this.#appendTime.problem();
      this.#watchClock();
    });
  }

  #cancelTimers(): void {
    this.#cancelWatch?.();
    this.#cancelSeal?.();
    this.#cancelProbe?.();
  }
}

async function* untilLetGo(reader: LiveReader): AsyncGenerator<readonly Entry[]> {
  for (let entries = await reader.next(); entries !== null; entries = await reader.next()) yield entries;
}
