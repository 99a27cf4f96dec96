// What a running server has in its memory: a snapshot of the heap of its main thread, and where the system shows it (Linux)
// every writable page of the process, in which are its other threads, buffers and what the databases hold.
import { existsSync, watch } from 'node:fs';
import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { call } from './rest.ts';
import type { RunningServer } from './server-process.ts';

const pageBytes = 4_096;
const entryBytes = 8;

/** With these a server writes the snapshot into the folder. Longer texts than this it would cut. */
export const snapshotFlags = (folder: string): readonly string[] => [
  '--heapsnapshot-signal=SIGUSR2',
  '--heap-snapshot-string-limit=1000000',
  `--diagnostic-dir=${folder}`,
];

/** The heap as it is now; the server was started with the flags above. */
export async function heapOf({ pid, summary }: RunningServer, folder: string): Promise<Buffer> {
  const begun = new Promise<string>((resolve) => {
    const watcher = watch(folder, (_, name) => {
      if (name?.endsWith('.heapsnapshot') !== true) return;
      watcher.close();
      resolve(join(folder, name));
    });
  });
  process.kill(pid, 'SIGUSR2');
  const path = await begun;
  // The thread that writes it answers when it has written all.
  await call(summary.url, 'GET', '/livez');
  const snapshot = await readFile(path);
  await rm(path);
  if (!snapshot.subarray(-4).toString().trimEnd().endsWith(']}')) throw new Error('the snapshot is not whole');
  return snapshot;
}

/** What is used of the memory that the process may write to; nothing where the system does not show it. */
export async function memoryOf({ pid }: RunningServer): Promise<readonly Buffer[]> {
  if (!existsSync(`/proc/${pid}/pagemap`)) return [];
  const maps = (await readFile(`/proc/${pid}/maps`, 'utf8')).split('\n');
  await using pages = await open(`/proc/${pid}/pagemap`);
  await using memory = await open(`/proc/${pid}/mem`);
  const found: Buffer[] = [];
  for (const line of maps) {
    const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
    if (from === undefined || to === undefined) continue;
    const [first, end] = [Number.parseInt(from, 16) / pageBytes, Number.parseInt(to, 16) / pageBytes];
    const entries = await readAt(pages, first * entryBytes, (end - first) * entryBytes);
    for (const [begin, count] of runsOf(entries))
      found.push(await readAt(memory, (first + begin) * pageBytes, count * pageBytes));
  }
  return found;
}

/** Where pages begin that are in memory or swapped out, and how many follow each other. */
function* runsOf(entries: Buffer): Iterable<readonly [begin: number, count: number]> {
  let begin: number | null = null;
  const count = entries.length / entryBytes;
  for (let page = 0; page <= count; page++) {
    // The two highest bits of an entry.
    const isUsed = page < count && (entries[page * entryBytes + entryBytes - 1] as number) >= 0x40;
    if (isUsed) begin ??= page;
    else if (begin !== null) {
      yield [begin, page - begin];
      begin = null;
    }
  }
}

/** As much of it as can be read: meanwhile some may have been given back. */
async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const read = await file.read(bytes, 0, length, position).catch(() => null);
  return bytes.subarray(0, read?.bytesRead ?? 0);
}
