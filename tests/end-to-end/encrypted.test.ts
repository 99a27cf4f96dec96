// Two people over a real server, with the real keys: what one of them says is sealed on the way and open at the other
// end, on every device that has the recovery key, and after any end of the program.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { maxPageItems } from '@parley/protocol/limits';
import type { Client } from '@parley/sdk';
import { connect, entrance } from '@parley/sdk/node';
import { maxTitleSearch, windowRows } from '../../packages/sdk/src/limits.ts';
import { anotherDevice, backedUp, lockedDevice, recoveryWords } from './devices.ts';
import { seen, shows, stands, unopened } from './live.ts';
import { folderOfTest, open, startServer } from './operated.ts';
import { password } from './people.ts';
import { freshFolder } from './server-process.ts';

/** So many sessions of keys, of fifty messages each. */
const many = 120;
const sessions = 3;
const kills = 4;
/** A kill comes after this many messages more, chosen at random below it. */
const maxBetween = 60;
const writer = fileURLToPath(new URL('./writer-process.ts', import.meta.url));

/** A new account whose first device is ready; the caller closes it. */
async function newcomer(url: string, handle: string, folder?: string): Promise<{ client: Client; token: string }> {
  const session = await entrance(url).signUp({ handle, name: handle, password, deviceName: 'Laptop' });
  const client = await connect({ server: url, session, ...(folder !== undefined && { folder }) });
  await stands(client, { phase: 'ready' });
  assert.ok(session.token !== null);
  return { client, token: session.token };
}

test('[ENC150] a new device reads nothing, and with the recovery key all there ever was, also what came while every device was off', async () => {
  await using server = await startServer(await freshFolder(), open);
  const { url } = server.summary;
  const [{ client: ana, token }, { client: ben }] = [await newcomer(url, 'ana'), await newcomer(url, 'ben')];
  const withBen = await ana.createDirect('ben');
  const oldest = await (await withBen.send('the oldest')).placed();
  const withAna = await ben.createDirect('ana');
  const ofBen = withAna.timeline();
  await shows(ofBen, 'the oldest');
  await withAna.accept();
  for (let n = 1; n <= many; n++) await withBen.send(`number ${n}`);
  await ana.flushed();
  await shows(ofBen, `number ${many}`);
  const words = await recoveryWords(ana);
  await backedUp(url, token, sessions);
  await ana.close();
  // Nobody has the key of what he says now but the device that receives meanwhile.
  await (await withAna.send('while all were off')).reached('sent');

  await using second = await lockedDevice(url, 'ana');
  const there = second.conversation(withBen.id);
  assert.ok(there !== null);
  const line = there.timeline();
  await shows(line, '');
  assert.deepEqual([...new Set(line.snapshot.items.map(({ type }) => type))], ['undecryptable']);
  await assert.rejects(second.encryption.recover('abandon '.repeat(24)), { code: 'recovery.invalid' });
  await second.encryption.recover(words);
  await shows(line, 'while all were off');
  await line.jumpTo(oldest);
  await shows(line, 'the oldest');
  await line.jumpToNewest();
  await there.send('from the second');
  await shows(ofBen, 'from the second');
  await withAna.send('to the second');
  await shows(line, 'to the second');
  assert.equal(await unopened([second, ben]), 0);
  await ben.close();
});

test('[ENC202] a new device knows the title of a group that was named long before its newest messages', async () => {
  await using server = await startServer(await freshFolder(), open);
  const { url } = server.summary;
  const { client: ana } = await newcomer(url, 'ana');
  const group = await ana.createGroup('Soup', []);
  const say = async (count: number) => {
    const sent = await Promise.all(Array.from({ length: count }, (_, n) => group.send(`number ${n}`)));
    await Promise.all(sent.map((message) => message.reached('sent')));
  };
  // A device begins at the newest page, looks for it in so many, page by page, and then at the very beginning.
  await say(2 * windowRows);
  await group.update({ title: 'Tea' });
  await say(maxTitleSearch + maxPageItems + windowRows);
  const words = await recoveryWords(ana);
  await ana.encryption.saved();
  await ana.flushed();
  await ana.close();

  await using second = await anotherDevice(url, 'ana', words);
  const there = second.conversation(group.id);
  assert.ok(there !== null);
  await seen(there, ({ title }) => (title === 'Tea' ? true : null));
  assert.equal(await unopened([second]), 0);
});

test(`[ENC151] ${kills} kills of a client lose nothing, repeat nothing and leave its identity`, async () => {
  await using server = await startServer(await freshFolder(), open);
  const { url } = server.summary;
  const folder = await folderOfTest();
  const { client: ana } = await newcomer(url, 'ana', folder);
  const { client: ben } = await newcomer(url, 'ben');
  const withBen = await ana.createDirect('ben');
  await (await withBen.send('hello')).placed();
  const withAna = await ben.createDirect('ana');
  await withAna.accept();
  const heard: string[] = [];
  ben.onMessage(({ type, text }) => heard.push(type === 'text' ? text : type));
  const { account } = ana.me.snapshot;
  const { code } = await ben.encryption.identity(account);
  const devices = await ana.encryption.devices();
  await ana.close();

  const said: string[] = [];
  for (let kill = 0; kill < kills; kill++) said.push(...(await killedWriter([url, folder, 'ben', `life ${kill}`])));
  const again = await connect({ server: url, folder });
  const line = withAna.timeline();
  await (await again.createDirect('ben')).send('opened again');
  await shows(line, 'opened again');
  assert.deepEqual(
    said.filter((text) => heard.filter((one) => one === text).length !== 1),
    [],
  );
  assert.equal(new Set(heard).size, heard.length);
  assert.ok(!heard.includes('undecryptable'));
  await withAna.send('are you still you?');
  await shows((await again.createDirect('ben')).timeline(), 'are you still you?');
  const { state, code: codeNow } = await ben.encryption.identity(account);
  assert.deepEqual([state, codeNow], ['known', code]);
  assert.ok(code !== null);
  assert.deepEqual(ben.encryption.snapshot.changed, []);
  assert.deepEqual(await again.encryption.devices(), devices);
  assert.equal(await unopened([again, ben]), 0);
  await Promise.all([again, ben].map((client) => client.close()));
});

/** What a writer was told of as sent until it was killed, while it wrote. */
async function killedWriter(args: readonly string[]): Promise<readonly string[]> {
  const child = fork(writer, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const said: string[] = [];
  const enough = randomInt(1, maxBetween);
  const gone = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  child.on('message', (text: string) => {
    said.push(text);
    if (said.length === enough) child.kill('SIGKILL');
  });
  const [, signal] = await gone;
  assert.equal(signal, 'SIGKILL', 'it wrote until it was killed');
  return said;
}
