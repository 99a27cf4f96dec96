// Messages that are sealed while their room key is on its way to the server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpResponse } from '../../ports.ts';
import { KeyServer } from './key-server-fixture.ts';
import { claimAgainMs } from './limits.ts';
import { conversationOf, loginOf, Person } from './person-fixture.ts';

const chat = conversationOf('chat');

/** Two people; the calls by which the first one sends keys wait until they are let go. */
async function set() {
  const server = new KeyServer();
  const login = loginOf(server, 'ana');
  const held: { let(isThere: boolean): void }[] = [];
  let asks = () => {};
  const line = { isHeld: false, isDown: false };
  const call: typeof login.call = async (request) => {
    if (!line.isHeld || `${request.method} ${request.path}` !== 'POST /v1/to-device') return login.call(request);
    if (line.isDown) throw new Error('unreachable');
    return new Promise<HttpResponse>((resolve, reject) => {
      held.push({ let: (isThere) => (isThere ? resolve(login.call(request)) : reject(new Error('unreachable'))) });
      asks();
    });
  };
  const ana = await Person.open({ ...login, call });
  await ana.machine.start();
  const ben = await Person.join(server, 'ben');
  await ana.sync();
  line.isHeld = true;
  const asked = () => (held.length > 0 ? Promise.resolve() : new Promise<void>((resolve) => (asks = resolve)));
  return { server, ana, ben, line, held, asked };
}

test('[ENC280] what is sealed while a room key is on its way is handed out in order when the server has it, and not before', async () => {
  const { ana, ben, held, asked } = await set();
  const out: number[] = [];
  const all = Array.from({ length: 5 }, async (_, n) => {
    const said = await ana.say(chat, [ana, ben], `number ${n}`);
    out.push(n);
    return said;
  });
  await asked();
  // Another conversation is sealed from end to end meanwhile, and its key waits, too.
  const notes = ana.say(conversationOf('notes'), [ana], 'a note');
  assert.equal((await notes).content.length > 0, true);
  assert.deepEqual(out, []);
  assert.equal(held.length, 1, 'one room key for all of them');
  held[0]?.let(true);
  const said = await Promise.all(all);
  assert.deepEqual(out, [0, 1, 2, 3, 4]);
  assert.equal(new Set(said.map(({ content }) => content.split('.')[1])).size, 1);
  await ben.sync();
  for (const [n, one] of said.entries()) assert.equal(await ben.read(one), `number ${n}`);
  const later = await ana.say(chat, [ana, ben], 'later');
  assert.equal(held.length, 1, 'it is not sent again');
  assert.equal(await ben.read(later), 'later');
});

test('[ENC280] when a room key does not get there nothing that was sealed with it is handed out, and all is sealed again', async () => {
  const { ana, ben, line, held, asked } = await set();
  const orders = Array.from({ length: 4 }, (_, n) => ana.order(chat, [ana, ben], `number ${n}`));
  const first = Promise.allSettled(orders.map((order) => ana.seal(order)));
  await asked();
  line.isDown = true;
  held.pop()?.let(false);
  for (const outcome of await first) assert.equal(outcome.status, 'rejected');
  line.isDown = false;
  const again = orders.map((order) => ana.seal(order));
  await asked();
  held.pop()?.let(true);
  const said = await Promise.all(again);
  await ben.sync();
  for (const [n, one] of said.entries()) assert.equal(await ben.read(one), `number ${n}`);
  assert.equal(new Set(said.map(({ content }) => content)).size, 4);
});

test('[ENC280] whoever leaves while a room key is on its way reads nothing that is sealed afterwards', async () => {
  const { server, ana, ben, held, asked } = await set();
  const cleo = await Person.join(server, 'cleo');
  await ana.sync();
  const before = ana.say(chat, [ana, ben, cleo], 'to all');
  await asked();
  const after = ana.say(chat, [ana, ben], 'to two');
  held.pop()?.let(true);
  await before;
  await asked();
  held.pop()?.let(true);
  await Promise.all([ben.sync(), cleo.sync()]);
  assert.deepEqual([await ben.read(await before), await ben.read(await after)], ['to all', 'to two']);
  assert.deepEqual([await cleo.read(await before), await cleo.read(await after)], ['to all', 'no_key']);
});

test('[ENC366] who could not be given a room key, because their keys were refused, is given the next one', async () => {
  const { server, ana, ben, line } = await set();
  line.isHeld = false;
  const cleo = await Person.join(server, 'cleo');
  server.strangers.add(cleo.account);
  await ana.say(chat, [ana, ben, cleo], 'cleo is just being removed');
  server.strangers.clear();
  await ana.say(chat, [ana, ben], 'without cleo');
  const said = await ana.say(chat, [ana, ben, cleo], 'cleo is back');
  await cleo.sync();
  assert.equal(await cleo.read(said), 'cleo is back');
});

test('[ENC366] who was unknown to the server when they were asked for is asked for again when something is for them', async () => {
  const { server, ana, ben, line } = await set();
  line.isHeld = false;
  const cleo = await Person.join(server, 'cleo');
  server.lie = (item) => (item.account === cleo.account ? null : item);
  const before = await ana.say(chat, [ana, ben, cleo], 'too early');
  server.lie = null;
  const said = await ana.say(chat, [ana, ben, cleo], 'in time');
  await cleo.sync();
  assert.deepEqual([await cleo.read(before), await cleo.read(said)], ['no_key', 'in time']);
});

test('[ENC366] who gave no key is asked again ten seconds later, and reads from there on', async () => {
  const { server, ana, ben, line } = await set();
  line.isHeld = false;
  const cleo = await Person.join(server, 'cleo');
  const claims = () => server.calls.get('POST /v1/keys/claim') ?? 0;
  server.strangers.add(cleo.account);
  const all = [ana, ben, cleo];
  await ana.say(chat, all, 'too early');
  server.strangers.clear();
  const before = claims();
  const soon = await ana.say(chat, all, 'a moment later');
  assert.equal(claims(), before);
  await ana.clock.advance(claimAgainMs);
  const said = await ana.say(chat, all, 'in time');
  await ana.say(chat, all, 'and again');
  assert.equal(claims(), before + 1);
  await cleo.sync();
  assert.deepEqual([await cleo.read(soon), await cleo.read(said)], ['no_key', 'in time']);
});
