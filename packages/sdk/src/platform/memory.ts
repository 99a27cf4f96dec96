// A host without a disk: for simulations and tests, and for programs that keep nothing. What is on a `MemoryDisk`
// outlives its clients, so a restart can be played; several clients on one disk are the tabs of one browser.
import type { Client } from '../api.ts';
import { inBackground } from '../background.ts';
import { type ClientOptions, openClient } from '../client.ts';
import { encryptedCrypto } from '../crypto/encryption.ts';
import { ChatError } from '../error.ts';
import {
  type Clock,
  type CryptoProvider,
  type Http,
  type HttpBytes,
  type Leadership,
  type LocalKey,
  type LocalStore,
  type LocalTable,
  type LocalWrite,
  localTables,
  type Random,
  type SocketFactory,
} from '../ports.ts';
import { behind, keyText } from './key-order.ts';
import { memoryKeys } from './memory-keys.ts';

interface Row {
  readonly text: string;
  readonly key: LocalKey;
  /** JSON, so that nobody holds what another one changes. */
  value: string;
}

/** What stays when a client ends. */
export class MemoryDisk {
  readonly tables = new Map<LocalTable, Row[]>(localTables.map((table) => [table, []]));
  readonly hub = new MemoryHub();
}

/** Rows in order, in memory. */
export class MemoryStore implements LocalStore {
  readonly #disk: MemoryDisk;
  #closed = false;

  constructor(disk: MemoryDisk) {
    this.#disk = disk;
  }

  async get(table: LocalTable, key: LocalKey): Promise<unknown> {
    const rows = this.#rows(table);
    const text = keyText(key);
    const row = rows[place(rows, text)];
    return row?.text === text ? JSON.parse(row.value) : undefined;
  }

  async list(table: LocalTable, range: Parameters<LocalStore['list']>[1]) {
    const rows = this.#rows(table);
    const prefix = keyText(range.prefix);
    const from = range.after ? place(rows, `${keyText(range.after)}\u0000`) : place(rows, prefix);
    const to = range.before ? place(rows, keyText(range.before)) : place(rows, behind(prefix));
    const found = range.reverse
      ? rows.slice(Math.max(from, to - range.limit), to).reverse()
      : rows.slice(from, Math.min(to, from + range.limit));
    return found.map(({ key, value }) => ({ key, value: JSON.parse(value) as unknown }));
  }

  async write(writes: readonly LocalWrite[]): Promise<void> {
    if (this.#closed) throw new ChatError('client.closed');
    // Made into text first: what cannot be written stops the rest, too.
    const texts = writes.map((write) => ('remove' in write ? null : JSON.stringify(write.value)));
    writes.forEach(({ table, key }, at) => {
      this.#put(this.#rows(table), [...key], texts[at] ?? null);
    });
  }

  async clear(): Promise<void> {
    for (const rows of this.#disk.tables.values()) rows.length = 0;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #put(rows: Row[], key: LocalKey, value: string | null): void {
    const text = keyText(key);
    const at = place(rows, text);
    const row = rows[at]?.text === text ? rows[at] : undefined;
    if (value === null) rows.splice(at, row === undefined ? 0 : 1);
    else if (row !== undefined) row.value = value;
    else rows.splice(at, 0, { text, key, value });
  }

  #rows(table: LocalTable): Row[] {
    return this.#disk.tables.get(table) ?? [];
  }
}

/** The clients of one disk: who leads, and what they tell each other. */
export class MemoryHub {
  readonly #listeners = new Map<object, Set<(message: unknown) => void>>();
  readonly #waiting: { readonly lead: () => void }[] = [];
  #led = false;
  #muted = false;

  /** From here until `stop` nobody hears anything, as when a process dies before it could say it. */
  mute(): { stop(): void } {
    this.#muted = true;
    return {
      stop: () => {
        this.#muted = false;
      },
    };
  }

  member(): Leadership {
    const member = {};
    const own = new Set<(message: unknown) => void>();
    this.#listeners.set(member, own);
    return {
      acquire: (signal) => this.#acquire(signal),
      post: (message) => {
        if (this.#listeners.size < 2 || this.#muted) return;
        const text = JSON.stringify(message);
        for (const [other, listeners] of this.#listeners) {
          if (other === member) continue;
          const tell = () => {
            for (const hear of [...listeners]) hear(JSON.parse(text));
          };
          inBackground(Promise.resolve().then(tell));
        }
      },
      subscribe: (listener) => {
        own.add(listener);
        return () => {
          own.delete(listener);
          if (own.size === 0) this.#listeners.delete(member);
        };
      },
      clear: async () => {},
    };
  }

  #acquire(signal: AbortSignal): Promise<{ release(): void }> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(new ChatError('client.aborted'));
      const turn = { lead: () => resolve({ release: once(() => this.#release()) }) };
      signal.addEventListener('abort', () => {
        const at = this.#waiting.indexOf(turn);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(new ChatError('client.aborted'));
      });
      this.#waiting.push(turn);
      this.#next();
    });
  }

  #release(): void {
    this.#led = false;
    this.#next();
  }

  #next(): void {
    if (this.#led) return;
    const turn = this.#waiting.shift();
    if (turn === undefined) return;
    this.#led = true;
    turn.lead();
  }
}

/** Everything that a host gives, but for the disk. */
export interface MemoryOptions {
  readonly sockets: SocketFactory;
  readonly http: Http;
  /** Where there are none, the server is not reached for files. */
  readonly bytes?: HttpBytes;
  readonly clock: Clock;
  readonly random: Random;
  readonly disk?: MemoryDisk;
  readonly token: string | null;
  /** Encryption with keys in memory, when absent. */
  readonly crypto?: CryptoProvider;
}

/** A client on a memory disk. */
export function connect(options: MemoryOptions): Promise<Client> {
  const { sockets, http, clock, random, token, disk = new MemoryDisk() } = options;
  const host = {
    sockets,
    http,
    bytes: options.bytes ?? noBytes,
    clock,
    random,
    store: new MemoryStore(disk),
    leadership: disk.hub.member(),
    crypto: options.crypto ?? encryptedCrypto(memoryKeys()),
  };
  const rest: ClientOptions = {
    token,
    origin: 'http://localhost',
    program: null,
    me: null,
    onSignedOut: async () => {},
  };
  return openClient(host, rest);
}

/** A host that files do not reach. */
export const noBytes: HttpBytes = {
  send: async () => Promise.reject(new ChatError('client.unreachable')),
  receive: async () => Promise.reject(new ChatError('client.unreachable')),
};

/** Index of the first row that does not sort before this text. */
function place(rows: readonly Row[], text: string): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle] as Row).text < text) low = middle + 1;
    else high = middle;
  }
  return low;
}

function once(task: () => void): () => void {
  let done = false;
  return () => {
    if (!done) task();
    done = true;
  };
}
