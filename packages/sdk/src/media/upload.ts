// Puts a file on the server, sealed with a new key on its way, for a message that is sent after it. It never uses a key
// twice, and keeps nothing: a file whose message is not sent goes from the server within a day. [MED]
import type { BlobId, ConversationId, MessageId } from '@parley/protocol';
import type { Core } from '../core.ts';
import { ChatError } from '../error.ts';
import { pathOf, refusal } from '../rest.ts';
import { type Pieces, sealedFileBytes, sealFile } from './file-cipher.ts';
import { eitherOf, faultOf } from './transfer.ts';

/** A file, and the place that it is to have. */
export interface Upload {
  readonly conversation: ConversationId;
  readonly message: MessageId;
  readonly blob: BlobId;
  readonly key: Uint8Array;
  readonly bytes: number;
  readonly pieces: Pieces;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (bytes: number, of: number) => void;
}

/** Resolves when the server has it. @throws {ChatError} */
export async function upload({ host, closed }: Core, file: Upload): Promise<void> {
  const ends = { closed, signal: file.signal };
  const length = sealedFileBytes(file.bytes);
  const place = { conversation_id: file.conversation, id: file.message, n: 0 };
  try {
    const { status, body } = await host.bytes.send({
      path: pathOf('putBlob', place),
      length,
      pieces: sealFile(file.key, file.bytes, file.pieces),
      onProgress: (bytes) => file.onProgress(bytes, length),
      signal: eitherOf(ends),
    });
    if (status !== 201) throw refusal(body, status);
    const { blob } = (body ?? {}) as { readonly blob?: unknown };
    if (blob !== file.blob) throw new ChatError('client.unexpected');
  } catch (cause) {
    throw faultOf(cause, ends);
  }
}
