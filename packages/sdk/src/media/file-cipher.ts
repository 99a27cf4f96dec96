// A file sealed in chunks, each of which says where it belongs: what is altered, cut, moved or added does not open, and a
// range of the file is some whole chunks. At most two chunks are held at a time. docs/protocol/files.md. [MED]
import { fileChunkBytes as chunkBytes } from '@parley/protocol/limits';
import { type Aead, type AeadKey, aeadKey, openAead, sealAead } from '../crypto/primitives.ts';
import { ChatError } from '../error.ts';
import { paddedFileBytes } from './padding.ts';

export const fileKeyBytes = 32;
const tagBytes = 16;
const bound = 'parley.file.v1\0';

/** Pieces of any length, in order. */
export type Pieces = AsyncIterable<Uint8Array>;

/** Some whole chunks: those that a range of a file needs, and where they stand in the blob. */
export interface ChunkSpan {
  /** First and last chunk. */
  readonly first: number;
  readonly last: number;
  /** Bytes of the blob, from and to before. */
  readonly from: number;
  readonly to: number;
}

/** Bytes of the blob of a file. */
export function sealedFileBytes(bytes: number): number {
  const padded = paddedFileBytes(bytes);
  return padded + tagBytes * Math.ceil(padded / chunkBytes);
}

/** The chunks in which the bytes from `from` to before `to` of a file stand. `from` is below `to`. */
export function chunkSpan(bytes: number, from: number, to: number): ChunkSpan {
  const first = Math.floor(from / chunkBytes);
  const last = Math.floor((to - 1) / chunkBytes);
  const whole = chunkBytes + tagBytes;
  return { first, last, from: first * whole, to: Math.min((last + 1) * whole, sealedFileBytes(bytes)) };
}

/** Some whole chunks, and the bytes of the file that stand in them. */
export interface PlainSpan {
  readonly first: number;
  /** Bytes of the file, from and to before: none where there is only padding. */
  readonly from: number;
  readonly to: number;
  /** Zero bytes behind them. */
  readonly padding: number;
}

/** So many chunks of a file, from the chunk `first` on; fewer where it ends. */
export function plainSpan(bytes: number, first = 0, chunks = Number.POSITIVE_INFINITY): PlainSpan {
  const [start, end] = [first * chunkBytes, Math.min((first + chunks) * chunkBytes, paddedFileBytes(bytes))];
  const [from, to] = [Math.min(start, bytes), Math.min(end, bytes)];
  return { first, from, to, padding: end - start - (to - from) };
}

/**
 * The chunks of a file of so many bytes, all of them or those of a span; `plain` are the bytes that stand in them. Rejects
 * with `client.unreadable_file` when there are more or fewer.
 */
export async function* sealFile(
  key: Uint8Array,
  bytes: number,
  plain: Pieces,
  span: PlainSpan = plainSpan(bytes),
): AsyncGenerator<Uint8Array> {
  const file = await fileOf(key, bytes);
  let index = span.first;
  for await (const chunk of inChunks(padded(plain, span), () => chunkBytes))
    yield await sealAead(file.aead(index++), chunk);
}

/**
 * The bytes from `from` to before `to` of a file, out of the chunks of that span. Throws `client.altered_file` at the
 * first chunk that is not what was sealed there.
 */
export async function* openFile(
  key: Uint8Array,
  { bytes, from, to }: { readonly bytes: number; readonly from: number; readonly to: number },
  sealed: Pieces,
): AsyncGenerator<Uint8Array> {
  const file = await fileOf(key, bytes);
  const { first, last } = chunkSpan(bytes, from, to);
  let index = first;
  for await (const chunk of inChunks(sealed, () => file.plainBytes(index) + tagBytes)) {
    const plain = index > last ? null : await openAead(file.aead(index), chunk);
    if (plain === null || !isPadding(plain, bytes - index * chunkBytes)) throw new ChatError('client.altered_file');
    const start = index++ * chunkBytes;
    yield plain.subarray(Math.max(0, from - start), Math.max(0, Math.min(to, bytes) - start));
  }
  if (index !== last + 1) throw new ChatError('client.altered_file');
}

interface SealedFile {
  aead(index: number): Aead;
  /** Of a chunk, without its tag. */
  plainBytes(index: number): number;
}

async function fileOf(raw: Uint8Array, bytes: number): Promise<SealedFile> {
  const length = paddedFileBytes(bytes);
  const count = Math.ceil(length / chunkBytes);
  const key: AeadKey = await aeadKey(raw);
  const words = new TextEncoder().encode(bound);
  const boundBytes = new Uint8Array(words.length + 8);
  boundBytes.set(words);
  new DataView(boundBytes.buffer).setBigUint64(words.length, BigInt(length));
  return {
    aead: (index) => ({ key, nonce: nonceOf(index, index === count - 1), bound: boundBytes }),
    plainBytes: (index) => Math.max(0, Math.min(chunkBytes, length - index * chunkBytes)),
  };
}

/** The place of a chunk and whether it is the last one: no two chunks of a file have the same. */
function nonceOf(index: number, isLast: boolean): Uint8Array {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setUint32(4, index);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

/** Nothing stands where the file has ended. */
function isPadding(plain: Uint8Array, from: number): boolean {
  return from >= plain.length || plain.subarray(Math.max(0, from)).every((byte) => byte === 0);
}

/** The bytes of a span and their padding. */
async function* padded(plain: Pieces, { from, to, padding }: PlainSpan): AsyncGenerator<Uint8Array> {
  let left = to - from;
  for await (const piece of plain) {
    left -= piece.length;
    if (left < 0) break;
    yield piece;
  }
  if (left !== 0) throw new ChatError('client.unreadable_file');
  for (let missing = padding; missing > 0; missing -= chunkBytes) yield new Uint8Array(Math.min(missing, chunkBytes));
}

/** The same bytes in pieces of the wanted lengths, the last one perhaps shorter. */
async function* inChunks(pieces: Pieces, wanted: () => number): AsyncGenerator<Uint8Array> {
  let chunk = new Uint8Array(wanted());
  let held = 0;
  for await (const piece of pieces) {
    let at = 0;
    while (at < piece.length) {
      const part = piece.subarray(at, at + chunk.length - held);
      chunk.set(part, held);
      held += part.length;
      at += part.length;
      if (held < chunk.length) break;
      yield chunk;
      chunk = new Uint8Array(wanted());
      held = 0;
    }
  }
  if (held > 0) yield chunk.subarray(0, held);
}
