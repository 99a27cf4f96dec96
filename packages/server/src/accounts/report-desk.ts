// What an operator sees of reports, and that they were dealt with. A list has nothing that was written; only who asks for
// one report sees what its author has shown.
import { type AccountId, type ReportId, type RouteResult, limits as wireLimits } from '@parley/protocol';
import type { ReportPlace, ReportSummary } from '../directory/reports.ts';
import type { Handlers } from '../kernel/handlers.ts';
import { ok, refuse } from '../kernel/result.ts';
import { rfc3339 } from '../sequencer/rfc3339.ts';
import type { Context } from './parts.ts';

type Summary = RouteResult<'adminReports'>['items'][number];
/** Where a page goes on: among the open ones, or among the closed ones. */
interface Cursor {
  readonly state: 'open' | 'closed';
  readonly below: ReportPlace | null;
}

export function createReportDesk({ clock, directory }: Pick<Context, 'clock' | 'directory'>) {
  const { accounts, reports } = directory;
  const handlesOf = async (rows: readonly ReportSummary[]): Promise<ReadonlyMap<AccountId, string>> => {
    const ids = [...new Set(rows.flatMap(({ reporter, reported }) => [reporter, reported]))];
    const found = new Map<AccountId, string>();
    for (let from = 0; from < ids.length; from += wireLimits.maxPageItems)
      for (const { account, handle } of await accounts.get(ids.slice(from, from + wireLimits.maxPageItems)))
        found.set(account, handle);
    return found;
  };
  return {
    adminReports: async ({ query }) => {
      const { limit = wireLimits.defaultPageItems, cursor } = query;
      const from = cursorOf(cursor);
      if (from === null) return refuse('frame.invalid', { path: '/cursor' });
      const rows = [...(await reports.page(from.state, from.below, limit + 1))];
      if (from.state === 'open') rows.push(...(await reports.page('closed', null, limit + 1 - rows.length)));
      const shown = rows.slice(0, limit);
      const handles = await handlesOf(shown);
      const last = rows.length > limit ? shown.at(-1) : undefined;
      const items = shown.map((row) => summaryOf(row, handles));
      return ok({ items, has_more: last !== undefined, ...(last === undefined ? {} : { next_cursor: textOf(last) }) });
    },
    adminReport: async ({ params }) => {
      const row = await reports.get(params.report_id);
      if (row === undefined) return refuse('not_found');
      const messages = row.messages.map(({ time, ...message }) => ({ ...message, timestamp: rfc3339(time) }));
      return ok({ ...summaryOf(row, await handlesOf([row])), note: row.note, messages });
    },
    adminCloseReport: async ({ params }) => {
      const closed = await reports.close(params.report_id, clock.now());
      return closed ? ok({}) : refuse('not_found');
    },
  } satisfies Partial<Handlers>;
}

function summaryOf(row: ReportSummary, handles: ReadonlyMap<AccountId, string>): Summary {
  const { report, createdAt, closedAt, conversation, reporter, reported, reason } = row;
  return {
    report_id: report,
    created_at: rfc3339(createdAt),
    ...(closedAt === null ? {} : { closed_at: rfc3339(closedAt) }),
    conversation_id: conversation,
    reporter,
    reporter_handle: handles.get(reporter) ?? '',
    account: reported,
    account_handle: handles.get(reported) ?? '',
    reason,
  };
}

function textOf({ closedAt, createdAt, report }: ReportSummary): string {
  return `${closedAt === null ? 'open' : 'closed'}:${createdAt}:${report}`;
}

/** Null: nobody was given that. */
function cursorOf(text: string | undefined): Cursor | null {
  if (text === undefined) return { state: 'open', below: null };
  const [, state, createdAt, report] = /^(open|closed):(\d{1,16}):(r_[\w-]{22})$/.exec(text) ?? [];
  if (state === undefined) return null;
  return {
    state: state === 'open' ? 'open' : 'closed',
    below: { createdAt: Number(createdAt), report: report as ReportId },
  };
}
