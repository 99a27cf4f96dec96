// What other devices have seen is compared with what is here, as far as it can be. What is wrong is a doubt about the
// conversation, until it is mended; what people were told of stays marked, so that it is told once and hides nothing that is
// new. Fetched apart: a page needs it a moment after it is there. [ENC]
import type { ConversationId } from '@parley/protocol';
import { blockKey, onceBlockedKey } from '@parley/protocol/settings';
import type { Draft } from './draft.ts';
import { hashStretch, maxClaims, maxRefetches, maxWitnessed } from './limits.ts';
import type { LocalStore } from './ports.ts';
import { type ClaimRow, type ConversationRow, type Doubt, keys } from './rows.ts';
import type { Tables } from './tables.ts';
import type { Claim, Known, Verdict } from './witness.ts';

/** Compares what waits, as far as it can be, and says in the conversation's row whether there is a doubt. */
export async function checkClaims(
  draft: Draft,
  id: ConversationId,
  { store, judge }: { readonly store: LocalStore; readonly judge: (claim: Claim, known: Known) => Verdict },
): Promise<void> {
  const { tables } = draft;
  // As it is kept: what came in this very batch is compared after it.
  const kept = tables.conversations.get(id);
  const epoch = tables.fact('server')?.epoch;
  const row = draft.conversation(id);
  if (kept === undefined || row === null || epoch === undefined) return;
  const waiting = await store.list('claims', { prefix: [id], limit: 2 * maxClaims, reverse: true });
  const hashes = new Hashes(store, id);
  const found: { readonly right: ClaimRow[]; readonly wrong: ClaimRow[] } = { right: [], wrong: [] };
  for (const { key, value } of waiting) {
    const claim = value as ClaimRow;
    const verdict = judge(claim, { ...knownOf(kept, tables), epoch, hash: await hashes.upTo(claim.witness[1]) });
    if (verdict === 'right' || verdict === 'never') draft.remove('claims', key);
    if (verdict === 'right' || verdict === 'wrong') found[verdict].push(claim);
  }
  const { doubt, ...rest } = row;
  const [judged, next] = doubted(
    found.wrong.map((claim) => closed(claim, found.right)),
    doubt,
  );
  for (const [at, claim] of judged.entries())
    if (claim !== found.wrong[at]) draft.put('claims', keys.claim(id, claim), claim);
  if (waiting.length >= maxClaims) await forgetOldest(draft, id, store);
  if (next !== null) draft.setConversation(id, { ...rest, doubt: next });
  else if (doubt !== undefined) draft.setConversation(id, rest);
}

/** The seqs that a claim is about. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

function stretchOf({ witness: [, to, , count] }: ClaimRow): Stretch {
  return { from: Math.max(1, to - count + 1), to };
}

/** Once the same device has seen the same again, what it says later is not wrong for the old reason. */
function closed(claim: ClaimRow, right: readonly ClaimRow[]): ClaimRow {
  const { at, by, device, until = Number.POSITIVE_INFINITY } = claim;
  const { to } = stretchOf(claim);
  const isRightAgain = (one: ClaimRow) =>
    one.by === by && one.device === device && one.at > at && stretchOf(one).from <= to;
  const first = Math.min(until, ...right.filter(isRightAgain).map((one) => one.at));
  return first < until ? { ...claim, until: first } : claim;
}

/** It may be wrong for what people were told of: the same person, and some of the same records. */
function isExplained(claim: ClaimRow, told: readonly ClaimRow[]): boolean {
  const { from, to } = stretchOf(claim);
  return told.some((one) => {
    const stretch = stretchOf(one);
    const { until = Number.POSITIVE_INFINITY } = one;
    return one.by === claim.by && stretch.from <= to && from <= stretch.to && claim.at < until;
  });
}

