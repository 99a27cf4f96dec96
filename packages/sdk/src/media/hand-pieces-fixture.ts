// The routes of files in pieces in memory, for tests: what goes up, and whatever may go wrong with it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { BlobId } from '@parley/protocol';
import type { Stage } from '../client-fixture.ts';
import { accountId } from '../fixture.ts';
import type { BytesUp, HttpBytes, HttpResponse } from '../ports.ts';
import { blobId } from './blob-id.ts';

/** What becomes of a piece: nothing, so many bytes of it before the line breaks, or all of it and no answer. */
export type Fate = HttpResponse | { readonly breaksAt: number } | 'unanswered';

export class HandPieces implements HttpBytes {
  readonly kept = new Map<number, Uint8Array>();
  /** Of each piece, every text that came under it. */
  readonly texts = new Map<number, Set<string>>();
  /** Numbers in the order in which they came, whole or in part. */
  readonly came: number[] = [];
  bytes = 0;
  /** Of the pieces to come, one each; those after them are kept. */
  readonly fates: Fate[] = [];
  /** Called before a piece is kept. */
  onPiece: (n: number) => void = () => {};
  total = 0;
  blob: BlobId | null = null;
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** How far it is, in the words of the server. */
  get progress(): HttpResponse {
    const size = [...this.kept.values()].reduce((sum, piece) => sum + piece.length, 0);
    const whole = this.total > 0 && size === this.total;
    return {
      status: 200,
      body: { blob: this.blob, pieces: whole ? [] : [...this.kept.keys()].sort((a, b) => a - b), whole },
    };
  }

  get content(): Buffer {
    return Buffer.concat([...this.kept].sort(([a], [b]) => a - b).map(([, piece]) => piece));
  }

  async send({ path, length, pieces, onProgress, signal }: BytesUp): Promise<HttpResponse> {
    const { pathname, searchParams: said } = new URL(path, 'http://localhost');
    const [, , , conversation = '', , message = '', place, , number] = pathname.split('/');
    const n = Number(number);
    this.#route(pathname, blobId({ conversation, account: accountId(1), message, n: Number(place) } as never));
    this.total = Number(said.get('bytes'));
    this.came.push(n);
    const fate = this.fates.shift();
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of pieces) {
      signal.throwIfAborted();
      parts.push(part);
      size += part.length;
      this.bytes += part.length;
      onProgress(size);
      if (typeof fate === 'object' && 'breaksAt' in fate && size >= fate.breaksAt) throw new TypeError('fetch failed');
    }
    const hash = createHash('sha256').update(Buffer.concat(parts)).digest('base64url');
    assert.deepEqual([size, hash], [length, said.get('sha256')]);
    this.texts.set(n, (this.texts.get(n) ?? new Set()).add(hash));
    this.onPiece(n);
    signal.throwIfAborted();
    if (typeof fate === 'object') return fate as HttpResponse;
    this.kept.set(n, Buffer.concat(parts));
    if (fate === 'unanswered') throw new TypeError('fetch failed');
    return this.progress;
  }

  receive(): never {
    assert.fail('nothing is read here');
  }

  /** Answers `getBlobPieces` and `dropBlobPieces` of this file. */
  #route(pathname: string, blob: BlobId): void {
    this.blob = blob;
    const path = pathname.replace(/\/\d+$/, '');
    this.#stage.http.answers.set(`GET ${path}`, () => this.progress);
    this.#stage.http.answers.set(`DELETE ${path}`, () => {
      this.kept.clear();
      return { status: 204, body: null };
    });
  }
}
