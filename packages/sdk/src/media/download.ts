// Gets a file of a message, or a range of it, and opens it piece by piece. It never gives out what was not checked. [MED]
import type { ConversationId, FileBody } from '@parley/protocol';
import type { Core } from '../core.ts';
import { decodeExactly } from '../crypto/base64.ts';
import { ChatError } from '../error.ts';
import { pathOf, refusal } from '../rest.ts';
import { chunkSpan, fileKeyBytes, openFile, type Pieces, sealedFileBytes } from './file-cipher.ts';
import { eitherOf, faultOf } from './transfer.ts';

/** A file in its message. */
export interface FilePlace {
  readonly conversation: ConversationId;
  readonly seq: number;
  readonly body: FileBody;
}

/** The bytes from `from` to before `to`. @throws {ChatError} */
export async function* download(
  core: Core,
  { conversation, seq, body }: FilePlace,
  {
    from = 0,
    to = body.bytes,
    signal,
  }: { readonly from?: number; readonly to?: number; readonly signal?: AbortSignal } = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const key = decodeExactly(fileKeyBytes, body.key, 'base64url');
  const [start, end] = [Math.max(0, Math.floor(from)), Math.min(Math.ceil(to), body.bytes)];
  if (key === null) throw new ChatError('client.altered_file');
  // Also of a file without a byte.
  if (!(start < end)) return;
  const ends = { closed: core.closed, signal };
  try {
    const path = pathOf('getBlob', { conversation_id: conversation, seq, blob: body.blob });
    const span = chunkSpan(body.bytes, start, end);
    const isWhole = span.from === 0 && span.to === sealedFileBytes(body.bytes);
    const range = isWhole ? null : { from: span.from, to: span.to };
    const sealed = await fetched(core, { path, range, signal: eitherOf(ends) });
    yield* openFile(key, { bytes: body.bytes, from: start, to: end }, sealed);
  } catch (cause) {
    throw faultOf(cause, ends);
  }
}

async function fetched({ host }: Core, request: Parameters<typeof host.bytes.receive>[0]): Promise<Pieces> {
  const { status, body, pieces } = await host.bytes.receive(request);
  if (pieces === null) throw refusal(body, status);
  return status === (request.range === null ? 200 : 206) ? pieces : leave(pieces);
}

/** What is not what was asked for is not read to its end. */
async function leave(pieces: Pieces): Promise<never> {
  await pieces[Symbol.asyncIterator]().return?.();
  throw new ChatError('client.unexpected');
}
