// The thread that writes the directory's file. Whatever has arrived while the last transaction was synced is the
// next one: hundreds of sign-ins share a sync, and the thread that carries messages never waits for the disk.
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { directoryBatch } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { isFatal, openForWriting, type SqliteFile, translate, UnusableDirectory } from './sqlite-file.ts';
import * as writes from './sqlite-writes.ts';

/** Every write by its name. */
export type Writes = typeof writes;
export type WriteName = keyof Writes;
/** The arguments of a write, without the file. */
export type WriteArguments<N extends WriteName> =
  Parameters<Writes[N]> extends [SqliteFile, ...infer Rest] ? Rest : never;

/** To the writer. `close` ends it after what came before. */
export type Ask =
  | { readonly id: number; readonly write: WriteName; readonly values: readonly unknown[] }
  | { readonly close: true };

/** From the writer. `fault`: the world's or ours, with its words; `fatal`: no more writes. */
export type Answer =
  | { readonly ready: true }
  | { readonly unusable: string }
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly fault: 'world' | 'bug'; readonly words: string; readonly fatal: boolean };

type Write = Extract<Ask, { readonly id: number }>;
const actions: Writes = { ...writes };

if (parentPort !== null) begin(parentPort, workerData as { readonly path: string; readonly mustExist: boolean });

function begin(port: MessagePort, { path, mustExist }: { readonly path: string; readonly mustExist: boolean }): void {
  let file: SqliteFile;
  try {
    file = openForWriting(path, mustExist);
  } catch (error) {
    if (!(error instanceof UnusableDirectory)) throw error;
    port.postMessage({ unusable: error.message } satisfies Answer);
    return;
  }
  /** Set after a failed sync or damage: what is in memory may not be what is on disk, so nothing more is written. */
  let broken: Unavailable | null = null;
  port.on('message', (first: Ask) => {
    const batch: Write[] = [];
    let closing = false;
    for (let ask: Ask | undefined = first; ask !== undefined; ask = next(port, batch.length)) {
      if ('close' in ask) closing = true;
      else batch.push(ask);
    }
    for (const answer of broken === null ? commit(file, batch) : batch.map(({ id }) => faultOf(id, broken))) {
      if ('fatal' in answer && answer.fatal) broken = new Unavailable(answer.words);
      port.postMessage(answer);
    }
    if (closing) {
      file.database.close();
      port.close();
    }
  });
  port.postMessage({ ready: true } satisfies Answer);
}

function next(port: MessagePort, taken: number): Ask | undefined {
  return taken < directoryBatch ? (receiveMessageOnPort(port)?.message as Ask | undefined) : undefined;
}

/** One transaction for all of them; a write that fails is undone alone. */
function commit(file: SqliteFile, batch: readonly Write[]): Answer[] {
  const { database } = file;
  if (batch.length === 0) return [];
  try {
    database.exec('BEGIN IMMEDIATE');
    const answers = batch.map((write) => perform(file, write));
    database.exec('COMMIT');
    if (batch.some(({ write }) => write === 'erase')) database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    return answers;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    return batch.map(({ id }) => faultOf(id, error));
  }
}

function perform(file: SqliteFile, { id, write, values }: Write): Answer {
  const { database } = file;
  database.exec('SAVEPOINT one');
  try {
    const action = actions[write] as (file: SqliteFile, ...values: readonly unknown[]) => unknown;
    const value = action(file, ...values);
    database.exec('RELEASE one');
    return { id, value };
  } catch (error) {
    // A full disk or a damaged page may have ended the whole transaction: then all of it failed.
    if (!database.isTransaction) throw error;
    database.exec('ROLLBACK TO one; RELEASE one');
    return faultOf(id, error);
  }
}

function faultOf(id: number, error: unknown): Answer {
  const fault = translate(error) instanceof Unavailable ? 'world' : 'bug';
  return { id, fault, words: error instanceof Error ? error.message : 'unknown', fatal: isFatal(error) };
}
