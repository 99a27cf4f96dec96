import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { EncryptionView } from '@parley/sdk';
import { Desk } from '../fixture.ts';
import { Keys } from '../keys-fixture.ts';

const [phone, here] = [`d_${'P'.repeat(22)}`, `d_${'H'.repeat(22)}`];
const key = { words: [...Array.from({ length: 23 }, () => 'abandon'), 'art'], groups: '0000 1111' };

/** A desk whose account has a phone, which reads the chats or not. */
async function sit(t: TestContext, phase: EncryptionView['phase'] = 'ready', linked = true) {
  const keys = new Keys({ phase, recovery: 'confirmed' });
  keys.answers.devices = [
    { device: phone, linked, current: false },
    { device: here, linked: phase === 'ready', current: true },
  ];
  keys.answers.shutOut = key;
  const desk = await Desk.open(t, [], keys.provider);
  const one = (device: string, name: string, current: boolean) => {
    return { device, name, created_at: '2026-11-25T00:00:00.000Z', current, online: true };
  };
  desk.client.http.on('GET /v1/me/devices', {
    items: [one(phone, 'Phone\u0007', false), one(here, 'Desk', true)],
    has_more: false,
  });
  desk.client.http.on(`DELETE /v1/me/devices/${phone}`, null, 204);
  const deleted = () => desk.client.http.asked.filter(({ method }) => method === 'DELETE').length;
  const shutOut = () => keys.done.filter(([deed]) => deed === 'shutOut');
  const type = async (question: string, text: string) => {
    await desk.until(() => desk.chatter.text.includes(question));
    desk.input.write(`${text}\r`);
  };
  return { desk, deleted, shutOut, type };
}

test('[CLI36] without a terminal it must be told whether a device that reads chats was lost', async (t) => {
  const { desk, deleted } = await sit(t);
  assert.equal(await desk.run('devices', 'revoke', phone), 2);
  assert.match(desk.chatter.text, /Phone\ufffd can read your chats\.\n.*use --have or --lost/);
  assert.equal(deleted(), 0);
  const both = await sit(t);
  assert.equal(await both.desk.run('devices', 'revoke', phone, '--have', '--lost'), 2);
});

test('[CLI36] one that somebody still has is only signed out, and so is one that reads nothing', async (t) => {
  const have = await sit(t);
  assert.equal(await have.desk.run('devices', 'revoke', phone, '--have'), 0, have.desk.chatter.text);
  assert.deepEqual([have.deleted(), have.shutOut()], [1, []]);
  const reading = await sit(t, 'ready', false);
  assert.equal(await reading.desk.run('devices', 'revoke', phone), 0, reading.desk.chatter.text);
  assert.deepEqual([reading.deleted(), reading.shutOut()], [1, []]);
});

test('[CLI36] one that was lost is shut out, and the new recovery key is shown', async (t) => {
  const { desk, deleted, shutOut } = await sit(t);
  desk.input.end('correct horse\n');
  assert.equal(await desk.run('devices', 'revoke', phone, '--lost', '--password-stdin'), 0, desk.chatter.text);
  assert.deepEqual([deleted(), shutOut()], [1, [['shutOut', 'correct horse']]]);
  assert.match(desk.chatter.text, /The old recovery key is void[\s\S]*Write it down/);
  assert.match(desk.output.text, / 24 art\n[\s\S]*0000\n.*1111/);
});

test('[CLI36] what broke off is done again although the device is signed out already', async (t) => {
  const { desk, deleted, shutOut } = await sit(t);
  desk.client.http.on('GET /v1/me/devices', { items: [], has_more: false });
  desk.input.end('correct horse\n');
  assert.equal(await desk.run('devices', 'revoke', phone, '--lost', '--password-stdin', '--json'), 0);
  assert.deepEqual([deleted(), shutOut().length], [0, 1]);
  assert.deepEqual(desk.objects, [key]);
});

test('[CLI36] at a terminal it asks, and anything else changes nothing', async (t) => {
  const { desk, deleted, shutOut, type } = await sit(t);
  Object.assign(desk.input, { isTTY: true, setRawMode: () => {} });
  const ended = desk.run('devices', 'revoke', phone);
  await type('(have/lost)', 'lost');
  await type('Password: ', 'correct horse');
  assert.equal(await ended, 0, desk.chatter.text);
  assert.match(desk.chatter.text, /Your contacts are told/);
  assert.deepEqual([deleted(), shutOut()], [1, [['shutOut', 'correct horse']]]);

  const other = await sit(t);
  Object.assign(other.desk.input, { isTTY: true, setRawMode: () => {} });
  const unsure = other.desk.run('devices', 'revoke', phone);
  await other.type('(have/lost)', 'what?');
  assert.equal(await unsure, 2);
  assert.equal(other.deleted(), 0);
});

test('[CLI36] a device without keys signs the lost one out, and says where it can be shut out', async (t) => {
  const { desk, deleted, shutOut } = await sit(t, 'needs_linking');
  assert.equal(await desk.run('devices', 'revoke', phone, '--lost'), 4);
  assert.match(desk.chatter.text, /parley: encryption\.needs_linking: .*--lost/);
  assert.deepEqual([deleted(), shutOut()], [1, []]);
});
