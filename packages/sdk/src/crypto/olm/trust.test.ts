// Identities that change, and devices that come late: who is told, who is held, and what still opens.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyServer } from './key-server-fixture.ts';
import { memoryFacts } from './memory-facts.ts';
import { accountOf, conversationOf, loginOf, Person, people, startOver } from './person-fixture.ts';

const chat = conversationOf('chat');

const keyOf = async (person: Person) =>
  (await person.machine.identities([person.account]))[0]?.fingerprint ?? assert.fail('it has an identity');

const state = async (person: Person, other: Person) => (await person.machine.identities([other.account]))[0]?.state;

test('[ENC110] somebody never confirmed who set up afresh gets messages, and it is told once until it is accepted', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  await ana.say(chat, joined, 'before');
  assert.equal(await state(ana, ben), 'known');
  const again = await startOver(server, ben, 'ben2', 'lost');
  await ana.sync();
  assert.deepEqual(ana.news, [[ben.account, 'changed']]);
  assert.equal(await state(ana, ben), 'changed');
  const said = await ana.say(chat, joined, 'to whom it may concern');
  await again.sync();
  assert.equal(await again.read(said), 'to whom it may concern');
  assert.equal(await ben.read(said), 'no_key');
  assert.equal(ana.news.length, 1);
  await ana.machine.acceptIdentity(ben.account);
  assert.equal(await state(ana, ben), 'known');
  await ana.machine.changed();
  assert.equal(ana.news.length, 1);
});

test('[ENC111] somebody confirmed who set up afresh holds a direct conversation until it is accepted', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  await ana.say(chat, joined, 'before');
  await ana.machine.confirm(ben.account);
  assert.equal(await state(ana, ben), 'confirmed');
  const again = await startOver(server, ben, 'ben2', 'lost');
  await ana.sync();
  assert.deepEqual(ana.news, [[ben.account, 'left_out']]);
  const order = { ...ana.order(chat, joined, 'held'), kind: 'direct' as const };
  assert.deepEqual(await ana.machine.seal(order), { content: null, reason: 'identity_changed' });
  const claim = await again.say(chat, [ana, again], 'it is me');
  await ana.sync();
  assert.equal(await ana.read(claim), 'not_trusted');
  ana.readable.length = 0;
  await ana.machine.acceptIdentity(ben.account);
  assert.deepEqual(ana.readable, [claim.content.split('.')[1]]);
  assert.equal(await ana.read(claim), 'it is me');
  const said = await ana.seal(order);
  await again.sync();
  assert.equal(await again.read(said), 'held');
});

test('[ENC119] between two nothing is sealed before the other has a device that could read it', async () => {
  const { server, joined } = await people('ana');
  const [ana] = joined as [Person];
  const order = ana.order(chat, [ana], 'welcome');
  const toBen = { ...order, kind: 'direct' as const, members: [ana.account, accountOf('ben')] };
  assert.deepEqual(await ana.machine.seal(toBen), { content: null, reason: 'no_keys' });
  const ben = await Person.join(server, 'ben');
  await ana.sync();
  const said = await ana.seal(toBen);
  await ben.sync();
  assert.equal(await ben.read(said), 'welcome');
});

test('[ENC111] in a group they are left out, and get messages again once confirmed anew', async () => {
  const { server, joined } = await people('ana', 'ben', 'cleo');
  const [ana, ben, cleo] = joined as [Person, Person, Person];
  await ana.say(chat, joined, 'before');
  await ana.machine.confirm(ben.account);
  const again = await startOver(server, ben, 'ben2', 'lost');
  await ana.sync();
  const without = await ana.say(chat, joined, 'not for ben');
  await again.sync();
  await cleo.sync();
  assert.equal(await cleo.read(without), 'not for ben');
  assert.equal(await again.read(without), 'no_key');
  await ana.machine.confirm(ben.account);
  assert.equal(await state(ana, ben), 'confirmed');
  const withBen = await ana.say(chat, joined, 'for ben');
  await again.sync();
  assert.equal(await again.read(withBen), 'for ben');
});

test('[ENC111] a confirmation counts on another own device, and the server never sees it', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  await ana.say(chat, joined, 'hello');
  const second = await ana.link(loginOf(server, 'ana', 'ana2'));
  assert.equal(await state(second, ben), 'known');
  const calls = () => [...server.calls].filter(([name]) => name !== 'GET /v1/keys/changes');
  const before = calls();
  const key = await ana.machine.confirm(ben.account);
  await second.machine.review([{ account: ben.account, key, what: 'confirmed' }]);
  assert.equal(await state(second, ben), 'confirmed');
  assert.deepEqual(calls(), before);
});

