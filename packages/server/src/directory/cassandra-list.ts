// A list whose entries have numbers that rise: sessions that ended, changes of keys. Promise: whoever has read up to a
// number never misses an entry below it, and an entry that is appended again stays the one it was. Buckets of a fixed
// count of numbers, one open at a time.

import { listBucket, listEntryReads, oldEntriesAtOnce } from '../kernel/engine-limits.ts';
import type { Owners, Root, Write } from './cassandra-owners.ts';
import { padded } from './cassandra-owners.ts';
import type { Slice } from './cassandra-slices.ts';

/** What stands in the root of a bucket. `trim`: entries up to it are forgotten. `next`: the bucket that follows, once it is full. */
interface Bucket {
  readonly head: number;
  readonly trim: number;
  readonly next: number | null;
}

/** An entry with its number. */
export interface Numbered {
  readonly n: number;
  readonly value: unknown;
}

/** What is appended at once. `effect` names it: appended again it is the same. */
export interface Appended {
  readonly effect: string;
  /** The open bucket, or an earlier one, when it was decided to append this. */
  readonly from: number;
  readonly values: readonly unknown[];
  /** The entry that this takes the place of. */
  readonly instead?: number;
  /** Forgets the oldest entries that are like this. */
  readonly isOld?: (value: unknown) => boolean;
}

/** How long it is known that something was appended, and an entry of a list that forgets. Seconds. */
const effectSeconds = 2 * 24 * 3_600;

export class List {
  readonly #owners: Owners;
  readonly #name: string;
  readonly #seconds: number;
  /** A bucket that there is; the open one is this or a later one. */
  #known = 0;

  /** `seconds`: how long an entry stays, 0 for good. */
  constructor(owners: Owners, name: string, seconds: number) {
    this.#owners = owners;
    this.#name = name;
    this.#seconds = seconds;
  }

  /** The open bucket or an earlier one. */
  async bucket(): Promise<number> {
    if (this.#known > 0) return this.#known;
    const root = await this.#owners.slices.root(this.#register);
    this.#known = Math.max(this.#known, (root?.value as { bucket: number } | undefined)?.bucket ?? 0);
    return this.#known;
  }

  /** Resolves to the number of the last one. */
  async append(appended: Appended): Promise<number> {
    for (let bucket = appended.from; ; ) {
      const { n, next } = await this.#appendTo(bucket, appended);
      if (n !== null) return n;
      if (next > this.#known) await this.#makeKnown(next);
      bucket = next;
    }
  }

  /** Removes an entry, if it is there. */
  async remove(n: number): Promise<void> {
    const bucket = bucketOf(n);
    const owner = this.#owner(bucket);
    const ref = ['n', padded(n)] as const;
    if ((await this.#owners.slices.one(owner, ...ref)) === undefined) return;
    await this.#owners.change(owner, async (root) => {
      const there = await this.#owners.slices.one(owner, ...ref);
      return there === undefined
        ? { answer: null }
        : { answer: null, write: { root: state(root, bucket), remove: [ref] } };
    });
  }

  /** From now on numbers are above `n`, which ends a bucket. */
  async jump(n: number): Promise<void> {
    const next = n / listBucket;
    for (let bucket = await this.bucket(); bucket < next; ) {
      const following = await this.#owners.change(this.#owner(bucket), async (root) => {
        const now = state(root, bucket);
        if (now.next !== null) return { answer: now.next };
        return { answer: next, write: { root: { ...now, next } } };
      });
      await this.#makeKnown(following);
      bucket = following;
    }
  }

