import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ComparisonView, EncryptionView, PairingView } from '@parley/sdk';
import { Desk } from '../fixture.ts';
import { Keys } from '../keys-fixture.ts';

const [laptop, phone] = [`d_${'L'.repeat(22)}`, `d_${'P'.repeat(22)}`];
const device = (id: string, name: string, current: boolean) => ({
  device: id,
  name,
  created_at: '2026-11-25T00:00:00.000Z',
  current,
  online: true,
});
const flow = 'f1';
const emoji = Array.from({ length: 7 }, (_, n) => ({ symbol: '🐶', name: `Dog ${n + 1}` }));
const at = (state: ComparisonView['state'], other: string): ComparisonView => ({
  flow,
  device: other,
  state,
  emoji: state === 'compare' ? emoji : [],
});
const pairing = (fields: Partial<PairingView> & Pick<PairingView, 'role' | 'state'>): PairingView => ({
  text: null,
  digits: null,
  device: null,
  problem: null,
  ...fields,
});

/** A person at a terminal, on a phone that is new or not; the laptop reads the chats. */
async function sit(t: TestContext, phase: EncryptionView['phase']) {
  const keys = new Keys({ phase, recovery: phase === 'ready' ? 'confirmed' : 'none' });
  keys.answers.devices = [laptop, phone].map((one) => ({
    device: one,
    linked: one === laptop || phase === 'ready',
    current: one === phone,
  }));
  const desk = await Desk.open(t, [], keys.provider);
  const items = [device(laptop, 'Laptop\u001b', false), device(phone, 'Phone', true)];
  desk.client.http.on('GET /v1/me/devices', { items, has_more: false });
  Object.assign(desk.input, { isTTY: true, setRawMode: () => {} });
  const says = (text: string) => () => desk.chatter.text.includes(text);
  const until = (isSo: () => boolean) => desk.until(isSo);
  const begin = (...args: readonly string[]) => desk.begin(['devices', 'link', ...args], says(''));
  const type = async (question: string, text: string) => {
    await until(says(question));
    desk.input.write(`${text}\r`);
  };
  const did = (name: string) => keys.done.filter(([deed]) => deed === name);
  return { keys, desk, says, until, begin, type, did };
}

test('[CLI27] a new device asks one that reads the chats, shows seven pictures, and is linked when they are the same', async (t) => {
  const { keys, desk, says, until, begin, type, did } = await sit(t, 'needs_linking');
  keys.answers.compare = at('waiting', laptop);
  const { ended } = await begin();
  await until(says('Go to Laptop\ufffd and run "parley devices link"'));
  assert.deepEqual(did('compare'), [['compare', laptop]]);
  keys.change({ comparison: at('compare', laptop) });
  await type('(y/n)', 'y');
  assert.match(desk.chatter.text, / {2}1 {2}🐶 {2}Dog 1\n[\s\S]* {2}7 {2}🐶 {2}Dog 7\n/);
  await until(() => did('endComparison').length > 0);
  assert.deepEqual(did('endComparison'), [['endComparison', flow, true]]);
  keys.change({ comparison: at('done', laptop) });
  keys.change({ phase: 'ready', recovery: 'confirmed' });
  assert.equal(await ended, 0, desk.chatter.text);
  assert.deepEqual(desk.output.lines, ['This device can read your chats now.']);
});

test('[CLI27] one that reads the chats warns, asks for the password, and joins whoever asks', async (t) => {
  const { keys, desk, says, until, begin, type, did } = await sit(t, 'ready');
  const { ended } = await begin();
  await type('Password: ', 'correct horse');
  assert.match(
    desk.chatter.text,
    /^A new device will read all your chats\. Go on only if it is in your hands\.\nNobody from this server will ever ask you to\./,
  );
  await until(says('Waiting for the new device'));
  assert.equal(desk.chatter.text.includes('horse'), false);
  keys.change({ comparison: at('asked', laptop) });
  await until(() => did('joinComparison').length > 0);
  assert.deepEqual(did('joinComparison'), [['joinComparison', flow, 'correct horse']]);
  keys.change({ comparison: at('compare', laptop) });
  await type('(y/n)', 'yes');
  await until(says('Say so on the other device'));
  keys.change({ comparison: at('done', laptop) });
  assert.equal(await ended, 0, desk.chatter.text);
  assert.deepEqual(desk.output.lines, ['Laptop\ufffd is linked and can read your chats.']);
});

test('[CLI27] pictures that differ link nobody', async (t) => {
  const { keys, desk, says, until, begin, type, did } = await sit(t, 'needs_linking');
  keys.answers.compare = at('waiting', laptop);
  const { ended } = await begin('--with', laptop);
  await until(says('Go to'));
  keys.change({ comparison: at('compare', laptop) });
  await type('(y/n)', 'no');
  assert.equal(await ended, 1);
  assert.deepEqual(did('endComparison'), [['endComparison', flow, false]]);
  assert.match(desk.chatter.text, /nothing was linked/);
});

test('[CLI27] with a code the new device shows it, and what stands under it, and asks for digits until they are right', async (t) => {
  const { keys, desk, until, begin, type, did } = await sit(t, 'needs_linking');
  keys.answers.showPairing = pairing({ role: 'new', state: 'shown', text: 'parley-link:AAAA' });
  const { ended } = await begin('--code');
  await until(() => desk.chatter.text.includes('\nparley-link:AAAA\n'));
  assert.match(desk.chatter.text, /[█▀▄]{8}/);
  assert.deepEqual(did('showPairing'), [['showPairing', 'http://localhost:8420']]);
  keys.change({ pairing: pairing({ role: 'new', state: 'digits' }) });
  await type('Digits that the other device shows: ', '123 456 780');
  await until(() => did('typePairing').length > 0);
  keys.change({ pairing: pairing({ role: 'new', state: 'digits', problem: 'mistyped' }) });
  await until(() => desk.chatter.text.includes('These are not the digits.'));
  desk.input.write('123 456 789\r');
  await until(() => did('typePairing').length > 1);
  keys.change({ pairing: pairing({ role: 'new', state: 'done' }), phase: 'ready', recovery: 'confirmed' });
  assert.equal(await ended, 0, desk.chatter.text);
  assert.deepEqual(did('typePairing').at(-1), ['typePairing', '123 456 789']);
});

test('[CLI27] one that reads the chats takes a code with the password, and shows digits; how it ended is said', async (t) => {
  const { keys, desk, says, until, begin, type, did } = await sit(t, 'ready');
  const { ended } = await begin('--code');
  await type('Password: ', 'correct horse');
  await type('The line under the code', 'parley-link:AAAA');
  await until(() => did('scanPairing').length > 0);
  assert.deepEqual(did('scanPairing'), [['scanPairing', 'parley-link:AAAA', 'correct horse']]);
  keys.change({ pairing: pairing({ role: 'old', state: 'digits', digits: '123456789', device: laptop }) });
  await until(says('Type this on Laptop\ufffd, if it is in your hands:\n\n    123 456 789\n'));
  keys.change({ pairing: pairing({ role: 'old', state: 'ended', problem: 'wrong' }) });
  assert.equal(await ended, 1);
  assert.match(desk.chatter.text, /parley: link\.gone: the digits were wrong/);
});