test('[ENC125] whose key was confirmed before anything is known of them has that one, or is left out and not read', async () => {
  const { server, joined } = await people('ana', 'ben', 'mal');
  const [ana, ben, mal] = joined as [Person, Person, Person];
  const facts = memoryFacts();
  const second = await Person.open(loginOf(server, 'ana', 'ana2'), facts);
  await second.machine.review([
    { account: ben.account, key: await keyOf(mal), what: 'confirmed' },
    { account: mal.account, key: await keyOf(mal), what: 'confirmed' },
  ]);
  await second.machine.start();
  await second.machine.importSecrets((await ana.machine.exportSecrets()) ?? assert.fail());
  const order = { ...second.order(chat, [second, ben], 'for Ben'), kind: 'direct' as const };
  assert.deepEqual(await second.machine.seal(order), { content: null, reason: 'identity_changed' });
  const claim = await ben.say(chat, [ben, second], 'it is me');
  await second.sync();
  assert.equal(await second.read(claim), 'not_trusted');
  assert.deepEqual([await state(second, ben), await state(second, mal)], ['left_out', 'confirmed']);
  assert.deepEqual(second.news, [[ben.account, 'left_out']]);
  // What is kept of it says the same to whoever opens these keys again.
  const again = memoryFacts();
  await again.put([['expected', (await facts.get(['expected']))[0]]]);
  const third = await Person.join(server, 'ana', 'ana3', again);
  assert.deepEqual([await state(third, ben), third.news], ['left_out', [[ben.account, 'left_out']]]);
  await third.machine.acceptIdentity(ben.account);
  assert.equal(await state(third, ben), 'known');
});

test('[ENC109] a device that was signed out after it sent its key is believed, and gets nothing', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const old = await ben.link(loginOf(server, 'ben', 'ben2'));
  const said = await old.say(chat, joined, 'my last words');
  server.revoke(ben.account, old.device);
  await ana.sync();
  assert.equal(await ana.read(said), 'my last words');
  const answer = await ana.say(chat, joined, 'rest in peace');
  assert.equal(await old.read(answer), 'no_key');
  assert.equal(await ana.read(said), 'my last words');
});

test('[ENC109] what came from a device stays readable when it is signed out and its account set up afresh', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const said = await ben.say(chat, joined, 'old but gold');
  await ana.sync();
  await startOver(server, ben, 'ben2', 'lost');
  await ana.sync();
  assert.equal(await ana.read(said), 'old but gold');
});

test('[ENC108] nonsense and repeats change nothing, and without the server nothing is taken', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const said = await ana.say(chat, joined, 'once');
  const [item] = server.queueOf(ben.device);
  assert.ok(item);
  server.reachable = false;
  await assert.rejects(ben.machine.receive([item]), { code: 'client.unreachable' });
  server.reachable = true;
  const odd = ['{', '[]', '5', 'null', '"x"', '{"algorithm":"m.olm.v1.curve25519-aes-sha2","ciphertext":{}}'];
  const types = ['m.room.encrypted', 'm.room_key', 'm.forwarded_room_key', 'm.secret.send', 'm.dummy', ''];
  const nonsense = odd.flatMap((content) => types.map((event_type) => ({ ...item, event_type, content })));
  await ben.machine.receive([...nonsense, item, item, ...nonsense]);
  assert.equal(await ben.read(said), 'once');
  await ben.machine.receive([item]);
  assert.equal(await ben.read(said), 'once');
});

test('[ENC108] a key whose sender the server names wrongly opens nothing', async () => {
  const { server, joined } = await people('ana', 'ben', 'mal');
  const [ana, ben, mal] = joined as [Person, Person, Person];
  await mal.say(chat, joined, 'so that it is known');
  await ben.sync();
  const said = await ana.say(chat, joined, 'from ana');
  const [item] = server.queueOf(ben.device);
  assert.ok(item);
  await ben.machine.receive([{ ...item, sender: mal.account, device: mal.device }]);
  assert.equal(await ben.read(said), 'no_key');
  assert.equal(await ben.read({ ...said, sender: mal.account, device: mal.device }), 'no_key');
});

test('[ENC237] two starts at the same time publish one identity, once', async () => {
  const server = new KeyServer();
  const ben = await Person.join(server, 'ben');
  const ana = await Person.open(loginOf(server, 'ana'));
  assert.deepEqual(await Promise.all([ana.machine.start(), ana.machine.start()]), ['ready', 'ready']);
  const said = await ana.say(chat, [ana, ben], 'hello');
  assert.equal(server.calls.get('POST /v1/keys/identity'), 2, 'one of each of them');
  await ben.sync();
  assert.equal(await ben.read(said), 'hello');
});

