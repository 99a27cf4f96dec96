// The server sees none of it: what people say, call their groups and begin to write, and every private key, is looked
// for in all that it keeps, prints, measures and has in its memory. The same search finds what it may know: a message in
// a room, the name of the server. There are no files of people and no push in this release, so neither is looked into.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Client } from '@parley/sdk';
import { connect, entrance } from '@parley/sdk/node';
import { anotherDevice, recoveryWords } from './devices.ts';
import { leaksIn, type Secrets, searchFor } from './leaks.ts';
import { seen, shows } from './live.ts';
import { folderOfTest, open, operate, startServer } from './operated.ts';
import { password } from './people.ts';
import { keysOfAccount, keysOfDevice } from './private-keys.ts';
import { heapOf, memoryOf, snapshotFlags } from './server-memory.ts';
import type { RunningServer } from './server-process.ts';

/** Words that stand nowhere else. Names, handles and names of devices are no secret: the threat model says so. */
const canaries = {
  message: 'canary-message-kestrel',
  edit: 'canary-edit-heron',
  reply: 'canary-reply-dunlin',
  reaction: 'canary-reaction-wren',
  poll: 'canary-poll-plover',
  option: 'canary-option-siskin',
  group: 'canary-group-osprey',
  title: 'canary-title-curlew',
  said: 'canary-said-lapwing',
  draft: 'canary-draft-wagtail',
  note: 'canary-note-nightjar',
} as const;
const planted = { room: 'canary-room-sparrow', server: 'canary-server-finch' } as const;
/** The chat with the echo bot is readable for the operator, by design: it is off here. */
const settings = { ...open, PARLEY_ECHO_BOT: 'off', PARLEY_NAME: planted.server };

interface Person {
  readonly name: string;
  readonly client: Client;
  readonly folder: string;
  readonly token: string;
  readonly words: string;
}

async function newPerson(t: TestContext, url: string, name: string): Promise<Person> {
  const folder = await folderOfTest();
  const session = await entrance(url).signUp({ handle: name, name, password, deviceName: 'Laptop' });
  const client = await connect({ server: url, session, folder });
  t.after(() => client.close());
  return { name, client, folder, token: session.token ?? assert.fail(), words: await recoveryWords(client) };
}

/** Says every kind of thing; resolves to the link into the group when it is all on the server. */
async function sayEverything(ana: Client, ben: Client, second: Client): Promise<string> {
  const withBen = await ana.createDirect('ben');
  const seq = await (await withBen.send(canaries.message)).placed();
  const withAna = await (await ben.createDirect('ana')).accept().then(() => ben.createDirect('ana'));
  await (await withAna.send(canaries.reply, { replyTo: seq })).placed();
  await (await withAna.react(seq, canaries.reaction)).placed();
  await withBen.edit(seq, canaries.edit);
  const poll = await (await withBen.sendPoll(canaries.poll, [canaries.option, 'no'])).placed();
  await (await withBen.vote(poll, [0])).placed();
  const group = await ana.createGroup(canaries.group, [ben.me.snapshot.account]);
  await group.update({ title: canaries.title });
  const { link } = await group.links.create();
  await (await group.send(canaries.said)).placed();
  await (await (await second.createDirect('ana')).send(canaries.note)).placed();
  await (await ana.createRoom({ title: 'Square' })).send(planted.room);
  await Promise.all([ana.flushed(), ben.flushed()]);
  await shows(withAna.timeline(), canaries.edit);
  await seen(ben.conversations, (all) => (all.some(({ title }) => title === canaries.title) ? true : null));
  withBen.setDraft(canaries.draft);
  await seen(second.conversations, (all) => (all.some(({ draft }) => draft === canaries.draft) ? true : null));
  return link ?? assert.fail();
}

/** What the server has besides its files, while it runs and people are connected. */
async function takeAll(server: RunningServer, snapshots: string) {
  const metrics = Buffer.from(await (await fetch(server.summary.metrics)).text());
  assert.match(metrics.toString(), /^parley_sockets [1-9]/m);
  return { metrics, heap: await heapOf(server, snapshots), memory: await memoryOf(server) };
}

/** What was found of secrets. This that the server may know must be among it: the same search finds what is there. */
function secretsIn(found: readonly string[], mayKnow: keyof typeof planted): readonly string[] {
  const names = (one: string, name: string) => one === name || one.startsWith(`${name} in `);
  assert.ok(
    found.some((one) => names(one, mayKnow)),
    `the ${mayKnow} is not found`,
  );
  return found.filter((one) => !Object.keys(planted).some((name) => names(one, name)));
}

