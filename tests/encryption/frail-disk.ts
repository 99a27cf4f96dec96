// What a device of a history has its keys on. It dies at a moment that a test draws; what was on the disk for sure stays,
// of the rest as much as chance leaves, and what belongs together is there whole or not at all. One is the file of Node
// over records in memory, the other what a browser keeps, over another implementation of IndexedDB that lacks room
// now and then.
import * as fake from 'fake-indexeddb';
import type { LogRecord, RecordLog } from '../../packages/sdk/src/platform/keys-database.ts';
import { openWebKeyLog } from '../../packages/sdk/src/platform/web-keys-log.ts';
import type { Chance } from '../simulation/chance.ts';

/** What a device has from one start to its end. */
export interface Opened {
  readonly log: RecordLog;
  readonly records: readonly LogRecord[];
  /** All that was written is on the disk for sure when it resolves; rejects when there is no room. */
  synced(): Promise<void>;
  /** Nothing is written any more. */
  die(): void;
}

/** The disk of one device. */
export interface FrailDisk {
  /** `moment` is told whenever something is about to be written, or was: there the device may die. */
  open(moment: () => void): Promise<Opened>;
}

/** A file: what was written since the last sync is there up to any record. */
export class FrailFile implements FrailDisk {
  readonly #chance: Chance;
  #kept: readonly LogRecord[] = [];

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  async open(moment: () => void): Promise<Opened> {
    const records = [...this.#kept];
    /** So many records are on the disk for sure, and so many may be. */
    let [durable, borders] = [records.length, [] as number[]];
    let [isDead, holds, free] = [false, 0, Promise.withResolvers<void>()];
    const log: RecordLog = {
      append(record) {
        if (isDead) return;
        records.push(record);
        if (holds === 0) borders.push(records.length);
        moment();
      },
      hold() {
        holds += 1;
      },
      release() {
        if (--holds > 0) return;
        borders.push(records.length);
        free.resolve();
        free = Promise.withResolvers();
      },
      isIdle: true,
      isLong: false,
      replace() {},
      synced: async () => {},
    };
    const synced = async () => {
      while (holds > 0) await free.promise;
      durable = records.length;
      borders = [];
    };
    const die = () => {
      isDead = true;
      this.#kept = records.slice(0, this.#chance.pick([durable, ...borders.filter((border) => border > durable)]));
    };
    return { log, records: this.#kept, synced, die };
  }
}

/** Of so many writes one finds no room. */
const writesToAFullDisk = 12;

/** A browser's database: a write that is under way is there or not. */
export class FrailBrowser implements FrailDisk {
  readonly #chance: Chance;
  readonly #factory = new fake.IDBFactory();
  /** How often there was no room. */
  refused = 0;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  async open(moment: () => void): Promise<Opened> {
    const life = { isDead: false, flying: new Set<IDBTransaction>(), moment };
    const open = (name: string, version?: number) => {
      const opening = this.#factory.open(name, version);
      opening.addEventListener('success', () => this.#watch(opening.result, life));
      return opening;
    };
    const factory = new Proxy(this.#factory, {
      get: (it, key): unknown => (key === 'open' ? open : Reflect.get(it, key)),
    });
    const { log, records } = await openWebKeyLog(factory, 'log', (task) => void setImmediate(task));
    const die = () => {
      life.isDead = true;
      for (const transaction of life.flying)
        if (this.#chance.happens(0.5)) {
          life.flying.delete(transaction);
          transaction.abort();
        }
    };
    const append = (record: LogRecord) => {
      if (life.isDead) return;
      log.append(record);
      moment();
    };
    const told: RecordLog = new Proxy(log, {
      get: (it, key) => {
        if (key === 'append') return append;
        const found: unknown = Reflect.get(it, key, it);
        return typeof found === 'function' ? (found.bind(it) as unknown) : found;
      },
    });
    return { log: told, records, synced: () => log.synced(), die };
  }

  #watch(db: IDBDatabase, life: { readonly isDead: boolean; readonly flying: Set<IDBTransaction>; moment(): void }) {
    const begin = db.transaction.bind(db);
    db.transaction = (...given) => {
      if (given[1] !== 'readwrite') return begin(...given);
      life.moment();
      if (life.isDead) throw new DOMException('the device is dead', 'InvalidStateError');
      const transaction = begin(...given);
      life.flying.add(transaction);
      transaction.addEventListener('complete', () => {
        life.flying.delete(transaction);
        life.moment();
      });
      transaction.addEventListener('abort', () => life.flying.delete(transaction));
      if (this.#chance.below(writesToAFullDisk) === 0) {
        this.refused += 1;
        const rows = transaction.objectStore('batches');
        rows.add('more than there is room for').addEventListener('success', () => {
          // It may have been cut already.
          if (!life.flying.delete(transaction)) return;
          transaction.abort();
        });
      }
      return transaction;
    };
  }
}
