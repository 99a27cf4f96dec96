// `parley admin reports`: what people have shown the operator of the server. The list has nothing that was written; `show`
// has it, made safe for a terminal. The text of a report is what its author's device said: nothing proves it. [REP9]
import type { ReportId } from '@parley/protocol';
import type { Client } from '@parley/sdk';
import type { Command } from 'commander';
import { UsageError } from '../exit-codes.ts';
import { printable, printableLines } from '../printable.ts';
import type { Run } from '../run.ts';

type Listed = Awaited<ReturnType<Client['admin']['reports']>>['items'][number];
type Shown = Awaited<ReturnType<Client['admin']['report']>>;

/** Under `admin`. */
export function reportsCommands(admin: Command, run: Run): void {
  const reports = admin
    .command('reports')
    .description('what people have reported: open ones first')
    .action(
      run(async (context) => {
        await context.withClient(async (client) => {
          for await (const report of everyReport(client)) context.print(report, listedText(report));
        });
      }),
    );
  reports
    .command('show <id>')
    .description('one report, with what was written')
    .action(
      run(async (context, id: string) => {
        await context.withClient(async (client) => {
          const report = await client.admin.report(reportId(id));
          context.print(report, shownText(report));
        });
      }),
    );
  reports
    .command('close <id>')
    .description('it was dealt with; it is removed after thirty days')
    .action(
      run(async (context, id: string) => {
        await context.withClient(async (client) => {
          await client.admin.closeReport(reportId(id));
          context.print({ report_id: id, result: 'closed' }, 'closed');
        });
      }),
    );
}

async function* everyReport(client: Client): AsyncIterable<Listed> {
  for (let cursor: string | undefined, more = true; more; ) {
    const page = await client.admin.reports(cursor);
    yield* page.items;
    cursor = page.next_cursor;
    more = page.has_more && cursor !== undefined;
  }
}

function listedText(report: Listed): string {
  const { report_id, created_at, closed_at, reason } = report;
  const state = closed_at === undefined ? 'open  ' : 'closed';
  return `${report_id}  ${state}  ${created_at}  ${reason.padEnd(5)}  ${about(report)}`;
}

function about({ reporter, reporter_handle, account, account_handle }: Listed): string {
  return `${named(account_handle, account)} by ${named(reporter_handle, reporter)}`;
}

/** Who is deleted has an id only. */
function named(handle: string, account: string): string {
  return handle === '' ? printable(account) : `@${printable(handle)}`;
}

function shownText(report: Shown): string {
  const { conversation_id, note, messages } = report;
  const who = named(report.account_handle, report.account);
  return [
    listedText(report),
    `in ${printable(conversation_id)}`,
    ...(note === '' ? [] : [`note: ${printableLines(note)}`]),
    ...messages.map(({ seq, timestamp, text }) => `${timestamp}  ${seq}  ${who}: ${printableLines(text)}`),
    messages.length === 0
      ? 'No message was shown.'
      : 'That these messages were sent was checked. What they say is what the device of the one who reports has shown: nothing proves it.',
  ].join('\n');
}

function reportId(text: string): ReportId {
  if (/^r_[A-Za-z0-9_-]{22}$/.test(text)) return text as ReportId;
  throw new UsageError('the id of a report begins with r_; see "parley admin reports"');
}
