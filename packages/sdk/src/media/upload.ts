// Puts a file on the server, sealed with a new key, for a message that is sent after it; again when the line breaks or the
// server is away. It never uses a key twice, and keeps nothing: a file whose message is not sent goes from the server
// within a day. [MED]
import type { BlobId, ConversationId, MessageId } from '@parley/protocol';
import { blobPieceBytes } from '@parley/protocol/limits';
import type { Core } from '../core.ts';
import { ChatError } from '../error.ts';
import { pathOf, refusal } from '../rest.ts';
import { sealedFileBytes } from './file-cipher.ts';
import { Patience } from './patience.ts';
import { putInPieces } from './piece-upload.ts';
import { inTurn, type PlainFile, type SealedPiece, SealedPieces } from './sealed-pieces.ts';
import { type Ends, eitherOf, faultOf } from './transfer.ts';

/** A file, and the place that it is to have. */
export interface Upload extends PlainFile {
  readonly conversation: ConversationId;
  readonly message: MessageId;
  readonly blob: BlobId;
  readonly signal: AbortSignal | undefined;
  /** Sealed bytes that have gone, how many there are, and whether the server is waited for. */
  readonly onProgress: (bytes: number, of: number, isWaiting: boolean) => void;
}

/** Resolves when the server has it. @throws {ChatError} */
export async function upload(core: Core, file: Upload): Promise<void> {
  const ends = { closed: core.closed, signal: file.signal };
  if (sealedFileBytes(file.bytes) > blobPieceBytes) return putInPieces(core, file, ends);
  const sealed = new SealedPieces(file);
  const patience = new Patience(core, ends);
  for (;;) {
    try {
      return await putWhole(core, file, await sealed.piece(0), ends);
    } catch (cause) {
      file.onProgress(0, sealed.length, true);
      await patience.outlast(faultOf(cause, ends));
    }
  }
}

async function putWhole({ host }: Core, file: Upload, { length, chunks }: SealedPiece, ends: Ends): Promise<void> {
  const { status, body } = await host.bytes.send({
    path: pathOf('putBlob', { conversation_id: file.conversation, id: file.message, n: 0 }),
    length,
    pieces: inTurn(chunks),
    onProgress: (bytes) => file.onProgress(bytes, length, false),
    signal: eitherOf(ends),
  });
  if (status !== 201) throw refusal(body, status);
  const { blob } = (body ?? {}) as { readonly blob?: unknown };
  if (blob !== file.blob) throw new ChatError('client.unexpected');
}
