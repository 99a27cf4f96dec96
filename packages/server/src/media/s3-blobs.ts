// Blobs in a bucket of any S3 API. An object is put only where there is none, so the first one stays; what is larger than
// one part is uploaded in parts and gets its name when all of them are there. Every part carries its MD5, so what
// arrives is what was sent.
import { createHash } from 'node:crypto';
import type { BlobId } from '@parley/protocol';
import { AwsClient } from 'aws4fetch';
import { assert } from '../kernel/assert.ts';
import { s3PartBytes, s3RequestMs, s3Retries } from '../kernel/engine-limits.ts';
import { blobChunkBytes } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { type BlobFacts, type Blobs, type ByteRange, isBlobId } from './blobs.ts';

/** Where the bucket is. `endpoint` is `https://host[:port]` (or `http:` on loopback); its name follows as a path. */
export interface S3Parts {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** Opens the bucket, and makes it where it is missing. @throws {Unavailable} it cannot be used */
export async function openS3Blobs(parts: S3Parts): Promise<Blobs> {
  const bucket = new Bucket(parts);
  const there = await bucket.ask('HEAD', '', {}, [200, 404]);
  // Somebody else may make it at the same time.
  if (there.status === 404) await drained(bucket.ask('PUT', '', {}, [200, 409]));
  return new S3Blobs(bucket);
}

class S3Blobs implements Blobs {
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  async put(
    id: BlobId,
    content: AsyncIterable<Uint8Array>,
    mostBytes: number,
  ): Promise<'done' | 'exists' | 'too_large'> {
    const key = keyOf(id);
    const parts = partsOf(content, mostBytes);
    const first = await parts.next();
    if (first.done) return first.value === 'too_large' ? 'too_large' : this.#single(key, new Uint8Array(0));
    const second = await parts.next();
    if (second.done) return second.value === 'too_large' ? 'too_large' : this.#single(key, first.value);
    return this.#inParts(key, [first.value, second.value], parts);
  }

