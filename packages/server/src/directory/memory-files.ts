// Files in memory. Every method does all of its work before it yields, so it is atomic.
import type { Files } from './files.ts';
import type { Rows } from './memory-rows.ts';

/** Files by their blob. */
export function memoryFiles({ files }: Rows): Files {
  return {
    add: async (row) => {
      files.set(row.blob, row);
    },
    get: async (blobs) => blobs.flatMap((blob) => files.get(blob) ?? []),
    bytesOf: async (account) =>
      [...files.values()].filter((row) => row.account === account).reduce((sum, { bytes }) => sum + bytes, 0),
    remove: async (blobs) => {
      for (const blob of blobs) files.delete(blob);
    },
    list: async (from, limit) => {
      const rows = [...files.values()]
        .filter(({ blob }) => from === null || blob > from)
        .sort((one, other) => (one.blob < other.blob ? -1 : 1))
        .slice(0, limit);
      return { rows, next: rows.length < limit ? null : (rows.at(-1)?.blob ?? null) };
    },
  };
}
