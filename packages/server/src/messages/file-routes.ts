// Files of messages over REST: who may put one, and who may read it. What a reader may see of a message is what history
// says, so a file goes from sight with it.
import type { AccountId, ConversationId, Envelope, ErrorCode } from '@parley/protocol';
import type { BytesAnswer, Call, Handlers } from '../kernel/handlers.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import type { FilePlace } from '../media/blob-id.ts';
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
): Handlers<'putBlob' | 'putBlobPiece' | 'getBlobPieces' | 'dropBlobPieces' | 'getBlob'> {
  return {
    async putBlob(call) {
      const { account } = callerOf(call);
      const { conversation_id: conversation, id: message, n } = call.params;
      if (call.upload === undefined) return unsaid;
      const refused = await whyNot(rows, conversation, account);
      if (refused !== null) return refuse(refused);
      const kept = await files.put({ conversation, account, message }, n, call.upload);
      return kept.ok ? ok({ blob: kept.value, bytes: call.upload.bytes }) : kept;
    },

    async putBlobPiece(call) {
      const { account } = callerOf(call);
      const { conversation_id: conversation, id: message, n, piece } = call.params;
      const { bytes: total, sha256 } = call.query;
      if (call.upload === undefined) return unsaid;
      const refused = await whyNot(rows, conversation, account);
      if (refused !== null) return refuse(refused);
      return files.pieces.put({ conversation, account, message }, n, { ...call.upload, n: piece, total, sha256 });
    },

    // Whose place it is stands in the blob's id: what is found, or goes, is the caller's own.
    getBlobPieces: async (call) => files.pieces.progress(...placeOf(call)),
    dropBlobPieces: async (call) => files.pieces.drop(...placeOf(call)),

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
      return file === undefined ? refuse('blob.unknown') : answerOf(file, call);
    },
  };
}

const unsaid = refuse('frame.invalid', { path: '/Content-Length' });

/** Why this account may put no file there; null: it may. [MED1] [MED2] */
async function whyNot(
  rows: ConversationContext['rows'],
  conversation: ConversationId,
  account: AccountId,
): Promise<ErrorCode | null> {
  const standing = await standingOf(rows, conversation, account);
  if (standing === null) return denied;
  const { state, role } = standing;
  if (state.kind === 'room') return 'blob.room';
  if (role === null || state.kind === 'account') return 'conversation.read_only';
  return state.kind === 'direct' && !state.accepted && state.requestedBy === account ? 'request.limit' : null;
}

function placeOf(call: Call<'getBlobPieces'> | Call<'dropBlobPieces'>): [FilePlace, number] {
  const { conversation_id: conversation, id: message, n } = call.params;
  return [{ conversation, account: callerOf(call).account, message }, n];
}

/** All of it, or the part that is asked for. */
async function answerOf(
  file: StoredFile,
  { range, isKnown }: Pick<Call<'getBlob'>, 'range' | 'isKnown'>,
): Promise<Result<BytesAnswer, ErrorCode>> {
  if (isKnown) return ok({ tag: file.id, total: file.bytes, part: null, content: nothing() });
  const part = range === undefined ? null : rangeOf(range, file.bytes);
  if (part === 'beyond') return refuse('blob.range', { total: file.bytes });
  const content = await file.read(part ?? { from: 0, to: file.bytes });
  if (content === undefined) return refuse('blob.unknown');
  return ok({ tag: file.id, total: file.bytes, part, content });
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

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
