// docs/protocol/files.md: its worked example is made here by hand, without our code, and ours has to make and read the same.
import assert from 'node:assert/strict';
import { createCipheriv, createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type AccountId, type ConversationId, limits, type MessageId } from '@parley/protocol';
import { blobId } from '../../packages/sdk/src/media/blob-id.ts';
import { openFile, sealFile } from '../../packages/sdk/src/media/file-cipher.ts';
import * as given from './encryption-example.ts';

const document = readFileSync(new URL('../../docs/protocol/files.md', import.meta.url), 'utf8');
const [text = '', shown = ''] = document.split('## Worked example');
const lines = shown.split('\n').flatMap((line) => (line.startsWith('    ') ? [line.slice(4)] : []));

const size = 70_000;
const padded = 71_680;
const chunkBytes = 65_536;
const file = Buffer.from(Array.from({ length: size }, (_, n) => n % 256));
const key = Buffer.from(Array.from({ length: 32 }, (_, n) => n));
const bound = Buffer.from(
  `${Buffer.from('parley.file.v1\0').toString('hex')}${padded.toString(16).padStart(16, '0')}`,
  'hex',
);

function chunk(n: number): { readonly nonce: Buffer; readonly sealed: Buffer } {
  const isLast = (n + 1) * chunkBytes >= padded;
  const nonce = Buffer.from(`00000000${n.toString(16).padStart(8, '0')}000000${isLast ? '01' : '00'}`, 'hex');
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(bound);
  const plain = Buffer.concat([file, Buffer.alloc(padded - size)]).subarray(n * chunkBytes, (n + 1) * chunkBytes);
  return { nonce, sealed: Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]) };
}

const chunks = [chunk(0), chunk(1)];
const blob = Buffer.concat(chunks.map(({ sealed }) => sealed));
const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest();
const place = ['parley.blob.v1', given.conversation, given.lin, given.message, '0'].join('\0');
const id = `b_${sha256(place).subarray(0, 16).toString('base64url')}`;

async function* whole(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function all(from: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of from) parts.push(part);
  return Buffer.concat(parts);
}

test('[MED23] the example of files.md comes out byte by byte, made by hand', () => {
  assert.deepEqual(lines, [
    key.toString('base64url'),
    String(padded),
    bound.toString('hex'),
    ...chunks.flatMap(({ nonce, sealed }) => [
      nonce.toString('hex'),
      sealed.subarray(0, 16).toString('hex'),
      sealed.subarray(-16).toString('hex'),
    ]),
    String(blob.length),
    sha256(blob).toString('hex'),
    id,
  ]);
});

test('[MED23] ours makes the same blob and the same id of it, and reads it', async () => {
  assert.equal(Buffer.compare(await all(sealFile(key, size, whole(file))), blob), 0);
  assert.equal(Buffer.compare(await all(openFile(key, { bytes: size, from: 0, to: size }, whole(blob))), file), 0);
  const of = {
    conversation: given.conversation as ConversationId,
    account: given.lin as AccountId,
    message: given.message as MessageId,
    n: 0,
  };
  assert.equal(blobId(of), id);
});

test('[MED23] files.md has the numbers that the code has', () => {
  const numbers = [
    `every ${limits.fileChunkBytes.toLocaleString('en')} bytes`,
    `× ${(limits.fileChunkBytes + 16).toLocaleString('en')} of`,
    `Within ${limits.blobPlacedWithinMs / 3_600_000} hours`,
  ];
  assert.deepEqual(
    numbers.filter((each) => !text.includes(each)),
    [],
  );
});
