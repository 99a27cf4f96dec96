// Files by hand: put, carried by a message in the shape of ciphertext, and read.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type ConversationId, type MessageId, uuid7FromBytes } from '@parley/protocol';
import { blobPieceBytes } from '@parley/protocol/limits';
import type { Person } from './people.ts';
import { call } from './rest.ts';
import { shaped } from './shape.ts';

const lookMs = 20;

/** An id for a message that will carry a file. */
export const newMessage = (): MessageId => uuid7FromBytes(Date.now(), randomBytes(10));

interface RawFile {
  readonly chat: ConversationId;
  readonly id: MessageId;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

interface Page {
  readonly head: number;
  readonly to_seq: number;
  readonly has_more: boolean;
  readonly items: readonly { readonly id: string; readonly seq: number; readonly blobs?: readonly string[] }[];
}

/** Status and body of putting it. */
export async function putFile(
  url: string,
  { token }: Person,
  { chat, id, bytes }: RawFile,
): Promise<{ readonly status: number; readonly blob: string; readonly code: string }> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' };
  const path = `/v1/conversations/${chat}/blobs/${id}/0`;
  const put = await fetch(url + path, { method: 'PUT', headers, body: bytes });
  const { blob = '', code = '' } = (await put.json()) as { readonly blob?: string; readonly code?: string };
  return { status: put.status, blob, code };
}

/** Puts its pieces, each at the next server, the last one first; the blob that they have become. */
async function putPieces(urls: readonly string[], { token }: Person, { chat, id, bytes }: RawFile): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' };
  let told = { blob: '', whole: false };
  for (let n = Math.ceil(bytes.length / blobPieceBytes) - 1; n >= 0; n--) {
    assert.equal(told.whole, false);
    const body = bytes.slice(n * blobPieceBytes, (n + 1) * blobPieceBytes);
    const sha256 = createHash('sha256').update(body).digest('base64url');
    const path = `/v1/conversations/${chat}/blobs/${id}/0/pieces/${n}?bytes=${bytes.length}&sha256=${sha256}`;
    const put = await fetch(urls[n % urls.length] + path, { method: 'PUT', headers, body });
    assert.equal(put.status, 200);
    told = (await put.json()) as typeof told;
  }
  assert.equal(told.whole, true);
  return told.blob;
}

/** Puts a file, in pieces when there are several servers, and sends the message that carries it; the path by which it is read. */
export async function sendFile(
  at: string | readonly [string, string],
  person: Person,
  chat: ConversationId,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const id = newMessage();
  const { token } = person;
  const url = typeof at === 'string' ? at : at[0];
  const blob =
    typeof at === 'string'
      ? (await putFile(at, person, { chat, id, bytes })).blob
      : await putPieces(at, person, { chat, id, bytes });
  assert.notEqual(blob, '');
  const body = { id, ...shaped('look'), blobs: [blob] };
  const messages = `/v1/conversations/${chat}/messages`;
  // Others may write so much meanwhile that it is not among the newest any more when it is looked for.
  let { head: after } = await call<Page>(url, 'GET', `${messages}?limit=1`, { token });
  await call(url, 'POST', messages, { token, body });
  for (;;) {
    const page = await call<Page>(url, 'GET', `${messages}?after=${after}&limit=100`, { token });
    const found = page.items.find((item) => item.id === id);
    if (found !== undefined) {
      assert.deepEqual(found.blobs, [blob]);
      return `${messages}/${found.seq}/blobs/${blob}`;
    }
    after = page.to_seq;
    if (!page.has_more) await wait(lookMs);
  }
}

export async function readFile(url: string, { token }: Person, path: string, range?: string) {
  const headers = { authorization: `Bearer ${token}`, ...(range !== undefined && { range }) };
  const answer = await fetch(url + path, { headers });
  return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
}
