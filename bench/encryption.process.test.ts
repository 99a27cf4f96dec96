import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { KeyServer } from '../packages/sdk/src/crypto/olm/key-server-fixture.ts';
import { conversationOf, Person } from '../packages/sdk/src/crypto/olm/person-fixture.ts';
import { KeyDevice } from './key-device.ts';
import { makeStranger } from './strangers.ts';
import { encryption } from './suites/encryption.ts';

const folder = await mkdtemp(join(tmpdir(), 'parley-test-'));
after(() => rm(folder, { recursive: true, force: true }));

test('[BEN10] the rows of a device come from messages that open and from keys that arrived', async () => {
  const size = { seconds: 0.05, strangers: { few: 2, many: 3 }, sessions: 30 };
  const measures = await encryption(folder, size, new AbortController().signal);
  assert.deepEqual(
    measures.map(({ id }) => id),
    ['11', '12', '13', '13-900', '14', '15'],
  );
  for (const { value } of measures) assert.ok(value > 0);
});

test('[BEN10] a message that opens to something else gives no figure', async () => {
  const server = new KeyServer();
  await using ana = await KeyDevice.open({ server, folder: join(folder, 'other'), name: 'ana' });
  const said = await ana.seal(conversationOf('notes'), [ana.account], 'what was said');
  await ana.read(said);
  await assert.rejects(ana.read({ ...said, text: 'something else' }), /did not open: what was said/);
  const { order } = said;
  await assert.rejects(ana.read({ ...said, order: { ...order, content: `${order.content}A` } }), /did not open/);
});

test('[BEN10] the library takes a stranger for an account with two devices that may have keys', async () => {
  const server = new KeyServer();
  const ana = await Person.join(server, 'ana');
  const stranger = makeStranger(server, 'stranger');
  await ana.machine.seal({
    ...ana.order(conversationOf('chat'), [ana], 'hello'),
    members: [ana.account, stranger.account],
  });
  assert.equal(stranger.devices.length, 2);
  for (const device of stranger.devices) assert.equal(server.queueOf(device).length, 1);
  assert.deepEqual(ana.news, []);
  await ana.machine.close();
});
