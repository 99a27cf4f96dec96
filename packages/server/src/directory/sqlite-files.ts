// Files in the directory's file: their table, what is read and what is written. The writes run inside a savepoint of the
// writer's transaction.
import type { AccountId, BlobId } from '@parley/protocol';
import type { FilePage, FileRow } from './files.ts';
import type { SqliteFile } from './sqlite-file.ts';

export const filesTable = `
  CREATE TABLE files (
    blob TEXT PRIMARY KEY, account TEXT NOT NULL, conversation TEXT NOT NULL, message TEXT NOT NULL,
    bytes INTEGER NOT NULL, created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX files_by_account ON files (account, bytes);
`;

const columns = 'blob, account, conversation, message, bytes, created_at AS createdAt';

export function filesOf(file: SqliteFile, blobs: readonly BlobId[]): readonly FileRow[] {
  const query = `SELECT ${columns} FROM files WHERE blob = ?`;
  return blobs.flatMap((blob) => {
    const row = file.get<FileRow>(query, blob);
    return row === undefined ? [] : [{ ...row }];
  });
}

export function listFiles(file: SqliteFile, from: string | null, limit: number): FilePage {
  const query = `SELECT ${columns} FROM files WHERE blob > ? ORDER BY blob LIMIT ?`;
  const rows = file.all<FileRow>(query, from ?? '', limit).map((row) => ({ ...row }));
  return { rows, next: rows.length < limit ? null : (rows.at(-1)?.blob ?? null) };
}

export function fileBytesOf(file: SqliteFile, account: AccountId): number {
  const query = `SELECT coalesce(sum(bytes), 0) AS bytes FROM files WHERE account = ?`;
  return file.get<{ bytes: number }>(query, account)?.bytes ?? 0;
}

export function addFile(file: SqliteFile, row: FileRow): void {
  const { blob, account, conversation, message, bytes, createdAt } = row;
  const query = `INSERT OR REPLACE INTO files (blob, account, conversation, message, bytes, created_at)
    VALUES (?, ?, ?, ?, ?, ?)`;
  file.run(query, blob, account, conversation, message, bytes, createdAt);
}

export function removeFiles(file: SqliteFile, blobs: readonly BlobId[]): void {
  for (const blob of blobs) file.run(`DELETE FROM files WHERE blob = ?`, blob);
}
