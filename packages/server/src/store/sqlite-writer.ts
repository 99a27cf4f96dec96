// The writer thread of the store: the only connection that writes. One question after the other, in their order.
import { workerData } from 'node:worker_threads';
import { openForWriting } from './sqlite-open.ts';
import { TableWriter } from './sqlite-writes.ts';
import { serveThread, type WriterQuestion } from './store-thread.ts';

serveThread<WriterQuestion>(() => {
  const db = openForWriting(workerData as string);
  const writer = new TableWriter(db);
  return {
    ready: writer.applied,
    answer(question) {
      if (question.call === 'commit') return writer.commit(question.chunks, question.applied);
      if (question.call === 'checkpoint') return writer.checkpoint();
      return writer.expire(question.time, question.limit);
    },
    close: () => db.close(),
  };
});
