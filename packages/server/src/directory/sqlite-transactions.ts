// Batches of writes become transactions of the directory's file, on the writer's thread. Promise: an answer that is
// not a fault means committed and synced; a write that fails is undone alone; after a failed sync nothing is written.
import { Unavailable } from '../kernel/result.ts';
import { keepAnswer } from './sqlite-answers.ts';
import { isFatal, type SqliteFile, translate } from './sqlite-file.ts';
import { addFile, removeFiles } from './sqlite-files.ts';
import * as keyWrites from './sqlite-keys-writes.ts';
import { addReport, closeReport, forgetReports } from './sqlite-reports.ts';
import * as sealedWrites from './sqlite-sealed-writes.ts';
import * as writes from './sqlite-writes.ts';

const ownWrites = { keepAnswer, addFile, removeFiles, addReport, closeReport, forgetReports };

/** Every write by its name. */
export type Writes = typeof writes & typeof keyWrites & typeof sealedWrites & typeof ownWrites;
export type WriteName = keyof Writes;
/** The arguments of a write, without the file. */
export type WriteArguments<N extends WriteName> =
  Parameters<Writes[N]> extends [SqliteFile, ...infer Rest] ? Rest : never;

/** To the writer. `close` ends it after what came before. */
export type Ask =
  | { readonly id: number; readonly write: WriteName; readonly values: readonly unknown[] }
  | { readonly close: true };

/** From the writer. `fault`: the world's or ours, with its words. `stopped`: after a failed sync or damage nothing is written. */
export type Answer =
  | { readonly ready: true }
  | { readonly unusable: string }
  | { readonly stopped: string }
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly fault: 'world' | 'bug'; readonly words: string };

export type Write = Extract<Ask, { readonly id: number }>;

const actions: Writes = { ...writes, ...keyWrites, ...sealedWrites, ...ownWrites };

/** Turns batches of writes into transactions. */
export class Transactions {
  readonly #file: SqliteFile;
  readonly #stopped: (why: string) => void;
  /** Set after a failed sync or damage: what is in memory may not be what is on disk. */
  #broken: Unavailable | null = null;

  /** `stopped` is called once, when nothing more can be written. */
  constructor(file: SqliteFile, stopped: (why: string) => void) {
    this.#file = file;
    this.#stopped = stopped;
  }

  /** One transaction for all of them; a write that fails is undone alone. */
  commit(batch: readonly Write[]): Answer[] {
    if (batch.length === 0) return [];
    if (this.#broken !== null) return this.#refuse(batch, this.#broken);
    const { database } = this.#file;
    try {
      database.exec('BEGIN IMMEDIATE');
      const answers = batch.map((write) => this.#perform(write));
      database.exec('COMMIT');
      if (batch.some(({ write }) => write === 'erase')) database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      return answers;
    } catch (error) {
      if (isFatal(error)) this.#break(error);
      else if (database.isTransaction) database.exec('ROLLBACK');
      return this.#refuse(batch, error);
    }
  }

  #perform({ id, write, values }: Write): Answer {
    const { database } = this.#file;
    database.exec('SAVEPOINT one');
    try {
      const action = actions[write] as (file: SqliteFile, ...values: readonly unknown[]) => unknown;
      const value = action(this.#file, ...values);
      database.exec('RELEASE one');
      return { id, value };
    } catch (error) {
      // Damage concerns every write; a full disk may have ended the transaction: then all of it failed.
      if (isFatal(error) || !database.isTransaction) throw error;
      database.exec('ROLLBACK TO one; RELEASE one');
      return faultOf(id, error);
    }
  }

  #refuse(batch: readonly Write[], error: unknown): Answer[] {
    return batch.map(({ id }) => faultOf(id, error));
  }

  #break(error: unknown): void {
    this.#broken = new Unavailable('the directory stopped writing after a fault of the disk', { cause: error });
    this.#stopped(error instanceof Error ? error.message : 'unknown');
  }
}

function faultOf(id: number, error: unknown): Answer {
  const fault = translate(error) instanceof Unavailable ? 'world' : 'bug';
  return { id, fault, words: error instanceof Error ? error.message : 'unknown' };
}
