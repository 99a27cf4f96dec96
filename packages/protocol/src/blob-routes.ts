// Routes of files that messages carry. The server keeps their bytes and does not know what they are: they are sealed.
import Type from 'typebox';
import { BlobId, ConversationId, MessageId } from './ids.ts';
import * as limits from './limits.ts';
import type { Route } from './routes.ts';
import { Integer, Seq } from './schema.ts';

const Place = Integer('Which file of the message.', 0, limits.maxBlobsPerMessage - 1);

export const blobRoutes = {
  putBlob: {
    method: 'PUT',
    path: '/v1/conversations/{conversation_id}/blobs/{id}/{n}',
    summary:
      'Put the bytes of a file for a message that is sent after it, by the id that the message will have. The same bytes again are the same file.',
    auth: 'device',
    rate: 'files',
    params: Type.Object({ conversation_id: ConversationId, id: MessageId, n: Place }),
    bytes: 'up',
    bodyBytes: limits.maxBlobBytes,
    result: Type.Object({ blob: BlobId, bytes: Integer('Its size.') }),
    status: 201,
    errors: [
      'auth.required',
      'conversation.denied',
      'conversation.read_only',
      'request.limit',
      'blob.taken',
      'blob.too_large',
      'blob.quota',
      'blob.room',
      'blob.none',
    ],
  },
  getBlob: {
    method: 'GET',
    path: '/v1/conversations/{conversation_id}/messages/{seq}/blobs/{blob}',
    summary: 'The bytes of a file that a message carries, whole or in the range of the header `Range`.',
    auth: 'device',
    rate: 'files',
    params: Type.Object({ conversation_id: ConversationId, seq: Seq, blob: BlobId }),
    bytes: 'down',
    result: Type.Object({}, { description: 'Bytes.' }),
    status: 200,
    errors: ['auth.required', 'conversation.denied', 'blob.unknown', 'blob.range', 'blob.none'],
  },
} as const satisfies Readonly<Record<string, Route>>;
