// Whether everybody sees the same: what other devices have seen is compared with what is here, what is wrong is fetched
// again, and what stays wrong is told. It promises never to doubt an honest history; it never hides what it doubts. [ENC]
import type { ConversationId, Messages } from '@parley/protocol';
import { inBackground } from './background.ts';
import type { Stretch } from './doubts.ts';
import type { Draft } from './draft.ts';
import { ChatError, isFinal } from './error.ts';
import type { Inbox } from './inbox.ts';
import * as limits from './limits.ts';
import type { Link } from './link.ts';
import type { Clock, CryptoProvider, Host, LocalKey, Readers } from './ports.ts';
import { cutAbove as rangesUpTo, reached } from './ranges.ts';
import { takeRecord } from './record.ts';
import type { Batch, Replica } from './replica.ts';
import type { ClaimRow, Doubt } from './rows.ts';
import type { Standing } from './standing.ts';
import type { Sync } from './sync.ts';
import { judge, recordHash } from './witness.ts';
import { Witnesses } from './witnesses.ts';

interface ConsistencyParts {
  readonly replica: Replica;
  readonly inbox: Inbox;
  readonly link: Pick<Link, 'ask'>;
  readonly sync: Pick<Sync, 'fill' | 'takesPushes'>;
  readonly standing: Pick<Standing, 'state'>;
}

/** Only the leader has one. */
export class Consistency {
  readonly #parts: ConsistencyParts;
  readonly #crypto: CryptoProvider;
  readonly #clock: Clock;
  readonly #witnesses: Witnesses;
  /** Conversations of which something waits to be compared. */
  readonly #waiting = new Set<ConversationId>();
  /** To be compared at the next turn. */
  readonly #dirty = new Set<ConversationId>();
  /** A fetch is on its way, or its time is waited for. */
  readonly #fetching = new Set<ConversationId>();
  /** What was told is looked at once more with every connection. */
  readonly #looked = new Set<ConversationId>();
  readonly #stop: () => void;
  #stopTimer: (() => void) | null = null;
  #closed = false;

  constructor({ crypto, clock }: Pick<Host, 'crypto' | 'clock'>, parts: ConsistencyParts) {
    this.#parts = parts;
    this.#crypto = crypto;
    this.#clock = clock;
    this.#witnesses = new Witnesses(parts.replica);
    this.#stop = parts.replica.onBatch((batch) => this.#onBatch(batch));
  }

  /** Who is to read a message, with what this device has seen when it is sealed for them. */
  async witnessed(id: ConversationId, readers: Promise<Readers>): Promise<Readers> {
    return { ...(await readers), witness: await this.#witnesses.of(id) };
  }

  /** What was not compared before the program ended. */
  start(): void {
    inBackground(this.#readWaiting(null).catch(() => {}));
  }

  /** A new connection. */
  up(): void {
    this.#looked.clear();
  }

  /** Everything that was missed is here: what is missing now is missing. */
  caughtUp(): void {
    for (const [id, { doubt }] of this.#parts.replica.tables.conversations)
      if (doubt !== undefined) this.#fetchSoon(id, doubt);
  }

  close(): void {
    this.#closed = true;
    this.#stop();
    this.#stopTimer?.();
    this.#witnesses.close();
  }

  async #readWaiting(after: LocalKey | null): Promise<void> {
    const rows = await this.#parts.replica.store.list('claims', {
      prefix: [],
      limit: limits.loadRows,
      ...(after && { after }),
    });
    for (const { key } of rows) this.#see(key[0] as ConversationId);
    const last = rows.at(-1);
    if (last !== undefined && rows.length === limits.loadRows) await this.#readWaiting(last.key);
  }

  #onBatch({ writes }: Batch): void {
    for (const write of writes) {
      const id = write.key[0] as ConversationId;
      if (write.table === 'claims' && !('remove' in write)) this.#see(id);
      // It has got further: what waited may be comparable now.
      else if (write.table === 'hashes' && this.#waiting.has(id)) this.#see(id);
    }
  }