/** What is wrong, the oldest last, with what is told of it now; and what is to be looked at, else what people are told. */
function doubted(wrong: readonly ClaimRow[], doubt: Doubt | undefined): readonly [readonly ClaimRow[], Doubt | null] {
  const told = wrong.filter((claim) => claim.told !== undefined);
  const last = told.reduce<ClaimRow | null>((one, other) => ((one?.told ?? 0) > (other.told ?? 0) ? one : other), null);
  const fresh = wrong.findLast((claim) => claim.told === undefined && !isExplained(claim, told));
  const oldest = wrong.at(-1);
  if (fresh === undefined) {
    if (last === null || oldest === undefined) return [wrong, null];
    return [wrong, { by: last.by, storedAt: last.storedAt, ...stretchOf(oldest), tries: 0, told: true }];
  }
  const { by, storedAt } = fresh;
  const stretch = stretchOf(fresh);
  // What was wrong before may be mended, and something behind it still be wrong.
  const tries = doubt === undefined || doubt.told ? 0 : doubt.tries;
  if (tries < maxRefetches) {
    // What people see stays until this is clear.
    const shown = last ?? (doubt?.told ? doubt : doubt?.before);
    const before = shown && { by: shown.by, storedAt: shown.storedAt };
    return [wrong, { by, storedAt, ...stretch, tries, told: false, ...(before && { before }) }];
  }
  const marked = { ...fresh, told: (last?.told ?? 0) + 1 };
  return [wrong.map((claim) => (claim === fresh ? marked : claim)), { by, storedAt, ...stretch, tries, told: true }];
}

function knownOf(row: ConversationRow, { settings }: Tables): Omit<Known, 'epoch' | 'hash'> {
  const { kind, joined_seq, peer } = row.server;
  const first = kind === 'direct' ? 1 : joined_seq;
  return {
    ranges: row.ranges,
    gone: (seq) => seq <= row.floor || seq < first,
    hides: peer !== undefined && (settings.has(blockKey(peer)) || settings.has(onceBlockedKey(peer))),
  };
}

/** The records that people were told of, those they were told of last first: each of them may be mended. */
export async function toldStretches(store: LocalStore, id: ConversationId): Promise<readonly Stretch[]> {
  const rows = await store.list('claims', { prefix: [id], limit: maxClaims, reverse: true });
  const claims = rows.map(({ value }) => value as ClaimRow).filter(({ told }) => told !== undefined);
  return claims.sort((one, other) => (other.told ?? 0) - (one.told ?? 0)).map(stretchOf);
}

/** Beyond a bound what waits for the oldest records is given up; of what was told only when it is most of them. */
async function forgetOldest(draft: Draft, id: ConversationId, store: LocalStore): Promise<void> {
  const oldest = await store.list('claims', { prefix: [id], limit: maxClaims / 2 });
  const untold = oldest.filter(({ value }) => (value as ClaimRow).told === undefined);
  for (const { key } of 2 * untold.length > oldest.length ? untold : oldest) draft.remove('claims', key);
}

/** Hashes of one conversation from the store, read downwards in stretches. */
class Hashes {
  readonly #store: LocalStore;
  readonly #id: ConversationId;
  #from = Number.POSITIVE_INFINITY;
  #hashes = new Map<number, string>();

  constructor(store: LocalStore, id: ConversationId) {
    this.#store = store;
    this.#id = id;
  }

  /** Those of a window that ends here. */
  async upTo(seq: number): Promise<(seq: number) => string | undefined> {
    if (seq - maxWitnessed + 1 < this.#from && this.#from > 1) await this.#read(seq);
    const hashes = this.#hashes;
    return (at) => hashes.get(at);
  }

  async #read(to: number): Promise<void> {
    this.#from = Math.max(1, to - hashStretch + 1);
    const bounds = { after: [this.#id, this.#from - 1], before: [this.#id, to + 1] };
    const rows = await this.#store.list('hashes', { prefix: [this.#id], ...bounds, limit: hashStretch });
    this.#hashes = new Map(rows.map(({ key, value }) => [key[1] as number, value as string]));
  }
}
