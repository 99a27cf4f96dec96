// A client whose files go to the memory of the test, and pictures to send.
import assert from 'node:assert/strict';
import type { FileBody } from '@parley/protocol';
import type { FileSource, NewFile } from './api.ts';
import { chat, group, room, Stage, wire } from './client-fixture.ts';
import { ChatError, type ChatErrorCode } from './error.ts';
import { settle } from './fixture.ts';
import { HandBytes } from './media/hand-bytes-fixture.ts';

/** Bytes that differ from place to place. */
export const sample = (bytes: number) => Uint8Array.from({ length: bytes }, (_, n) => (n * 7 + (n >> 9)) & 255);

const source = (bytes: Uint8Array): FileSource => ({
  size: bytes.length,
  read: async (from, to) => bytes.subarray(from, to),
});

/** A picture of these bytes, as an app hands it over. */
export const photo = (bytes: Uint8Array, more: Partial<NewFile> = {}): NewFile => ({
  source: source(bytes),
  name: 'C:\\holidays\\photo.jpg',
  mediaType: 'image/jpeg',
  look: 'image',
  width: 640,
  height: 480,
  ...more,
});

/** A client whose files go to the memory of the test. */
export async function openWithFiles(from?: Stage, bytes = new HandBytes()) {
  const stage = await Stage.open(from);
  stage.bytes = bytes;
  await stage.up([
    wire(chat),
    wire(group, { kind: 'group', peer: undefined as never }),
    wire(room, { kind: 'room', peer: undefined as never, title: 'Help' }),
  ]);
  return { stage, bytes };
}

export async function all(from: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of from) parts.push(part);
  return Uint8Array.from(Buffer.concat(parts));
}

export const codeIs = (code: ChatErrorCode) => (error: unknown) => error instanceof ChatError && error.code === code;

/** A sent photo that has come back at this seq. */
export async function sentPhoto(stage: Stage, plain: Uint8Array, { seq = 1, more = {} as Partial<NewFile> } = {}) {
  await stage.conversation().sendFile(photo(plain, more));
  await settle();
  const frame = stage.outgoing.at(-1);
  assert.ok(frame);
  await stage.push(stage.confirm(frame, seq));
  return { frame, body: JSON.parse(frame.content ?? '') as FileBody };
}
