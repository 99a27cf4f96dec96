import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { EncryptionView } from '@parley/sdk';
import { Desk } from '../fixture.ts';
import { Keys } from '../keys-fixture.ts';
import { readProfile } from '../profile.ts';

const here = { device: 'd_here', linked: true, current: true };
const other = { device: 'd_other', linked: true, current: false };

/** A desk on a device with keys, which may be the only one. */
async function sit(t: TestContext, view: Partial<EncryptionView>, devices: readonly object[] = [here]) {
  const keys = new Keys({ phase: 'ready', ...view });
  keys.answers.devices = devices;
  keys.answers.recoveryKey = { words: [...Array.from({ length: 23 }, () => 'abandon'), 'art'], groups: '0000 1111' };
  const desk = await Desk.open(t, [], keys.provider);
  desk.client.http.on('DELETE /v1/sessions/current', null, 204);
  const isThere = async () => (await readProfile(desk.profileFolder)) !== null;
  const logout = (...args: readonly string[]) => desk.pass(desk.run('logout', ...args));
  const answer = async (text: string) => {
    Object.assign(desk.input, { isTTY: true, setRawMode: () => {} });
    const ended = desk.run('logout');
    await desk.until(() => desk.chatter.text.includes('Type "'));
    desk.input.write(`${text}\r`);
    return desk.pass(ended);
  };
  return { desk, isThere, logout, answer };
}

test('[CLI37] the last device is not signed out in a script that does not say so, and no key gets into its output', async (t) => {
  const { desk, isThere, logout } = await sit(t, { recovery: 'offered' });
  assert.equal(await logout(), 2);
  assert.match(desk.chatter.text, /last device that reads your chats[\s\S]*nobody can ever read[\s\S]*--yes/);
  assert.equal(desk.output.text, '');
  assert.equal(await isThere(), true);
  const told = await sit(t, { recovery: 'offered' });
  assert.equal(await told.logout('--yes'), 0, told.desk.chatter.text);
  assert.equal(await told.isThere(), false);
});

test('[CLI37] at a terminal the recovery key is shown, and then it asks', async (t) => {
  const { desk, isThere, answer } = await sit(t, { recovery: 'offered' });
  assert.equal(await answer('no'), 2);
  assert.match(desk.output.text, / 24 art\n[\s\S]*0000\n.*1111/);
  assert.equal(await isThere(), true);
  const sure = await sit(t, { recovery: 'offered' });
  assert.equal(await sure.answer('sign out'), 0, sure.desk.chatter.text);
  assert.equal(await sure.isThere(), false);
});

test('[CLI37] nothing is asked where the history stays: on another device, by a confirmed key, or where none is read', async (t) => {
  const stays = [
    await sit(t, { recovery: 'offered' }, [here, other]),
    await sit(t, { recovery: 'confirmed' }),
    await sit(t, { phase: 'needs_linking' }),
  ];
  for (const { desk, logout } of stays) assert.equal(await logout(), 0, desk.chatter.text);
});

test('[CLI37] without the server it cannot be known, so it is asked as well', async (t) => {
  const { desk, isThere } = await sit(t, { recovery: 'offered' }, [here, other]);
  desk.client.socket.dropped();
  const late = await desk.begin(['logout'], () => desk.deadlines.length > 0);
  desk.deadlines[0]?.abort();
  assert.equal(await desk.pass(late.ended), 2);
  assert.match(desk.chatter.text, /cannot be seen now/);
  assert.equal(await isThere(), true);
});
