// The server sees none of it: what people say, call their groups and begin to write, and every private key, is looked
// for in all that it keeps and prints. The same search finds what it may know: a message in a room.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import type { AccountId, RouteResult } from '@parley/protocol';
import type { Client } from '@parley/sdk';
import { connect, entrance } from '@parley/sdk/node';
import { readRecoveryKey } from '../../packages/sdk/src/crypto/recovery-text.ts';
import { openVault } from '../../packages/sdk/src/crypto/vault-open.ts';
import { anotherDevice, recoveryWords } from './devices.ts';
import { leaksIn, leaksOf, type Secrets } from './leaks.ts';
import { seen, shows } from './live.ts';
import { open } from './operated.ts';
import { password } from './people.ts';
import { call } from './rest.ts';
import { freshFolder, startServer } from './server-process.ts';

/** Words that stand nowhere else. */
const canaries = {
  message: 'canary-message-kestrel',
  edit: 'canary-edit-heron',
  poll: 'canary-poll-plover',
  group: 'canary-group-osprey',
  title: 'canary-title-curlew',
  draft: 'canary-draft-wagtail',
  note: 'canary-note-nightjar',
} as const;
const planted = { room: 'canary-room-sparrow' };

/** Every private key of the account, taken out of its vault with the recovery key as its owner has it. */
async function privateKeys(url: string, token: string, owner: { account: AccountId; words: string }): Promise<Secrets> {
  const typed = readRecoveryKey(owner.words);
  assert.ok(typed.ok);
  const { items } = await call<RouteResult<'getVault'>>(url, 'GET', '/v1/vault', { token });
  const values = Object.fromEntries(items.map(({ name, value }) => [name, value]));
  const vault = await openVault(owner.account, typed.key, { values, masterKey: null });
  assert.ok(vault.ok);
  const { identity, epochs, dehydrated, settings } = vault.contents;
  assert.ok(dehydrated !== null && settings !== null);
  const seeds = Object.entries<string>({ ...identity }).map(([name, seed]) => keyOf(name, Buffer.from(seed, 'base64')));
  const backups = epochs.map(({ epoch, key }) => keyOf(`backup ${epoch}`, key));
  const words = typed.key;
  return { ...Object.fromEntries([...seeds, ...backups]), dehydrated, settings, words, asWords: owner.words };
}

const keyOf = (name: string, bytes: Uint8Array): readonly [string, Uint8Array] => [name, bytes];

/** Says every kind of thing; resolves when it is all on the server. */
async function sayEverything(ana: Client, ben: Client, second: Client): Promise<void> {
  const withBen = await ana.createDirect('ben');
  const seq = await (await withBen.send(canaries.message)).placed();
  await (await ben.createDirect('ana')).accept();
  await withBen.edit(seq, canaries.edit);
  await withBen.sendPoll(canaries.poll, ['yes', 'no']);
  const group = await ana.createGroup(canaries.group, [ben.me.snapshot.account]);
  await group.update({ title: canaries.title });
  await (await ana.createDirect('ana')).send(canaries.note);
  await (await ana.createRoom({ title: 'Square' })).send(planted.room);
  await ana.flushed();
  const ofBen = (await ben.createDirect('ana')).timeline();
  await shows(ofBen, canaries.edit);
  await (await seen(ben.conversations, () => ben.conversation(group.id))).accept();
  await seen(ben.conversations, (all) => (all.some(({ title }) => title === canaries.title) ? true : null));
  withBen.setDraft(canaries.draft);
  await seen(second.conversations, (all) => (all.some(({ draft }) => draft === canaries.draft) ? true : null));
}

test('[ENC152] nothing that people say and no private key is in what the server keeps or prints', async () => {
  const folder = await freshFolder();
  await using server = await startServer(folder, open);
  const { url } = server.summary;
  const session = await entrance(url).signUp({ handle: 'ana', name: 'Ana', password, deviceName: 'Laptop' });
  const token = session.token ?? assert.fail();
  const ana = await connect({ server: url, session });
  const ofBen = await entrance(url).signUp({ handle: 'ben', name: 'Ben', password, deviceName: 'Laptop' });
  const ben = await connect({ server: url, session: ofBen });
  const words = await recoveryWords(ana);
  const second = await anotherDevice(url, 'ana', words);
  await sayEverything(ana, ben, second);
  const keys = await privateKeys(url, token, { account: ana.me.snapshot.account, words });
  const secrets: Secrets = { ...canaries, ...keys, password };
  for (const client of [ana, ben, second]) await client.close();

  const running = await leaksIn(folder, secrets);
  const files = await readdir(folder, { recursive: true });
  assert.ok(
    ['.db-wal', '.db', '.segment'].every((end) => files.some((name) => name.endsWith(end))),
    files.join(' '),
  );
  assert.ok((await leaksIn(folder, planted)).length > 0, 'the search finds what is there');
  await server.stop();
  assert.deepEqual([running, await leaksIn(folder, secrets)], [[], []]);
  assert.deepEqual(leaksOf(Buffer.from(server.output()), { ...secrets, ...planted, token }), []);
  assert.ok((await leaksIn(folder, planted)).length > 0);
});

test('[ENC152] the search knows a secret in each of its spellings, wherever it begins', () => {
  const secret = Buffer.from('a3f0c9175be2', 'hex');
  for (const before of ['', 'a', 'ab', 'abc'])
    for (const spelling of ['base64', 'base64url', 'hex', 'latin1'] as const) {
      const text = Buffer.concat([Buffer.from(before), secret, Buffer.from('and more')]).toString(spelling);
      assert.deepEqual(leaksOf(Buffer.from(`{"x":"${text}"}`, 'latin1'), { secret, other: 'another' }), ['secret']);
    }
});