test('[ENC152] without the echo bot, nothing that people say and no private key is in what the server keeps, prints, measures or has in memory', async (t) => {
  const [folder, snapshots] = [await folderOfTest(), await folderOfTest()];
  const server = await startServer(folder, settings, snapshotFlags(snapshots));
  const { url } = server.summary;
  const [ana, ben] = [await newPerson(t, url, 'ana'), await newPerson(t, url, 'ben')];
  const ofSecond = await folderOfTest();
  const second = await anotherDevice(url, 'ana', ana.words, ofSecond);
  t.after(() => second.close());
  await assert.rejects(ana.client.createDirect('echo'), { code: 'account.unknown' });
  assert.ok(!existsSync(join(folder, 'echo-bot')), 'the echo bot is off');
  const link = await sayEverything(ana.client, ben.client, second);
  const taken = await takeAll(server, snapshots);
  const copy = join(await folderOfTest(), 'copy');
  const made = await operate(folder, ['backup', copy]);
  assert.equal(made.code, 0, made.stderr);

  const ofAccounts: Secrets[] = [];
  for (const { name, client, token, words } of [ana, ben])
    ofAccounts.push(await keysOfAccount(name, url, { token, account: client.me.snapshot.account, words }));
  for (const client of [ana.client, ben.client, second]) await client.close();
  const ofDevices = [
    await keysOfDevice('ana laptop', ana.folder),
    await keysOfDevice('ana phone', ofSecond),
    await keysOfDevice('ben laptop', ben.folder),
  ];
  const keys = [...ofAccounts, ...ofDevices].flatMap((secrets) => Object.entries(secrets));
  const unseen: Secrets = { ...canaries, link: link.slice(-43), ...Object.fromEntries(keys) };
  const search = searchFor({ ...unseen, ...planted, password });
  const { metrics, heap, memory } = taken;
  const seenMemory = memory.length > 0 ? 'all memory' : 'the heap alone: this system shows no more';
  t.diagnostic(`${Object.keys(unseen).length} secrets; ${seenMemory}`);

  const files = await readdir(folder, { recursive: true });
  for (const end of ['.db-wal', '.db', '.segment'])
    assert.ok(
      files.some((name) => name.endsWith(end)),
      files.join(' '),
    );
  const running = secretsIn(await leaksIn(folder, search), 'room');
  const backup = secretsIn(await leaksIn(copy, search), 'room');
  assert.equal(await server.stop(), 0);
  const stopped = secretsIn(await leaksIn(folder, search), 'room');
  const none = { running: [], backup: [], stopped: [], heap: [] };
  assert.deepEqual({ running, backup, stopped, heap: secretsIn(search(heap), 'server') }, none);
  // The server hears a password when somebody signs in, and used memory is not wiped: that one is not looked for here.
  const searchMemory = searchFor({ ...unseen, ...planted });
  const remembered = [...new Set(memory.flatMap(searchMemory))];
  assert.deepEqual(remembered.toSorted(), memory.length > 0 ? ['room', 'server'] : []);

  const printed = Buffer.from(server.output());
  assert.deepEqual(searchFor({ ana: ana.token, ben: ben.token })(printed), []);
  for (const text of [metrics, printed]) {
    assert.deepEqual(search(text), []);
    // Nothing secret can be brought there from outside: the leak is added to what was taken.
    assert.deepEqual(search(Buffer.concat([text, Buffer.from(`{text="${canaries.note}"} 1\n`)])), ['note']);
  }
});

test('[ENC152] the search knows a secret in each of its spellings, wherever it begins', () => {
  const secret = Buffer.from('a3f0c9175be2000122ff5c7f80a40d0a', 'hex');
  const search = searchFor({ secret, other: 'another secret' });
  for (const before of ['', 'a', 'ab', 'abc']) {
    const whole = Buffer.concat([Buffer.from(before), secret, Buffer.from('and more')]);
    const texts = (['base64', 'base64url', 'hex', 'latin1'] as const).map((spelling) => whole.toString(spelling));
    const json = JSON.stringify(texts[3]).slice(1, -1);
    texts.push(whole.toString('hex').toUpperCase(), JSON.stringify([...whole]), json);
    texts.push(json.replaceAll(/[\u0080-\uffff]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16).toUpperCase()}`));
    for (const text of texts)
      for (const letters of ['utf8', 'utf16le'] as const)
        assert.deepEqual(search(Buffer.from(`{"x":"${text}"}`, letters)), ['secret'], text);
    assert.deepEqual(search(whole), ['secret']);
  }
});
