// The records of the key store as bytes in its log, and its values as bytes in memory. [ENC]
import { deserialize, serialize } from 'node:v8';
import type { KeyHost, LogRecord, RecordLog } from './keys-database.ts';
import type { Change } from './keys-tables.ts';

/** Node. */
export const nodeKeyHost: KeyHost = {
  pack: (value) => serialize(value),
  unpack: (packed) => deserialize(packed as Uint8Array) as unknown,
  peek: (packed) => deserialize(packed as Uint8Array) as unknown,
  soon: (task) => void setImmediate(task),
};

/** Keeps records in a log that takes bytes. */
export function recordsIn(log: RecordLog<Uint8Array>): RecordLog {
  return {
    append: (record) => log.append(serialize(record)),
    hold: () => log.hold(),
    release: () => log.release(),
    get isIdle() {
      return log.isIdle;
    },
    get isLong() {
      return log.isLong;
    },
    replace: (records) => log.replace(bytesOf(records)),
    synced: () => log.synced(),
  };
}

/** What was in it. */
export function* recordsFrom(records: Iterable<Uint8Array>): Iterable<LogRecord> {
  for (const bytes of records) {
    const [name, changes] = deserialize(bytes) as LogRecord;
    yield [name, changes?.map(ownBytes) ?? null];
  }
}

function* bytesOf(records: Iterable<LogRecord>): Iterable<Uint8Array> {
  for (const record of records) yield serialize(record);
}

/** Not a view into a whole file. */
function ownBytes(change: Change): Change {
  return change[0] === 'put' ? ['put', change[1], change[2], new Uint8Array(change[3] as Uint8Array)] : change;
}
