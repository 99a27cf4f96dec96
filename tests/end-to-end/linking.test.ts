// A second device that is linked by seven pictures or over a code, on a real server: it is given what the first one has,
// and reads everything there ever was.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from '@parley/sdk';
import { connect, entrance } from '@parley/sdk/node';
import { lockedDevice } from './devices.ts';
import { seen, shows, stands } from './live.ts';
import { folderOfTest, open, startServer } from './operated.ts';
import { password } from './people.ts';
import { freshFolder } from './server-process.ts';

/** More than a page, and two sessions of keys. */
const many = 60;

/** A new account whose first device is ready; the caller closes it. */
async function newcomer(url: string, handle: string, folder?: string): Promise<Client> {
  const session = await entrance(url).signUp({ handle, name: handle, password, deviceName: 'Laptop' });
  const client = await connect({ server: url, session, ...(folder !== undefined && { folder }) });
  await stands(client, { phase: 'ready', recovery: 'offered' });
  return client;
}

const pictures = ({ encryption }: Client) =>
  seen(encryption, ({ comparison }) => (comparison?.state === 'compare' ? comparison : null));

/** Both screens show the same, and a person says so on both. */
async function link(fresh: Client, old: Client): Promise<void> {
  const device = (await fresh.encryption.devices()).find(({ linked }) => linked)?.device;
  assert.ok(device !== undefined);
  await fresh.encryption.compare(device);
  const asked = await seen(old.encryption, ({ comparison }) => (comparison?.state === 'asked' ? comparison : null));
  await assert.rejects(old.encryption.joinComparison(asked.flow, 'a guess'), { code: 'auth.refused' });
  await old.encryption.joinComparison(asked.flow, password);
  const [here, there] = await Promise.all([pictures(fresh), pictures(old)]);
  assert.deepEqual(here.emoji, there.emoji);
  assert.equal(here.emoji.length, 7);
  await fresh.encryption.endComparison(here.flow, true);
  await old.encryption.endComparison(there.flow, true);
  await stands(fresh, { phase: 'ready', recovery: 'confirmed' });
}

/** The old device scans what the new one shows, and its digits are typed there. */
async function linkByCode(fresh: Client, old: Client, url: string): Promise<void> {
  const { text } = await fresh.encryption.showPairing(url);
  await assert.rejects(old.encryption.scanPairing(text ?? '', 'a guess'), { code: 'auth.refused' });
  await old.encryption.scanPairing(text ?? '', password);
  const shown = await seen(old.encryption, ({ pairing }) => (pairing?.state === 'digits' ? pairing : null));
  await seen(fresh.encryption, ({ pairing }) => (pairing?.state === 'digits' ? pairing : null));
  assert.equal(shown.device, fresh.me.snapshot.device);
  await fresh.encryption.typePairing(shown.digits ?? '');
  await stands(fresh, { phase: 'ready', recovery: 'confirmed' });
  await seen(old.encryption, ({ pairing }) => (pairing?.state === 'done' ? pairing : null));
}

test('[ENC165] a device linked by pictures reads the oldest message and what was sent while both were off', async () => {
  await using server = await startServer(await freshFolder(), open);
  const { url } = server.summary;
  const folder = await folderOfTest();
  const [first, ben] = [await newcomer(url, 'ana', folder), await newcomer(url, 'ben')];
  const withBen = await first.createDirect('ben');
  const oldest = await (await withBen.send('the oldest')).placed();
  const withAna = await ben.createDirect('ana');
  const ofBen = withAna.timeline();
  await shows(ofBen, 'the oldest');
  await withAna.accept();
  for (let n = 1; n <= many; n++) await withBen.send(`number ${n}`);
  await first.flushed();
  await shows(ofBen, `number ${many}`);
  await first.close();
  await (await withAna.send('while both were off')).reached('sent');

  const second = await lockedDevice(url, 'ana');
  const there = second.conversation(withBen.id);
  assert.ok(there !== null);
  const line = there.timeline();
  await shows(line, '');
  assert.deepEqual([...new Set(line.snapshot.items.map(({ type }) => type))], ['undecryptable']);
  const again = await connect({ server: url, folder });
  await stands(again, { phase: 'ready' });
  await link(second, again);
  await shows(line, 'while both were off');
  await line.jumpTo(oldest);
  await shows(line, 'the oldest');
  await line.jumpToNewest();
  assert.ok(line.snapshot.items.every(({ type }) => type !== 'undecryptable'));
  await there.send('from the second');
  await shows(ofBen, 'from the second');
  await withAna.send('to both');
  await shows(line, 'to both');
  await shows((await again.createDirect('ben')).timeline(), 'from the second');

  const { account } = ben.me.snapshot;
  await again.encryption.confirmIdentity(account);
  const isConfirmed = async () => (await second.encryption.identity(account)).state === 'confirmed';
  while (!(await isConfirmed()));
  for (const client of [second, again, ben]) await client.close();
});

test('[ENC220] [ENC224] a device linked by a code, with the password of its owner, reads all and is told of what is new', async () => {
  await using server = await startServer(await freshFolder(), open);
  const { url } = server.summary;
  const [first, ben] = [await newcomer(url, 'ana'), await newcomer(url, 'ben')];
  const withBen = await first.createDirect('ben');
  await withBen.send('the oldest');
  await first.flushed();
  const second = await lockedDevice(url, 'ana');
  await linkByCode(second, first, url);
  const there = second.conversation(withBen.id);
  assert.ok(there !== null);
  const line = there.timeline();
  await shows(line, 'the oldest');
  const devices = await first.encryption.devices();
  assert.deepEqual([...new Set(devices.map(({ linked }) => linked))], [true]);
  const withAna = await ben.createDirect('ana');
  await withAna.send('to both');
  await shows(line, 'to both');
  for (const client of [first, second, ben]) await client.close();
});
