// Machines against a server in memory: who reads what, and who does not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageId } from '@parley/protocol';
import { accountOf, conversationOf, deviceOf, loginOf, Person, people } from './person-fixture.ts';

const chat = conversationOf('chat');

test('[ENC100] two people read each other, and the author reads itself', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const hello = await ana.say(chat, joined, 'hello');
  assert.equal(await ben.read(hello), 'no_key');
  await ben.sync();
  assert.equal(await ben.read(hello), 'hello');
  assert.deepEqual(ben.readable, [hello.content.split('.')[1]]);
  assert.equal(await ana.read(hello), 'hello');
  const answer = await ben.say(chat, joined, 'hi');
  await ana.sync();
  assert.equal(await ana.read(answer), 'hi');
  assert.ok(server.sent.every((content) => !content.includes('session_key')));
});

test('[ENC100] how somebody stands is asked for the first time that anybody wants to know', async () => {
  const { joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const [before] = await ana.machine.identities([ben.account]);
  assert.equal(before?.state, 'known');
  assert.notEqual(before?.fingerprint, null);
});

test('[ENC100] a group of three reads, and nobody else with all that the server has', async () => {
  const { joined } = await people('ana', 'ben', 'cleo', 'mal');
  const members = joined.slice(0, 3);
  const [ana, ben, cleo, mal] = joined as [Person, Person, Person, Person];
  const said = await ana.say(chat, members, 'for three');
  for (const one of [ben, cleo, mal]) await one.sync();
  assert.equal(await ben.read(said), 'for three');
  assert.equal(await cleo.read(said), 'for three');
  assert.equal(await mal.read(said), 'no_key');
});

test('[ENC100] a second device reads what is said after it was linked, also by the first one', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const before = await ana.say(chat, joined, 'before');
  const second = await ben.link(loginOf(server, 'ben', 'ben2'));
  await ana.sync();
  const after = await ana.say(chat, joined, 'after');
  await second.sync();
  assert.equal(await second.read(after), 'after');
  assert.equal(await second.read(before), 'no_key');
  await ben.sync();
  const own = await ben.say(chat, joined, 'from my phone');
  await second.sync();
  assert.equal(await second.read(own), 'from my phone');
});

test('[ENC101] messages open newest first, and again', async () => {
  const { joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const said = [];
  for (let n = 0; n < 60; n += 1) said.push(await ana.say(chat, joined, `number ${n}`));
  await ben.sync();
  for (const [at, one] of [...said.entries()].reverse()) assert.equal(await ben.read(one), `number ${at}`);
  assert.equal(await ben.read(said[30] as never), 'number 30');
});

test('[ENC102] under another name, id, device or conversation nothing opens', async () => {
  const { joined } = await people('ana', 'ben', 'mal');
  const [ana, ben, mal] = joined as [Person, Person, Person];
  const said = await ana.say(chat, joined, 'mine');
  await mal.say(chat, joined, 'so that it is known');
  await ben.sync();
  assert.equal(await ben.read(said), 'mine');
  assert.equal(await ben.read({ ...said, sender: mal.account }), 'altered');
  assert.equal(await ben.read({ ...said, sender: mal.account, device: mal.device }), 'altered');
  assert.equal(await ben.read({ ...said, device: deviceOf('other') }), 'altered');
  assert.equal(await ben.read({ ...said, id: 'another' as MessageId }), 'altered');
  assert.equal(await ben.read({ ...said, conversation: conversationOf('other') }), 'no_key');
  assert.equal(await ben.read({ ...said, device: null }), 'broken');
});

test('[ENC102] a ciphertext that was changed anywhere opens nowhere', async () => {
  const { joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const said = await ana.say(chat, joined, 'whole');
  await ben.sync();
  for (const at of [49, 60, 100, said.content.length - 2]) {
    const changed = `${said.content.slice(0, at)}${said.content[at] === 'x' ? 'y' : 'x'}${said.content.slice(at + 1)}`;
    assert.notEqual(await ben.read({ ...said, content: changed }), 'whole', `at ${at}`);
  }
  assert.equal(await ben.read({ ...said, content: 'plain text' }), 'broken');
});

test('[ENC103] who left reads nothing that is said after it, one or many, and who stays does', async () => {
  const { joined } = await people('ana', 'ben', 'cleo', 'dan', 'eve');
  const [ana, ben, cleo, dan, eve] = joined as [Person, Person, Person, Person, Person];
  const before = await ana.say(chat, joined, 'to five');
  const withoutEve = await ana.say(chat, [ana, ben, cleo, dan], 'to four');
  const withoutDan = await ana.say(chat, [ana, ben], 'to two');
  for (const one of joined.slice(1)) await one.sync();
  for (const one of joined) assert.equal(await one.read(before), 'to five');
  assert.equal(await eve.read(withoutEve), 'no_key');
  assert.equal(await dan.read(withoutEve), 'to four');
  for (const one of [cleo, dan, eve]) assert.equal(await one.read(withoutDan), 'no_key');
  assert.equal(await ben.read(withoutDan), 'to two');
});

test('[ENC103] a device that was signed out reads nothing that is said after it', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const lost = await ben.link(loginOf(server, 'ben', 'lost'));
  await ana.sync();
  const before = await ana.say(chat, joined, 'before');
  await lost.sync();
  assert.equal(await lost.read(before), 'before');
  server.revoke(ben.account, lost.device);
  await ana.machine.changed();
  const after = await ana.say(chat, joined, 'after');
  await ben.sync();
  assert.equal(await ben.read(after), 'after');
  assert.equal(await lost.read(after), 'no_key');
  assert.notEqual(after.content.split('.')[1], before.content.split('.')[1]);
});

test('[ENC104] a device without the seeds seals nothing and gets no keys', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const unlinked = await Person.join(server, 'ben', 'ben2');
  assert.deepEqual(unlinked.states, ['needs_linking']);
  const refused = await unlinked.machine.seal(unlinked.order(chat, joined, 'let me in'));
  assert.deepEqual(refused, { content: null, reason: 'needs_linking' });
  await ana.sync();
  const said = await ana.say(chat, joined, 'secret');
  await unlinked.sync();
  assert.equal(await unlinked.read(said), 'no_key');
  assert.deepEqual(
    (await ben.machine.ownDevices()).map(({ device, linked }) => [device, linked]),
    [[ben.device, true]],
  );
});

