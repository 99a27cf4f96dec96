// Routes of files that messages carry. The server keeps their bytes and does not know what they are: they are sealed.
import Type from 'typebox';
import { BlobId, ConversationId, MessageId } from './ids.ts';
import * as limits from './limits.ts';
import type { Route } from './routes.ts';
import { Integer, Seq } from './schema.ts';

const Place = Integer('Which file of the message.', 0, limits.maxBlobsPerMessage - 1);
const BlobParams = { conversation_id: ConversationId, id: MessageId, n: Place };
const PieceNumber = Integer('Which piece of the file.', 0, limits.maxBlobPieces - 1);
const Pieces = Type.Object({
  blob: BlobId,
  pieces: Type.Array(PieceNumber, {
    maxItems: limits.maxBlobPieces,
    description: 'Those that are kept, in their order. None when it is whole, or nothing has come.',
  }),
  whole: Type.Boolean({ description: 'All of it is there: a message may carry it.' }),
});

export const blobRoutes = {
  putBlob: {
    method: 'PUT',
    path: '/v1/conversations/{conversation_id}/blobs/{id}/{n}',
    summary:
      'Put the bytes of a file for a message that is sent after it, by the id that the message will have. Another size under the same place is refused; of the same size, the first bytes stay, whatever the others are.',
    auth: 'device',
    rate: 'files',
    params: Type.Object(BlobParams),
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
      'server.overloaded',
    ],
  },
  putBlobPiece: {
    method: 'PUT',
    path: '/v1/conversations/{conversation_id}/blobs/{id}/{n}/pieces/{piece}',
    summary: `Put one piece of such a file: all pieces have ${limits.blobPieceBytes} bytes, the last one the rest. They may come in any order, and again; with the last that is missing the file is there.`,
    auth: 'device',
    rate: 'files',
    params: Type.Object({ ...BlobParams, piece: PieceNumber }),
    query: Type.Object({
      bytes: Integer('Size of the whole file.', 1, limits.maxInteger),
      sha256: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', description: 'Of this piece, in base64url.' }),
    }),
    bytes: 'up',
    bodyBytes: limits.blobPieceBytes,
    result: Pieces,
    status: 200,
    errors: [
      'auth.required',
      'conversation.denied',
      'conversation.read_only',
      'request.limit',
      'blob.taken',
      'blob.damaged',
      'blob.too_large',
      'blob.quota',
      'blob.room',
      'blob.none',
      'server.overloaded',
    ],
  },
  getBlobPieces: {
    method: 'GET',
    path: '/v1/conversations/{conversation_id}/blobs/{id}/{n}/pieces',
    summary: 'How far a file of the caller has come that is put in pieces.',
    auth: 'device',
    rate: 'files',
    params: Type.Object(BlobParams),
    result: Pieces,
    status: 200,
    errors: ['auth.required', 'blob.none'],
  },
  dropBlobPieces: {
    method: 'DELETE',
    path: '/v1/conversations/{conversation_id}/blobs/{id}/{n}/pieces',
    summary: 'Forget the pieces of a file that is not whole: it will not be sent. Of one that is whole nothing goes.',
    auth: 'device',
    rate: 'files',
    params: Type.Object(BlobParams),
    result: Type.Object({}),
    status: 204,
    errors: ['auth.required', 'blob.none'],
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
