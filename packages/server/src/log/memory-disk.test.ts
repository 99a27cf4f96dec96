// The disk that the tests and the simulation stand on: it must forget as much as a real one may.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DiskFull } from './disk.ts';
import { bytesOf } from './fixture.ts';
import { MemoryDisk, type Pick, pageBytes } from './memory-disk.ts';

const nothing: Pick = () => 0;
const everything: Pick = (options) => options - 1;

const text = (disk: MemoryDisk, name: string): string => new TextDecoder().decode(disk.contents(name));

test('[LOG23] a power cut keeps what was synced, and of what was written since any page', async () => {
  const disk = new MemoryDisk();
  const file = await disk.create('a');
  await file.write(new Uint8Array(3 * pageBytes).fill(1), 0);
  await file.datasync();
  await disk.syncFolder();
  await file.write(new Uint8Array(3 * pageBytes).fill(2), 0);
  const seen = new Set<string>();
  for (let choice = 0; choice < 8; choice++) {
    let asked = 0;
    const after = disk.powerCut(() => (choice >> asked++) & 1);
    const pages = [0, 1, 2].map((page) => after.contents('a')[page * pageBytes]);
    seen.add(pages.join(''));
  }
  assert.equal(seen.size, 8, 'every subset of the pages');
});

test('[LOG23] a page that was written twice may be any of its versions', async () => {
  const disk = new MemoryDisk();
  const file = await disk.create('a');
  await disk.syncFolder();
  await file.write(bytesOf('one'), 0);
  await file.write(bytesOf('two'), 0);
  assert.equal(text(disk.powerCut(nothing), 'a'), '');
  assert.equal(
    text(
      disk.powerCut(() => 1),
      'a',
    ),
    'one',
  );
  assert.equal(
    text(
      disk.powerCut(() => 2),
      'a',
    ),
    'two',
  );
});

test('[LOG23] a name that was created, renamed or removed is durable only after the folder was synced', async () => {
  const disk = new MemoryDisk();
  const file = await disk.create('old');
  await file.write(bytesOf('x'), 0);
  await file.datasync();
  assert.deepEqual(await disk.powerCut(nothing).list(), []);
  assert.deepEqual(await disk.powerCut(everything).list(), ['old']);
  await disk.syncFolder();
  await disk.rename('old', 'new');
  assert.deepEqual(await disk.powerCut(nothing).list(), ['old']);
  assert.deepEqual(await disk.powerCut(everything).list(), ['new']);
  await disk.syncFolder();
  await disk.remove('new');
  assert.deepEqual(await disk.powerCut(nothing).list(), ['new']);
  assert.deepEqual(await disk.powerCut(everything).list(), []);
});

test('[LOG23] nothing of what a failed sync covered is kept, nor by a later sync that succeeds', async () => {
  const disk = new MemoryDisk();
  const file = await disk.create('a');
  await disk.syncFolder();
  await file.write(bytesOf('lost'), 0);
  disk.fate = ({ kind }) => (kind === 'datasync' ? { error: new Error('EIO') } : undefined);
  await assert.rejects(file.datasync());
  disk.fate = () => undefined;
  await file.datasync();
  assert.equal(text(disk, 'a'), 'lost', 'it can still be read');
  assert.equal(text(disk.powerCut(everything), 'a').replaceAll('\0', ''), '');
});

test('[LOG23] a killed process leaves everything that it wrote, and what it does later reaches nobody', async () => {
  const disk = new MemoryDisk();
  const file = await disk.create('a');
  await file.write(bytesOf('written'), 0);
  const next = disk.fork();
  await file.write(bytesOf('too late'), 0);
  assert.equal(text(next, 'a'), 'written');
  assert.deepEqual(await next.powerCut(nothing).list(), []);
});

test('[LOG23] a full disk takes what fits, and says so; overwriting needs no room', async () => {
  const disk = new MemoryDisk();
  disk.capacityBytes = 10;
  const file = await disk.create('a');
  await assert.rejects(file.write(new Uint8Array(12).fill(1), 0), DiskFull);
  assert.equal(await file.size(), 10);
  await file.write(new Uint8Array(10).fill(2), 0);
  assert.deepEqual([...disk.contents('a')], Array(10).fill(2));
});
