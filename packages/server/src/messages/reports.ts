// Somebody shows the operator messages of somebody else. Which messages these are is checked against what the server has:
// a report never names one that was not sent, or that its author may not read. What they say cannot be checked, and is
// taken as it comes. What was written never enters a log line or a metric.
import type { AccountId, ConversationId, ErrorCode, MessageId, RouteBody } from '@parley/protocol';
import type { ReportedMessage, ReportRow } from '../directory/reports.ts';
import type { Handlers } from '../kernel/handlers.ts';
import { maxReports, reportsFullMs } from '../kernel/limits.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import { derivedReport } from '../sequencer/conversation-ids.ts';
import { headFor, peerOf, readableSpans, type Standing, standingOf } from './access.ts';
import { callerOf } from './context.ts';
import { denied, type LiveRows, type MessagesParts } from './parts.ts';

/** What must be given. */
export interface ReportParts extends Pick<MessagesParts, 'clock' | 'isGuest' | 'reports' | 'takeReport'> {
  readonly rows: LiveRows;
}

type Asked = RouteBody<'createReport'>;

/** The route of reports. */
export function createReports(parts: ReportParts): Handlers<'createReport'> {
  const { clock, isGuest, reports, rows, takeReport } = parts;
  return {
    async createReport(call) {
      const { account: reporter } = callerOf(call);
      const { body } = call;
      const report = derivedReport(reporter, body.id);
      if (await isGuest(reporter)) return refuse('account.guest');
      const standing = await standingOf(rows, body.conversation_id, reporter);
      if (standing === null) return refuse(denied);
      if ((await reports.get(report)) !== undefined) return ok({ report_id: report });
      const now = clock.now();
      const messages = await shown(rows, { standing, reporter, body, now });
      if (!messages.ok) return messages;
      const waitMs = await takeReport(reporter);
      if (waitMs > 0) return refuse('rate.limited', { retry_after_ms: waitMs });
      const row: ReportRow = {
        report,
        createdAt: now,
        closedAt: null,
        reporter,
        reported: body.account,
        conversation: body.conversation_id,
        reason: body.reason ?? 'other',
        note: body.note ?? '',
        messages: messages.value,
      };
      const added = await reports.add(row, maxReports);
      return added === 'full' ? refuse('rate.limited', { retry_after_ms: reportsFullMs }) : ok({ report_id: report });
    },
  };
}

interface Claim {
  readonly standing: Standing;
  readonly reporter: AccountId;
  readonly body: Asked;
  readonly now: number;
}

/** The messages, if all of them are there for the reporter, and are of the account that is reported. */
async function shown(rows: LiveRows, claim: Claim): Promise<Result<readonly ReportedMessage[], ErrorCode>> {
  const { standing, reporter, body } = claim;
  const isOther = body.account !== reporter;
  const isPeer = peerOf(standing.state, reporter) === body.account;
  if (!isOther || (body.messages.length === 0 && !isPeer)) return refuse('account.unknown');
  const inOrder = body.messages.every(({ seq }, i) => i === 0 || seq > (body.messages[i - 1]?.seq ?? 0));
  if (!inOrder) return refuse('frame.invalid', { path: '/messages' });
  const spans = await readableSpans(rows, standing, reporter);
  const head = headFor(standing);
  const found: ReportedMessage[] = [];
  for (const { id, seq, sender, text } of body.messages) {
    const isReadable = seq <= head && spans.some(({ from, to }) => seq >= from && seq <= to);
    const time = isReadable && sender === body.account ? await takenAt(rows, claim, { id, seq }) : null;
    if (time === null) return refuse('message.unknown');
    found.push({ id, seq, sender, time, text });
  }
  return ok(found);
}

/** When the server took this message of the reported account; null: it did not, or it is gone, or never was for the reporter. */
async function takenAt(
  rows: LiveRows,
  { reporter, body, now }: Claim,
  { id, seq }: { readonly id: MessageId; readonly seq: number },
): Promise<number | null> {
  const conversation: ConversationId = body.conversation_id;
  const row = await rows.get('messages', [conversation, seq]);
  if (row === undefined || row.id !== id || row.sender !== body.account || row.kind !== 'content') return null;
  const isGone = row.deletedBy !== null || (row.expiresAt !== null && row.expiresAt <= now);
  return isGone || row.hiddenFrom.includes(reporter) ? null : row.time;
}
