// The power is cut two thousand times, before any operation of the disk, start-up included; every page and every name
// that was not synced may or may not be there afterwards.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../kernel/manual-clock.ts';
import { batchBytes } from './batch.ts';
import { bytesOf, openBench, readAll, SeededRandom, texts } from './fixture.ts';
import type { Entry, Offset } from './log.ts';
import { MemoryDisk } from './memory-disk.ts';

const histories = 250;
const cutsPerHistory = 8;

/** What must be true of a log whatever happens to its power. */
interface Known {
  id: string | null;
  /** Acknowledged, or found after a restart: never lost, never renumbered. */
  readonly kept: Map<Offset, string>;
  end: Offset;
  released: Offset;
  /** Appended without an answer, in order. */
  open: Uint8Array[];
  /** Sizes of what was written since the last start. */
  writes: Set<number>;
}

test('[R1] [LOG1] two thousand power cuts lose no acknowledged record and renumber none; others are there whole or not at all', async () => {
  let cuts = 0;
  let survived = 0;
  let acknowledged = 0;
  for (let seed = 1; seed <= histories; seed++) {
    const random = new SeededRandom(seed);
    const clock = new ManualClock();
    const known: Known = { id: null, kept: new Map(), end: 0, released: -1, open: [], writes: new Set() };
    let disk = new MemoryDisk();
    for (let cut = 0; cut < cutsPerHistory; cut++) {
      disk = await liveAndDie({ disk, clock, random, known });
      cuts++;
    }
    const { log } = await openBench({ disk, clock, random });
    survived += check(known, log.id, log.begin(0), log.end(0), await readAll(log));
    acknowledged += known.kept.size;
    await log[Symbol.asyncDispose]();
  }
  assert.equal(cuts, 2_000);
  assert.ok(acknowledged > 5_000, `only ${acknowledged} records were acknowledged`);
  assert.ok(survived > 0, 'sometimes a batch without an answer survives');
});

interface Life {
  readonly disk: MemoryDisk;
  readonly clock: ManualClock;
  readonly random: SeededRandom;
  readonly known: Known;
}

/** One process: opens the log, checks it, uses it, and dies before a random operation. Answers what the disk kept. */
async function liveAndDie({ disk, clock, random, known }: Life): Promise<MemoryDisk> {
  const { pick } = random;
  let left = pick(10) === 0 ? pick(20) : 15 + pick(150);
  let dead = false;
  const after = new Promise<MemoryDisk>((resolve) => {
    disk.fate = (operation) => {
      if (left-- > 0) {
        if (operation.kind === 'write') known.writes.add(operation.bytes);
        return undefined;
      }
      if (!dead) resolve(pick(4) === 0 ? disk.fork() : disk.powerCut(pick));
      dead = true;
      return new Promise(() => {});
    };
  });
  const live = async (): Promise<MemoryDisk> => {
    const { log } = await openBench({ disk, clock, random });
    check(known, log.id, log.begin(0), log.end(0), await readAll(log));
    known.writes.clear();
    const shown: Entry[] = [];
    const reading = (async () => {
      for await (const batch of log.read(0, log.end(0) - 1, new AbortController().signal)) {
        if (dead) return;
        shown.push(...batch);
        for (const entry of batch) assert.ok(entry.offset < log.end(0), 'nothing is shown before it is durable');
      }
    })();
    for (let round = 0; round < 40; round++) {
      const appends = Array.from({ length: 1 + pick(5) }, () => {
        const record = recordOf(random);
        known.open.push(record);
        return log.append(0, record).then((offset) => {
          if (!dead) acknowledge(known, offset, record);
        });
      });
      if (pick(3) > 0) await Promise.all(appends);
      if (pick(12) === 0) clock.advance(3_600_000);
      if (pick(8) === 0) {
        known.released = Math.max(known.released, log.end(0) - 1 - pick(10));
        await log.release(0, known.released);
      }
    }
    await log[Symbol.asyncDispose]();
    await reading;
    return disk.powerCut(pick);
  };
  return Promise.race([live(), after]);
}

/** Mostly a few hundred bytes, sometimes several pages. */
function recordOf({ pick }: SeededRandom): Uint8Array {
  const length = pick(6) === 0 ? pick(12_000) : pick(400);
  return bytesOf(`${pick(1_000_000)}:${'x'.repeat(length)}`);
}

function acknowledge(known: Known, offset: Offset, record: Uint8Array): void {
  assert.equal(offset, known.end, 'answers come in the order of the calls, and offsets are dense');
  assert.equal(known.open.shift(), record);
  known.kept.set(offset, new TextDecoder().decode(record));
  known.end++;
}

/** Compares what a log holds with what is known. Answers how many records survived without having been acknowledged. */
function check(known: Known, id: string, begin: Offset, end: Offset, entries: readonly Entry[]): number {
  known.id ??= id;
  assert.equal(id, known.id, 'it is the same log');
  assert.ok(begin <= known.released + 1, 'nothing was dropped that was not released');
  assert.ok(end >= known.end, 'nothing that was acknowledged is lost');
  assert.deepEqual(
    entries.map((entry) => entry.offset),
    Array.from({ length: end - begin }, (_, n) => begin + n),
  );
  for (const [n, text] of texts(entries).entries()) {
    const offset = begin + n;
    if (offset < known.end) assert.equal(text, known.kept.get(offset), 'what was acknowledged stands where it stood');
  }
  const survivors = known.open.slice(0, end - known.end);
  assert.deepEqual(
    texts(entries.slice(known.end - begin)),
    survivors.map((each) => new TextDecoder().decode(each)),
  );
  assert.ok(survivors.length === 0 || known.writes.has(batchBytes(survivors)), 'a batch survives whole');
  for (const [n, time] of entries.map((entry) => entry.time).entries())
    assert.ok(n === 0 || time >= (entries[n - 1]?.time ?? 0), 'time never falls');
  for (const survivor of survivors) acknowledge(known, known.end, survivor);
  known.open = [];
  return survivors.length;
}
