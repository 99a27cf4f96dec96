// What this device has seen of each conversation, for what it seals: the hash over the newest records that it has. Kept
// in memory for the conversations that are written in, so that sealing waits for no store. [ENC]
import type { ConversationId } from '@parley/protocol';
import { maxWitnessed, maxWitnessRings } from './limits.ts';
import type { LocalWrite, Witness } from './ports.ts';
import { reached } from './ranges.ts';
import type { Batch, Replica } from './replica.ts';
import { windowHash } from './witness.ts';

interface Ring {
  /** Hashes of the newest records, by seq; nothing else is in the store from `from` on. */
  readonly hashes: Map<number, string>;
  from: number;
  /** What was computed last, for what is written in a row. */
  made: Witness | null;
}

/** Only the leader has one. */
export class Witnesses {
  readonly #replica: Replica;
  /** Those that were used last, the oldest first. */
  readonly #rings = new Map<ConversationId, Ring>();
  readonly #stop: () => void;

  constructor(replica: Replica) {
    this.#replica = replica;
    this.#stop = replica.onBatch((batch) => this.#onBatch(batch));
  }

  /** Null while this device has nothing of the conversation, or does not know the server's epoch. */
  async of(id: ConversationId): Promise<Witness | null> {
    const ring = this.#rings.get(id) ?? (await this.#read(id));
    const epoch = this.#replica.tables.fact('server')?.epoch;
    if (epoch === undefined) return null;
    this.#remember(id, ring);
    let to = this.#tail(id);
    // What cannot be hashed at the very end is left out.
    while (to >= ring.from && !ring.hashes.has(to)) to--;
    const hashes: string[] = [];
    for (let seq = to; hashes.length < maxWitnessed; seq--) {
      const hash = ring.hashes.get(seq);
      if (hash === undefined) break;
      hashes.unshift(hash);
    }
    if (hashes.length === 0) return null;
    const { made } = ring;
    const isSame = made !== null && made[0] === epoch && made[1] === to && made[3] === hashes.length;
    const witness: Witness = isSame ? made : [epoch, to, windowHash(hashes), hashes.length];
    ring.made = witness;
    return witness;
  }

  close(): void {
    this.#stop();
  }

  #tail(id: ConversationId): number {
    return reached(this.#replica.tables.conversations.get(id)?.ranges ?? []);
  }

  async #read(id: ConversationId): Promise<Ring> {
    const from = Math.max(1, this.#tail(id) - maxWitnessed + 1);
    const ring: Ring = { hashes: new Map(), from, made: null };
    // What is written while it is read is taken in, too.
    this.#remember(id, ring);
    const bounds = { prefix: [id], after: [id, from - 1], limit: 2 * maxWitnessed };
    for (const { key, value } of await this.#replica.store.list('hashes', bounds)) {
      const seq = key[1] as number;
      if (!ring.hashes.has(seq)) ring.hashes.set(seq, value as string);
    }
    return ring;
  }

  #remember(id: ConversationId, ring: Ring): void {
    this.#rings.delete(id);
    this.#rings.set(id, ring);
    const [oldest] = this.#rings.size > maxWitnessRings ? this.#rings.keys() : [];
    if (oldest !== undefined) this.#rings.delete(oldest);
  }

  #onBatch({ writes }: Batch): void {
    for (const write of writes) if (write.table === 'hashes') this.#take(write);
  }

  #take(write: LocalWrite): void {
    const [id, seq] = write.key as readonly [ConversationId, number];
    const ring = this.#rings.get(id);
    if (ring === undefined || seq < ring.from) return;
    // A history that was cut or cleared is read again.
    if ('remove' in write) this.#rings.delete(id);
    else {
      ring.hashes.set(seq, write.value as string);
      ring.made = null;
      if (ring.hashes.size > 4 * maxWitnessed) trim(ring);
    }
  }
}

/** Only the newest are needed. */
function trim(ring: Ring): void {
  ring.from = Math.max(...ring.hashes.keys()) - maxWitnessed + 1;
  for (const seq of ring.hashes.keys()) if (seq < ring.from) ring.hashes.delete(seq);
}
