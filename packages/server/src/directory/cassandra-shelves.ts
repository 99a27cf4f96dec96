// Where things are looked up by something else than their owner. Written only with stamps that come from the owner's
// count of changes, or with values that never differ, so the order in which processes write does not matter.
import { createHash } from 'node:crypto';
import type { AccountId, DeviceId } from '@parley/protocol';
import { inKeyspace } from '../engines/cassandra-schema.ts';
import type { CassandraSession, Page, Row, Value } from '../engines/cassandra-session.ts';
import { intentShelves } from '../kernel/engine-limits.ts';
import type { Found } from './cassandra-dues.ts';
import type { DeviceTimes, IntentRow } from './directory.ts';

/** The tables beside `owned`. */
export class Shelves {
  readonly #session: CassandraSession;

  constructor(session: CassandraSession) {
    this.#session = session;
  }

  async pointsTo(pointer: string): Promise<string | undefined> {
    const [row] = await this.#read('SELECT place FROM $.pointers WHERE pointer = ?', [pointer]);
    return row === undefined ? undefined : String(row.place);
  }

  async point(pointer: string, place: string): Promise<void> {
    await this.#write('INSERT INTO $.pointers (pointer, place) VALUES (?, ?)', [pointer, place]);
  }

  async forget(pointers: readonly string[]): Promise<void> {
    for (const pointer of pointers) await this.#write('DELETE FROM $.pointers WHERE pointer = ?', [pointer]);
  }

  /** An account is found elsewhere as of this change of it. */
  async move(account: AccountId, was: readonly Found[], is: readonly Found[], stamp: number): Promise<void> {
    const put = 'INSERT INTO $.found (shelf, key, handle, account) VALUES (?, ?, ?, ?) USING TIMESTAMP ?';
    for (const found of is) await this.#write(put, [...found, account, stamp]);
    const kept = new Set(is.map((found) => JSON.stringify(found)));
    const remove = 'DELETE FROM $.found USING TIMESTAMP ? WHERE shelf = ? AND key = ? AND handle = ?';
    for (const found of was) if (!kept.has(JSON.stringify(found))) await this.#write(remove, [stamp, ...found]);
  }

  /** Accounts on a shelf whose key begins so, by key and handle; in pages. */
  found(shelf: string, prefix: string, from: string | null, rows: number): Promise<Page> {
    const query = 'SELECT key, handle, account FROM $.found WHERE shelf = ? AND key >= ? AND key < ?';
    return this.#session.page(this.#say(query), [shelf, prefix, `${prefix}\u{10ffff}`], from, rows);
  }

  async addIntent(intent: IntentRow, stamp: number): Promise<void> {
    const query = 'INSERT INTO $.intents (shelf, intent, value, stamp) VALUES (?, ?, ?, ?) USING TIMESTAMP ?';
    await this.#write(query, [shelfOfIntent(intent.intent), intent.intent, JSON.stringify(intent), stamp, stamp]);
  }

  /** Every open one: they are few, and are done within moments. */
  async intents(): Promise<readonly IntentRow[]> {
    const query = this.#say('SELECT value FROM $.intents WHERE shelf = ?');
    const shelves = Array.from({ length: intentShelves }, async (_, shelf) => {
      const found: IntentRow[] = [];
      for (let from: string | null = null; ; ) {
        const { rows, next } = await this.#session.page(query, [shelf], from);
        for (const { value } of rows) found.push(JSON.parse(String(value)) as IntentRow);
        if (next === null) return found;
        from = next;
      }
    });
    return (await Promise.all(shelves)).flat();
  }

  /** Closed as it was opened: what is late opens it no more, another change does. */
  async closeIntent(intent: string): Promise<void> {
    const at = [shelfOfIntent(intent), intent];
    const [row] = await this.#read('SELECT stamp FROM $.intents WHERE shelf = ? AND intent = ?', at);
    if (row === undefined) return;
    const query = 'DELETE FROM $.intents USING TIMESTAMP ? WHERE shelf = ? AND intent = ?';
    await this.#write(query, [Number(row.stamp), ...at]);
  }

  async times(device: DeviceId): Promise<Omit<DeviceTimes, 'device'>> {
    const query = 'SELECT last_seen_at, old_token_used_at, proved_at FROM $.seen WHERE device = ?';
    const [row] = await this.#read(query, [device]);
    return {
      lastSeenAt: numberOf(row?.last_seen_at),
      oldTokenUsedAt: numberOf(row?.old_token_used_at),
      provedAt: numberOf(row?.proved_at),
    };
  }

  /** Each time is its own stamp: the highest stays. */
  async raise({ device, lastSeenAt, oldTokenUsedAt, provedAt }: DeviceTimes): Promise<void> {
    const times = { last_seen_at: lastSeenAt, old_token_used_at: oldTokenUsedAt, proved_at: provedAt };
    const statements = Object.entries(times).flatMap(([column, time]) => {
      if (time === undefined || time === null || time <= 0) return [];
      const query = this.#say(`UPDATE $.seen USING TIMESTAMP ? SET ${column} = ? WHERE device = ?`);
      return [{ query, params: [time, time, device] }];
    });
    if (statements.length > 0) await this.#session.batch(statements);
  }

  async forgetTimes(devices: readonly DeviceId[]): Promise<void> {
    for (const device of devices) await this.#write('DELETE FROM $.seen WHERE device = ?', [device]);
  }

  #read(query: string, params: readonly Value[]): Promise<readonly Row[]> {
    return this.#session.read(this.#say(query), params);
  }

  #write(query: string, params: readonly Value[]): Promise<void> {
    return this.#session.write(this.#say(query), params);
  }

  #say(query: string): string {
    return inKeyspace(this.#session, query);
  }
}

function shelfOfIntent(intent: string): number {
  return createHash('sha256').update(intent).digest().readUInt16BE(0) % intentShelves;
}

function numberOf(value: Value | undefined): number | null {
  return typeof value === 'number' ? value : null;
}
