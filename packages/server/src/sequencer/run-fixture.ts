// A whole sequencer for tests: a log in a list, a store in memory, a clock that is moved by hand, a bus that is listened
// to. Used by tests only.
import assert from 'node:assert/strict';
import type { AccountId } from '@parley/protocol';
import type { Bus, Hint } from '../bus/bus.ts';
import { MemoryStore } from '../store/memory-store.ts';
import type { Rows, Store, Table } from '../store/store.ts';
import type { OverlayBounds } from './overlay.ts';
import type { LogRecord, MembersRecord, MessageRecord } from './record.ts';
import { encodeRecord } from './record-codec.ts';
import { Sequencer, type SequencerParts } from './run.ts';
import { accountOf, HandClock, ListLog } from './stage.ts';

/** What a test may bring along. */
export interface DeskParts {
  readonly log?: ListLog;
  readonly store?: Store;
  readonly clock?: HandClock;
  readonly bounds?: OverlayBounds;
  readonly tellsAll?: boolean;
  readonly publish?: 'at once' | 'when stored';
  readonly onDamaged?: NonNullable<SequencerParts['onDamaged']>;
}

/** A sequencer, and everything that it says. */
export interface Desk {
  readonly log: ListLog;
  readonly store: Store;
  readonly clock: HandClock;
  readonly sequencer: Sequencer;
  readonly hints: Hint[];
  /** Names of alarms that are not over. */
  readonly alarms: Set<string>;
  readonly faults: unknown[];
}

/** Starts a sequencer. */
export function openDesk(parts: DeskParts = {}): Desk {
  const { log = new ListLog(), store = new MemoryStore(), clock = new HandClock() } = parts;
  const hints: Hint[] = [];
  const alarms = new Set<string>();
  const faults: unknown[] = [];
  const bus: Bus = {
    publish: (hint) => void hints.push(hint),
    subscribe: () => () => {},
    want: () => () => {},
    ready: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
  const events = {
    alarm: (name: string) => void alarms.add(name),
    alarmOver: (name: string) => void alarms.delete(name),
    fault: (_where: string, error: unknown) => void faults.push(error),
  };
  const sequencer = new Sequencer({ ...parts, log, partition: 0, store, bus, clock, events });
  return { log, store, clock, sequencer, hints, alarms, faults };
}

/** Appends records, each a millisecond after the one before. */
export async function appendTo(log: ListLog, records: readonly LogRecord[], afterMs = 1): Promise<void> {
  for (const record of records) {
    const time = (log.entries.at(-1)?.time ?? Date.UTC(2026, 10, 25, 9)) + afterMs;
    await log.append(0, encodeRecord(record), time);
  }
}

/** Longest wait for what threads and a disk have to do. */
const lateMs = 30_000;

/** Resolves once `happened` holds; what is in between is the event loop's, or a thread's. */
export async function until(happened: () => boolean): Promise<void> {
  const late = performance.now() + lateMs;
  while (!happened()) {
    assert.ok(performance.now() < late, 'it should have happened by now');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Until everything in the log is applied. */
export function untilApplied({ log, sequencer }: Desk): Promise<void> {
  return until(() => sequencer.counters.appliedOffset === log.entries.length - 1);
}

/** The accounts of a dump. */
export const people: readonly AccountId[] = [1, 2, 3, 4].map(accountOf);

/** Every row that these records can have touched, as text, by table and key. */
export async function dump(rows: Rows, records: readonly LogRecord[]): Promise<ReadonlyMap<string, string>> {
  const said = records.filter((record): record is MessageRecord | MembersRecord => record.type !== 'control');
  const found = new Map<string, string>();
  const note = (table: Table, key: unknown, row: object | undefined): void => {
    if (row !== undefined) found.set(`${table} ${JSON.stringify(key)}`, plain(row));
  };
  for (const { conversation, sender, id } of said) note('ids', id, await rows.get('ids', [conversation, sender, id]));
  for (const conversation of new Set(said.map((record) => record.conversation))) {
    note('conversations', conversation, await rows.get('conversations', [conversation]));
    for (const table of ['messages', 'members'] as const)
      for (const row of await rows.list(table, { prefix: [conversation], limit: 10_000 }))
        note(table, [conversation, 'account' in row ? [row.account, row.joinedSeq] : row.seq], row);
    for (const row of await rows.list('entries', { prefix: [conversation], limit: 10_000 }))
      note('entries', [conversation, row.n], row);
  }
  for (const account of people) {
    for (const row of await rows.list('memberships', { prefix: [account], limit: 10_000 }))
      note('memberships', [account, row.conversation], row);
    for (const row of await rows.list('settings', { prefix: [account], limit: 10_000 }))
      note('settings', [account, row.key], row);
  }
  for (const row of await rows.list('facts', { prefix: [], limit: 10_000 })) note('facts', row.name, row);
  return found;
}

/** The row as text, the same whatever the order of its fields and the kind of its bytes are. */
function plain(row: object): string {
  const fields = Object.entries(row).map(([name, value]: [string, unknown]) => [name, comparable(value)] as const);
  return JSON.stringify(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function comparable(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (!(value instanceof Map)) return value;
  const pairs = [...(value as ReadonlyMap<string, object>)].map(([key, each]) => `${key} ${plain(each)}`);
  return pairs.sort((a, b) => (a < b ? -1 : 1));
}
