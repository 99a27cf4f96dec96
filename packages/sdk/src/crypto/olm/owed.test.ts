// A device that does not fetch what waits for it, until its queue is full.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyServer } from './key-server-fixture.ts';
import * as limits from './limits.ts';
import { conversationOf, loginOf, Person } from './person-fixture.ts';

const chat = conversationOf('chat');

async function set() {
  const server = new KeyServer();
  const ana = await Person.join(server, 'ana');
  const ben = await Person.join(server, 'ben');
  const lazy = await ben.link(loginOf(server, 'ben', 'ben2'));
  await ana.sync();
  server.full.add(lazy.device);
  const said = await ana.say(chat, [ana, ben], 'hello');
  await ben.take();
  await lazy.take();
  assert.equal(await ben.read(said), 'hello', 'nobody waits for the full one');
  assert.equal(await lazy.read(said), 'no_key');
  const sends = () => server.calls.get('POST /v1/to-device') ?? 0;
  return { server, ana, ben, lazy, said, sends };
}

test('[ENC236] a room key that a full device did not take is sent again by itself, ever more rarely, to that one only', async () => {
  const { server, ana, ben, lazy, said, sends } = await set();
  // Whoever lacks a key asks its own devices for it.
  await ana.clock.advance(0);
  const before = sends();
  for (let minute = 0; minute < 8; minute++) await ana.clock.advance(limits.oweMinMs);
  assert.equal(sends() - before, 3, 'after one minute, two more, four more');
  const again = server.queueOf(ben.device).filter(({ event_type }) => event_type === 'm.room.encrypted');
  assert.deepEqual(again, [], 'nobody else gets it twice');
  server.full.clear();
  await ana.clock.advance(8 * limits.oweMinMs);
  await lazy.take();
  assert.equal(await lazy.read(said), 'hello');
  const paid = sends();
  await ana.clock.advance(limits.oweMaxMs * 3);
  assert.equal(sends(), paid, 'and never again');
});

test('[ENC236] it is sent again with the next message, and also the key of a session that has ended meanwhile', async () => {
  const { server, ana, ben, lazy, said } = await set();
  ana.clock.jump(limits.fewMs);
  const later = await ana.say(chat, [ana, ben], 'another session');
  assert.equal(await lazy.read(later), 'no_key');
  server.full.clear();
  ana.clock.jump(limits.oweMinMs);
  const last = await ana.say(chat, [ana, ben], 'there is room');
  await lazy.take();
  for (const [envelope, text] of [
    [said, 'hello'],
    [later, 'another session'],
    [last, 'there is room'],
  ] as const)
    assert.equal(await lazy.read(envelope), text);
});

test('[ENC236] what is said between own devices is not taken as told by a full one', async () => {
  const { server, ben, lazy } = await set();
  await ben.sync();
  await assert.rejects(ben.machine.tellOwn(lazy.device, 'word'), { code: 'client.queue_full' });
  server.full.clear();
  await ben.machine.tellOwn(lazy.device, 'word');
  await lazy.take();
  assert.deepEqual(lazy.told, [[ben.device, 'word']]);
});
