// The two routes of files in memory, for tests: what was put can be got, by its place and in ranges.
import type { BlobId } from '@parley/protocol';
import { accountId } from '../fixture.ts';
import type { BytesDown, BytesUp, HttpBytes, HttpResponse } from '../ports.ts';
import { blobId } from './blob-id.ts';

/** Keeps what an account puts, as the server does. */
export class HandBytes implements HttpBytes {
  readonly blobs = new Map<BlobId, Uint8Array>();
  readonly asked: string[] = [];
  /** The answer to what is put from now on. */
  refusal: HttpResponse | null = null;
  /** Before that, of what is put next, one each: the line breaks, it is kept and nothing is answered, or this answer. */
  readonly fates: ('breaks' | 'unanswered' | HttpResponse)[] = [];
  /** Whatever came whole. */
  readonly came: Uint8Array[] = [];
  /** Called when so much of something has come. */
  onPiece: (bytes: number) => void = () => {};
  readonly #account = accountId(1);

  async send({ path, length, pieces, onProgress, signal }: BytesUp): Promise<HttpResponse> {
    this.asked.push(`PUT ${path}`);
    const [, , , conversation, , message, n] = path.split('/') as [
      string,
      string,
      string,
      never,
      string,
      never,
      string,
    ];
    const fate = this.fates.shift();
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const piece of pieces) {
      signal.throwIfAborted();
      parts.push(piece);
      size += piece.length;
      onProgress(size);
      this.onPiece(size);
      if (fate === 'breaks') throw new TypeError('fetch failed');
    }
    this.came.push(Buffer.concat(parts));
    if (typeof fate === 'object') return fate;
    if (this.refusal !== null) return this.refusal;
    if (size !== length) throw new Error(`${size} bytes came and ${length} were announced`);
    const blob = blobId({ conversation, account: this.#account, message, n: Number(n) });
    this.blobs.set(blob, Buffer.concat(parts));
    if (fate === 'unanswered') throw new TypeError('fetch failed');
    return { status: 201, body: { blob, bytes: size } };
  }

  async receive({ path, range }: BytesDown) {
    this.asked.push(`GET ${path}${range === null ? '' : ` ${range.from}-${range.to}`}`);
    const bytes = this.blobs.get(path.split('/').at(-1) as unknown as BlobId);
    if (bytes === undefined) return { status: 404, body: { code: 'blob.unknown' }, pieces: null };
    const part = range === null ? bytes : bytes.subarray(range.from, range.to);
    return { status: range === null ? 200 : 206, body: null, pieces: inPieces(part) };
  }
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 5_000) yield bytes.subarray(at, at + 5_000);
}
