// What a cluster says of a move into it: that one is under way, or which one filled it. Claimed once, by a conditional write.
// Promise: while it says "moving", no process of the cluster serves.
import { Owners } from '../directory/cassandra-owners.ts';
import { inKeyspace } from '../engines/cassandra-schema.ts';
import { type CassandraSession, EngineRefused } from '../engines/cassandra-session.ts';
import { assert } from '../kernel/assert.ts';

/** `id`: of the move; `log`: of the server that is moved. */
export interface Mark {
  readonly id: string;
  readonly log: string;
  readonly state: 'moving' | 'moved';
}

export const moveOwner = 'move all';

export class MoveMark {
  readonly #session: CassandraSession;
  readonly #owners: Owners;

  /** The tables of the directory are there. */
  constructor(session: CassandraSession) {
    this.#session = session;
    this.#owners = new Owners(session);
  }

  async read(): Promise<Mark | null> {
    return ((await this.#owners.root(moveOwner))?.value as Mark | undefined) ?? null;
  }

  /** Resolves to what stands there then. */
  claim(id: string, log: string): Promise<Mark> {
    return this.#owners.change(moveOwner, async (root) => {
      if (root !== null) return { answer: root.value as Mark };
      const mark: Mark = { id, log, state: 'moving' };
      return { answer: mark, write: { root: mark } };
    });
  }

  /** The cluster may be served. */
  async done(id: string): Promise<void> {
    await this.#owners.change(moveOwner, async (root) => {
      const mark = root?.value as Mark | undefined;
      assert(mark?.id === id, 'a move ends itself only');
      return { answer: null, write: { root: { ...mark, state: 'moved' } satisfies Mark } };
    });
  }

  /** When it was claimed, by the engine's clock. µs. */
  async stamp(): Promise<number> {
    const query = `SELECT writetime(value) AS at FROM $.owned WHERE owner = ? AND kind = 'root' AND key = ''`;
    const [row] = await this.#session.read(inKeyspace(this.#session, query), [moveOwner]);
    assert(typeof row?.at === 'number', 'a move that was claimed has its time');
    return row.at;
  }
}

/** For every process of a cluster, before it serves. @throws {EngineRefused} with words for the operator */
export async function refuseWhileMoving(session: CassandraSession): Promise<void> {
  const mark = await new MoveMark(session).read();
  if (mark?.state === 'moving')
    throw new EngineRefused(
      'A server is being moved into this cluster. Start it when "parley move --to cluster" says that it is done.',
    );
}
