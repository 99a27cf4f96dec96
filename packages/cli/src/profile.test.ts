import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { UsageError } from './exit-codes.ts';
import { profileFolder, readProfile, removeProfile, writeProfile } from './profile.ts';

const profile = { server: 'http://localhost:8420', handle: 'ana' };

async function home(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-home-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

test('[CLI7] a profile is readable by its owner only', async (t) => {
  const folder = profileFolder({ PARLEY_HOME: await home(t) }, 'work');
  await writeProfile(folder, profile);
  assert.equal(await modeOf(folder), '700');
  assert.deepEqual(await readdir(folder), ['profile.json']);
  assert.equal(await modeOf(join(folder, 'profile.json')), '600');
  assert.deepEqual(await readProfile(folder), profile);
});

test('[CLI7] profiles of different names know nothing of each other, and one that is removed is gone', async (t) => {
  const environment = { PARLEY_HOME: await home(t) };
  const [one, other] = [profileFolder(environment, 'one'), profileFolder(environment, 'other')];
  await writeProfile(one, profile);
  assert.equal(await readProfile(other), null);
  await removeProfile(one);
  assert.equal(await readProfile(one), null);
});

test('[CLI7] profiles are under PARLEY_HOME, else in the data folder of the person', () => {
  assert.equal(profileFolder({ PARLEY_HOME: '/h', XDG_DATA_HOME: '/x' }, 'a'), '/h/profiles/a');
  assert.equal(profileFolder({ XDG_DATA_HOME: '/x' }, 'a'), '/x/parley/profiles/a');
  assert.match(profileFolder({}, 'a'), /\/\.local\/share\/parley\/profiles\/a$/);
});

test('[CLI7] the name of a profile leads nowhere else', () => {
  for (const name of ['', '.', '..', '../x', 'a/b', '.hidden', 'a\u0000', 'x'.repeat(33)])
    assert.throws(() => profileFolder({ PARLEY_HOME: '/h' }, name), UsageError);
});
