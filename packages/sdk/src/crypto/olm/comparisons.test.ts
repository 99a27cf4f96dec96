// A new device and a linked one compare seven pictures.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyServer } from './key-server-fixture.ts';
import { conversationOf, Person } from './person-fixture.ts';

const chat = conversationOf('chat');

async function twoDevices() {
  const server = new KeyServer();
  const phone = await Person.join(server, 'ana', 'phone');
  const laptop = await Person.join(server, 'ana', 'laptop');
  return { server, phone, laptop };
}

/** Everything that they say to each other arrives. */
async function settle(...devices: readonly Person[]): Promise<void> {
  for (let round = 0; round < 6; round += 1) for (const device of devices) await device.sync();
}

const last = (device: Person) => device.comparisons.at(-1);

test('[ENC117] when the pictures are the same the new device is linked, and gets the seeds', async () => {
  const { server, phone, laptop } = await twoDevices();
  const ben = await Person.join(server, 'ben');
  assert.deepEqual(laptop.states, ['needs_linking']);
  const { flow } = await laptop.machine.compare(phone.device);
  await settle(phone, laptop);
  assert.equal(last(phone)?.state, 'asked');
  assert.equal(last(phone)?.device, laptop.device);
  await phone.machine.joinComparison(flow);
  await settle(phone, laptop);
  assert.equal(last(phone)?.emoji.length, 7);
  assert.deepEqual(last(laptop)?.emoji, last(phone)?.emoji);
  await laptop.machine.endComparison(flow, true);
  await settle(phone, laptop);
  assert.deepEqual(laptop.states, ['needs_linking']);
  await phone.machine.endComparison(flow, true);
  await settle(phone, laptop);
  assert.deepEqual([last(phone)?.state, last(laptop)?.state], ['done', 'done']);
  assert.deepEqual(laptop.states, ['needs_linking', 'ready']);
  assert.deepEqual(await laptop.machine.exportSecrets(), await phone.machine.exportSecrets());
  const said = await ben.say(chat, [ben, phone], 'to both');
  await laptop.sync();
  assert.equal(await laptop.read(said), 'to both');
});

test('[ENC117] when somebody says that they differ nobody is linked', async () => {
  const { phone, laptop } = await twoDevices();
  const { flow } = await phone.machine.compare(laptop.device);
  await settle(phone, laptop);
  await laptop.machine.joinComparison(flow);
  await settle(phone, laptop);
  assert.equal(last(laptop)?.state, 'compare');
  await phone.machine.endComparison(flow, true);
  await laptop.machine.endComparison(flow, false);
  await settle(phone, laptop);
  assert.deepEqual([last(phone)?.state, last(laptop)?.state], ['cancelled', 'cancelled']);
  assert.deepEqual(laptop.states, ['needs_linking']);
  assert.equal(await laptop.machine.exportSecrets(), null);
  assert.equal((await phone.machine.ownDevices()).find((one) => one.device === laptop.device)?.linked, false);
});
