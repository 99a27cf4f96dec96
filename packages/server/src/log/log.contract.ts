// What every log must do, run by the test of each adapter.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionFailure } from '../kernel/assert.ts';
import { maxRecordBytes } from '../kernel/limits.ts';
import type { ManualClock } from '../kernel/manual-clock.ts';
import { Unavailable } from '../kernel/result.ts';
import { bytesOf, follow, readAll, refusal, take, texts, turns, until } from './fixture.ts';
import type { Log } from './log.ts';

/** A log under test. */
export interface OpenLog {
  readonly log: Log;
  /** Null: times are those of the brokers. */
  readonly clock: ManualClock | null;
  /** Closes the log and removes what it left. */
  close(): Promise<void>;
}

const numbered = (from: number, count: number): readonly Uint8Array[] =>
  Array.from({ length: count }, (_, n) => bytesOf(`record ${from + n}`));

const names = (from: number, count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => `record ${from + n}`);

/** Records that are appended one after another have times that do not fall, of now. */
async function followsBrokers(log: Log): Promise<void> {
  const start = Date.now();
  for (const record of numbered(0, 5)) await log.append(0, record);
  const times = (await readAll(log)).map((entry) => entry.time);
  assert.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
  );
  assert.ok(times.every((time) => time >= start && time <= Date.now()));
}

/** Runs the cases of the port against `open`. */
export function logContract(name: string, open: () => Promise<OpenLog>): void {
  const withLog = (title: string, run: (opened: OpenLog) => Promise<void>): void => {
    test(title, async () => {
      const opened = await open();
      try {
        await run(opened);
      } finally {
        await opened.close();
      }
    });
  };

  withLog(`[LOG4] ${name}: offsets are dense from 0, in the order of the calls`, async ({ log }) => {
    assert.equal(log.end(0), 0);
    assert.equal(log.begin(0), 0);
    const offsets = await Promise.all(numbered(0, 100).map((record) => log.append(0, record)));
    assert.deepEqual(
      offsets,
      Array.from({ length: 100 }, (_, n) => n),
    );
    assert.equal(await log.append(0, bytesOf('record 100')), 100);
    assert.equal(log.end(0), 101);
    assert.deepEqual(texts(await readAll(log)), names(0, 101));
  });

  withLog(
    `[LOG2] ${name}: a reader gets what is strictly after its offset and then waits for more`,
    async ({ log }) => {
      await Promise.all(numbered(0, 10).map((record) => log.append(0, record)));
      const reader = follow(log, 3);
      const newest = follow(log, 9);
      await until(() => reader.entries.length === 6);
      assert.equal(newest.entries.length, 0);
      for (const record of numbered(10, 5)) await log.append(0, record);
      await until(() => reader.entries.length === 11 && newest.entries.length === 5);
      assert.deepEqual(texts(reader.entries), names(4, 11));
      assert.deepEqual(
        newest.entries.map((each) => each.offset),
        [10, 11, 12, 13, 14],
      );
      await Promise.all([reader.stop(), newest.stop()]);
    },
  );

  withLog(`[LOG2] ${name}: readers that join at any time see every record once, in order`, async ({ log }) => {
    const readers = [];
    for (let round = 0; round < 50; round++) {
      if (round % 10 === 0) readers.push(follow(log, log.end(0) - 1 - (round % 3)));
      await Promise.all(numbered(round * 20, 20).map((record) => log.append(0, record)));
    }
    const end = log.end(0);
    for (const reader of readers) {
      await until(() => reader.entries.at(-1)?.offset === end - 1);
      const first = reader.entries[0]?.offset ?? 0;
      assert.deepEqual(
        reader.entries.map((each) => each.offset),
        Array.from({ length: end - first }, (_, n) => first + n),
      );
      assert.deepEqual(texts(reader.entries), names(first, end - first));
      await reader.stop();
    }
  });

  withLog(`[LOG2] ${name}: an abort ends a reader, waiting or not`, async ({ log }) => {
    await log.append(0, bytesOf('one'));
    const ended: unknown[] = [];
    for await (const batch of log.read(0, -1, AbortSignal.abort())) ended.push(batch);
    assert.deepEqual(ended, []);
    const waiting = follow(log, 0);
    await turns(5);
    await waiting.stop();
    assert.deepEqual(waiting.entries, []);
  });

  withLog(`[LOG3] ${name}: what is released goes, what is not stays, and offsets go on`, async ({ log }) => {
    for (const record of numbered(0, 30)) await log.append(0, record);
    await log.release(0, 19);
    assert.ok(log.begin(0) <= 20);
    assert.deepEqual(texts(await readAll(log, 19)), names(20, 10));
    await log.release(0, 19);
    await log.release(0, 5);
    await log.release(0, 1_000);
    assert.equal(await log.append(0, bytesOf('record 30')), 30);
    assert.deepEqual(texts(await take(log, 29, 1)), ['record 30']);
  });

  withLog(`[LOG4] ${name}: append times follow the clock and never fall`, async ({ log, clock }) => {
    if (clock === null) return followsBrokers(log);
    const start = clock.now();
    await log.append(0, bytesOf('a'));
    clock.advance(5_000);
    await log.append(0, bytesOf('b'));
    clock.jump(-30_000);
    await log.append(0, bytesOf('c'));
    clock.advance(60_000);
    await log.append(0, bytesOf('d'));
    const times = (await readAll(log)).map((entry) => entry.time - start);
    assert.deepEqual(times, [0, 5_000, 5_000, 35_000]);
  });

  withLog(`[LOG5] ${name}: records of every size come back byte for byte; a larger one is a bug`, async ({ log }) => {
    const records = [0, 1, 4_095, 4_096, 70_000, maxRecordBytes].map((length) =>
      Uint8Array.from({ length }, (_, n) => (n * 7 + length) & 255),
    );
    await Promise.all(records.map((record) => log.append(0, record)));
    const found = await readAll(log);
    assert.deepEqual(
      found.map((entry) => entry.record.length),
      records.map((record) => record.length),
    );
    assert.ok(found.every((entry, n) => Buffer.compare(entry.record, records[n] ?? bytesOf('?')) === 0));
    await assert.rejects(async () => log.append(0, new Uint8Array(maxRecordBytes + 1)), AssertionFailure);
  });

  withLog(`[LOG20] ${name}: a reader beyond the end is refused`, async ({ log }) => {
    await log.append(0, bytesOf('one'));
    await assert.rejects(take(log, 1, 1), refusal('missing', /ends before offset 1.*what follows 1/));
  });

  withLog(`[LOG21] ${name}: the id is a random UUID`, async ({ log }) => {
    assert.match(log.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  withLog(
    `[LOG22] ${name}: closing finishes what was appended, ends readers, and refuses later appends`,
    async ({ log }) => {
      const reader = follow(log, -1);
      assert.equal(log.problem, null);
      const appended = Promise.all(numbered(0, 50).map((record) => log.append(0, record)));
      await log[Symbol.asyncDispose]();
      assert.equal((await appended).length, 50);
      await reader.stop();
      assert.equal(reader.entries.length, 50);
      await assert.rejects(log.append(0, bytesOf('late')), Unavailable);
      assert.notEqual(log.problem, null);
      for await (const _ of log.read(0, 49, new AbortController().signal)) assert.fail('a closed log has nothing more');
      await log[Symbol.asyncDispose]();
    },
  );
}
