// Files over HTTP: a body that is read as it comes, an answer that is written as fast as it is taken. What comes from
// here is never a page: a browser that opens its address is offered a file without a name.
import { Readable } from 'node:stream';
import type { Route } from '@parley/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../kernel/clock.ts';
import type { BytesAnswer, Upload } from '../kernel/handlers.ts';
import { fileIdleMs } from '../kernel/limits.ts';
import { pacedBody } from './paced-body.ts';

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

/** The part of a file that is asked for, in the words of the header. */
export function rangeHeader(route: Route, request: FastifyRequest): string | undefined {
  return route.bytes === 'down' ? request.headers.range : undefined;
}

/** Writes a file, or its part. [MED5] [MED6] */
export function sendBytes(reply: FastifyReply, { tag, total, part, content }: BytesAnswer): void {
  const { from, to } = part ?? { from: 0, to: total };
  reply
    .code(part === null ? 200 : 206)
    .type(bytesType)
    .headers({
      'content-length': to - from,
      'accept-ranges': 'bytes',
      'cache-control': `private, max-age=${yearSeconds}, immutable`,
      'content-disposition': 'attachment',
      'content-security-policy': "default-src 'none'; sandbox",
      etag: `"${tag}"`,
      ...(part !== null && { 'content-range': `bytes ${from}-${to - 1}/${total}` }),
    });
  // Who takes nothing for so long is cut off; for its next call Node gives the connection its own time.
  reply.raw.socket?.setTimeout(fileIdleMs);
  reply.send(Readable.from(content, { objectMode: false }));
}
