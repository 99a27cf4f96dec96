// A bucket of any S3 API: signed requests, listings, and objects that are put in parts and get their name when all of them
// are there. Every part carries its MD5, so what arrives is what was sent.
import { createHash } from 'node:crypto';
import { AwsClient } from 'aws4fetch';
import { s3RequestMs, s3Retries } from '../kernel/engine-limits.ts';
import { Unavailable } from '../kernel/result.ts';

/** Where the bucket is. `endpoint` is `https://host[:port]` (or `http:` on loopback); its name follows as a path. */
export interface S3Parts {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** What became of an object that was put. `exists`: the key is taken, and stays as it was. */
export type PutAnswer = 'done' | 'exists' | 'too_large';

/** A part of an object: its bytes, or the key of another object whose bytes they are. */
export type Part = Uint8Array<ArrayBuffer> | { readonly copyOf: string };

/** Parts in their order, and whether they are all that was to come. */
export type Parts<P extends Part = Part> = AsyncGenerator<P, 'whole' | 'too_large'>;

/** An object of a listing. */
export interface Listed {
  readonly id: string;
  readonly bytes: number;
  readonly storedAt: number;
}

/** Requests to one bucket. Faults are `Unavailable`; nothing of an address is in them. */
export class S3Bucket {
  readonly #url: string;
  readonly #name: string;
  readonly #client: AwsClient;

  constructor({ endpoint, region, bucket, accessKey, secretKey }: S3Parts) {
    this.#name = encodeURIComponent(bucket);
    this.#url = `${endpoint.replace(/\/+$/, '')}/${this.#name}`;
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

  /** Puts an object of one part, where there is none. */
  async single(key: string, body: Uint8Array<ArrayBuffer>): Promise<'done' | 'exists'> {
    const headers = { 'if-none-match': '*', 'content-md5': md5(body) };
    // 409: somebody else is putting it in this moment.
    const { status } = await drained(this.ask('PUT', key, { body, headers }, [200, 409, 412]));
    return status === 200 ? 'done' : 'exists';
  }

  /** Puts an object of several parts, where there is none. */
  async inParts(key: string, parts: Parts): Promise<PutAnswer> {
    const started = await (await this.ask('POST', `${key}?uploads=`, {}, [200])).text();
    const upload = `uploadId=${encodeURIComponent(field(started, 'UploadId'))}`;
    let answer: PutAnswer = 'too_large';
    try {
      const tags: string[] = [];
      for (;;) {
        const next = await parts.next();
        if (next.done && next.value === 'too_large') return answer;
        if (next.done) break;
        tags.push(await this.#part(`${key}?partNumber=${tags.length + 1}&${upload}`, next.value));
      }
      answer = await this.#complete(`${key}?${upload}`, tags);
      return answer;
    } finally {
      // What cannot be called off now goes with the sweep.
      if (answer !== 'done') await this.#callOff(`${key}?${upload}`).catch(() => {});
    }
  }

  /** Uploads in parts that were begun before this moment, of keys that are taken, are called off; how many. */
  async dropUploads(before: number, isTaken: (key: string) => boolean): Promise<number> {
    let dropped = 0;
    const query = new URLSearchParams({ uploads: '' });
    for (;;) {
      const page = await (await this.ask('GET', `?${query}`, {}, [200])).text();
      for (const [upload] of page.matchAll(/<Upload>.*?<\/Upload>/gs)) {
        const key = field(upload, 'Key');
        if (!isTaken(key) || !(Date.parse(field(upload, 'Initiated')) < before)) continue;
        await this.#callOff(`${key}?uploadId=${encodeURIComponent(field(upload, 'UploadId'))}`);
        dropped += 1;
      }
      const last = `${query}`;
      query.set('key-marker', field(page, 'NextKeyMarker'));
      query.set('upload-id-marker', field(page, 'NextUploadIdMarker'));
      // A list that does not get on has no end.
      if (!page.includes('<IsTruncated>true</IsTruncated>') || `${query}` === last) return dropped;
    }
  }

  /** Objects whose keys begin so, with keys above `after`, in their order; are there more? */
  async list(
    after: string,
    limit: number,
    prefix = '',
  ): Promise<{ readonly objects: readonly Listed[]; readonly hasMore: boolean }> {
    const query = new URLSearchParams({ 'list-type': '2', 'max-keys': String(limit), 'start-after': after, prefix });
    const text = await (await this.ask('GET', `?${query}`, {}, [200])).text();
    return { objects: objectsOf(text), hasMore: text.includes('<IsTruncated>true</IsTruncated>') };
  }

  /** Puts an object of one part instead of whatever was there. */
  async replace(key: string, body: Uint8Array<ArrayBuffer>): Promise<void> {
    await drained(this.ask('PUT', key, { body, headers: { 'content-md5': md5(body) } }, [200]));
  }

  async has(key: string): Promise<boolean> {
    return (await drained(this.ask('HEAD', key, {}, [200, 404]))).status === 200;
  }

  /** Removes an object, if it is there. */
  async remove(key: string): Promise<void> {
    await drained(this.ask('DELETE', key, {}, [200, 204, 404]));
  }

  async #callOff(path: string): Promise<void> {
    await drained(this.ask('DELETE', path, {}, [200, 204, 404]));
  }

  /** The tag of a part that was put. */
  async #part(path: string, part: Part): Promise<string> {
    if (part instanceof Uint8Array) {
      const answer = await drained(this.ask('PUT', path, { body: part, headers: { 'content-md5': md5(part) } }, [200]));
      return answer.headers.get('etag') ?? '';
    }
    const headers = { 'x-amz-copy-source': `/${this.#name}/${part.copyOf}` };
    return field(await (await this.ask('PUT', path, { headers }, [200])).text(), 'ETag');
  }

  async #complete(path: string, tags: readonly string[]): Promise<'done' | 'exists'> {
    const init = { body: completion(tags), headers: { 'if-none-match': '*' } };
    const answer = await this.ask('POST', path, init, [200, 409, 412]);
    // An engine may say 200 before it is done, and then that it failed.
    if ((await answer.text()).includes('<Error>') && answer.status === 200)
      throw new Unavailable('The media store could not put the parts together.');
    return answer.status === 200 ? 'done' : 'exists';
  }
}

/** The answer, when its body is read: until then its connection is taken. */
export async function drained(asked: Response | Promise<Response>): Promise<Response> {
  const answer = await asked;
  await answer.arrayBuffer();
  return answer;
}

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('base64');
}

function completion(tags: readonly string[]): string {
  const parts = tags.map((tag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${escaped(tag)}</ETag></Part>`);
  return `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
}

/** The objects of a listing, whatever they are called. */
function objectsOf(xml: string): readonly Listed[] {
  return [...xml.matchAll(/<Contents>.*?<\/Contents>/gs)].map(([object]) => ({
    id: field(object, 'Key'),
    bytes: Number(field(object, 'Size')),
    storedAt: Date.parse(field(object, 'LastModified')),
  }));
}

/** What stands in an element, or nothing. */
function field(xml: string, name: string): string {
  return unescaped(new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '');
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
