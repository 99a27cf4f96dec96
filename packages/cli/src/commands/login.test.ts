import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { me } from '../../../sdk/src/client-fixture.ts';
import { chat, Desk, server, wire } from '../fixture.ts';
import { Keys } from '../keys-fixture.ts';
import { readProfile } from '../profile.ts';

/** A desk without a profile whose next login succeeds: the client of it is online. */
async function newcomer(t: Parameters<typeof Desk.open>[0]): Promise<Desk> {
  const desk = await Desk.open(t);
  await desk.sitDown(t, []);
  desk.http.on('POST /v1/sessions', { me, token: 'secret' }, 201);
  desk.http.on('POST /v1/accounts', { me, token: 'secret', conversation_id: chat }, 201);
  desk.http.on('POST /v1/setup', { me, token: 'secret' }, 201);
  desk.input.end('correct horse battery\n');
  return desk;
}

const bodyOf = (desk: Desk) => desk.http.asked.at(-1)?.body as Record<string, unknown>;

test('[CLI7] [CLI9] login takes the password from standard input and makes a profile', async (t) => {
  const desk = await newcomer(t);
  assert.equal(await desk.run('login', '@Ana', '--server', `${server}/`, '--password-stdin', '--device', 'Desk'), 0);
  assert.deepEqual(bodyOf(desk), { handle: 'ana', password: 'correct horse battery', device_name: 'Desk' });
  assert.deepEqual(await readProfile(desk.profileFolder), { server, handle: 'ana' });
  assert.equal(desk.output.text, 'Signed in as @ana.\n');
  assert.equal(desk.opened[0]?.session?.token, 'secret');
});

test('[CLI1] register says which chat is waiting; the secret of a link is taken out of it', async (t) => {
  const desk = await newcomer(t);
  const link = 'http://localhost:8420/i#0123456789abcdef';
  assert.equal(
    await desk.run('register', 'ana', '--server', server, '--invite', link, '--password-stdin', '--json'),
    0,
  );
  assert.deepEqual(desk.objects, [{ account: me.account, handle: 'ana', conversation_id: chat }]);
  const { name, invite } = bodyOf(desk);
  assert.deepEqual([name, invite], ['ana', '0123456789abcdef']);
});

test('[CLI7] a login never replaces another, in any profile that has one', async (t) => {
  const desk = await Desk.open(t, [wire(chat)]);
  for (const command of ['login', 'register']) {
    assert.equal(await desk.run(command, 'ben', '--server', server, '--password-stdin'), 2);
    assert.match(desk.chatter.text, /^parley: @ana on http:\/\/localhost:8420 is signed in here; .*--profile NAME/);
  }
  assert.deepEqual(desk.http.asked, [], 'the server was not asked');
});

test('[CLI7] profiles are told apart by --profile, and nobody signed in is wrong usage', async (t) => {
  const desk = await Desk.open(t, [wire(chat)]);
  assert.equal(await desk.run('--profile', 'other', 'whoami'), 2);
  assert.match(desk.chatter.text, /nobody is signed in here/);
  assert.equal(await desk.run('whoami', '--profile', '../default'), 2);
  assert.equal(await desk.run('whoami'), 0);
  assert.equal(desk.output.text, '@ana (Ana) on http://localhost:8420\n');
});

test('[CLI7] logout removes everything, also when the session was ended from elsewhere', async (t) => {
  const desk = await Desk.open(t, [wire(chat)]);
  desk.client.http.on('DELETE /v1/sessions/current', null, 204);
  assert.equal(await desk.pass(desk.run('logout')), 0);
  assert.deepEqual(await readdir(`${desk.home}/profiles`), []);
  assert.equal(await desk.run('logout'), 2);

  const ended = await Desk.open(t, [wire(chat)]);
  ended.refuseToConnect('auth.required');
  assert.equal(await ended.run('logout'), 0);
  assert.deepEqual(await readdir(`${ended.home}/profiles`), []);
});

