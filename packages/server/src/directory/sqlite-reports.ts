// Reports in the directory's file: their table, what is read and what is written. The writes run inside a savepoint of
// the writer's transaction. What was written stands in one text, which nothing here looks into.
import type { ReportId } from '@parley/protocol';
import type { ReportPlace, ReportRow, ReportSummary } from './reports.ts';
import type { SqliteFile } from './sqlite-file.ts';

/** From version 4 of the file to version 5. */
export const reportsTable = `
  CREATE TABLE reports (
    report TEXT PRIMARY KEY, created_at INTEGER NOT NULL, closed_at INTEGER, reporter TEXT NOT NULL,
    reported TEXT NOT NULL, conversation TEXT NOT NULL, reason TEXT NOT NULL, written TEXT NOT NULL
  ) STRICT;
  CREATE INDEX reports_by_age ON reports (closed_at IS NULL, created_at, report);
`;

const summary = `report, created_at AS createdAt, closed_at AS closedAt, reporter, reported, conversation, reason`;

export function reportOf(file: SqliteFile, report: ReportId): ReportRow | undefined {
  const sql = `SELECT ${summary}, written FROM reports WHERE report = ?`;
  const row = file.get<ReportSummary & { readonly written: string }>(sql, report);
  if (row === undefined) return undefined;
  const { written, ...rest } = row;
  return { ...rest, ...(JSON.parse(written) as Pick<ReportRow, 'note' | 'messages'>) };
}

export function reportPage(
  file: SqliteFile,
  state: 'open' | 'closed',
  below: ReportPlace | null,
  limit: number,
): readonly ReportSummary[] {
  const { createdAt, report } = below ?? { createdAt: Number.MAX_SAFE_INTEGER, report: '' };
  const sql = `SELECT ${summary} FROM reports WHERE (closed_at IS NULL) = ? AND (created_at, report) < (?, ?)
    ORDER BY created_at DESC, report DESC LIMIT ?`;
  return file.all<ReportSummary>(sql, state === 'open' ? 1 : 0, createdAt, report, limit).map((row) => ({ ...row }));
}

export function openReports(file: SqliteFile): number {
  return file.get<{ n: number }>(`SELECT count(*) AS n FROM reports WHERE (closed_at IS NULL) = 1`)?.n ?? 0;
}

export function addReport(file: SqliteFile, row: ReportRow, most: number): 'done' | 'again' | 'full' {
  if (file.get(`SELECT 1 FROM reports WHERE report = ?`, row.report) !== undefined) return 'again';
  const kept = file.get<{ n: number }>(`SELECT count(*) AS n FROM reports`)?.n ?? 0;
  if (kept >= most && dropOldestClosed(file) === 0) return 'full';
  const { report, createdAt, closedAt, reporter, reported, conversation, reason, note, messages } = row;
  const written = JSON.stringify({ note, messages });
  const sql = `INSERT INTO reports (report, created_at, closed_at, reporter, reported, conversation, reason, written)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
  file.run(sql, report, createdAt, closedAt, reporter, reported, conversation, reason, written);
  return 'done';
}

export function closeReport(file: SqliteFile, report: ReportId, time: number): boolean {
  return file.run(`UPDATE reports SET closed_at = coalesce(closed_at, ?) WHERE report = ?`, time, report) > 0;
}

export function forgetReports(file: SqliteFile, before: number): void {
  file.run(`DELETE FROM reports WHERE closed_at < ?`, before);
}

function dropOldestClosed(file: SqliteFile): number {
  return file.run(`DELETE FROM reports WHERE report =
    (SELECT report FROM reports WHERE (closed_at IS NULL) = 0 ORDER BY created_at, report LIMIT 1)`);
}
