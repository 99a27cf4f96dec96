import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appendAll, bytesOf, openBench, readAll, texts, turns, until } from './fixture.ts';
import { manifestName } from './manifest.ts';
import { MemoryDisk } from './memory-disk.ts';
import type { Extent } from './segments.ts';

/** What a backup does: the files up to their durable length, and the manifest of that moment. */
async function copy(from: MemoryDisk, extent: Extent): Promise<MemoryDisk> {
  const to = new MemoryDisk();
  for (const { name, bytes } of extent.files) {
    const source = await from.open(name);
    const content = new Uint8Array(bytes);
    assert.equal(await source.read(content, 0), bytes);
    await source.close();
    await put(to, name, content);
  }
  await put(to, manifestName, extent.manifest);
  return to;
}

async function put(disk: MemoryDisk, name: string, content: Uint8Array): Promise<void> {
  const file = await disk.create(name);
  await file.write(content, 0);
  await file.datasync();
  await file.close();
  await disk.syncFolder();
}

const numbered = (count: number) => Array.from({ length: count }, (_, n) => bytesOf(`record ${n} ${'.'.repeat(500)}`));

test('[LOG24] a copy opens as the log was when its extent was asked for', async () => {
  const { log, disk } = await openBench();
  await appendAll(log, numbered(150));
  const extent = log.extent();
  await appendAll(log, numbered(150));
  assert.ok(extent.files.length > 1, 'there are sealed segments and an open one');
  const copied = await openBench({ disk: await copy(disk, extent) });
  assert.equal(copied.log.id, log.id);
  assert.equal(copied.log.end(0), 150);
  assert.deepEqual(texts(await readAll(copied.log)), texts((await readAll(log)).slice(0, 150)));
});

test('[LOG24] what is released during copies is dropped after the last of them', async () => {
  const { log } = await openBench();
  await appendAll(log, numbered(300));
  const [letGo, letGoToo] = [log.hold(), log.hold()];
  await log.release(0, 250);
  letGo();
  letGo();
  await turns(20);
  assert.equal(log.begin(0), 0);
  letGoToo();
  await until(() => log.begin(0) > 0);
});
