// Answers to keyed calls in Cassandra: a row each, that goes by itself when it is over, and rings that hold as many as
// there may be: who takes a place puts out who had it. A process that dies in between leaves at most an answer too many
// until its time.
import { createHash } from 'node:crypto';
import { inKeyspace } from '../engines/cassandra-schema.ts';
import type { CassandraSession, Value } from '../engines/cassandra-session.ts';
import { answerRings } from '../kernel/engine-limits.ts';
import type { AnswerBounds, AnswerRow, Answers } from './answers.ts';
import { asBefore, type Owners, padded } from './cassandra-owners.ts';

/** A place of a ring. The answer is that one only while its turn is the same. */
interface Place {
  readonly id: string;
  readonly turn: number;
}

/** Rows stay longer than their time, which is the caller's clock. Seconds. */
const spareSeconds = 3_600;
/** Below so many answers in all, one ring has them in their exact order. */
const fewAnswers = 1_024;

export class CassandraAnswers implements Answers {
  readonly #session: CassandraSession;
  readonly #owners: Owners;

  constructor(session: CassandraSession, owners: Owners) {
    this.#session = session;
    this.#owners = owners;
  }

  async get(id: string, time: number): Promise<AnswerRow | undefined> {
    const query = 'SELECT caller, sealed, until FROM $.answers WHERE id = ?';
    const [row] = await this.#session.read(this.#say(query), [id]);
    if (row === undefined || Number(row.until) <= time) return undefined;
    return { id, caller: String(row.caller), sealed: String(row.sealed), until: Number(row.until) };
  }

  async keep({ id, caller, sealed, until }: AnswerRow, time: number, { ofCaller, ofAll }: AnswerBounds): Promise<void> {
    const rings = ofAll < fewAnswers ? 1 : answerRings;
    const owner = ringOf(caller, rings);
    const { turn, out } = await this.#owners.change(owner, async (root) => {
      const turn = ((root?.value as { turn: number } | undefined)?.turn ?? 0) + 1;
      const counted = await this.#owners.slices.one(owner, 'caller', caller);
      const own = Number(counted ?? 0) + 1;
      const places = [
        ['all', padded(turn % Math.floor(ofAll / rings))],
        ['of', `${caller} ${padded(own % ofCaller)}`],
      ] as const;
      const out = [...(await this.#owners.slices.named(owner, places)).values()] as Place[];
      const value: Place = { id, turn };
      const put = [{ kind: 'caller', key: caller, value: own }, ...places.map(([kind, key]) => ({ kind, key, value }))];
      return { answer: { turn, out }, write: { root: { turn }, put } };
    });
    for (const place of out) await this.#remove(place);
    const seconds = Math.max(0, Math.ceil((until - time) / 1_000)) + spareSeconds;
    const query = `INSERT INTO $.answers (id, caller, sealed, until, turn) VALUES (?, ?, ?, ?, ?)
      USING TIMESTAMP ? AND TTL ?`;
    await this.#write(query, [id, caller, sealed, until, turn, turn, seconds]);
  }

  /** Nothing of an account that is erased. */
  async drop(caller: string): Promise<void> {
    // Where it stood in either count of rings.
    for (const owner of new Set([ringOf(caller, 1), ringOf(caller, answerRings)])) {
      const above = `${caller} `;
      const places = await this.#owners.slices.stretch(owner, 'of', { above, below: `${caller}!`, limit: 4_000 });
      for (const { value } of places) await this.#remove(value as Place);
      if (places.length === 0) continue;
      await this.#owners.change(owner, async (root) => {
        const remove = [['caller', caller] as const, ...places.map(({ key }) => ['of', key] as const)];
        return { answer: null, write: { root: asBefore(root), remove } };
      });
    }
  }

  /** The answer that had this place, unless it was kept again since. */
  async #remove({ id, turn }: Place): Promise<void> {
    await this.#write('DELETE FROM $.answers USING TIMESTAMP ? WHERE id = ?', [turn, id]);
  }

  #write(query: string, params: readonly Value[]): Promise<void> {
    return this.#session.write(this.#say(query), params);
  }

  #say(query: string): string {
    return inKeyspace(this.#session, query);
  }
}

function ringOf(caller: string, rings: number): string {
  return `answers ${rings} ${createHash('sha256').update(caller).digest().readUInt16BE(0) % rings}`;
}
