// A data folder from which a part was taken away, as its operator meets it: the server says what is gone and what to do,
// and does not begin a new life over the old one.
import assert from 'node:assert/strict';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileRow } from '../../packages/server/src/directory/sample-rows.ts';
import { openSqliteDirectory } from '../../packages/server/src/directory/sqlite-directory.ts';
import { folderOfTest, open, operate, startServer } from './operated.ts';
import { signUp } from './people.ts';

for (const [name, words] of [
  ['log', /The log is gone/],
  ['directory.db', /directory\.db is missing/],
] as const)
  test(`[LOG110] [DIR104] a server whose ${name} is gone does not start, says so, and starts when it is back`, async () => {
    const folder = await folderOfTest();
    const server = await startServer(folder, open);
    await signUp(server.summary.url, 'ana');
    await server.kill();
    renameSync(join(folder, name), `${folder}-away`);
    const { code, stderr } = await operate(folder, ['serve']);
    assert.equal(code, 1);
    assert.match(stderr, words);
    assert.ok(!existsSync(join(folder, name)));
    const examined = await operate(folder, ['doctor']);
    assert.equal(examined.code, 1);
    assert.match(examined.stdout, new RegExp(`^BAD .*${words.source}`, 'm'));
    renameSync(`${folder}-away`, join(folder, name));
    assert.equal(await (await startServer(folder, open)).stop(), 0);
  });

test('[MED115] a server without the files that people sent starts with an alarm', async () => {
  const folder = await folderOfTest();
  await (await startServer(folder, open)).stop();
  {
    await using directory = await openSqliteDirectory(join(folder, 'directory.db'), { mustExist: true });
    await directory.files.add(fileRow(1));
  }
  rmSync(join(folder, 'blobs'), { recursive: true });
  const server = await startServer(folder, open);
  const { code, stdout } = await operate(folder, ['doctor']);
  assert.equal(code, 1);
  assert.match(stdout, /^BAD +alarm: None of the files that people sent is in .*blobs/m);
  await server.stop();
});
