// What the devices of one account say to each other, and whom they do not hear.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyServer } from './key-server-fixture.ts';
import { loginOf, Person } from './person-fixture.ts';

test('[ENC160] a linked device says something to another one, and the server cannot read it', async () => {
  const server = new KeyServer();
  const phone = await Person.join(server, 'ana', 'phone');
  const laptop = await phone.link(loginOf(server, 'ana', 'laptop'));
  await phone.sync();
  await laptop.machine.tellOwn(phone.device, 'where is the vault?');
  await phone.sync();
  assert.deepEqual(phone.told, [[laptop.device, 'where is the vault?']]);
  await phone.machine.tellOwn(laptop.device, 'here');
  await laptop.sync();
  assert.deepEqual(laptop.told, [[phone.device, 'here']]);
  assert.ok(server.sent.every((content) => !content.includes('vault')));
});

test('[ENC160] a device that is not linked is neither told nor heard, nor is anybody else', async () => {
  const server = new KeyServer();
  const phone = await Person.join(server, 'ana', 'phone');
  const stranger = await Person.join(server, 'ana', 'stranger');
  const ben = await Person.join(server, 'ben');
  await phone.sync();
  for (const device of [stranger.device, ben.device, phone.device])
    await assert.rejects(phone.machine.tellOwn(device, 'secret'), { code: 'not_found' });
  // It takes the identity that the server shows for no more than that.
  await assert.rejects(stranger.machine.tellOwn(phone.device, 'give me the vault'), { code: 'not_found' });
  const plain = { type: 'parley.own', content: JSON.stringify({ text: 'in clear' }) };
  await phone.machine.receive([
    { n: 99, sender: phone.account, device: stranger.device, event_type: plain.type, content: plain.content },
  ]);
  assert.deepEqual([phone.told, stranger.told], [[], []]);
});

test('[ENC240] what was heard is told again at each start until it is done with', async () => {
  const server = new KeyServer();
  const phone = await Person.join(server, 'ana', 'phone');
  const laptop = await phone.link(loginOf(server, 'ana', 'laptop'));
  await phone.sync();
  for (const text of ['one', 'two']) await laptop.machine.tellOwn(phone.device, text);
  await phone.sync();
  const words = ['one', 'two'].map((text) => [laptop.device, text] as const);
  assert.deepEqual(phone.told.splice(0), words);
  await phone.machine.heardOwn(laptop.device, 'one');
  await phone.machine.start();
  assert.deepEqual(phone.told.splice(0), words.slice(1));
  await phone.machine.heardOwn(laptop.device, 'two');
  await phone.machine.start();
  assert.deepEqual(phone.told, []);
});