test('[ENC104] a device that the server adds, with or without keys of somebody else, gets no keys', async () => {
  const { server, joined } = await people('ana', 'ben', 'mal');
  const [ana, ben, mal] = joined as [Person, Person, Person];
  const spy = [...(server.devices.get(mal.account)?.values() ?? [])][0]?.keys;
  assert.ok(spy);
  server.lie = (item) => {
    if (item.account !== ben.account) return item;
    const { keys, algorithms, signatures } = structuredClone(spy);
    const forged = { user_id: item.devices[0]?.user_id ?? '', device_id: mal.device, algorithms, keys, signatures };
    return { ...item, devices: [...item.devices, forged] };
  };
  const said = await ana.say(chat, [ana, ben], 'for ben');
  await mal.sync();
  await ben.sync();
  assert.equal(await mal.read(said), 'no_key');
  assert.equal(await ben.read(said), 'for ben');
});

test('[ENC105] without the server nothing is sealed, and the same message is sealed later', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const order = ana.order(chat, joined, 'patience');
  server.reachable = false;
  await assert.rejects(ana.machine.seal(order), { code: 'client.unreachable' });
  server.reachable = true;
  const said = await ana.seal(order);
  await ben.sync();
  assert.equal(await ben.read(said), 'patience');
});

test('[ENC105] when the room key does not get through, the message waits, and nothing is sent twice', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  await ana.say(chat, joined, 'first');
  await ben.sync();
  const third = await ana.link(loginOf(server, 'ana', 'ana2'));
  await ana.sync();
  const call = server.calls.get('POST /v1/to-device') ?? 0;
  server.failOnce = 'POST /v1/to-device';
  const order = ana.order(chat, joined, 'second');
  await assert.rejects(ana.machine.seal(order), { code: 'client.unreachable' });
  const said = await ana.seal(order);
  assert.equal(server.calls.get('POST /v1/to-device'), call + 2);
  await third.sync();
  assert.equal(server.queueOf(third.device).length, 0);
  assert.equal(await third.read(said), 'second');
  await ben.sync();
  assert.equal(await ben.read(said), 'second');
});

test('[ENC105] many seals at once keep their order in a conversation and are all readable', async () => {
  const { joined } = await people('ana', 'ben', 'cleo');
  const [ana, ben, cleo] = joined as [Person, Person, Person];
  const other = conversationOf('other');
  const said = await Promise.all(
    Array.from({ length: 70 }, (_, n) => ana.say(n % 2 ? chat : other, n % 2 ? joined : [ana, ben], `number ${n}`)),
  );
  await ben.sync();
  await cleo.sync();
  for (const [n, one] of said.entries()) {
    assert.equal(await ben.read(one), `number ${n}`);
    assert.equal(await cleo.read(one), n % 2 ? `number ${n}` : 'no_key');
  }
});

test('[ENC106] 120 messages without a pause cross two ends of a session', async () => {
  const { joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const said = [];
  for (let n = 0; n < 120; n += 1) said.push(await ana.say(chat, joined, `number ${n}`));
  assert.equal(new Set(said.map((one) => one.content.split('.')[1])).size, 3);
  await ben.sync();
  for (const [n, one] of said.entries()) assert.equal(await ben.read(one), `number ${n}`);
});

test('[ENC106] a clock that moves by eight days or two years, and back, ends a session and stops nobody', async (t) => {
  const { joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const day = 24 * 3_600_000;
  const said = [await ana.say(chat, joined, 'today')];
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  for (const [days, text] of [
    [8, 'next week'],
    [0.9, 'not a day later'],
    [730, 'in two years'],
    [-800, 'last year'],
    [0, 'at once'],
  ] as const) {
    t.mock.timers.setTime(Date.now() + days * day);
    ana.clock.jump(days * day);
    said.push(await ana.say(chat, joined, text));
  }
  t.mock.timers.reset();
  await ben.sync();
  const texts = ['today', 'next week', 'not a day later', 'in two years', 'last year', 'at once'];
  assert.deepEqual(await Promise.all(said.map((one) => ben.read(one))), texts);
  const sessions = said.map((one) => one.content.split('.')[1]);
  assert.deepEqual(
    sessions.slice(1).map((one, at) => one === sessions[at]),
    [false, true, false, false, true],
  );
});

test('[ENC107] 120 claims take all one-time keys; the fallback key serves, and others come', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const greedy = server.callOf(accountOf('greedy'), deviceOf('greedy'));
  const devices = [{ account: ben.account, device: ben.device }];
  for (let n = 0; n < 120; n += 1) await greedy({ method: 'POST', path: '/v1/keys/claim', body: { devices } });
  assert.equal(server.devices.get(ben.account)?.get(ben.device)?.oneTime.length, 0);
  const said = await ana.say(chat, joined, 'by the last key');
  await ben.sync();
  assert.equal(await ben.read(said), 'by the last key');
  const stored = server.devices.get(ben.account)?.get(ben.device);
  assert.equal(stored?.fallback?.used, true);
  assert.equal(stored?.oneTime.length, 50);
});
