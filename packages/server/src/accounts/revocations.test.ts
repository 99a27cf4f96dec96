import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hint } from '../bus/bus.ts';
import { LocalBus } from '../bus/local-bus.ts';
import { memoryDirectory } from '../directory/memory-directory.ts';
import { accountId, all, deviceId, login, signUp } from '../directory/sample-rows.ts';
import { endedPage } from '../kernel/limits.ts';
import { Revocations } from './revocations.ts';

async function open() {
  const directory = memoryDirectory();
  await directory.accounts.signUp(signUp('ana'));
  await directory.devices.add(login(accountId('ana'), 'second'), 8);
  const hints: Hint[] = [];
  const bus = new LocalBus((error) => assert.fail(String(error)));
  bus.subscribe((hint) => hints.push(hint));
  const forgotten = { times: 0 };
  const revocations = new Revocations(directory.devices, bus, () => forgotten.times++);
  return { directory, hints, forgotten, revocations };
}

test('[ACC19] an end is a hint for every device, and says when the account was only disabled', async () => {
  const { hints, forgotten, revocations } = await open();
  revocations.announce([deviceId('ana1'), deviceId('second')], 'revoked');
  assert.deepEqual(hints, [
    { type: 'revoked', device: deviceId('ana1') },
    { type: 'revoked', device: deviceId('second') },
  ]);
  hints.length = 0;
  revocations.announce([deviceId('ana1')], 'disabled');
  assert.deepEqual(hints, [{ type: 'revoked', device: deviceId('ana1'), disabled: true }]);
  assert.equal(forgotten.times, 2);
});

test('[ACC35] when only rights changed every token is looked up anew, and nobody’s session ends', async () => {
  const { hints, forgotten, revocations } = await open();
  revocations.announce([], 'revoked');
  assert.deepEqual([hints.length, forgotten.times], [0, 1]);
});

test('[ACC15] the list is read from a position on, and what is known is forgotten with every end', async () => {
  const { directory, forgotten, revocations } = await open();
  await directory.devices.end(accountId('ana'), all('revoked', { device: deviceId('second') }));
  const start = await revocations.since(null);
  assert.deepEqual([start.devices, start.disabled], [[], []], 'what ended before is nobody’s concern');
  assert.deepEqual(await revocations.since(start.position), start);
  assert.equal(forgotten.times, 0);
  await directory.devices.end(accountId('ana'), all('disabled'));
  const ended = await revocations.since(start.position);
  assert.deepEqual([ended.devices, ended.disabled], [[deviceId('ana1')], [deviceId('ana1')]]);
  assert.equal(forgotten.times, 1);
  assert.deepEqual((await revocations.since(ended.position)).devices, []);
});

test('[ACC15] a long list is read a page at a time, and nothing of it is missed', async () => {
  const { directory, revocations } = await open();
  const { position } = await revocations.since(null);
  const ends = endedPage + 5;
  for (let n = 0; n < ends; n++)
    await directory.devices.end(accountId('ana'), all('disabled', { device: deviceId('second') }));
  const first = await revocations.since(position);
  assert.equal(first.devices.length, endedPage);
  assert.equal((await revocations.since(first.position)).devices.length, ends - endedPage);
});
