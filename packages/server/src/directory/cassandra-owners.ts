// Rows that change together: the partition of an owner (an account, a queue, a list) with a root that counts its
// changes. Promise: a change is made of what was read, whole or not at all, and known to be made even when the answer
// of the engine was lost. Whoever comes second reads again.
import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { inKeyspace } from '../engines/cassandra-schema.ts';
import type { CassandraSession, Statement } from '../engines/cassandra-session.ts';
import { cassandraRetries, maxCassandraTries, maxStepBackMs } from '../kernel/engine-limits.ts';
import { maxDirectoryWrites } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import type { Due } from './cassandra-dues.ts';
import { type Entry, type Ref, Slices } from './cassandra-slices.ts';

/** The row that stands for its owner: what it is, and how often it was changed. */
export interface Root {
  readonly value: unknown;
  readonly version: number;
  readonly marks: readonly string[];
}

/** A change of an owner. No row may be in two of these. */
export interface Write {
  readonly root: object;
  readonly put?: readonly Entry[];
  readonly remove?: readonly Ref[];
  /** Kinds of which all rows go. */
  readonly clear?: readonly string[];
  /** What must be done elsewhere because of it. */
  readonly due?: readonly Due[];
}

/** What a caller makes of what it read. Without `write` nothing is changed. */
export interface Decision<T> {
  readonly answer: T;
  readonly write?: Write;
}

/** Changes of an owner that are remembered by name, so that its author knows whether it was made. */
const marksKept = 8;

/** Partitions by their owner. */
export class Owners {
  readonly slices: Slices;
  readonly #session: CassandraSession;
  readonly #process = randomUUID();
  readonly #turns = new Map<string, Promise<void>>();
  #waiting = 0;
  #changes = 0;

  constructor(session: CassandraSession) {
    this.#session = session;
    this.slices = new Slices(session);
  }

  /**
   * Reads the root after everything that was changed, lets the caller decide, and writes that if nobody else has
   * changed the owner meanwhile; else all again. `decide` may only read. `before` comes right before a write.
   */
  async change<T>(
    owner: string,
    decide: (root: Root | null) => Promise<Decision<T>>,
    before: (write: Write) => Promise<void> = async () => {},
  ): Promise<T> {
    return this.#inTurn(owner, async () => {
      for (let tries = 0; tries < maxCassandraTries; tries++) {
        const root = await this.root(owner);
        const { answer, write } = await decide(root);
        if (write === undefined) return answer;
        await before(write);
        if (await this.#commit(owner, root, write)) return answer;
        await stepBack(tries);
      }
      throw new Unavailable('Too many others write the same rows of the directory.');
    });
  }

  /** After everything that was changed. */
  async root(owner: string): Promise<Root | null> {
    return this.slices.root(owner, true);
  }

  async #commit(owner: string, root: Root | null, write: Write): Promise<boolean> {
    const mark = `${this.#process}.${++this.#changes}`;
    try {
      return await this.#session.claimAll(this.#statements(owner, root, write, mark));
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      // Nobody knows whether it was made; a read after everything decides it, and shows it.
      return (await this.#rootAtLast(owner))?.marks.includes(mark) === true;
    }
  }

  /** The root, asked for a few times: rivals make the engine slow to answer. */
  async #rootAtLast(owner: string): Promise<Root | null> {
    for (let tries = 0; ; tries++) {
      try {
        return await this.root(owner);
      } catch (error) {
        if (!(error instanceof Unavailable) || tries >= cassandraRetries) throw error;
        await stepBack(tries);
      }
    }
  }

  #statements(owner: string, root: Root | null, write: Write, mark: string): Statement[] {
    const version = (root?.version ?? 0) + 1;
    const marks = [mark, ...(root?.marks ?? [])].slice(0, marksKept).join(' ');
    const value = JSON.stringify(write.root);
    const due = (write.due ?? []).map((each, i): Entry => ({ kind: 'due', key: dueKey(version, i), value: each }));
    return [
      root === null
        ? this.#say(makeRoot, [owner, value, version, marks])
        : this.#say(changeRoot, [value, version, marks, owner, root.version]),
      ...(write.clear ?? []).map((kind) => this.#say(clearKind, [owner, kind])),
      ...(write.remove ?? []).map(([kind, key]) => this.#say(removeRow, [owner, kind, key])),
      ...[...(write.put ?? []), ...due].map(({ kind, key, value: row, seconds = 0 }) =>
        this.#say(putRow, [owner, kind, key, JSON.stringify(row), seconds]),
      ),
    ];
  }

  #say(query: string, params: Statement['params']): Statement {
    return { query: inKeyspace(this.#session, query), params };
  }

  /** Changes of one owner by this process follow each other: it is not its own rival. */
  async #inTurn<T>(owner: string, work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= maxDirectoryWrites) throw new Unavailable('Too much waits for the directory.');
    this.#waiting += 1;
    const mine = (this.#turns.get(owner) ?? Promise.resolve()).then(work);
    const over = mine.then(
      () => {},
      () => {},
    );
    this.#turns.set(owner, over);
    try {
      return await mine;
    } finally {
      this.#waiting -= 1;
      if (this.#turns.get(owner) === over) this.#turns.delete(owner);
    }
  }
}

/** Rivals for one partition wait for different times before they try again. */
async function stepBack(tries: number): Promise<void> {
  await wait(randomInt(1, Math.min(maxStepBackMs, 8 * 2 ** tries)));
}

/** The root of a change of other rows only. */
export function asBefore(root: Root | null): object {
  return (root?.value ?? {}) as object;
}

/** Names of what is due sort by the change that made them. */
export function dueKey(version: number, at: number): string {
  return `${padded(version)} ${String(at).padStart(4, '0')}`;
}

/** A number as a key, so that keys sort as numbers do. */
export function padded(n: number): string {
  return String(n).padStart(16, '0');
}

const makeRoot = `INSERT INTO $.owned (owner, kind, key, value, version, marks) VALUES (?, 'root', '', ?, ?, ?)
  IF NOT EXISTS`;
const changeRoot = `UPDATE $.owned SET value = ?, version = ?, marks = ? WHERE owner = ? AND kind = 'root' AND key = ''
  IF version = ?`;
const clearKind = `DELETE FROM $.owned WHERE owner = ? AND kind = ?`;
const removeRow = `DELETE FROM $.owned WHERE owner = ? AND kind = ? AND key = ?`;
const putRow = `INSERT INTO $.owned (owner, kind, key, value) VALUES (?, ?, ?, ?) USING TTL ?`;
