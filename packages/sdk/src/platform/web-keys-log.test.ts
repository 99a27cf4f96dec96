// What keeps the keys of a browser, over another implementation of IndexedDB, with and without room.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fake from 'fake-indexeddb';
import fc from 'fast-check';
import { type KeyDatabase, KeyFactory, type LogRecord } from './keys-database.ts';
import { nodeKeyHost } from './node-keys-records.ts';
import { openWebKeyLog } from './web-keys-log.ts';

/** A browser that has room, or not. */
class Place {
  readonly factory: IDBFactory;
  hasRoom = true;
  /** Transactions that write. */
  writes = 0;
  readonly databases: IDBDatabase[] = [];

  constructor() {
    const plain = new fake.IDBFactory();
    const open = (name: string, version?: number) => {
      const opening = plain.open(name, version);
      opening.addEventListener('success', () => this.#watch(opening.result));
      return opening;
    };
    this.factory = new Proxy(plain, {
      get: (target, key): unknown => (key === 'open' ? open : Reflect.get(target, key)),
    });
  }

  open() {
    return openWebKeyLog(this.factory, 'keys::log', (task) => void setImmediate(task));
  }

  #watch(db: IDBDatabase): void {
    this.databases.push(db);
    const begin = db.transaction.bind(db);
    db.transaction = (...given) => {
      const transaction = begin(...given);
      if (given[1] !== 'readwrite') return transaction;
      this.writes += 1;
      const rows = transaction.objectStore('batches');
      const add = rows.add.bind(rows);
      rows.add = (value) => {
        const request = add(value);
        // As browsers do it: the request is taken, and the transaction ends without it.
        if (!this.hasRoom) request.addEventListener('success', () => transaction.abort());
        return request;
      };
      return transaction;
    };
  }
}

const record = (n: number): LogRecord => ['facts', [['put', 'facts', `n${n}`, n]]];
const again = async (place: Place) => (await place.open()).records;

test('[ENC290] what is appended in one turn is one transaction, and comes back in its order', async () => {
  const place = new Place();
  const { log, records } = await place.open();
  assert.deepEqual(records, []);
  for (const n of [1, 2, 3]) log.append(record(n));
  await log.synced();
  assert.equal(place.writes, 1);
  assert.deepEqual(await again(place), [1, 2, 3].map(record));
  log.append(record(4));
  await log.synced();
  assert.deepEqual(await again(place), [1, 2, 3, 4].map(record));
});

test('[ENC239] in a browser what belongs together is one transaction, and nobody is told before it is whole', async () => {
  const place = new Place();
  const { log } = await place.open();
  log.hold();
  log.append(record(1));
  let isTold = false;
  const told = log.synced().then(() => {
    isTold = true;
  });
  await new Promise(setImmediate);
  assert.deepEqual(await again(place), []);
  log.append(record(2));
  assert.equal(isTold, false);
  log.release();
  await told;
  assert.equal(place.writes, 1);
  assert.deepEqual(await again(place), [1, 2].map(record));
  log.hold();
  const nothing = log.synced();
  log.release();
  await nothing;
});

test('[ENC291] without room whoever waits is told, and everything is kept in its order when there is some', async () => {
  const place = new Place();
  const { log } = await place.open();
  log.append(record(1));
  await log.synced();
  place.hasRoom = false;
  log.append(record(2));
  const late = log.synced();
  await assert.rejects(late, { code: 'client.storage' });
  log.append(record(3));
  await assert.rejects(log.synced(), { code: 'client.storage' });
  assert.deepEqual(await again(place), [record(1)]);
  place.hasRoom = true;
  await log.synced();
  assert.deepEqual(await again(place), [1, 2, 3].map(record));
});

test('[ENC291] wherever room is lacking, what was confirmed is kept and nothing is kept twice or in another order', async () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.constant('append' as const) },
    { weight: 2, arbitrary: fc.constant('wait' as const) },
    { weight: 2, arbitrary: fc.constant('room' as const) },
    { weight: 1, arbitrary: fc.constant('replace' as const) },
    { weight: 1, arbitrary: fc.constant('turn' as const) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const place = new Place();
      const { log } = await place.open();
      const all: LogRecord[] = [];
      let confirmed = 0;
      for (const what of steps) {
        if (what === 'append') log.append(all[all.push(record(all.length)) - 1] as LogRecord);
        else if (what === 'room') place.hasRoom = !place.hasRoom;
        else if (what === 'turn') await new Promise(setImmediate);
        else if (what === 'replace' && log.isIdle) log.replace([...all]);
        else if (what === 'wait') {
          const most = all.length;
          const isKept = await log.synced().then(
            () => true,
            () => false,
          );
          if (isKept) confirmed = most;
        }
      }
      const kept = await again(place);
      assert.deepEqual(kept, all.slice(0, kept.length));
      assert.ok(kept.length >= confirmed);
      place.hasRoom = true;
      while (
        !(await log.synced().then(
          () => true,
          () => false,
        ))
      );
      assert.deepEqual(await again(place), all);
    }),
    { numRuns: 200 },
  );
});

test('[ENC292] it is long when it has grown, and what is written anew holds the same at once or not at all', async () => {
  const place = new Place();
  const { log } = await place.open();
  const much = 'x'.repeat(1024 * 1024);
  const big = (n: number): LogRecord => ['facts', [['put', 'facts', 'one', `${n}${much}`]]];
  for (let n = 0; n < 4; n++) log.append(big(n));
  await log.synced();
  assert.equal(log.isLong, true);
  place.hasRoom = false;
  log.replace([big(3)]);
  await assert.rejects(log.synced(), { code: 'client.storage' });
  assert.equal(log.isLong, false);
  assert.equal((await again(place)).length, 4);
  place.hasRoom = true;
  log.append(record(1));
  await log.synced();
  assert.equal(log.isLong, true);
  log.replace([big(3), record(1)]);
  await log.synced();
  assert.deepEqual(await again(place), [big(3), record(1)]);
  assert.equal(log.isLong, false);
});

test('[ENC292] nothing is taken any more when the browser has closed it', async () => {
  const place = new Place();
  const { log } = await place.open();
  log.append(record(1));
  await log.synced();
  for (const db of place.databases) db.onclose?.(new Event('close'));
  assert.throws(() => log.append(record(2)), { code: 'client.storage' });
  await assert.rejects(log.synced(), { code: 'client.storage' });
});

test('[ENC292] transactions go on while the keys are written anew, also where there is no room for that', async () => {
  const place = new Place();
  const { log } = await place.open();
  const factory = new KeyFactory(nodeKeyHost, log, []);
  const opening = factory.open('keys', 1);
  opening.onupgradeneeded = () => (opening.result as KeyDatabase).createObjectStore('rows');
  await new Promise<void>((resolve) => {
    opening.onsuccess = () => resolve();
  });
  const db = opening.result as KeyDatabase;
  const much = 'x'.repeat(300_000);
  const write = (n: number) =>
    new Promise<void>((resolve) => {
      const transaction = db.transaction(['rows'], 'readwrite');
      transaction.oncomplete = () => resolve();
      transaction.objectStore('rows').put(`${n}${much}`, n % 3);
    });
  for (let n = 0; n < 60; n++) {
    place.hasRoom = n % 20 < 10;
    // Two at once: the second one begins when the first one may have made the log long.
    await Promise.all([write(n), write(n + 1)]);
    if (n % 7 === 0) await log.synced().catch(() => {});
  }
  place.hasRoom = true;
  await log.synced().catch(() => log.synced());
  assert.ok((await again(place)).length < 60);
});