  async facts(id: BlobId): Promise<BlobFacts | undefined> {
    const { status, headers } = await drained(this.#bucket.ask('HEAD', keyOf(id), {}, [200, 404]));
    if (status === 404) return undefined;
    const bytes = Number(headers.get('content-length'));
    return { id, bytes, storedAt: Date.parse(headers.get('last-modified') ?? '') };
  }

  async read(id: BlobId, { from, to }: ByteRange): Promise<AsyncIterable<Uint8Array> | undefined> {
    if (to <= from) return (await this.facts(id)) === undefined ? undefined : pieces(null);
    const headers = { range: `bytes=${from}-${to - 1}` };
    const answer = await this.#bucket.ask('GET', keyOf(id), { headers }, [200, 206, 404, 416]);
    // 416: it ends before the range begins.
    if (answer.status === 206 || answer.status === 200) return pieces(answer.body);
    await drained(answer);
    return answer.status === 404 ? undefined : pieces(null);
  }

  async remove(ids: readonly BlobId[]): Promise<void> {
    for (const id of ids) await drained(this.#bucket.ask('DELETE', keyOf(id), {}, [200, 204, 404]));
  }

  async list(after: string, limit: number): Promise<readonly BlobFacts[]> {
    const rows: BlobFacts[] = [];
    for (let last = after; rows.length < limit; ) {
      const query = new URLSearchParams({ 'list-type': '2', 'max-keys': String(limit), 'start-after': last });
      const text = await (await this.#bucket.ask('GET', `?${query}`, {}, [200])).text();
      const found = objectsOf(text);
      rows.push(...found.filter(isFacts));
      const end = found.at(-1)?.id;
      if (end === undefined || !text.includes('<IsTruncated>true</IsTruncated>')) break;
      last = end;
    }
    return rows.slice(0, limit);
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #single(key: string, body: Uint8Array<ArrayBuffer>): Promise<'done' | 'exists'> {
    const headers = { 'if-none-match': '*', 'content-md5': md5(body) };
    // 409: somebody else is putting it in this moment.
    const { status } = await drained(this.#bucket.ask('PUT', key, { body, headers }, [200, 409, 412]));
    return status === 200 ? 'done' : 'exists';
  }

  async #inParts(key: string, begun: readonly Uint8Array<ArrayBuffer>[], more: Parts): Promise<PutAnswer> {
    const started = await (await this.#bucket.ask('POST', `${key}?uploads=`, {}, [200])).text();
    const upload = encodeURIComponent(unescaped(/<UploadId>([^<]+)<\/UploadId>/.exec(started)?.[1] ?? ''));
    let answer: PutAnswer = 'too_large';
    try {
      const tags: string[] = [];
      for (const part of begun) tags.push(await this.#part(key, upload, tags.length + 1, part));
      for (;;) {
        const next = await more.next();
        if (next.done && next.value === 'too_large') return answer;
        if (next.done) break;
        tags.push(await this.#part(key, upload, tags.length + 1, next.value));
      }
      const body = completion(tags);
      const headers = { 'if-none-match': '*' };
      const path = `${key}?uploadId=${upload}`;
      const { status } = await drained(this.#bucket.ask('POST', path, { body, headers }, [200, 409, 412]));
      answer = status === 200 ? 'done' : 'exists';
      return answer;
    } finally {
      // What cannot be taken back now is taken back by the sweep of the bucket's own life-cycle rule.
      if (answer !== 'done')
        await drained(this.#bucket.ask('DELETE', `${key}?uploadId=${upload}`, {}, [200, 204, 404])).catch(() => {});
    }
  }

  async #part(key: string, upload: string, number: number, body: Uint8Array<ArrayBuffer>): Promise<string> {
    const path = `${key}?partNumber=${number}&uploadId=${upload}`;
    const answer = await drained(this.#bucket.ask('PUT', path, { body, headers: { 'content-md5': md5(body) } }, [200]));
    return answer.headers.get('etag') ?? '';
  }
}

type PutAnswer = 'done' | 'exists' | 'too_large';
type Parts = AsyncGenerator<Uint8Array<ArrayBuffer>, 'whole' | 'too_large'>;

/** Requests to one bucket. Faults are `Unavailable`; nothing of an address is in them. */
class Bucket {
  readonly #url: string;
  readonly #client: AwsClient;

  constructor({ endpoint, region, bucket, accessKey, secretKey }: S3Parts) {
    this.#url = `${endpoint.replace(/\/+$/, '')}/${encodeURIComponent(bucket)}`;
    const keys = { accessKeyId: accessKey, secretAccessKey: secretKey };
    this.#client = new AwsClient({ ...keys, region, service: 's3', retries: s3Retries });
  }

  /** `path`: a key or a query, or both. */
  async ask(method: string, path: string, init: RequestInit, expected: readonly number[]): Promise<Response> {
    const url = path === '' || path.startsWith('?') ? `${this.#url}${path}` : `${this.#url}/${path}`;
    const signal = AbortSignal.timeout(s3RequestMs);
    let answer: Response;
    try {
      answer = await this.#client.fetch(url, { ...init, method, signal });
    } catch (cause) {
      throw new Unavailable('The media store cannot be reached.', { cause });
    }
    if (expected.includes(answer.status)) return answer;
    await drained(answer);
    throw new Unavailable(`The media store answers ${answer.status}.`);
  }
}

function keyOf(id: BlobId): string {
  assert(isBlobId(id), 'a blob has an id');
  return id;
}

/** The answer, when its body is read: until then its connection is taken. */
async function drained(asked: Response | Promise<Response>): Promise<Response> {
  const answer = await asked;
  await answer.arrayBuffer();
  return answer;
}

/** The content in pieces of one part each, the last one smaller. */
async function* partsOf(content: AsyncIterable<Uint8Array>, most: number): Parts {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > most) return 'too_large';
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + s3PartBytes - heldBytes);
      at += piece.length;
      heldBytes += piece.length;
      held.push(piece);
      if (heldBytes < s3PartBytes) continue;
      yield Buffer.concat(held);
      held = [];
      heldBytes = 0;
    }
  }
  if (heldBytes > 0) yield Buffer.concat(held);
  return 'whole';
}

/** A body in bounded pieces. */
async function* pieces(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body ?? [])
      for (let at = 0; at < chunk.length; at += blobChunkBytes) yield chunk.subarray(at, at + blobChunkBytes);
  } catch (cause) {
    throw new Unavailable('The media store broke off.', { cause });
  }
}

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('base64');
}

function completion(tags: readonly string[]): string {
  const parts = tags.map((tag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${escaped(tag)}</ETag></Part>`);
  return `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
}

interface Listed {
  readonly id: string;
  readonly bytes: number;
  readonly storedAt: number;
}

/** The objects of a listing, whatever they are called. */
function objectsOf(xml: string): readonly Listed[] {
  const field = (object: string, name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(object)?.[1] ?? '';
  return [...xml.matchAll(/<Contents>.*?<\/Contents>/gs)].map(([object]) => ({
    id: unescaped(field(object, 'Key')),
    bytes: Number(field(object, 'Size')),
    storedAt: Date.parse(field(object, 'LastModified')),
  }));
}

function isFacts(listed: Listed): listed is BlobFacts {
  return isBlobId(listed.id);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#34;', '"')
    .replaceAll('&amp;', '&');
}