test('[CLI3] [CLI4] a refused login exits with 1 and its code, a server that is not there with 3', async (t) => {
  const desk = await newcomer(t);
  desk.http.on('POST /v1/sessions', { code: 'auth.refused' }, 401);
  assert.equal(await desk.run('login', 'ana', '--server', server, '--password-stdin'), 1);
  assert.match(desk.chatter.text, /^parley: auth\.refused: /);
  assert.equal(await readProfile(desk.profileFolder), null);
  const away = await newcomer(t);
  away.http.answers.clear();
  assert.equal(await away.run('login', 'ana', '--server', server, '--password-stdin'), 3);
});

test('[CLI3] a command that does not reach its server in time exits with 3, interrupted with 130', async (t) => {
  const desk = await Desk.open(t, [wire(chat)]);
  desk.client.socket.dropped();
  const late = await desk.begin(['conversations'], () => desk.deadlines.length > 0);
  desk.deadlines[0]?.abort();
  assert.equal(await late.ended, 3);
  assert.match(desk.chatter.text, /^parley: client\.unreachable: /);
  const other = await Desk.open(t, [wire(chat)]);
  other.client.socket.dropped();
  const interrupted = await other.begin(['conversations'], () => other.deadlines.length > 0);
  other.interrupt();
  assert.equal(await interrupted.ended, 130);
});

test('[CLI3] unknown commands, options and addresses are wrong usage; help and version are not', async (t) => {
  const desk = await Desk.open(t);
  for (const args of [
    ['nonsense'],
    ['send'],
    ['history', chat, '--nonsense'],
    ['login', 'ana'],
    ['--timeout', '0', 'tail'],
  ])
    assert.equal(await desk.run(...args), 2, args.join(' '));
  assert.equal(await desk.run('login', 'ana', '--server', 'localhost:8420'), 2);
  assert.match(desk.chatter.text, /an address such as http:\/\/localhost:8420/);
  assert.equal(await desk.run('--help'), 0);
  assert.match(desk.output.text, /^Usage: parley/);
  assert.equal(await desk.run('--version'), 0);
});

test('[CLI28] with the recovery key alone somebody comes in and has their chats; it is never an argument', async (t) => {
  const words = [...Array.from({ length: 23 }, () => 'abandon'), 'art'].join(' ');
  const keys = new Keys({ phase: 'needs_linking' });
  keys.answers.recover = () => keys.change({ phase: 'ready', recovery: 'confirmed' });
  let waited = 0;
  keys.answers.saved = () => void waited++;
  const desk = await Desk.open(t);
  await desk.sitDown(t, [], keys.provider);
  desk.http.on('POST /v1/sessions/recovery/challenge', { challenge: 'c' }, 201);
  desk.http.on('POST /v1/sessions/recovery', { me, token: 'secret' }, 201);
  const login = ['login', 'ana', '--server', server, '--recovery-key'];
  assert.equal(await desk.run(...login, '--password-stdin'), 2);
  assert.equal(await desk.run('login', 'ana', '--server', server, '--key-stdin'), 2);
  assert.equal(await desk.run(...login), 2);
  assert.match(desk.chatter.text, /use --key-stdin/);
  desk.input.end(`${words}\n`);
  assert.equal(await desk.run(...login, '--key-stdin'), 0, desk.chatter.text);
  assert.equal(desk.output.text, 'Signed in as @ana.\n');
  assert.equal(JSON.stringify(desk.http.asked).includes('abandon'), false, 'the server never sees it');
  assert.deepEqual(
    keys.done.filter(([deed]) => deed === 'recover'),
    [['recover', words]],
  );
  assert.equal(waited, 1, 'older chats are there, too, when it ends');
});

test('[CLI28] whoever comes in with a password is told the three ways to their chats', async (t) => {
  const desk = await newcomer(t);
  await desk.sitDown(t, [], new Keys({ phase: 'needs_linking' }).provider);
  assert.equal(await desk.run('login', 'ana', '--server', server, '--password-stdin'), 0);
  assert.match(desk.chatter.text, /Get your chats here[\s\S]*devices link[\s\S]*recover[\s\S]*start-over/);
});
