// Log and store on real files: whatever the store had not made durable is read from the log again, into the same rows.
import assert from 'node:assert/strict';
import { copyFile, cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import { LocalBus } from '../bus/local-bus.ts';
import { checkpointMs, commitDelayMs } from '../kernel/limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { hostRandom } from '../kernel/random.ts';
import { silentEvents } from '../kernel/silent-events.ts';
import { FileLog } from '../log/file-log.ts';
import { openHostDisk } from '../log/host-disk.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import { directConversation, madeConversation } from './conversation-ids.ts';
import type { LogRecord } from './record.ts';
import { encodeRecord } from './record-codec.ts';
import { Sequencer } from './run.ts';
import { dump, people, until } from './run-fixture.ts';
import { creation, HandClock, members, message, messageOf } from './stage.ts';

const [ana, ben, cem] = people as [AccountId, AccountId, AccountId];
const chat = directConversation(ana, ben);
const groupId = messageOf(2);
const group = madeConversation('group', ana, groupId);
const opening: readonly LogRecord[] = [
  members(chat, ana, messageOf(1), creation('direct', [ana, ben])),
  members(group, ana, groupId, creation('group', [ana, ben])),
];

/** What is said in both conversations; now and then something is deleted, and somebody comes and goes. */
function talk(from: number, count: number): readonly LogRecord[] {
  return Array.from({ length: count }, (_, n) => {
    const id = messageOf(from + n);
    if (n % 10 === 7) return message(chat, ana, id, { kind: 'delete', targets: [2 + (n % 5)] });
    if (n % 10 === 8) return members(group, ana, id, { action: 'add', subject: cem, role: 'member' });
    if (n % 10 === 9) return members(group, ana, id, { action: 'remove', subject: cem });
    return message(n % 2 === 0 ? chat : group, n % 3 === 0 ? ana : ben, id);
  });
}

/** A sequencer over the files of a folder, until it is closed or the test ends. */
async function open(t: TestContext, folder: string) {
  await mkdir(folder, { recursive: true });
  const clock = new HandClock();
  const onFatal = (error: unknown): never => {
    throw error;
  };
  const disk = await openHostDisk(join(folder, 'log'));
  const log = await FileLog.open({ disk, clock: new ManualClock(clock.now()), random: hostRandom, onFatal });
  const store = await openSqliteStore(join(folder, 'store.db'), { onFatal });
  const bus = new LocalBus(onFatal);
  const sequencer = new Sequencer({ log, partition: 0, store, bus, clock, events: silentEvents() });
  const close = async (): Promise<void> => {
    await sequencer[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    await log[Symbol.asyncDispose]();
  };
  t.after(close);
  await sequencer.caughtUp();
  return {
    clock,
    store,
    sequencer,
    async append(records: readonly LogRecord[]): Promise<void> {
      await Promise.all(records.map((record) => log.append(0, encodeRecord(record))));
      await until(() => sequencer.counters.appliedOffset === log.end() - 1);
    },
    close,
  };
}

async function temporary(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-rebuild-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

/** Lets the writer's time pass until it has written up to here, however many transactions that takes. */
async function committed({ clock, sequencer }: Awaited<ReturnType<typeof open>>, offset: number): Promise<void> {
  for (let nextAt = 0; sequencer.counters.committedOffset !== offset; ) {
    await until(() => sequencer.counters.committedOffset === offset || performance.now() >= nextAt);
    if (performance.now() >= nextAt) clock.advance(commitDelayMs);
    nextAt = performance.now() + 500;
  }
}

test('[SEQ13] [STR2] what a store had not made durable is deleted, and a start writes the same rows again', async (t) => {
  const folder = await temporary(t);
  const first = await open(t, join(folder, 'first'));
  const records = [...opening, ...talk(100, 300), ...talk(1_000, 200)];
  await first.append(records.slice(0, 302));
  await committed(first, 301);
  first.clock.advance(checkpointMs);
  await until(() => first.sequencer.counters.safeOffset === 301);
  await first.append(records.slice(302));
  await committed(first, records.length - 1);
  const second = join(folder, 'second');
  await cp(join(folder, 'first', 'log'), join(second, 'log'), { recursive: true });
  await copyFile(join(folder, 'first', 'store.db'), join(second, 'store.db'));
  const expected = await dump(first.sequencer.rows, records);
  await first.close();
  const rebuilt = await open(t, second);
  assert.equal(rebuilt.sequencer.counters.applied, 200, 'only what was not durable is read again');
  assert.deepEqual(await dump(rebuilt.sequencer.rows, records), expected, 'through the overlay');
  await rebuilt.close();
  const third = await open(t, second);
  assert.equal(third.sequencer.counters.applied, 0);
  assert.deepEqual(await dump(third.store, records), expected, 'in the store');
  await third.close();
});

test('[SEQ13] a store that is gone altogether is written again from a log that is whole', async (t) => {
  const folder = await temporary(t);
  const first = await open(t, join(folder, 'first'));
  const records = [...opening, ...talk(100, 100)];
  await first.append(records);
  const expected = await dump(first.sequencer.rows, records);
  await first.close();
  await cp(join(folder, 'first', 'log'), join(folder, 'second', 'log'), { recursive: true });
  const second = await open(t, join(folder, 'second'));
  await second.close();
  const third = await open(t, join(folder, 'second'));
  assert.deepEqual(await dump(third.store, records), expected);
  await third.close();
});
