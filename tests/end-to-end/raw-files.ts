// Files by hand: put, carried by a message in the shape of ciphertext, and read.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type ConversationId, type MessageId, uuid7FromBytes } from '@parley/protocol';
import type { Person } from './people.ts';
import { call } from './rest.ts';
import { shaped } from './shape.ts';

const lookMs = 20;

/** An id for a message that will carry a file. */
export const newMessage = (): MessageId => uuid7FromBytes(Date.now(), randomBytes(10));

/** Status and body of putting it. */
export async function putFile(
  url: string,
  { token }: Person,
  {
    chat,
    id,
    bytes,
  }: { readonly chat: ConversationId; readonly id: MessageId; readonly bytes: Uint8Array<ArrayBuffer> },
): Promise<{ readonly status: number; readonly blob: string; readonly code: string }> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' };
  const path = `/v1/conversations/${chat}/blobs/${id}/0`;
  const put = await fetch(url + path, { method: 'PUT', headers, body: bytes });
  const { blob = '', code = '' } = (await put.json()) as { readonly blob?: string; readonly code?: string };
  return { status: put.status, blob, code };
}

/** Puts a file and sends the message that carries it; the path by which it is read. */
export async function sendFile(
  url: string,
  person: Person,
  chat: ConversationId,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const id = newMessage();
  const { token } = person;
  const { status, blob } = await putFile(url, person, { chat, id, bytes });
  assert.equal(status, 201);
  const body = { id, ...shaped('look'), blobs: [blob] };
  await call(url, 'POST', `/v1/conversations/${chat}/messages`, { token, body });
  for (;;) {
    const page = await call<{ readonly items: readonly { id: string; seq: number; blobs?: string[] }[] }>(
      url,
      'GET',
      `/v1/conversations/${chat}/messages?limit=100`,
      { token },
    );
    const found = page.items.find((item) => item.id === id);
    if (found === undefined) await wait(lookMs);
    else {
      assert.deepEqual(found.blobs, [blob]);
      return `/v1/conversations/${chat}/messages/${found.seq}/blobs/${blob}`;
    }
  }
}

export async function readFile(url: string, { token }: Person, path: string, range?: string) {
  const headers = { authorization: `Bearer ${token}`, ...(range !== undefined && { range }) };
  const answer = await fetch(url + path, { headers });
  return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
}