  #see(id: ConversationId): void {
    this.#waiting.add(id);
    this.#dirty.add(id);
    if (this.#closed) return;
    this.#stopTimer ??= this.#clock.after(limits.claimDelayMs, () => {
      this.#stopTimer = null;
      const ids = [...this.#dirty];
      this.#dirty.clear();
      for (const each of ids) inBackground(this.#check(each));
    });
  }

  /** Never rejects: what could not be kept is compared at the next turn. */
  async #check(id: ConversationId): Promise<void> {
    const { inbox, replica } = this.#parts;
    try {
      const { checkClaims } = await import('./doubts.ts');
      await inbox.take({ type: 'task', run: (draft) => checkClaims(draft, id, { store: replica.store, judge }) });
    } catch {
      return;
    }
    const doubt = replica.tables.conversations.get(id)?.doubt;
    if (doubt !== undefined) this.#fetchSoon(id, doubt);
    else if ((await this.#claims(id, 1).catch(() => [1])).length === 0) this.#waiting.delete(id);
  }

  /** Everything that was missed is here. */
  get #isCaughtUp(): boolean {
    const { standing, sync } = this.#parts;
    return standing.state.phase === 'online' && sync.takesPushes;
  }

  #claims(id: ConversationId, limit: number) {
    return this.#parts.replica.store.list('claims', { prefix: [id], limit });
  }

  #fetchSoon(id: ConversationId, { told, tries }: Doubt): void {
    if (this.#closed || this.#fetching.has(id) || !this.#isCaughtUp) return;
    if (told && this.#looked.has(id)) return;
    this.#fetching.add(id);
    const wait = limits.refetchAfterMs[told ? 0 : tries] ?? limits.refetchAfterMs.at(-1) ?? 0;
    this.#clock.after(wait, () => inBackground(this.#fetch(id)));
  }

  /** Never rejects. Without a connection it is done when there is one. */
  async #fetch(id: ConversationId): Promise<void> {
    const doubt = this.#parts.replica.tables.conversations.get(id)?.doubt;
    const isNow = !this.#closed && doubt !== undefined && this.#isCaughtUp;
    try {
      if (isNow) await this.#look(id, doubt);
    } catch {
      // It was not answered, or could not be kept: it is asked again after the same pause.
      this.#fetching.delete(id);
      this.#fetchSoon(id, doubt as Doubt);
      return;
    }
    this.#fetching.delete(id);
    if (isNow) await this.#check(id);
  }

  /** What is in doubt; and, the first time after a connection, what people were told of: it may be mended now. */
  async #look(id: ConversationId, doubt: Doubt): Promise<void> {
    const isAgain = this.#looked.has(id);
    let isMended = doubt.told ? false : (await this.#lookFrom(id, doubt.from, true)).isMended;
    let to = 0;
    for (const one of isAgain ? [] : await this.#told(id, doubt)) {
      // What the page before covered is done with.
      if (one.to <= to) continue;
      const seen = await this.#lookFrom(id, one.from, false);
      isMended ||= seen.isMended;
      to = seen.to;
    }
    // Once with each connection, unless that has helped.
    if (isMended) this.#looked.delete(id);
    else this.#looked.add(id);
  }

  /** The oldest first. */
  async #told(id: ConversationId, doubt: Doubt): Promise<readonly Stretch[]> {
    const { toldStretches } = await import('./doubts.ts');
    const told = (await toldStretches(this.#parts.replica.store, id)).slice(0, limits.maxToldLooks);
    return (doubt.told ? [doubt, ...told] : told).toSorted((one, other) => one.from - other.from);
  }

  /** Page after page, for as long as something else stood in one. They overlap, as what was moved may have crossed an edge. */
  async #lookFrom(
    id: ConversationId,
    start: number,
    counts: boolean,
  ): Promise<{ readonly isMended: boolean; readonly to: number }> {
    const { inbox } = this.#parts;
    const seen = { isMended: false, to: 0 };
    let from = start;
    for (let isFirst = true; from > 0 && !this.#closed; isFirst = false) {
      const frame = await this.#ask(id, from - 1);
      let isMended = false;
      const run = async (draft: Draft) => {
        isMended = await this.#mend(draft, id, { frame, counts: counts && isFirst });
      };
      await inbox.take({ type: 'task', run });
      seen.isMended ||= isMended;
      seen.to = frame?.to_seq ?? 0;
      if (frame !== null && !frame.has_more) this.#parts.sync.fill(id);
      const next = (frame?.to_seq ?? 0) - limits.maxWitnessed + 1;
      from = isMended && frame?.has_more && next > from ? next : 0;
    }
    return seen;
  }

  /** The records from there on, once more; null when the server gives none of them. */
  async #ask(id: ConversationId, after: number): Promise<Messages | null> {
    try {
      const answer = await this.#parts.link.ask({
        type: 'sync',
        conversation_id: id,
        after,
        limit: limits.refetchRows,
      });
      return answer.type === 'messages' ? answer : null;
    } catch (error) {
      if (error instanceof ChatError && isFinal(error)) return null;
      throw error;
    }
  }

  /** Whatever is not here, or is something else, is replaced by what came now. Resolves to whether anything was. */
  async #mend(
    draft: Draft,
    id: ConversationId,
    { frame, counts }: { readonly frame: Messages | null; readonly counts: boolean },
  ): Promise<boolean> {
    const row = draft.conversation(id);
    const me = draft.tables.fact('me')?.account;
    if (row?.doubt === undefined || me === undefined) return false;
    if (counts) draft.setConversation(id, { ...row, doubt: { ...row.doubt, tries: row.doubt.tries + 1 } });
    const seqs = new Set<number>();
    for (const envelope of frame?.items ?? [])
      if ((await draft.hashOf(id, envelope.seq)) !== recordHash(envelope)) seqs.add(envelope.seq);
    for (const { seq } of frame?.items ?? []) if (await isDisplaced(draft, id, { seq, by: seqs })) seqs.add(seq);
    for (const seq of seqs) await forgetRecord(draft, id, seq);
    for (const seq of frame === null ? [] : await cutAbove(draft, id, frame)) seqs.add(seq);
    // What was said in their places was not said there.
    for (const { key, value } of await this.#claims(id, limits.maxClaims))
      if (seqs.has((value as ClaimRow).at)) draft.remove('claims', key);
    for (const envelope of frame?.items ?? [])
      if (seqs.has(envelope.seq)) await takeRecord(draft, envelope, { newer: false, arrives: false }, this.#crypto, me);
    return seqs.size > 0;
  }
}

/** What stands above the head is not there, or has come since then and is fetched again. Resolves to where that was. */
async function cutAbove(draft: Draft, id: ConversationId, { head, has_more }: Messages): Promise<readonly number[]> {
  const row = draft.conversation(id);
  const above = row === null ? 0 : reached(row.ranges) - head;
  if (row === null || has_more || above <= 0 || above > limits.refetchRows) return [];
  const seqs = Array.from({ length: above }, (_, at) => head + 1 + at);
  for (const seq of seqs) await forgetRecord(draft, id, seq);
  draft.setConversation(id, { ...row, ranges: rangesUpTo(row.ranges, head) });
  return seqs;
}

/** It was no message because it had been shown elsewhere before, in the place of one of these. */
async function isDisplaced(
  draft: Draft,
  id: ConversationId,
  { seq, by }: { readonly seq: number; readonly by: ReadonlySet<number> },
): Promise<boolean> {
  const row = await draft.message(id, seq);
  if (row?.sealed?.reason !== 'altered') return false;
  const place = await draft.placeOf(id, row.id);
  return place !== null && by.has(place) && place !== seq;
}

async function forgetRecord(draft: Draft, id: ConversationId, seq: number): Promise<void> {
  draft.setHash(id, seq, null);
  const before = await draft.message(id, seq);
  if (before === null) return;
  draft.removeMessage(before);
  if ((await draft.placeOf(id, before.id)) === seq) draft.forgetPlace(id, before.id);
}
