// Two people at terminals, over a real server: the second one makes an account with the link of a group, and is in it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folderOfTest, open, startServer } from './operated.ts';
import { password } from './people.ts';
import { Seat } from './seat.ts';
import { freshFolder } from './server-process.ts';

test('[CLI33] whoever registers with the link of a group is in it, reads and writes', async () => {
  await using server = await startServer(await freshFolder(), open);
  const home = await folderOfTest();
  const [ana, ben] = [new Seat(home, 'ana'), new Seat(home, 'ben')];
  const register = ['--server', server.summary.url, '--password-stdin'];
  assert.equal(await ana.run(['register', 'ana', ...register], `${password}\n`), 0, ana.text);
  assert.equal(await ana.run(['group', 'create', 'Garden']), 0, ana.text);
  assert.equal(await ana.run(['invite', 'create', '#Garden']), 0, ana.text);
  const link = /https?:\S+\.g\.\S+/.exec(ana.text)?.[0] ?? assert.fail(ana.text);
  assert.equal(await ben.run(['register', 'ben', '--invite', link, ...register], `${password}\n`), 0, ben.text);
  const [, group = ''] = /parley chat (c_\S+)/.exec(ben.text) ?? [];
  assert.equal(await ben.run(['send', group, 'good soil here']), 0, ben.text);
  assert.equal(await ana.run(['history', '#Garden']), 0, ana.text);
  assert.match(ana.text, /ben: good soil here/);
});
