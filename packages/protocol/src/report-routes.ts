// Routes of reports: what somebody tells the operator about somebody else, readable, and what the operator does with it.
import Type from 'typebox';
import { AccountId, ConversationId, MessageId, ReportId } from './ids.ts';
import * as limits from './limits.ts';
import { Nothing, Page, PageQuery } from './route-parts.ts';
import type { Route } from './routes.ts';
import { Integer, Seq, Text, Time, Word } from './schema.ts';

export const reportReasons = ['spam', 'abuse', 'other'] as const;
/** Why somebody is reported. */
export type ReportReason = (typeof reportReasons)[number];

/** What is said of every report, without what was written. */
const Summary = Type.Object({
  report_id: ReportId,
  created_at: Time('When it came.'),
  closed_at: Type.Optional(Time('When an operator closed it; absent while it is open.')),
  conversation_id: ConversationId,
  reporter: AccountId,
  reporter_handle: Text(limits.maxHandleCharacters, 'Empty: the account is deleted.'),
  account: AccountId,
  account_handle: Text(limits.maxHandleCharacters, 'Whom it is about. Empty: the account is deleted.'),
  reason: Word(reportReasons, 'Why.'),
});

const ReportedText = Text(
  limits.maxReportTextCharacters,
  'As the device of who reports shows it. The server cannot check it.',
);

const ReportPath = Type.Object({ report_id: ReportId });

export const reportRoutes = {
  createReport: {
    method: 'POST',
    path: '/v1/reports',
    summary:
      'Show messages of somebody to the operator, readable. Which messages these are is checked; what they say cannot be. The same `id` again is the same report.',
    auth: 'device',
    rate: 'write',
    body: Type.Object({
      id: MessageId,
      conversation_id: ConversationId,
      account: AccountId,
      reason: Type.Optional(Word(reportReasons, '`other` when absent.')),
      note: Type.Optional(Text(limits.maxReportNoteCharacters, 'What the operator should know.')),
      messages: Type.Array(Type.Object({ id: MessageId, seq: Seq, sender: AccountId, text: ReportedText }), {
        maxItems: limits.maxReportMessages,
        description: 'Each of the reported account, in rising order.',
      }),
    }),
    bodyBytes: limits.maxReportBodyBytes,
    result: Type.Object({ report_id: ReportId }),
    status: 201,
    errors: ['auth.required', 'account.guest', 'account.unknown', 'conversation.denied', 'message.unknown'],
  },
  adminReports: {
    method: 'GET',
    path: '/v1/admin/reports',
    summary: 'All reports without what was written: open ones first, of each the newest first.',
    auth: 'admin',
    rate: 'read',
    query: PageQuery,
    result: Page(Summary),
    status: 200,
    errors: ['auth.required', 'admin.required'],
  },
  adminReport: {
    method: 'GET',
    path: '/v1/admin/reports/{report_id}',
    summary: 'One report with what was written, as who reports has shown it.',
    auth: 'admin',
    rate: 'read',
    params: ReportPath,
    result: Type.Object({
      ...Summary.properties,
      note: Text(limits.maxReportNoteCharacters, 'Of who reports.'),
      messages: Type.Array(
        Type.Object({
          id: MessageId,
          seq: Integer('Place in the conversation.', 1),
          sender: AccountId,
          timestamp: Time('When the server took it.'),
          text: ReportedText,
        }),
        { maxItems: limits.maxReportMessages },
      ),
    }),
    status: 200,
    errors: ['auth.required', 'admin.required', 'not_found'],
  },
  adminCloseReport: {
    method: 'POST',
    path: '/v1/admin/reports/{report_id}/close',
    summary: 'It was dealt with. A closed report goes after a month.',
    auth: 'admin',
    rate: 'write',
    params: ReportPath,
    result: Nothing,
    status: 204,
    errors: ['auth.required', 'admin.required', 'not_found'],
  },
} as const satisfies Readonly<Record<string, Route>>;
