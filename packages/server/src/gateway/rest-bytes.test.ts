import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { BlobId } from '@parley/protocol';
import type { BytesAnswer, Call } from '../kernel/handlers.ts';
import { ok, refuse } from '../kernel/result.ts';
import { conversationId } from './fixture.ts';
import { listening, testHttp } from './http-fixture.ts';

const blob = `b_${'0'.repeat(22)}` as BlobId;
const id = '0198f000-0000-7000-8000-000000000001';
const up = `/v1/conversations/${conversationId(1)}/blobs/${id}/3`;
const down = `/v1/conversations/${conversationId(1)}/messages/7/blobs/${blob}`;
const bearer = { authorization: 'Bearer 1' };
const octets = { ...bearer, 'content-type': 'application/octet-stream' };

async function whole(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** A server that keeps what is put, and answers with it. */
async function keeping() {
  const kept: Buffer[] = [];
  const broken = Promise.withResolvers<unknown>();
  const http = await testHttp({
    serve: {
      putBlob: async (call) => {
        const { upload, params } = call as unknown as Call<'putBlob'>;
        try {
          kept.push(await whole(upload?.content ?? assert.fail('no content')));
        } catch (error) {
          broken.resolve(error);
          throw error;
        }
        assert.equal(params.n, 3);
        return ok({ blob, bytes: upload?.bytes });
      },
      getBlob: async (call) => {
        const { range, params } = call as unknown as Call<'getBlob'>;
        assert.equal(params.seq, 7);
        const bytes = kept[0] ?? Buffer.alloc(0);
        const part = range === undefined ? null : { from: 1, to: 4 };
        const content = (async function* () {
          yield bytes.subarray(part?.from ?? 0, part?.to ?? bytes.length);
        })();
        return ok({ tag: blob, total: bytes.length, part, content } satisfies BytesAnswer);
      },
    },
  });
  const url = `http://127.0.0.1:${await listening(http.app)}`;
  return { ...http, url, kept, fault: broken.promise };
}

test('[MED6] a file goes up and comes down byte for byte, without a type, a name or a page', async () => {
  const { app, url, kept } = await keeping();
  const body = Buffer.from(Array.from({ length: 300_000 }, (_, n) => n % 251));
  const put = await fetch(url + up, { method: 'PUT', headers: octets, body });
  assert.equal(put.status, 201);
  assert.deepEqual(await put.json(), { blob, bytes: body.length });
  assert.deepEqual(kept, [body]);
  const got = await fetch(url + down, { headers: bearer });
  assert.equal(got.status, 200);
  assert.deepEqual(Buffer.from(await got.arrayBuffer()), body);
  const { headers } = got;
  assert.equal(headers.get('content-type'), 'application/octet-stream');
  assert.equal(headers.get('content-length'), String(body.length));
  assert.equal(headers.get('content-disposition'), 'attachment');
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.equal(headers.get('content-security-policy'), "default-src 'none'; sandbox");
  assert.match(String(headers.get('cache-control')), /^private, .*immutable/);
  assert.equal(headers.get('etag'), `"${blob}"`);
  await app.close();
});

test('[MED5] a part of a file says which part it is', async () => {
  const { app, url } = await keeping();
  await fetch(url + up, { method: 'PUT', headers: octets, body: 'abcdef' });
  const got = await fetch(url + down, { headers: { ...bearer, range: 'bytes=1-3' } });
  const { headers } = got;
  assert.deepEqual(
    [got.status, await got.text(), headers.get('content-range'), headers.get('content-length')],
    [206, 'bcd', 'bytes 1-3/6', '3'],
  );
  await app.close();
});

test('[API98] [MED5] of a file that the caller has nothing is sent, and a part only where it fits', async () => {
  const { app, url, calls } = await keeping();
  await fetch(url + up, { method: 'PUT', headers: octets, body: 'abcdef' });
  const get = async (headers: object) => {
    const got = await fetch(url + down, { headers: { ...bearer, range: 'bytes=1-3', ...headers } });
    return [got.status, await got.text(), got.headers.get('etag')];
  };
  const tag = `"${blob}"`;
  assert.deepEqual(await get({ 'if-range': tag }), [206, 'bcd', tag]);
  assert.deepEqual(await get({ 'if-range': '"another"' }), [200, 'abcdef', tag]);
  assert.deepEqual(await get({ 'if-none-match': `"x", W/${tag}` }), [304, '', tag]);
  const last = calls.at(-1)?.call as Call<'getBlob'> | undefined;
  assert.equal(last?.isKnown, true, 'the use case is told that it need not read');
  await app.close();
});

test('[API98] a range behind the end says where that is', async () => {
  const http = await testHttp({ serve: { getBlob: async () => refuse('blob.range', { total: 6 }) } });
  const answer = await http.app.inject({ url: down, headers: { ...bearer, range: 'bytes=9-' } });
  assert.deepEqual([answer.statusCode, answer.headers['content-range']], [416, 'bytes */6']);
  await http.app.close();
});

test('[MED2] only bytes are taken there, nowhere else, and not from everybody', async () => {
  const { app, kept, calls } = await keeping();
  const statusOf = async (url: string, method: 'PUT' | 'POST', headers: object, payload: string | Buffer = 'x') =>
    (await app.inject({ url, method, headers: { ...headers }, payload })).statusCode;
  assert.equal(await statusOf(up, 'PUT', { ...bearer, 'content-type': 'application/json' }, '{}'), 415);
  assert.equal(await statusOf(up, 'PUT', { 'content-type': 'application/octet-stream' }), 401);
  const room = `/v1/conversations/${conversationId(1)}/messages`;
  assert.equal(await statusOf(room, 'POST', octets), 415);
  assert.equal(await statusOf(up.replace(/3$/, '10'), 'PUT', octets), 400);
  assert.deepEqual([kept, calls], [[], []]);
  await app.close();
});

test('[MED7] of an upload whose sender is gone nothing is kept, and its connection ends', async () => {
  const { app, url, kept, fault } = await keeping();
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.once('error', () => {}).resume();
  const head = `PUT ${up} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer 1\r\nContent-Type: application/octet-stream`;
  socket.end(`${head}\r\nContent-Length: 1000\r\n\r\nhalf`);
  await fault;
  await closed;
  assert.deepEqual(kept, []);
  await app.close();
});
