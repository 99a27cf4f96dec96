// All steps of a move, in the order in which they are taken: who there is, what belongs to their keys, then what they wrote.
import type { DatabaseSync } from 'node:sqlite';
import { Shelves } from '../directory/cassandra-shelves.ts';
import { Slices } from '../directory/cassandra-slices.ts';
import type { Directory } from '../directory/directory.ts';
import type { SqliteFile } from '../directory/sqlite-file.ts';
import type { CassandraSession } from '../engines/cassandra-session.ts';
import type { Blobs } from '../media/blobs.ts';
import type { Rows, Store } from '../store/store.ts';
import { accountSteps } from './account-steps.ts';
import { DirectorySource } from './directory-source.ts';
import { fileSteps } from './file-steps.ts';
import { keySteps } from './key-steps.ts';
import { listSteps } from './list-steps.ts';
import { OwnedRows } from './owned-rows.ts';
import type { Step } from './step.ts';
import { StoreSource } from './store-source.ts';
import { storeSteps } from './store-steps.ts';

/** A stopped server and an empty cluster. */
export interface Sides {
  /** Its ports, and the same two databases only for reading. */
  readonly server: {
    readonly store: Rows;
    readonly storeFile: DatabaseSync;
    readonly directory: Directory;
    readonly directoryFile: SqliteFile;
    readonly blobs: Blobs;
  };
  readonly cluster: {
    readonly session: CassandraSession;
    readonly store: Rows & Pick<Store, 'commit'>;
    readonly directory: Directory;
    /** Null: it has no bucket. */
    readonly blobs: Blobs | null;
    /** When the move began, by the clock of the engine. µs. */
    readonly stamp: number;
  };
  readonly now: () => number;
}

export function stepsOf({ server, cluster, now }: Sides): readonly Step[] {
  const { session, stamp } = cluster;
  const directory = {
    source: new DirectorySource(server.directoryFile),
    from: server.directory,
    to: cluster.directory,
    owned: new OwnedRows(session, stamp),
    shelves: new Shelves(session),
    slices: new Slices(session),
    now,
  };
  return [
    ...accountSteps(directory),
    ...keySteps(directory),
    ...listSteps(directory),
    ...fileSteps({ ...directory, fromBlobs: server.blobs, toBlobs: cluster.blobs }),
    ...storeSteps({ from: new StoreSource(server.store, server.storeFile), to: cluster.store, now }),
  ];
}
