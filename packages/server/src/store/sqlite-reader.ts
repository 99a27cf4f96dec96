// The reader thread of the store: a connection of its own, so that a page never waits for a transaction. A copy of
// the database takes a second such thread, so that pages do not wait for the copy either.
import { workerData } from 'node:worker_threads';
import { copyDatabase, openForReading } from './sqlite-open.ts';
import { TableReader } from './sqlite-reads.ts';
import { type ReaderQuestion, serveThread } from './store-thread.ts';

serveThread<ReaderQuestion>(() => {
  const db = openForReading(workerData as string);
  const reader = new TableReader(db);
  return {
    ready: null,
    answer(question, out) {
      if (question.call === 'get') return reader.get(question.table, question.key, out);
      if (question.call === 'list') return reader.list(question.table, question.range, out);
      return copyDatabase(db, question.path);
    },
    close: () => db.close(),
  };
});
