// Messages and settings over REST: history page by page, one message without a socket, the present settings. The rules
// are those of the socket; a page is the same page.
import type { Envelope, ErrorCode, FramesUp, MessageId } from '@parley/protocol';
import type { Call, Handlers } from '../kernel/handlers.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import type { MessageRow } from '../store/store.ts';
import { type ConversationContext, callerOf } from './context.ts';
import type { createHistory } from './history.ts';
import { messageIdOf, outcomeOf } from './record-ids.ts';
import type { createSend } from './send.ts';
import { listSettings } from './settings-page.ts';

/** The use cases of the socket that these routes share. */
export interface SocketUseCases {
  readonly send: ReturnType<typeof createSend>;
  readonly history: ReturnType<typeof createHistory>;
}

type Sending = Call<'createMessage'>;

/** The routes of messages and settings. */
export function createMessageRoutes(
  context: ConversationContext,
  { send, history }: SocketUseCases,
): Handlers<'listMessages' | 'createMessage' | 'listSettings'> {
  return {
    async listMessages(call) {
      const { before, after, limit } = call.query;
      if (before !== undefined && after !== undefined) return refuse('frame.invalid', { path: '/before' });
      const { conversation_id: conversation } = call.params;
      const found = await history(callerOf(call).account, { conversation, before, after, limit });
      if (!found.ok) return found;
      const { fromSeq, toSeq, head, hasMore, items } = found.value;
      return ok({
        type: 'messages',
        conversation_id: conversation,
        from_seq: fromSeq,
        to_seq: toSeq,
        head,
        items: items.map((item) => JSON.parse(Buffer.from(item).toString()) as Envelope),
        has_more: hasMore,
        ...(hasMore ? { next_cursor: String(after === undefined ? fromSeq : toSeq) } : {}),
      });
    },

    async createMessage(call) {
      const { account, device, admin } = callerOf(call);
      const { conversation_id: conversation } = call.params;
      const known = await knownAs(context, call);
      if (known.earlier !== null) return known.earlier;
      const { content, format, timestamp, member_n, keys_n, blobs } = call.body;
      const frame: FramesUp['message'] = {
        type: 'message',
        conversation_id: conversation,
        content,
        ...(known.id === undefined ? {} : { id: known.id }),
        ...(format === undefined ? {} : { format }),
        ...(timestamp === undefined ? {} : { timestamp }),
        ...(member_n === undefined ? {} : { member_n }),
        ...(keys_n === undefined ? {} : { keys_n }),
        ...(blobs === undefined ? {} : { blobs }),
      };
      const sent = await send({ account, device, admin, address: call.address }, frame, () => {});
      return sent.ok ? ok({ id: sent.value.id as MessageId }) : sent;
    },

    listSettings: (call) => listSettings(context, call),
  };
}

interface KnownMessage {
  readonly id: MessageId | undefined;
  readonly earlier: Result<{ readonly id: MessageId }, ErrorCode> | null;
}

/** The id of the message, and the answer if it was sent already. */
async function knownAs({ rows, ids }: ConversationContext, call: Sending): Promise<KnownMessage> {
  const { account } = callerOf(call);
  const { conversation_id: conversation } = call.params;
  const given = call.body.id ?? messageIdOf(call.idempotencyKey);
  const purpose = ['createMessage', conversation];
  const candidates = given === undefined ? ids.candidates({ account, key: call.idempotencyKey, purpose }) : [given];
  for (const id of candidates) {
    const row = await rows.get('ids', [conversation, account, id]);
    if (row === undefined) continue;
    const past = outcomeOf(row);
    if (!past.ok) return { id, earlier: past };
    const same = isSame(await rows.get('messages', [conversation, past.value]), call.body);
    return { id, earlier: same ? ok({ id }) : refuse('idempotency.mismatch') };
  }
  return { id: candidates[0], earlier: null };
}

/** Does this row say what is to be said? What was deleted meanwhile cannot be compared. */
function isSame(row: MessageRow | undefined, { content, format = 'text' }: Sending['body']): boolean {
  if (row === undefined || row.deletedBy !== null) return true;
  const said = JSON.parse(`{${Buffer.from(row.tail).toString()}}`) as Pick<Envelope, 'content' | 'format'>;
  return said.content === content && (said.format ?? 'text') === format;
}
