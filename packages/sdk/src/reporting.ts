// What a report shows the operator: the newest texts of somebody that this device has opened and still shows. Its caller
// sees it first, and exactly that is sent. It comes apart: few people ever need it.
import type { AccountId, ConversationId, MessageId, ReportId } from '@parley/protocol';
import * as wire from '@parley/protocol/limits';
import type { Conversation } from './api.ts';
import type { Core } from './core.ts';
import { ChatError } from './error.ts';
import * as limits from './limits.ts';
import { clip } from './utf8.ts';
import type { MessageView } from './views.ts';

/** A message as a report shows it to the operator. */
export interface ReportedText {
  readonly id: MessageId;
  readonly seq: number;
  readonly sender: AccountId;
  /** The server's clock. It is not sent: the server has its own. */
  readonly storedAt: number;
  /** As it is shown here, at most 4,000 characters of it. */
  readonly text: string;
}

/** What would be sent to the operator, to be looked at before. */
export interface ReportDraft {
  readonly id: MessageId;
  readonly account: AccountId;
  /** Oldest first, at most 5. */
  readonly messages: readonly ReportedText[];
}

/** The newest texts of the account in a history that is read newest first, oldest first. */
export async function shownOf(
  history: AsyncIterable<MessageView>,
  { account, now }: { readonly account: AccountId; readonly now: number },
): Promise<readonly ReportedText[]> {
  const shown: ReportedText[] = [];
  for await (const message of history) {
    const { id, seq, sender, storedAt } = message;
    const text = textOf(message);
    const isGone = message.onlyHere || (message.expiresAt !== null && message.expiresAt <= now);
    if (sender !== account || seq === null || storedAt === null || text === '' || isGone) continue;
    shown.push({ id, seq, sender, storedAt, text: clip(text, wire.maxReportTextCharacters) });
    if (shown.length === wire.maxReportMessages) break;
  }
  return shown.reverse();
}

/** A report that was not sent yet. The same draft again is the same report. */
export async function draftOf(
  core: Pick<Core, 'newId' | 'now'>,
  conversation: Pick<Conversation, 'snapshot' | 'history'>,
  account = conversation.snapshot.peer ?? undefined,
): Promise<ReportDraft> {
  if (account === undefined) throw new ChatError('account.unknown');
  const history = conversation.history({ limit: limits.reportLooksBack });
  const messages = await shownOf(history, { account, now: core.now() });
  return { id: core.newId(), account, messages };
}

/** Sends it. Resolves to the id by which the operator finds it. */
export async function sendReport(
  core: Pick<Core, 'rest'>,
  conversation: ConversationId,
  ...[draft, { reason, note = '' } = {}]: Parameters<Conversation['report']>
): Promise<ReportId> {
  const { id, account } = draft;
  const messages = draft.messages.map(({ id, seq, sender, text }) => ({ id, seq, sender, text }));
  const body = {
    id,
    conversation_id: conversation,
    account,
    messages,
    ...(reason && { reason }),
    ...(note && { note }),
  };
  return (await core.rest('createReport', { body })).report_id;
}

/** A poll is what it asks; a file is its name, and what was said with it: its bytes stay where they are. */
function textOf({ type, text, poll, file }: MessageView): string {
  if (type === 'poll' && poll !== null)
    return [poll.question, ...poll.options.map((each) => `- ${each.text}`)].join('\n');
  if (type === 'file' && file !== null) return [`[${file.name}]`, text].filter((part) => part !== '').join('\n');
  return type === 'text' ? text : '';
}
