// What the tests of the log share: small segments, a seeded generator, and a log on a disk in memory.
import assert from 'node:assert/strict';
import { ManualClock } from '../kernel/manual-clock.ts';
import type { Random } from '../kernel/random.ts';
import { FileLog } from './file-log.ts';
import type { Entry, KnownLog, Log, Offset } from './log.ts';
import { type LogRefusal, LogRefused } from './log.ts';
import { MemoryDisk } from './memory-disk.ts';

/** A generator that a seed replays; also picks. */
export class SeededRandom implements Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 … options − 1. */
  readonly pick = (options: number): number => Math.floor((this.#next() / 2 ** 32) * options);

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.pick(256));
  }

  /** Mulberry32. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}

/** A log on a disk in memory, and what it said. */
export interface Bench {
  readonly log: FileLog;
  readonly disk: MemoryDisk;
  readonly clock: ManualClock;
  readonly random: SeededRandom;
  readonly fatal: Error[];
  readonly faults: Error[];
}

/** What may differ from the usual. */
export interface BenchOptions {
  readonly disk?: MemoryDisk;
  readonly clock?: ManualClock;
  readonly random?: SeededRandom;
  readonly segmentBytes?: number;
  readonly known?: KnownLog;
}

/** Opens a log with segments of 32 KiB that grow by a page. */
export async function openBench(options: BenchOptions = {}): Promise<Bench> {
  const disk = options.disk ?? new MemoryDisk();
  const clock = options.clock ?? new ManualClock();
  const random = options.random ?? new SeededRandom(1);
  const fatal: Error[] = [];
  const faults: Error[] = [];
  const log = await FileLog.open({
    disk,
    clock,
    random,
    onFatal: (error) => fatal.push(error),
    onFault: (error) => faults.push(error),
    segmentBytes: options.segmentBytes ?? 32 * 1024,
    stepBytes: 4_096,
    known: options.known ?? null,
  });
  return { log, disk, clock, random, fatal, faults };
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Appends one after another, each in a batch of its own. */
export async function appendAll(log: Log, records: readonly Uint8Array[]): Promise<void> {
  for (const record of records) await log.append(0, record);
}

/** Everything after `after` that is durable now. */
export async function readAll(log: Log, after: Offset = -1): Promise<readonly Entry[]> {
  const wanted = log.end(0) - Math.max(log.begin(0), after + 1);
  return take(log, after, wanted);
}

/** The first `count` entries after `after`. */
export async function take(log: Log, after: Offset, count: number, partition = 0): Promise<readonly Entry[]> {
  const found: Entry[] = [];
  if (count === 0) return found;
  for await (const batch of log.read(partition, after, AbortSignal.timeout(10_000))) {
    assert.ok(batch.length > 0, 'no batch is empty');
    found.push(...batch);
    if (found.length >= count) break;
  }
  return found;
}

/** Reads to the end and then goes on reading: `entries` grows. */
export function follow(log: Log, after: Offset): { readonly entries: Entry[]; stop(): Promise<void> } {
  const entries: Entry[] = [];
  const stop = new AbortController();
  const reading = (async () => {
    for await (const batch of log.read(0, after, stop.signal)) entries.push(...batch);
  })();
  return {
    entries,
    stop: () => {
      stop.abort();
      return reading;
    },
  };
}

/** Longest wait for what a disk has to do. */
const lateMs = 30_000;

/** Resolves once `happened` holds; the work in between is microtasks and the disk's. */
export async function until(happened: () => boolean): Promise<void> {
  const late = performance.now() + lateMs;
  while (!happened()) {
    assert.ok(performance.now() < late, 'it should have happened by now');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Lets what is ready run, so many times. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Checks a refusal's reason and that its words match. */
export function refusal(reason: LogRefusal, words: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof LogRefused, String(error));
    assert.equal(error.reason, reason, error.message);
    assert.match(error.message, words);
    return true;
  };
}

/** Texts of entries. */
export function texts(entries: readonly Entry[]): readonly string[] {
  return entries.map((entry) => new TextDecoder().decode(entry.record));
}
