// The file of the keys: what it gives back after every kind of accident.
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { maxKeyLogBytes } from '../limits.ts';
import { type KeyDisk, openKeyLog } from './node-keys-log.ts';

function newPath(t: TestContext): string {
  const folder = fs.mkdtempSync(join(tmpdir(), 'parley-keys-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  return join(folder, 'keys.wal');
}

const text = (records: readonly Uint8Array[]) => records.map((record) => Buffer.from(record).toString());

/** A file with one batch for each list of records. */
async function written(path: string, batches: readonly (readonly string[])[], disk?: KeyDisk): Promise<void> {
  const { log } = openKeyLog(path, disk);
  for (const batch of batches) {
    for (const record of batch) log.append(Buffer.from(record));
    await log.synced();
  }
  await log.close();
}

/** The places in a file where its batches end. */
function ends(bytes: Buffer): readonly number[] {
  const found: number[] = [];
  for (let at = 32; at < bytes.length; found.push(at)) at += 16 + bytes.readUInt32LE(at + 12);
  return found;
}

test('[ENC43] what was appended comes back in its order, and the file is for its owner only', async (t) => {
  const path = newPath(t);
  await written(path, [['a', 'b'], ['c']]);
  assert.equal(fs.statSync(path).mode & 0o777, 0o600);
  const { log, records } = openKeyLog(path);
  assert.deepEqual(text(records), ['a', 'b', 'c']);
  log.append(Buffer.from('d'));
  await log.close();
  assert.deepEqual(text(openKeyLog(path).records), ['a', 'b', 'c', 'd']);
});

test('[ENC239] what belongs together is one batch, and nobody is told before it is whole', async (t) => {
  const path = newPath(t);
  const { log } = openKeyLog(path);
  log.append(Buffer.from('before'));
  await log.synced();
  const size = fs.statSync(path).size;
  log.hold();
  log.append(Buffer.from('a'));
  let isTold = false;
  const told = log.synced().then(() => {
    isTold = true;
  });
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  assert.deepEqual([isTold, log.isIdle, fs.statSync(path).size], [false, false, size]);
  log.append(Buffer.from('b'));
  log.release();
  await told;
  log.hold();
  const nothing = log.synced();
  log.release();
  await nothing;
  await log.close();
  assert.equal(ends(fs.readFileSync(path)).length, 2);
  assert.deepEqual(text(openKeyLog(path).records), ['before', 'a', 'b']);
});

test('[ENC42] many appends share one sync, and none is told durable before it', async (t) => {
  const syncs: (() => void)[] = [];
  let [began, tell] = [0, () => {}];
  const disk: KeyDisk = {
    writeSync: fs.writeSync,
    fdatasync: (_fd, done) => {
      began += 1;
      syncs.push(() => done(null));
      tell();
    },
  };
  const begins = (count: number) =>
    new Promise<void>((resolve) => {
      tell = () => began === count && resolve();
      tell();
    });
  const { log } = openKeyLog(newPath(t), disk);
  const told: number[] = [];
  const append = (n: number) => {
    log.append(Buffer.from([n]));
    return log.synced().then(() => told.push(n));
  };
  const first = [append(1), append(2)];
  await begins(1);
  const second = [append(3), append(4), append(5)];
  assert.deepEqual(told, []);
  syncs[0]?.();
  await Promise.all(first);
  assert.deepEqual(told, [1, 2]);
  await begins(2);
  syncs[1]?.();
  await Promise.all(second);
  assert.deepEqual(told, [1, 2, 3, 4, 5]);
  assert.equal(began, 2);
});

test('[ENC44] wherever the last batch was torn, it is cut whole, and what came before is all there', async (t) => {
  const path = newPath(t);
  await written(path, [['one'], ['two', 'three'], ['four', 'five']]);
  const bytes = fs.readFileSync(path);
  const [, before = 0, end = 0] = ends(bytes);
  assert.equal(end, bytes.length);
  const cases = fc.record({
    keep: fc.integer({ min: before, max: end - 1 }),
    garbage: fc.uint8Array({ maxLength: 64 }),
  });
  fc.assert(
    fc.property(cases, ({ keep, garbage }) => {
      const torn = Buffer.concat([bytes.subarray(0, keep), garbage]);
      // Garbage that happens to be what stood there makes the batch whole.
      fc.pre(!torn.subarray(0, end).equals(bytes));
      fs.writeFileSync(path, torn);
      const { records } = openKeyLog(path);
      assert.deepEqual(text(records), ['one', 'two', 'three']);
      assert.equal(fs.statSync(path).size, before);
    }),
    { numRuns: 200 },
  );
});

test('[ENC44] a batch that is broken before a whole one is damage, and is refused without touching the file', async (t) => {
  const path = newPath(t);
  await written(path, [['one'], ['two'], ['three']]);
  const bytes = fs.readFileSync(path);
  const last = ends(bytes)[1] as number;
  for (let at = 0; at < last; at++) {
    const bent = Buffer.from(bytes);
    bent[at] = (bent[at] as number) ^ 1;
    fs.writeFileSync(path, bent);
    assert.throws(() => openKeyLog(path), { code: 'client.storage' }, `byte ${at}`);
    assert.deepEqual(fs.readFileSync(path), bent);
  }
});

test('[ENC45] after a write or a sync that failed nothing is durable and nothing is taken', async (t) => {
  for (const what of ['write', 'sync'] as const) {
    let fails = false;
    const disk: KeyDisk = {
      writeSync: (...given) => {
        if (fails && what === 'write') throw Object.assign(new Error('disk full'), { code: 'ENOSPC' });
        return fs.writeSync(...given);
      },
      fdatasync: (fd, done) => (fails ? setImmediate(() => done(new Error('EIO'))) : fs.fdatasync(fd, done)),
    };
    const path = newPath(t);
    const { log } = openKeyLog(path, disk);
    log.append(Buffer.from('kept'));
    await log.synced();
    fails = true;
    log.append(Buffer.from('lost'));
    await assert.rejects(log.synced(), { code: 'client.storage' });
    fails = false;
    assert.throws(() => log.append(Buffer.from('later')), { code: 'client.storage' });
    await assert.rejects(log.synced(), { code: 'client.storage' });
    await log.close();
    // Whether what failed is there nobody can say, but what was confirmed is.
    assert.equal(text(openKeyLog(path).records)[0], 'kept');
  }
});

test('[ENC46] a long file is written anew, at once or not at all', async (t) => {
  const path = newPath(t);
  const { log } = openKeyLog(path);
  const big = new Uint8Array(1024 * 1024);
  while (!log.isLong) {
    log.append(big);
    await log.synced();
  }
  assert.ok(fs.statSync(path).size > maxKeyLogBytes);
  // Killed while it was written: the old one counts.
  fs.writeFileSync(`${path}.new`, 'half of');
  const again = openKeyLog(path);
  assert.equal(again.records.length, 4);
  await again.log.close();
  log.append(Buffer.from('waits'));
  log.replace([Buffer.from('all'), Buffer.from('waits')]);
  await log.synced();
  assert.equal(log.isLong, false);
  log.append(Buffer.from('more'));
  await log.close();
  assert.deepEqual(text(openKeyLog(path).records), ['all', 'waits', 'more']);
  assert.equal(fs.statSync(path).mode & 0o777, 0o600);
});

test('[ENC45] when it cannot be written anew the old file counts, and nothing more is taken', async (t) => {
  const path = newPath(t);
  let fails = false;
  const disk: KeyDisk = {
    writeSync: (...given) => {
      if (fails) throw Object.assign(new Error('disk full'), { code: 'ENOSPC' });
      return fs.writeSync(...given);
    },
    fdatasync: fs.fdatasync,
  };
  const { log } = openKeyLog(path, disk);
  log.append(Buffer.from('kept'));
  await log.synced();
  fails = true;
  log.replace([Buffer.from('new')]);
  await assert.rejects(log.synced(), { code: 'client.storage' });
  assert.throws(() => log.append(Buffer.from('later')), { code: 'client.storage' });
  await log.close();
  assert.deepEqual(text(openKeyLog(path).records), ['kept']);
});
