// Whom an account has confirmed, and whose change it accepted, as its devices keep it for each other in sealed settings.
// The settings key alone proves nothing: a device that was shut out knows it. So each setting is signed by the identity.
// Pure functions. [ENC]
import type { AccountId } from '@parley/protocol';
import { canonicalJson } from '@parley/protocol/canonical-json';
import { maxReviews, reviewsBytes, reviewsPerSetting } from '../limits.ts';
import { decodeExactly } from './base64.ts';
import { fieldsOf, isCount } from './json-fields.ts';
import type { Review } from './key-machine.ts';
import type { Sign, Verify } from './vault-items.ts';

/** A review in its order: `n` is above that of every one that was known when it was made. */
export interface Reviewed extends Review {
  readonly n: number;
}

/** By account. Each keeps its place, so that a change is one of one setting. */
export type Reviews = ReadonlyMap<AccountId, Reviewed>;

/** Where a list of reviews is from. */
export interface ReviewPlace {
  readonly account: AccountId;
  readonly setting: string;
}

type Item = readonly [account: string, key: string, what: Review['what'], n: number];

/** Which of two counts, whoever is asked: a comparison of codes beats an acceptance of the same key, else the later one. */
export function later(one: Reviewed, other: Reviewed): Reviewed {
  if (one.key === other.key && one.what !== other.what) return one.what === 'confirmed' ? one : other;
  if (one.n !== other.n) return one.n > other.n ? one : other;
  if (one.what !== other.what) return one.what === 'confirmed' ? one : other;
  return one.key >= other.key ? one : other;
}

/** Both together, of too many the latest. */
export function union(known: Reviews, others: Iterable<Reviewed>): Reviews {
  const all = new Map(known);
  for (const one of others) {
    const before = all.get(one.account);
    all.set(one.account, before === undefined ? one : later(before, one));
  }
  if (all.size <= maxReviews) return all;
  const oldest = [...all.values()].sort((one, other) => one.n - other.n).slice(0, all.size - maxReviews);
  for (const { account } of oldest) all.delete(account);
  return all;
}

/** Is something known here that does not stand there? */
export function lacks(standing: Reviews, known: Reviews): boolean {
  return [...known.values()].some((one) => {
    const there = standing.get(one.account);
    return there === undefined || there.key !== one.key || there.what !== one.what || there.n < one.n;
  });
}

/** So many at once as stand in one setting. */
export function parts(reviews: Reviews): readonly (readonly Reviewed[])[] {
  const all = [...reviews.values()];
  const count = Math.ceil(all.length / reviewsPerSetting);
  return Array.from({ length: count }, (_, at) => all.slice(at * reviewsPerSetting, (at + 1) * reviewsPerSetting));
}

/** Of one size, however many there are. */
export async function printReviews(place: ReviewPlace, reviews: readonly Reviewed[], sign: Sign): Promise<string> {
  const items = reviews.map(({ account, key, what, n }): Item => [account, key, what, n]);
  return JSON.stringify({ reviews: items, signature: await sign(signedText(place, items)) }).padEnd(reviewsBytes);
}

/** Those of the list; none if this identity has not signed it for this place. */
export async function readReviews(place: ReviewPlace, text: string, verify: Verify): Promise<readonly Reviewed[]> {
  const { reviews, signature } = fieldsOf(text);
  if (!Array.isArray(reviews) || reviews.length > reviewsPerSetting || typeof signature !== 'string') return [];
  const items = reviews as readonly unknown[];
  if (!items.every(isItem) || !(await verify(signedText(place, items), signature))) return [];
  return items.map(([account, key, what, n]) => ({ account: account as AccountId, key, what, n }));
}

function signedText({ account, setting }: ReviewPlace, reviews: readonly Item[]): string {
  return `parley.reviews.v1\0${canonicalJson({ account, setting, reviews: reviews.map((item) => [...item]) })}`;
}

function isItem(value: unknown): value is Item {
  if (!Array.isArray(value) || value.length !== 4) return false;
  const [account, key, what, n] = value as readonly unknown[];
  if (typeof account !== 'string' || !/^a_[\w-]{22}$/.test(account)) return false;
  return decodeExactly(32, key) !== null && (what === 'confirmed' || what === 'accepted') && isCount(n);
}
