// What processes are in the middle of. Before a change with consequences is written, its owner is noted here, so that
// another process finds what one that died has left. A note promises nothing: whoever finds it looks at the owner.
import { randomUUID } from 'node:crypto';
import { inKeyspace } from '../engines/cassandra-schema.ts';
import type { CassandraSession } from '../engines/cassandra-session.ts';
import { maxWorkSightings } from '../kernel/engine-limits.ts';

/** A note of this or another process. */
export interface Note {
  readonly process: string;
  readonly lane: number;
  readonly owner: string;
  readonly stamp: number;
}

/** Notes of this process, and those of others that were left. */
export class Work {
  readonly #session: CassandraSession;
  readonly #process = randomUUID();
  readonly #busy = new Set<number>();
  readonly #sightings = new Map<string, number>();
  #stamp = 0;

  constructor(session: CassandraSession) {
    this.#session = session;
  }

  /** A lane for one change, until `done`. A change that is not done is left to whoever comes. */
  lane(owner: string): {
    readonly note: () => Promise<void>;
    readonly left: () => void;
    readonly done: () => Promise<void>;
  } {
    let lane = 0;
    while (this.#busy.has(lane)) lane += 1;
    this.#busy.add(lane);
    let last: Note | null = null;
    return {
      note: async () => {
        last = { process: this.#process, lane, owner, stamp: ++this.#stamp };
        await this.#write(last);
      },
      left: () => {
        // What was noted stays where it is: this lane is not used again.
        if (last === null) this.#busy.delete(lane);
        else this.#left.add(lane);
      },
      done: async () => {
        if (last !== null) await this.strike(last);
        this.#busy.delete(lane);
      },
    };
  }

  /** Lanes of this process whose change did not get done. */
  readonly #left = new Set<number>();

  /** What others are in the middle of, or have left. */
  async others(): Promise<readonly Note[]> {
    const query = inKeyspace(this.#session, 'SELECT process, lane, owner, stamp FROM $.work WHERE part = 0');
    const notes: Note[] = [];
    for (let from: string | null = null; ; ) {
      const { rows, next } = await this.#session.page(query, [], from);
      for (const row of rows)
        notes.push({
          process: String(row.process),
          lane: Number(row.lane),
          owner: String(row.owner),
          stamp: Number(row.stamp),
        });
      if (next === null) break;
      from = next;
    }
    return notes.filter(({ process, lane }) => process !== this.#process || this.#left.has(lane));
  }

  /** Was it there so often that whoever wrote it has most likely died before it began? */
  isOld(note: Note): boolean {
    const key = `${note.process} ${note.lane} ${note.stamp}`;
    const seen = (this.#sightings.get(key) ?? 0) + 1;
    this.#sightings.set(key, seen);
    return seen >= maxWorkSightings;
  }

  /** Removes a note, and none that its process wrote after it. */
  async strike({ process, lane, stamp }: Note): Promise<void> {
    const query = 'DELETE FROM $.work USING TIMESTAMP ? WHERE part = 0 AND process = ? AND lane = ?';
    await this.#session.write(inKeyspace(this.#session, query), [stamp, process, lane]);
    this.#sightings.delete(`${process} ${lane} ${stamp}`);
  }

  async #write({ process, lane, owner, stamp }: Note): Promise<void> {
    const query = 'INSERT INTO $.work (part, process, lane, owner, stamp) VALUES (0, ?, ?, ?, ?) USING TIMESTAMP ?';
    await this.#session.write(inKeyspace(this.#session, query), [process, lane, owner, stamp, stamp]);
  }
}