test('[ENC116] of two devices that start at once the slower one has to be linked', async () => {
  const server = new KeyServer();
  const [one, two] = await Promise.all([
    Person.open(loginOf(server, 'ana', 'ana1')),
    Person.open(loginOf(server, 'ana', 'ana2')),
  ]);
  const states = await Promise.all([one.machine.start(), two.machine.start()]);
  assert.deepEqual([...states].sort(), ['needs_linking', 'ready']);
  const [fast, slow] = states[0] === 'ready' ? [one, two] : [two, one];
  const secrets = await fast.machine.exportSecrets();
  assert.ok(secrets);
  assert.equal(await slow.machine.importSecrets(secrets), 'ready');
});

test('[ENC116] a reset that is refused loses nothing, and seeds of somebody else are refused', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const before = await ana.machine.exportSecrets();
  await assert.rejects(ana.machine.resetIdentity('wrong', 'lost'), { code: 'auth.refused' });
  assert.deepEqual(await ana.machine.exportSecrets(), before);
  const said = await ana.say(chat, joined, 'still me');
  await ben.sync();
  assert.equal(await ben.read(said), 'still me');
  const second = await Person.join(server, 'ana', 'ana2');
  const foreign = await ben.machine.exportSecrets();
  assert.ok(foreign);
  await assert.rejects(second.machine.importSecrets(foreign), { code: 'keys.invalid' });
  assert.deepEqual(second.states, ['needs_linking']);
});

test('[ENC108] of two keys of one session that come together the one that opens more stays', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  await ben.say(chat, joined, 'first');
  const said = [await ana.say(chat, joined, 'one')];
  // Both opened a session with each other: once ana hears of it she gives her key again, from here on.
  await ana.sync();
  await ana.machine.acceptIdentity(ben.account);
  said.push(await ana.say(chat, joined, 'two'));
  assert.equal(server.queueOf(ben.device).length, 2);
  await ben.sync();
  assert.deepEqual(await Promise.all(said.map((one) => ben.read(one))), ['one', 'two']);
});

test('[ENC368] who has the key that a link named is somebody like others, also when they set up afresh later', async () => {
  const { server, joined } = await people('ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  await ana.machine.expectIdentity(ben.account, await keyOf(ben));
  assert.deepEqual([await state(ana, ben), ana.news], ['known', []]);
  await startOver(server, ben, 'ben2', 'lost');
  await ana.sync();
  assert.deepEqual([await state(ana, ben), ana.news], ['changed', [[ben.account, 'changed']]]);
});

test('[ENC368] who has another key than a link named gets nothing between two until they are accepted', async () => {
  const { joined } = await people('ana', 'ben', 'mal');
  const [ana, ben, mal] = joined as [Person, Person, Person];
  await ana.machine.expectIdentity(ben.account, await keyOf(mal));
  assert.deepEqual([await state(ana, ben), ana.news], ['left_out', [[ben.account, 'left_out']]]);
  const order = { ...ana.order(chat, [ana, ben], 'for the inviter'), kind: 'direct' as const };
  assert.deepEqual(await ana.machine.seal(order), { content: null, reason: 'identity_changed' });
  await ana.sync();
  assert.equal(ana.news.length, 1);
  await ana.machine.acceptIdentity(ben.account);
  assert.equal(await state(ana, ben), 'known');
  const said = await ana.seal(order);
  await ben.sync();
  assert.equal(await ben.read(said), 'for the inviter');
});

test('[ENC368] a key that a link named is kept for somebody who is not known yet, until codes were compared', async () => {
  const { server, joined } = await people('mal');
  const [mal] = joined as [Person];
  const facts = memoryFacts();
  const cleo = await Person.join(server, 'cleo', 'cleo', facts);
  await cleo.machine.expectIdentity(accountOf('ben'), await keyOf(mal));
  const kept = () => facts.get(['expected']);
  assert.deepEqual(await kept(), [[[accountOf('ben'), await keyOf(mal), 'link']]]);
  const ben = await Person.join(server, 'ben');
  await cleo.sync();
  assert.equal(await state(cleo, ben), 'left_out');
  await cleo.machine.confirm(ben.account);
  assert.deepEqual(
    [await state(cleo, ben), await kept()],
    ['confirmed', [[[ben.account, await keyOf(ben), 'confirmed']]]],
  );
});

test('[ENC368] a link with another key counts for nothing against codes that were compared', async () => {
  const { joined } = await people('ana', 'ben', 'mal');
  const [ana, ben, mal] = joined as [Person, Person, Person];
  await ana.machine.confirm(ben.account);
  await ana.machine.expectIdentity(ben.account, await keyOf(mal));
  assert.deepEqual([await state(ana, ben), ana.news], ['confirmed', []]);
});
