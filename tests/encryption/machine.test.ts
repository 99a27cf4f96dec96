// The machines of people over the server's own use cases: what the SDK sends is what the server takes, down to every
// signature, and what people are promised holds between the two.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type ErrorCode, errors, routes } from '@parley/protocol';
import { conversationOf, type Login, Person } from '../../packages/sdk/src/crypto/olm/person-fixture.ts';
import type { HttpRequest, HttpResponse } from '../../packages/sdk/src/ports.ts';
import type { SignedIn } from '../../packages/server/src/accounts/fixture.ts';
import { password, TestKeys } from '../../packages/server/src/keys/fixture.ts';

type Name = Parameters<TestKeys['call']>[0];
const names = new Map(Object.entries(routes).map(([name, { method, path }]) => [`${method} ${path}`, name as Name]));

/** HTTP of one device, answered by the use cases. */
function callOf(keys: TestKeys, by: SignedIn): (request: HttpRequest) => Promise<HttpResponse> {
  return async ({ method, path, body }) => {
    const [route = '', search = ''] = path.split('?');
    const name = names.get(`${method} ${route}`) ?? assert.fail(`${method} ${route}`);
    const query = Object.fromEntries(new URLSearchParams(search));
    const sent: unknown = body === undefined ? undefined : JSON.parse(JSON.stringify(body));
    const answer = await keys.call(name, { by, query, body: sent } as never);
    return answer.ok ? { status: routes[name].status, body: answer.value } : problem(answer.code);
  };
}

function problem(code: ErrorCode): HttpResponse {
  return { status: errors[code].status ?? 500, body: { code } };
}

function loginOf(keys: TestKeys, by: SignedIn): Login {
  return { account: by.account, device: by.device, call: callOf(keys, by) };
}

async function people(t: TestContext, ...handles: readonly string[]) {
  const keys = new TestKeys();
  t.after(() => assert.deepEqual(keys.faults, []));
  const joined: Person[] = [];
  for (const handle of handles) {
    const person = await Person.open(loginOf(keys, await keys.accounts.join(handle)));
    assert.equal(await person.machine.start(), 'ready');
    joined.push(person);
  }
  keys.meet(...joined);
  return { keys, joined };
}

const chat = conversationOf('chat');

test('[ENC100] what people seal for each other goes through the real server, to second devices, too', async (t) => {
  const { keys, joined } = await people(t, 'ana', 'ben', 'cleo');
  const [ana, ben, cleo] = joined as [Person, Person, Person];
  const second = await ben.link(loginOf(keys, await keys.accounts.signIn('ben')));
  const said = await ana.say(chat, joined, 'hello');
  for (const one of [ben, second, cleo]) {
    await one.sync();
    assert.equal(await one.read(said), 'hello');
  }
  const answer = await second.say(chat, joined, 'from my laptop');
  for (const one of [ana, ben, cleo]) {
    await one.sync();
    assert.equal(await one.read(answer), 'from my laptop');
  }
});

test('[ENC100] with somebody who is no acquaintance there is nothing to seal with', async (t) => {
  const { keys, joined } = await people(t, 'ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const stranger = await Person.open(loginOf(keys, await keys.accounts.join('mal')));
  await stranger.machine.start();
  const said = await stranger.say(chat, [stranger, ana], 'psst');
  await ana.sync();
  assert.equal(await ana.read(said), 'no_key');
  const inside = await ana.say(chat, [ana, ben, stranger], 'between us');
  await stranger.sync();
  assert.equal(await stranger.read(inside), 'no_key');
});

test('[ENC103] a device that was signed out on the server reads nothing after it', async (t) => {
  const { keys, joined } = await people(t, 'ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const lost = await ben.link(loginOf(keys, await keys.accounts.signIn('ben')));
  const before = await ana.say(chat, joined, 'before');
  await lost.sync();
  assert.equal(await lost.read(before), 'before');
  const known = await ana.machine.keysN();
  const farewell = await lost.say(chat, joined, 'farewell');
  await keys.revoke({ account: lost.account, device: lost.device, admin: false });
  await ana.sync();
  assert.ok((await ana.machine.keysN()) > known);
  assert.equal(await ana.read(farewell), 'farewell');
  const after = await ana.say(chat, joined, 'after');
  await ben.sync();
  assert.equal(await ben.read(after), 'after');
  assert.equal(await lost.read(after), 'no_key');
});

test('[ENC116] the server keeps the identity against a wrong password and takes a new one with the right one', async (t) => {
  const { joined } = await people(t, 'ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  await ana.say(chat, joined, 'before');
  await ben.sync();
  await assert.rejects(ben.machine.resetIdentity('not the password', 'lost'), { code: 'auth.refused' });
  await ben.machine.resetIdentity(password, 'lost');
  await ana.sync();
  assert.deepEqual(ana.news, [[ben.account, 'changed']]);
  const said = await ana.say(chat, joined, 'to the new you');
  await ben.sync();
  assert.equal(await ben.read(said), 'to the new you');
});

test('[ENC114] the dehydrated device on the server collects what is said while all others are off', async (t) => {
  const { keys, joined } = await people(t, 'ana', 'ben');
  const [ana, ben] = joined as [Person, Person];
  const key = new Uint8Array(32).fill(3);
  await ben.machine.dehydrate(key);
  const secrets = await ben.machine.exportSecrets();
  await keys.revoke({ account: ben.account, device: ben.device, admin: false });
  await ana.sync();
  const said = await ana.say(chat, joined, 'while you were away');
  const back = await Person.open(loginOf(keys, await keys.accounts.signIn('ben')));
  assert.equal(await back.machine.start(), 'needs_linking');
  assert.ok(secrets);
  await back.machine.importSecrets(secrets);
  assert.equal(await back.machine.rehydrate(key), 1);
  assert.equal(await back.read(said), 'while you were away');
  await back.machine.dehydrate(key);
});
