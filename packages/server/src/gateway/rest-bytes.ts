// Files over HTTP: a body that is read as it comes, an answer that is written as fast as it is taken. What comes from
// here is never a page: a browser that opens its address is offered a file without a name.
import { Readable } from 'node:stream';
import type { Route } from '@parley/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../kernel/clock.ts';
import type { BytesAnswer, Call, Upload } from '../kernel/handlers.ts';
import { fileIdleMs } from '../kernel/limits.ts';
import { pacedBody } from './paced-body.ts';
import { hasAlready, partHolds } from './preconditions.ts';

/** The one media type of files: nobody says what is in them. */
export const bytesType = 'application/octet-stream';
const yearSeconds = 31_536_000;

/** Lets the routes of this scope take bytes, and nothing else. */
export function takeBytes(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(bytesType, (_request, payload, done) => done(null, payload));
}

/** The bytes of a call, if it says how many they are: whoever must find room for them has to know. [MED2] */
export function uploadOf(route: Route, request: FastifyRequest, clock: Clock): Upload | undefined {
  if (route.bytes !== 'up') return undefined;
  const said = request.headers['content-length'];
  if (said === undefined || !(request.body instanceof Readable)) return undefined;
  // Who sends nothing for so long is cut off.
  request.raw.socket.setTimeout(fileIdleMs);
  return pacedBody(request.raw, Number(said), clock);
}

/** Which part of a file is asked for, in the words of the header, and whether the caller has it already. [MED5] */
export function wishOf(route: Route, { headers, params }: FastifyRequest): Pick<Call<'getBlob'>, 'range' | 'isKnown'> {
  if (route.bytes !== 'down') return {};
  const tag = tagOf((params as { readonly blob: string }).blob);
  if (hasAlready(headers, tag)) return { isKnown: true };
  return headers.range !== undefined && partHolds(headers, tag) ? { range: headers.range } : {};
}

const tagOf = (blob: string) => `"${blob}"`;

/** Writes a file, or its part, or that it is still the same. [MED5] [MED6] */
export function sendBytes(reply: FastifyReply, { tag, total, part, content }: BytesAnswer, isKnown = false): void {
  reply.headers({ etag: tagOf(tag), 'cache-control': `private, max-age=${yearSeconds}, immutable` });
  if (isKnown) {
    reply.code(304).send();
    return;
  }
  const { from, to } = part ?? { from: 0, to: total };
  reply
    .code(part === null ? 200 : 206)
    .type(bytesType)
    .headers({
      'content-length': to - from,
      'accept-ranges': 'bytes',
      'content-disposition': 'attachment',
      'content-security-policy': "default-src 'none'; sandbox",
      ...(part !== null && { 'content-range': `bytes ${from}-${to - 1}/${total}` }),
    });
  // Who takes nothing for so long is cut off; for its next call Node gives the connection its own time.
  reply.raw.socket?.setTimeout(fileIdleMs);
  reply.send(Readable.from(content, { objectMode: false }));
}