  /** Entries above `after` in rising order; null: none. `head` is no number that a later entry is below. */
  async page(
    after: number | null,
    limit: number,
  ): Promise<{ readonly rows: readonly Numbered[]; readonly head: number }> {
    if (after !== null && (await this.#last(false)).head === after) return { rows: [], head: after };
    const { bucket, head, trim } = await this.#last(after !== null);
    if (after === null) return { rows: [], head };
    return { rows: await this.#rows(Math.max(after, trim), { bucket, head }, limit), head };
  }

  /** All that a reader can see when the open bucket says `head`: it stands on a quorum by then. */
  async #rows(after: number, end: { readonly bucket: number; readonly head: number }, limit: number) {
    const rows: Numbered[] = [];
    for (let bucket = await this.#bucketWith(after); bucket <= end.bucket && rows.length < limit; ) {
      const owner = this.#owner(bucket);
      for (let above = after; rows.length < limit; ) {
        const most = Math.min(limit - rows.length, listEntryReads);
        const read = await this.#owners.slices.stretch(owner, 'n', { above: padded(above), limit: most });
        rows.push(...read.map(numbered).filter((row) => row.n <= end.head));
        if (read.length < most) break;
        above = Number(read.at(-1)?.key);
      }
      if (bucket === end.bucket) break;
      bucket = state(await this.#owners.slices.root(owner), bucket).next ?? end.bucket;
    }
    return rows;
  }

  async #appendTo(bucket: number, appended: Appended): Promise<{ n: number | null; next: number }> {
    const { effect, values, instead, isOld } = appended;
    const owner = this.#owner(bucket);
    return this.#owners.change<{ n: number | null; next: number }>(owner, async (root) => {
      const now = state(root, bucket);
      const known = await this.#owners.slices.one(owner, 'effect', effect);
      if (known !== undefined) return { answer: { n: Number(known), next: bucket } };
      if (now.next !== null) return { answer: { n: null, next: now.next } };
      const head = now.head + values.length;
      const next = bucket + 1;
      if (head > next * listBucket) return { answer: { n: null, next }, write: { root: { ...now, next } } };
      const trim = isOld === undefined ? now.trim : await this.#trimmed(now, bucket, isOld);
      const seconds = this.#seconds;
      const write: Write = {
        root: { head, trim, next: null } satisfies Bucket,
        put: [
          { kind: 'effect', key: effect, value: head, seconds: effectSeconds },
          ...values.map((value, i) => ({ kind: 'n', key: padded(now.head + 1 + i), value, seconds })),
        ],
        remove: instead !== undefined && bucketOf(instead) === bucket ? [['n', padded(instead)]] : [],
      };
      return { answer: { n: head, next: bucket }, write };
    });
  }

  /** The last of the oldest entries that are old. */
  async #trimmed({ head, trim }: Bucket, bucket: number, isOld: (value: unknown) => boolean): Promise<number> {
    const oldest = await this.#rows(trim, { bucket, head }, oldEntriesAtOnce);
    const kept = oldest.findIndex(({ value }) => !isOld(value));
    const old = kept < 0 ? oldest : oldest.slice(0, kept);
    return old.at(-1)?.n ?? trim;
  }

  /** The open bucket. Not `serial`: it may have moved on. */
  async #last(serial: boolean): Promise<Bucket & { readonly bucket: number }> {
    for (let bucket = await this.bucket(); ; ) {
      const owner = this.#owner(bucket);
      const now = state(serial ? await this.#owners.root(owner) : await this.#owners.slices.root(owner), bucket);
      this.#known = Math.max(this.#known, bucket);
      if (now.next === null) return { ...now, bucket };
      bucket = now.next;
    }
  }

  /** The bucket of the first entry above `n`, or one before it. */
  async #bucketWith(n: number): Promise<number> {
    const below = padded(bucketOf(n + 1) + 1);
    const [row] = await this.#owners.slices.stretch(this.#register, 'bucket', { below, limit: 1, order: 'newest' });
    return row === undefined ? 0 : Number(row.key);
  }

  /** Makes a bucket known; whoever died before that left a chain that leads there all the same. */
  async #makeKnown(bucket: number): Promise<void> {
    await this.#owners.change(this.#register, async (root) => {
      const now = (root?.value as { bucket: number } | undefined)?.bucket ?? 0;
      const key = padded(bucket);
      if ((await this.#owners.slices.one(this.#register, 'bucket', key)) !== undefined) return { answer: null };
      const write = { root: { bucket: Math.max(now, bucket) }, put: [{ kind: 'bucket', key, value: null }] };
      return { answer: null, write };
    });
    this.#known = Math.max(this.#known, bucket);
  }

  get #register(): string {
    return `list ${this.#name}`;
  }

  #owner(bucket: number): string {
    return `list ${this.#name} ${bucket}`;
  }
}

function state(root: Root | null, bucket: number): Bucket {
  return (root?.value as Bucket | undefined) ?? { head: bucket * listBucket, trim: 0, next: null };
}

function bucketOf(n: number): number {
  return Math.floor((n - 1) / listBucket);
}

function numbered({ key, value }: Slice): Numbered {
  return { n: Number(key), value };
}
