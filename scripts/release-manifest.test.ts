import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readRelease } from '../packages/cli/src/web-release.ts';
import { publicKey } from '../packages/cli/src/web-signature.ts';
import { makeKey, publish } from './release-manifest.ts';

const release = {
  version: '1.2.3',
  page: '/index.html',
  pages: ['/'],
  files: { '/index.html': 'a'.repeat(64) },
  headers: {},
};

test('[CLI34] a release is signed with a key of its own, and the command takes what was published', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-release-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [key, dist, out] = [join(folder, 'key.pem'), join(folder, 'dist'), join(folder, 'out')];
  const printed = await makeKey(key);
  assert.equal((await stat(key)).mode & 0o777, 0o600);
  await assert.rejects(makeKey(key), /EEXIST/, 'a key is never written over');
  await mkdir(dist);
  await writeFile(join(dist, '.parley-release.json'), JSON.stringify(release));
  assert.equal(await publish(dist, key, out), printed);
  for (const file of [join(out, 'parley-web-1.2.3.json'), join(dist, '.parley-release.json')]) {
    const found = await readRelease(file, [await publicKey(printed)]);
    assert.deepEqual(found, { release, signature: 'good' });
  }
  const file = join(out, 'parley-web-1.2.3.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace('"/"', '"/x"'));
  assert.equal((await readRelease(file, [await publicKey(printed)]))?.signature, 'bad');
  await chmod(key, 0o640);
  await assert.rejects(publish(dist, key, out), /can be read by others/);
});
