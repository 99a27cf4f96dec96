import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type MoveNote, MoveRefused, readMoveNote, refuseMoved, writeMoveNote } from './move-note.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-move-'));
after(() => rmSync(folder, { recursive: true }));

const note: MoveNote = {
  format: 1,
  id: 'one',
  begun_at: '2026-11-28T19:00:00.000Z',
  log_id: 'log',
  log_end: 12,
  cluster: 'parley (keyspace parley at db:9042)',
  state: 'moving',
  place: { step: 'messages', after: ['c_1', 7] },
};

test('[MOV8] [MOV9] where a move stands is kept whole and private, and such a folder is not served', async () => {
  assert.equal(readMoveNote(folder), null);
  refuseMoved(folder);
  await writeMoveNote(folder, { ...note, place: null });
  await writeMoveNote(folder, note);
  assert.deepEqual(readMoveNote(folder), note);
  assert.deepEqual(readdirSync(folder), ['move.json']);
  assert.equal(statSync(join(folder, 'move.json')).mode & 0o777, 0o600);
  const refused = (words: RegExp) => (error: unknown) => error instanceof MoveRefused && words.test(error.message);
  assert.throws(
    () => refuseMoved(folder),
    refused(/is being moved to the cluster parley .*Finish it: parley move --to cluster/),
  );
  await writeMoveNote(folder, { ...note, state: 'moved' });
  assert.throws(
    () => refuseMoved(folder),
    refused(/was moved to the cluster parley .*To serve this folder all the same, remove .*move\.json/),
  );
  writeFileSync(join(folder, 'move.json'), '{"format":2}');
  assert.throws(() => readMoveNote(folder), refused(/newer program/));
  writeFileSync(join(folder, 'move.json'), '{"form');
  assert.throws(() => refuseMoved(folder), refused(/cannot be read/));
});
