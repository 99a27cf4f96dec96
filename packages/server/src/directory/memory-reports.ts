// Reports in memory. Every method does all of its work before it yields, so it is atomic.
import type { Rows } from './memory-rows.ts';
import { type ReportPlace, type ReportSummary, type Reports, summaryOf } from './reports.ts';

/** Reports by id. */
export function memoryReports({ reports }: Rows): Reports {
  const stateOf = (row: ReportSummary) => (row.closedAt === null ? 'open' : 'closed');
  const those = (state: 'open' | 'closed') =>
    [...reports.values()].filter((row) => stateOf(row) === state).sort(newestFirst);
  return {
    add: async (row, most) => {
      if (reports.has(row.report)) return 'again';
      if (reports.size >= most) {
        const oldest = those('closed').at(-1);
        if (oldest === undefined) return 'full';
        reports.delete(oldest.report);
      }
      reports.set(row.report, row);
      return 'done';
    },
    get: async (report) => reports.get(report),
    page: async (state, below, limit) =>
      those(state)
        .filter((row) => below === null || newestFirst(below, row) < 0)
        .slice(0, limit)
        .map(summaryOf),
    close: async (report, time) => {
      const row = reports.get(report);
      if (row !== undefined) reports.set(report, { ...row, closedAt: row.closedAt ?? time });
      return row !== undefined;
    },
    countOpen: async () => those('open').length,
    forget: async (before) => {
      for (const { report, closedAt } of those('closed')) if ((closedAt ?? before) < before) reports.delete(report);
    },
  };
}

function newestFirst(a: ReportPlace, b: ReportPlace): number {
  return b.createdAt - a.createdAt || (a.report < b.report ? 1 : a.report > b.report ? -1 : 0);
}
