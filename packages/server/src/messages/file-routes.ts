// Files of messages over REST: who may put one, and who may read it. What a reader may see of a message is what history
// says, so a file goes from sight with it.
import type { Envelope, ErrorCode } from '@parley/protocol';
import type { BytesAnswer, Handlers } from '../kernel/handlers.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import type { ByteRange } from '../media/blobs.ts';
import { standingOf } from './access.ts';
import { type ConversationContext, callerOf } from './context.ts';
import type { createHistory } from './history.ts';
import type { MessageFiles, StoredFile } from './message-files.ts';
import { denied } from './parts.ts';

/** The routes of files. */
export function createFileRoutes(
  { rows }: Pick<ConversationContext, 'rows'>,
  files: MessageFiles,
  history: ReturnType<typeof createHistory>,
): Handlers<'putBlob' | 'getBlob'> {
  return {
    async putBlob(call) {
      const { account } = callerOf(call);
      const { conversation_id: conversation, id: message, n } = call.params;
      if (call.upload === undefined) return refuse('frame.invalid', { path: '/Content-Length' });
      const standing = await standingOf(rows, conversation, account);
      if (standing === null) return refuse(denied);
      const { state, role } = standing;
      if (state.kind === 'room') return refuse('blob.room');
      if (role === null || state.kind === 'account') return refuse('conversation.read_only');
      if (state.kind === 'direct' && !state.accepted && state.requestedBy === account) return refuse('request.limit');
      const kept = await files.put({ conversation, account, message }, n, call.upload);
      return kept.ok ? ok({ blob: kept.value, bytes: call.upload.bytes }) : kept;
    },

    async getBlob(call) {
      const { account } = callerOf(call);
      const { conversation_id: conversation, seq, blob } = call.params;
      if (!files.isOpen) return refuse('blob.none');
      const page = await history(account, { conversation, after: seq - 1, limit: 1 });
      if (!page.ok) return page;
      const [item] = page.value.items;
      const message = item === undefined ? null : (JSON.parse(Buffer.from(item).toString()) as Envelope);
      if (message?.seq !== seq || message.blobs?.includes(blob) !== true) return refuse('blob.unknown');
      const file = await files.stored(blob);
      return file === undefined ? refuse('blob.unknown') : answerOf(file, call.range);
    },
  };
}

/** All of it, or the part that is asked for. */
async function answerOf(file: StoredFile, asked: string | undefined): Promise<Result<BytesAnswer, ErrorCode>> {
  const part = asked === undefined ? null : rangeOf(asked, file.bytes);
  if (part === 'beyond') return refuse('blob.range');
  const content = await file.read(part ?? { from: 0, to: file.bytes });
  if (content === undefined) return refuse('blob.unknown');
  return ok({ tag: file.id, total: file.bytes, part, content });
}

const oneRange = /^bytes=(\d{0,10})-(\d{0,10})$/;

/** Null: it is read whole, as by those who send no range, or several, or one in other units (RFC 9110). [MED5] */
export function rangeOf(text: string, total: number): ByteRange | 'beyond' | null {
  const [, first = '', last = ''] = oneRange.exec(text) ?? [];
  if (first === '' && last === '') return null;
  if (first === '') {
    const length = Math.min(Number(last), total);
    return length === 0 ? 'beyond' : { from: total - length, to: total };
  }
  const from = Number(first);
  if (last !== '' && Number(last) < from) return null;
  if (from >= total) return 'beyond';
  return { from, to: last === '' ? total : Math.min(Number(last) + 1, total) };
}
