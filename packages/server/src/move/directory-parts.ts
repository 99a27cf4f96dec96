// What the steps of a directory are made of: the tables that it is read from, and the ports that it is written through.
import type { Shelves } from '../directory/cassandra-shelves.ts';
import type { Slices } from '../directory/cassandra-slices.ts';
import type { Directory } from '../directory/directory.ts';
import type { DirectorySource } from './directory-source.ts';
import type { OwnedRows } from './owned-rows.ts';

/** From where to where: what is not said through the port is put, and read, as the rows that stand behind it. */
export interface DirectoryMove {
  readonly source: DirectorySource;
  readonly from: Directory;
  readonly to: Directory;
  readonly owned: OwnedRows;
  readonly shelves: Shelves;
  readonly slices: Slices;
  readonly now: () => number;
}
