// The thread that writes the directory's file. Whatever has arrived while the last transaction was synced is the
// next one: hundreds of sign-ins share a sync, and the thread that carries messages never waits for the disk.
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { assert } from '../kernel/assert.ts';
import { directoryBatch } from '../kernel/limits.ts';
import { openForWriting, type SqliteFile, UnusableDirectory } from './sqlite-file.ts';
import { type Answer, type Ask, Transactions, type Write } from './sqlite-transactions.ts';

assert(parentPort !== null, 'the writer is a thread of its own');
begin(parentPort, workerData as { readonly path: string; readonly mustExist: boolean });

function begin(port: MessagePort, { path, mustExist }: { readonly path: string; readonly mustExist: boolean }): void {
  let file: SqliteFile;
  try {
    file = openForWriting(path, mustExist);
  } catch (error) {
    if (!(error instanceof UnusableDirectory)) throw error;
    port.postMessage({ unusable: error.message } satisfies Answer);
    return;
  }
  const transactions = new Transactions(file, (stopped) => port.postMessage({ stopped } satisfies Answer));
  port.on('message', (first: Ask) => {
    const batch: Write[] = [];
    let closing = false;
    for (let ask: Ask | undefined = first; ask !== undefined; ask = next(port, batch.length)) {
      if ('close' in ask) closing = true;
      else batch.push(ask);
    }
    for (const answer of transactions.commit(batch)) port.postMessage(answer);
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
