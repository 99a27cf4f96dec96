// Files of one conversation: said, opened, forwarded. Loaded when somebody does one of these first. [MED]
import type { Body, ConversationId, FileBody, MessageId } from '@parley/protocol';
import * as wire from '@parley/protocol/limits';
import type { Conversation, FileSource, NewFile, SentMessage } from '../api.ts';
import { checkBody, checkText } from '../check.ts';
import type { Core } from '../core.ts';
import { encodeBytes } from '../crypto/base64.ts';
import { ChatError } from '../error.ts';
import { safeFileName } from '../file-view.ts';
import * as limits from '../limits.ts';
import type { Reader } from '../reader.ts';
import { utf8Length } from '../utf8.ts';
import { blobId } from './blob-id.ts';
import { download } from './download.ts';
import { fileKeyBytes } from './file-cipher.ts';
import type { PlainFile } from './sealed-pieces.ts';
import { upload } from './upload.ts';

export interface FilesParts {
  readonly core: Core;
  readonly reader: Reader;
}

type Options = NonNullable<Parameters<Conversation['sendFile']>[1]>;
type Facts = Omit<FileBody, 'blob' | 'key'>;

/** @throws {ChatError} */
export async function sendFile(
  { core }: FilesParts,
  conversation: ConversationId,
  file: NewFile,
  options: Options = {},
): Promise<SentMessage> {
  const { source } = file;
  if (source.size > wire.maxFileBytes) throw new ChatError('blob.too_large');
  if (file.text !== undefined) checkText(file.text);
  return say(core, conversation, { facts: factsOf(file), plain: piecesOf(source), ...options });
}

/** The bytes of the file of a message. @throws {ChatError} */
export async function* openFile(
  { core, reader }: FilesParts,
  conversation: ConversationId,
  seq: number,
  range: Parameters<typeof download>[2],
): AsyncGenerator<Uint8Array, void, undefined> {
  if ((await reader.row(conversation, seq)) === null && !core.has(conversation, seq))
    await core.pull(conversation, { after: seq - 1, limit: 1 });
  const row = await reader.row(conversation, seq);
  if (row?.deletedBy !== undefined) throw new ChatError('blob.unknown');
  if (row?.body?.type !== 'file') throw new ChatError('message.unknown');
  yield* download(core, { conversation, seq, body: row.body }, range);
}

/** Gets it once for each conversation, and seals it with another key. Ends with the first that fails. @throws {ChatError} */
export async function forwardFile(
  { core }: FilesParts,
  from: { readonly conversation: ConversationId; readonly seq: number; readonly body: FileBody },
  to: readonly ConversationId[],
): Promise<readonly SentMessage[]> {
  const { blob: _blob, key: _key, reply_to: _reply, ...rest } = from.body;
  const facts = { ...rest, forwarded: Math.min(100, (rest.forwarded ?? 0) + 1) };
  for (const conversation of to) mustTakeFiles(core, conversation);
  const sent: SentMessage[] = [];
  for (const conversation of to)
    sent.push(
      await say(core, conversation, { facts, plain: (start, end) => download(core, from, { from: start, to: end }) }),
    );
  return sent;
}

/** What can be known to be refused is refused before anything is read. */
function mustTakeFiles(core: Core, conversation: ConversationId): void {
  const { tables } = core.replica;
  if (tables.conversations.get(conversation)?.server.kind === 'room') throw new ChatError('blob.room');
  if (tables.outbox.size >= limits.maxOutboxRows) throw new ChatError('client.queue_full');
}

/** The file first, then the message under the id for which it was put. */
async function say(
  core: Core,
  conversation: ConversationId,
  { facts, plain, signal, onProgress = () => {} }: Options & { readonly facts: Facts } & Pick<PlainFile, 'plain'>,
): Promise<SentMessage> {
  mustTakeFiles(core, conversation);
  const message: MessageId = core.newId();
  const blob = blobId({ conversation, account: core.me, message, n: 0 });
  const key = core.host.random.bytes(fileKeyBytes);
  const body: Body = { ...facts, blob, key: encodeBytes(key, 'base64url') };
  checkBody(body);
  if (utf8Length(JSON.stringify(body)) > limits.maxFileBodyBytes) throw new ChatError('message.too_large');
  await upload(core, { conversation, message, blob, key, bytes: facts.bytes, plain, signal, onProgress });
  return core.enqueue(conversation, { id: message, kind: 'content', body, blobs: [blob] });
}

function factsOf(file: NewFile): Facts {
  const { source, look, name, mediaType, width, height, durationMs, thumb, text, replyTo } = file;
  if (thumb !== undefined && thumb.length > wire.maxThumbBytes) throw new ChatError('message.too_large');
  return {
    type: 'file',
    look,
    bytes: source.size,
    name: safeFileName(name),
    media_type: mediaType,
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    ...(durationMs !== undefined && { duration_ms: Math.round(durationMs) }),
    ...(thumb !== undefined && { thumb: encodeBytes(thumb) }),
    ...(text !== undefined && { text }),
    ...(replyTo !== undefined && { reply_to: replyTo }),
  };
}

/** Reads a source chunk by chunk. */
function piecesOf(source: FileSource): PlainFile['plain'] {
  return async function* (from, to) {
    for (let at = from; at < to; at += wire.fileChunkBytes) {
      const piece = await source.read(at, Math.min(to, at + wire.fileChunkBytes)).catch((cause: unknown) => {
        throw cause instanceof ChatError ? cause : new ChatError('client.unreadable_file', { cause });
      });
      yield piece;
    }
  };
}
