// What other devices have seen: the hash of every record is kept with it, and what its author says to have seen waits
// until it can be compared. What is wrong is a doubt about the conversation, until it is mended. [ENC]
import type { ConversationId, Envelope } from '@parley/protocol';
import { blockKey, onceBlockedKey } from '@parley/protocol/settings';
import type { Draft } from './draft.ts';
import * as limits from './limits.ts';
import type { LocalStore, Witness } from './ports.ts';
import { type ClaimRow, type ConversationRow, keys, type MessageRow } from './rows.ts';
import type { Tables } from './tables.ts';
import { judge, type Known, recordHash } from './witness.ts';

/** Keeps the hash of a record with it. Of what is gone the server only says it: what this device knows itself counts more. */
export async function takeHash(draft: Draft, envelope: Envelope): Promise<void> {
  const { conversation_id: id, seq } = envelope;
  if (!isWitnessed(draft.conversation(id))) return;
  if (envelope.deleted_by !== undefined && (await draft.hashOf(id, seq)) !== null) return;
  const hash = recordHash(envelope);
  if (hash !== null) draft.setHash(id, seq, hash);
}

/** Keeps what the author of a message says to have seen, unless it was this very device. */
export function takeClaim(draft: Draft, message: MessageRow, witness: Witness | null | undefined): void {
  const { conversation: id, seq: at, sender: by, device } = message;
  if (!witness || !isWitnessed(draft.conversation(id))) return;
  const me = draft.tables.fact('me');
  if (me?.account === by && me.device === device) return;
  const claim: ClaimRow = { at, by, witness };
  draft.put('claims', keys.claim(id, claim), claim);
}

function isWitnessed(row: ConversationRow | null): boolean {
  return row?.server.kind === 'direct' || row?.server.kind === 'group';
}

/** Compares what waits, as far as it can be, and says in the conversation's row whether there is a doubt. */
export async function checkClaims(draft: Draft, id: ConversationId, store: LocalStore): Promise<void> {
  const { tables } = draft;
  // As it is kept: what came in this very batch is compared after it.
  const kept = tables.conversations.get(id);
  const epoch = tables.fact('server')?.epoch;
  const row = draft.conversation(id);
  if (kept === undefined || row === null || epoch === undefined) return;
  const waiting = await store.list('claims', { prefix: [id], limit: limits.maxClaims, reverse: true });
  const hashes = new Hashes(store, id);
  let wrong: ClaimRow | null = null;
  for (const { key, value } of waiting) {
    const claim = value as ClaimRow;
    const verdict = judge(claim, { ...knownOf(kept, tables), epoch, hash: await hashes.upTo(claim.witness[1]) });
    if (verdict === 'right' || verdict === 'never') draft.remove('claims', key);
    if (verdict === 'wrong') wrong = claim;
  }
  if (waiting.length === limits.maxClaims) await forgetOldest(draft, id, store);
  draft.setConversation(id, doubted(row, wrong));
}

/** The row with the first thing that is wrong: told when it was looked at often enough, gone when nothing is. */
function doubted(row: ConversationRow, wrong: ClaimRow | null): ConversationRow {
  const { doubt, ...rest } = row;
  if (wrong === null) return doubt === undefined ? row : rest;
  const [, to, , count] = wrong.witness;
  const at = { from: Math.max(1, to - count + 1), to };
  // What was wrong before may be mended, and something behind it still be wrong.
  if (doubt !== undefined)
    return { ...row, doubt: { ...doubt, ...at, told: doubt.told || doubt.tries >= limits.maxRefetches } };
  return { ...row, doubt: { by: wrong.by, ...at, tries: 0, told: false } };
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

/** Beyond a bound what waits for the oldest records is given up. */
async function forgetOldest(draft: Draft, id: ConversationId, store: LocalStore): Promise<void> {
  const oldest = await store.list('claims', { prefix: [id], limit: limits.maxClaims / 2 });
  for (const { key } of oldest) draft.remove('claims', key);
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
    if (seq - limits.maxWitnessed + 1 < this.#from && this.#from > 1) await this.#read(seq);
    const hashes = this.#hashes;
    return (at) => hashes.get(at);
  }

  async #read(to: number): Promise<void> {
    this.#from = Math.max(1, to - limits.hashStretch + 1);
    const bounds = { after: [this.#id, this.#from - 1], before: [this.#id, to + 1] };
    const rows = await this.#store.list('hashes', { prefix: [this.#id], ...bounds, limit: limits.hashStretch });
    this.#hashes = new Map(rows.map(({ key, value }) => [key[1] as number, value as string]));
  }
}
