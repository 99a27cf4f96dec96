// Keys that were lost on the way come again, to those for whom they were.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OpenOrder } from '../key-machine.ts';
import * as limits from './limits.ts';
import { accountOf, conversationOf, loginOf, Person, people } from './person-fixture.ts';

const chat = conversationOf('chat');

/** Reads in vain, waits until its maker is asked, and lets both talk. */
async function heal(reader: Person, maker: Person, said: OpenOrder, waitMs: number): Promise<string> {
  const read = await reader.read(said);
  if (read !== 'no_key') return read;
  await reader.clock.advance(waitMs);
  for (let round = 0; round < 4; round += 1)
    for (const one of [reader, maker]) {
      await one.sync();
      // What is done aside takes some turns.
      for (let turn = 0; turn < 40; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  return reader.read(said);
}

const [first, second] = limits.askMakerAfterMs as [number, number];

test('[ENC118] a key that was lost on the way comes again from its maker', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const said = await ana.say(chat, joined, 'lost on the way');
  server.queues.delete(ben.device);
  assert.equal(await heal(ben, ana, said, first), 'lost on the way');
  assert.equal(ben.readable.at(-1), said.content.split('.')[1]);
  const taken = await ben.machine.takeRoomKeys();
  assert.equal(taken?.rows[0]?.origin.device, ana.device);
});

test('[ENC118] a key of a group of hundreds comes again from its maker, too', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const others = Array.from({ length: 300 }, (_, at) => accountOf(`other${at}x`));
  const order = ana.order(chat, joined, 'lost on the way to one of many');
  const said = await ana.seal({ ...order, members: [...order.members, ...others] });
  server.queues.delete(ben.device);
  assert.equal(await heal(ben, ana, said, first), 'lost on the way to one of many');
});

test('[ENC120] a key that came too late for the first messages of its session comes again from its beginning', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  // The server has no one-time key for Ben at first.
  server.strangers.add(ben.account);
  const one = await ana.say(chat, joined, 'one');
  server.strangers.clear();
  await ana.clock.advance(limits.claimAgainMs);
  const two = await ana.say(chat, joined, 'two');
  assert.equal(one.content.split('.')[1], two.content.split('.')[1]);
  await ben.sync();
  assert.equal(await ben.read(two), 'two');
  assert.equal(await heal(ben, ana, one, first), 'one');
  assert.equal(await ben.read(two), 'two');
});

test('[ENC120] who had no network when a maker was to be asked asks half a minute later', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const said = await ana.say(chat, joined, 'in a tunnel');
  server.queues.delete(ben.device);
  assert.equal(await ben.read(said), 'no_key');
  server.reachable = false;
  await ben.clock.advance(first);
  for (let turn = 0; turn < 60; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  server.reachable = true;
  assert.equal(await heal(ben, ana, said, first), 'in a tunnel');
});

test('[ENC118] who joined a session later, or is no member, is not given what was before it', async () => {
  const { server, joined } = await people('ana', 'ben', 'cleo', 'mal');
  const [ana, ben, cleo, mal] = joined as [Person, Person, Person, Person];
  const before = await ana.say(chat, [ana, ben], 'before cleo');
  const after = await ana.say(chat, [ana, ben, cleo], 'with cleo');
  assert.equal(before.content.split('.')[1], after.content.split('.')[1]);
  server.queues.delete(cleo.device);
  assert.equal(await heal(cleo, ana, before, first), 'no_key');
  assert.equal(await heal(mal, ana, before, first), 'no_key');
  assert.equal(await heal(cleo, ana, before, second), 'no_key');
});

test('[ENC367] who was to get a session from the start, got none and left is not given what was said with it afterwards', async () => {
  const { server, joined } = await people('ana', 'ben', 'cleo');
  const [ana, ben, cleo] = joined as [Person, Person, Person];
  server.strangers.add(cleo.account);
  const before = await ana.say(chat, [ana, ben, cleo], 'to all');
  const after = await ana.say(chat, [ana, ben], 'to two');
  assert.notEqual(before.content.split('.')[1], after.content.split('.')[1]);
  server.strangers.clear();
  assert.equal(await heal(cleo, ana, after, first), 'no_key');
  assert.equal(await heal(cleo, ana, before, first), 'to all');
  await ben.sync();
  assert.deepEqual([await ben.read(before), await ben.read(after)], ['to all', 'to two']);
});

