// `parley report @HANDLE`: shows the operator of the server what somebody wrote. It prints first what would be sent, and
// asks; nothing is sent before that. [REP9]
import { type ReportReason, reportReasons } from '@parley/protocol';
import * as limits from '@parley/protocol/limits';
import type { Client, ReportDraft } from '@parley/sdk';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../exit-codes.ts';
import { handleOf, timeText } from '../message-line.ts';
import { agree } from '../password.ts';
import { printable, printableLines } from '../printable.ts';
import { existingConversation } from '../recipient.ts';
import type { Run } from '../run.ts';

interface Options {
  readonly reason: ReportReason;
  readonly note?: string;
  readonly block?: true;
  readonly yes?: true;
}

const agreement = 'report';

export function reportCommand(program: Command, run: Run): void {
  program
    .command('report <handle>')
    .description("show the operator of this server the last messages of somebody's direct chat, readable")
    .addOption(new Option('--reason <reason>', 'why').choices(reportReasons).default('other'))
    .option('--note <text>', 'what the operator should know', note)
    .option('--block', 'block them, too')
    .option('--yes', 'do not ask')
    .action(
      run(async (context, to: string, { reason, note: words, block, yes }: Options) => {
        if (!to.startsWith('@')) throw new UsageError('name somebody: parley report @HANDLE');
        await context.withClient(async (client) => {
          const conversation = await existingConversation(client, to);
          const draft = await conversation.reportDraft();
          context.note(draftText(client, draft, context.world.now()));
          if (yes !== true && !(await agree(context.terminal, agreement))) throw new UsageError('nothing was sent');
          const report = await conversation.report(draft, { reason, ...(words !== undefined && { note: words }) });
          if (block === true) await conversation.block(true);
          const { account, messages } = draft;
          const blocked = block === true;
          const said = `Reported to the operator of this server${blocked ? ', and blocked' : ''}: ${report}`;
          context.print({ report_id: report, account, messages: messages.length, blocked }, said);
        });
      }),
    );
}

/** Exactly what is sent. */
function draftText(client: Client, { account, messages }: ReportDraft, now: number): string {
  const who = `@${printable(handleOf(client, account))}`;
  if (messages.length === 0)
    return `No message of ${who} can be read here. The operator of this server gets to know that you report ${who}, your reason and your note.`;
  const lines = messages.map(({ storedAt, text }) => `  ${timeText(storedAt, now)} ${who}: ${printableLines(text)}`);
  return [
    `These messages go to the operator of this server, readable, with your name, your reason and your note:`,
    ...lines,
  ].join('\n');
}

function note(text: string): string {
  if (text.length <= limits.maxReportNoteCharacters) return text;
  throw new InvalidArgumentError(`It has at most ${limits.maxReportNoteCharacters} characters.`);
}
