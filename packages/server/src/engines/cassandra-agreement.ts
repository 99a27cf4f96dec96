// When a change of tables is over: all nodes of Cassandra know the same ones. What a node says of the others is as old as
// their last gossip, a second or two with every change, so each is asked itself. It promises nothing before that.
import { setTimeout as wait } from 'node:timers/promises';
import { cassandraMs } from '../kernel/engine-limits.ts';

/** Who can be asked. */
export interface Nodes {
  /** What each node says that it has. @throws one does not answer, or may not be asked from here */
  versions(): Promise<readonly string[]>;
  /** Have all the same, as one node has heard of the others? */
  heard(): Promise<boolean>;
}

/** Resolves to whether all had the same before the time was over. */
export async function agree(nodes: Nodes, patienceMs: number = cassandraMs.define): Promise<boolean> {
  for (const end = performance.now() + patienceMs; ; await wait(cassandraMs.look)) {
    if ((await haveTheSame(nodes)) || (await nodes.heard())) return true;
    if (performance.now() > end) return false;
  }
}

async function haveTheSame(nodes: Nodes): Promise<boolean> {
  // Who cannot be asked, of another data centre or dead, is known by what was heard.
  const versions = await nodes.versions().catch(() => []);
  return new Set(versions).size === 1;
}
