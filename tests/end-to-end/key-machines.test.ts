// The crypto library against a real server: what it publishes is taken, and what one device seals the others open, those
// that came later and those that were off among them.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { DeviceId } from '@parley/protocol';
import { type Login, Person } from '../../packages/sdk/src/crypto/olm/person-fixture.ts';
import type { HttpRequest, HttpResponse } from '../../packages/sdk/src/ports.ts';
import { directChat, password, signUp } from './people.ts';
import { call } from './rest.ts';
import { freshFolder, startServer } from './server-process.ts';

const open = { PARLEY_SIGNUP: 'open' };

/** HTTP as the SDK asks for it. */
function callOf(url: string, token: string) {
  return async ({ method, path, body }: HttpRequest): Promise<HttpResponse> => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
  };
}

async function loginOf(url: string, token: string): Promise<Login> {
  const me = await call<{ account: Login['account']; device: DeviceId }>(url, 'GET', '/v1/me', { token });
  return { account: me.account, device: me.device, call: callOf(url, token) };
}

test('[ENC100] [ENC13] [ENC20] [ENC21] what the library publishes is taken, and what it seals is read on every device', async () => {
  await using server = await startServer(await freshFolder(), open);
  const { url } = server.summary;
  const [ana, ben] = [await signUp(url, 'ana'), await signUp(url, 'ben')];
  const chat = await directChat(url, ana, ben);
  const [one, other] = [
    await Person.open(await loginOf(url, ana.token)),
    await Person.open(await loginOf(url, ben.token)),
  ];
  assert.deepEqual([await one.machine.start(), await other.machine.start()], ['ready', 'ready']);
  const first = await one.say(chat, [one, other], 'Hello');
  await other.sync();
  assert.equal(await other.read(first), 'Hello');
  await one.sync();
  const back = await other.say(chat, [one, other], 'Hello to you');
  await one.sync();
  assert.equal(await one.read(back), 'Hello to you');

  const body = { handle: 'ben', password, device_name: 'second' };
  const { token } = await call<{ token: string }>(url, 'POST', '/v1/sessions', { body });
  const second = await other.link(await loginOf(url, token));
  await one.sync();
  const later = await one.say(chat, [one, other], 'To both');
  for (const device of [other, second]) {
    await device.sync();
    assert.equal(await device.read(later), 'To both');
  }
  for (const { machine } of [one, other, second]) await machine.close();
});

test('[ENC114] [ENC27] what was sent while every device was off is read through the one that receives meanwhile', async () => {
  await using server = await startServer(await freshFolder(), open);
  const { url } = server.summary;
  const [ana, ben] = [await signUp(url, 'ana'), await signUp(url, 'ben')];
  const chat = await directChat(url, ana, ben);
  const [one, other] = [
    await Person.open(await loginOf(url, ana.token)),
    await Person.open(await loginOf(url, ben.token)),
  ];
  await one.machine.start();
  await other.machine.start();
  const key = new Uint8Array(randomBytes(32));
  await one.machine.dehydrate(key);
  await other.sync();
  const missed = await other.say(chat, [one, other], 'You were away');
  const secrets = await one.machine.exportSecrets();
  assert.ok(secrets !== null);
  await one.machine.close();
  const body = { handle: 'ana', password, device_name: 'second' };
  const { token } = await call<{ token: string }>(url, 'POST', '/v1/sessions', { body });
  const second = await Person.open(await loginOf(url, token));
  await second.machine.start();
  await second.machine.importSecrets(secrets);
  assert.equal(await second.machine.rehydrate(key), 1);
  assert.equal(await second.read(missed), 'You were away');
  for (const { machine } of [other, second]) await machine.close();
});
