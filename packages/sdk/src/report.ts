// The door to what a report shows and sends. What is behind it comes apart, as few people ever need it; where it is not at
// hand it is asked of the server, which may be away.
import type { AccountId, ConversationId, ReportId } from '@parley/protocol';
import type { Conversation } from './api.ts';
import type { Core } from './core.ts';
import { ChatError } from './error.ts';
import type * as reporting from './reporting.ts';
import type { MessageView, ReportDraft } from './views.ts';

/** What would be shown of this account, in a history that is read newest first. */
export async function draftReport(
  core: Core,
  history: AsyncIterable<MessageView>,
  account: AccountId | null,
): Promise<ReportDraft> {
  if (account === null) throw new ChatError('account.unknown');
  return (await behind()).draftOf(core, history, account);
}

/** Sends it. */
export async function sendReport(
  core: Core,
  id: ConversationId,
  ...[draft, options = {}]: Parameters<Conversation['report']>
): Promise<ReportId> {
  return (await behind()).sendReport(core, id, draft, options);
}

async function behind(): Promise<typeof reporting> {
  try {
    return await import('./reporting.ts');
  } catch (cause) {
    throw new ChatError('client.unreachable', { cause });
  }
}