test('[ENC118] a maker answers a device once an hour', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const said = await ana.say(chat, joined, 'again and again');
  server.queues.delete(ben.device);
  assert.equal(await ben.read(said), 'no_key');
  await ben.clock.advance(first);
  for (let turn = 0; turn < 60; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  await ana.sync();
  for (let turn = 0; turn < 60; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  server.queues.delete(ben.device);
  assert.equal(await heal(ben, ana, said, second), 'no_key');
  ana.clock.jump(limits.resendAgainMs);
  assert.equal(await heal(ben, ana, said, limits.askMakerAfterMs[2] ?? 0), 'again and again');
});

test('[ENC214] an answer that did not get through does not count: who asks again gets another', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const said = await ana.say(chat, joined, 'lost twice');
  server.queues.delete(ben.device);
  assert.equal(await ben.read(said), 'no_key');
  await ben.clock.advance(first);
  for (let turn = 0; turn < 60; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  server.failOnce = 'POST /v1/to-device';
  await ana.sync();
  for (let turn = 0; turn < 60; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(server.failOnce, null);
  server.queues.delete(ben.device);
  assert.equal(await heal(ben, ana, said, second), 'lost twice');
});

test('[ENC118] a key for which nobody asked is not taken', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const said = await ana.say(chat, joined, 'unasked');
  server.queues.delete(ben.device);
  const other = await ben.link(loginOf(server, 'ben', 'ben2'));
  assert.equal(await other.read(said), 'no_key');
  await other.clock.advance(first);
  for (let turn = 0; turn < 60; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  await ana.sync();
  for (let turn = 0; turn < 60; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  const answers = server.queueOf(other.device).filter((item) => item.sender === ana.account);
  assert.equal(answers.length, 1);
  await ben.machine.receive(answers);
  assert.equal(await ben.read(said), 'no_key');
  await other.sync();
  assert.equal(await other.read(said), 'unasked');
});

test('[ENC123] what comes again from somebody else than a link named is not taken, until they are accepted', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  await ben.machine.expectIdentity(ana.account, 'A'.repeat(43));
  const said = await ana.say(chat, joined, 'send me money');
  server.queues.delete(ben.device);
  assert.equal(await heal(ben, ana, said, first), 'no_key');
  assert.equal(await ben.machine.takeRoomKeys(), null);
  await ben.machine.acceptIdentity(ana.account);
  await ana.clock.advance(limits.resendAgainMs);
  assert.equal(await heal(ben, ana, said, second), 'send me money');
});

for (const how of ['never confirmed', 'confirmed', 'accepted afresh'])
  test(`[ENC382] whoever is another one since a session began gets no key of it: ${how}`, async () => {
    const { server, joined } = await people('ana', 'ben');
    const [ana, ben] = joined as [Person, Person];
    if (how === 'confirmed') await ana.machine.confirm(ben.account);
    const said = await ana.say(chat, joined, 'for ben alone');
    const swapped = await Person.join(server, 'ben', 'ben2');
    await swapped.machine.resetIdentity('correct', 'safe');
    await ana.sync();
    if (how === 'accepted afresh') await ana.machine.acceptIdentity(ben.account);
    assert.equal(await heal(swapped, ana, said, first), 'no_key');
    // What is said to them from now on they get, and again where it was lost.
    if (how === 'confirmed') return;
    const next = conversationOf('next');
    const more = await ana.say(next, [ana, swapped], 'whoever you are');
    server.queues.delete(swapped.device);
    assert.equal(await heal(swapped, ana, more, first), 'whoever you are');
  });

test('[ENC382] an identity that the server shows, takes back and shows again gets no key of what was said between', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  await ana.say(chat, joined, 'hello');
  const show = async (identity: ReturnType<typeof server.identities.get>) => {
    server.identities.set(ben.account, identity ?? assert.fail());
    server.changes.push(ben.account);
    await ana.sync();
  };
  const real = structuredClone(server.identities.get(ben.account));
  const swapped = await Person.join(server, 'ben', 'ben2');
  await swapped.machine.resetIdentity('correct', 'safe');
  const other = structuredClone(server.identities.get(ben.account));
  await show(other);
  await show(real);
  const said = await ana.say(conversationOf('between'), joined, 'for ben alone');
  await show(other);
  assert.equal(await heal(swapped, ana, said, first), 'no_key');
});
