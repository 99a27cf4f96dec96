// The file in a data folder that says where a move of it stands. It is there whole or not at all, and on disk before
// anything rests on it. While it is there the folder is not served.
import { existsSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Refused } from '../kernel/result.ts';
import type { Place } from './move.ts';

/** What it says. */
export interface MoveNote {
  readonly format: 1;
  readonly id: string;
  /** RFC 3339. */
  readonly begun_at: string;
  /** What is moved: it must not have changed when the move goes on. */
  readonly log_id: string;
  readonly log_end: number;
  /** Where to, for people. */
  readonly cluster: string;
  readonly state: 'moving' | 'moved';
  /** The step that is under way (null: all are done) and the key of the last row that is there. Null: nothing is copied. */
  readonly place: Place | null;
}

/** It cannot be moved, or served, in words for the operator. */
export class MoveRefused extends Refused {
  override name = 'MoveRefused';
}

const noteName = 'move.json';

/** Null: this folder was never moved. @throws {MoveRefused} of a newer program, or not ours */
export function readMoveNote(folder: string): MoveNote | null {
  const path = join(folder, noteName);
  if (!existsSync(path)) return null;
  try {
    const note = JSON.parse(readFileSync(path, 'utf8')) as MoveNote;
    if (note.format === 1) return note;
  } catch (error) {
    throw new MoveRefused(`${path} cannot be read: it is not as a move left it.`, { cause: error });
  }
  throw new MoveRefused(`${path} is of a newer program. Go on with that one.`);
}

/** On disk when it resolves. */
export async function writeMoveNote(folder: string, note: MoveNote): Promise<void> {
  const path = join(folder, noteName);
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(note)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  const place = await open(folder, 'r');
  try {
    await place.sync();
  } finally {
    await place.close();
  }
}

/** Before a folder is served. @throws {MoveRefused} it was moved, or is being moved */
export function refuseMoved(folder: string): void {
  const note = readMoveNote(folder);
  if (note === null) return;
  const what =
    note.state === 'moved'
      ? `${folder} was moved to the cluster ${note.cluster}: serve that one (PARLEY_MODE=cluster).`
      : `${folder} is being moved to the cluster ${note.cluster}. Finish it: parley move --to cluster.`;
  throw new MoveRefused(
    `${what} To serve this folder all the same, remove ${join(folder, noteName)}; what the cluster is given from then on is not here, and the other way round.`,
  );
}
