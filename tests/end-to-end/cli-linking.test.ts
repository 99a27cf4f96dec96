// Two profiles of one account at two terminals, over a real server: the second is linked by pictures, or over a code that
// is pasted, and reads what the first one wrote.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folderOfTest, open, startServer } from './operated.ts';
import { password } from './people.ts';
import { Seat } from './seat.ts';
import { freshFolder } from './server-process.ts';

/** An account with a message to itself, and another profile of it that cannot read it. */
async function twoSeats(url: string, handle: string): Promise<{ readonly old: Seat; readonly fresh: Seat }> {
  const home = await folderOfTest();
  const [old, fresh] = [new Seat(home, 'old'), new Seat(home, 'fresh')];
  assert.equal(await old.run(['register', handle, '--server', url, '--password-stdin'], `${password}\n`), 0, old.text);
  assert.equal(await old.run(['send', 'me', 'kept from before']), 0, old.text);
  const login = ['login', handle, '--server', url, '--device', 'Second', '--password-stdin'];
  assert.equal(await fresh.run(login, `${password}\n`), 0, fresh.text);
  assert.match(fresh.text, /Get your chats here/);
  return { old, fresh };
}

test('[CLI27] a second terminal is linked over a code and reads what was written before', async () => {
  await using server = await startServer(await freshFolder(), open);
  const { old, fresh } = await twoSeats(server.summary.url, 'ana');
  const [here, there] = [fresh.run(['devices', 'link', '--code']), old.run(['devices', 'link', '--code'])];
  const code = await fresh.reads(/(parley-link:\S+)\n/);
  await old.types(/Password: /, password);
  await old.types(/The line under the code/, code);
  const digits = await old.reads(/if it is in your hands:\s+([\d ]{11})/);
  await old.reads(/Type this on Second/);
  await fresh.types(/Digits that the other device shows/, digits);
  assert.deepEqual(await Promise.all([here, there]), [0, 0], `${fresh.text}\n${old.text}`);
  assert.equal(await fresh.run(['history', 'me']), 0);
  assert.match(fresh.text, /kept from before/);
});

test('[CLI27] a second terminal is linked by pictures that are the same on both', async () => {
  await using server = await startServer(await freshFolder(), open);
  const { old, fresh } = await twoSeats(server.summary.url, 'ben');
  const there = old.run(['devices', 'link']);
  await old.types(/Password: /, password);
  await old.reads(/Waiting for the new device/);
  const here = fresh.run(['devices', 'link']);
  const pictures = (seat: Seat) => seat.reads(/\n((?: {2}\d {2}.+\n){7})/);
  assert.equal(await pictures(fresh), await pictures(old));
  await fresh.types(/\(y\/n\)/, 'y');
  await old.types(/\(y\/n\)/, 'y');
  assert.deepEqual(await Promise.all([here, there]), [0, 0], `${fresh.text}\n${old.text}`);
  assert.equal(await fresh.run(['history', 'me']), 0);
  assert.match(fresh.text, /kept from before/);
});
