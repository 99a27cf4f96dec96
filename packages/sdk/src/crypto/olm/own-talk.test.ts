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
