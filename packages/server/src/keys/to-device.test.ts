// What devices send each other: to acquaintances only, once each, in order, until it is acknowledged.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, DeviceId } from '@parley/protocol';
import { limits as wire } from '@parley/protocol';
import { maxToDeviceQueue } from '../kernel/limits.ts';
import { frameOf, type Person, TestKeys } from './fixture.ts';

interface Target {
  readonly account: AccountId;
  readonly device: DeviceId;
}

async function set() {
  const keys = new TestKeys();
  const ana = await keys.person('ana');
  const ben = await keys.person('ben');
  keys.meet(ana, ben);
  let calls = 0;
  const woken: DeviceId[] = [];
  keys.bus.subscribe((hint) => {
    if (hint.type === 'to_device') woken.push(...hint.devices);
  });
  const bodyOf = (targets: readonly Target[], content = '{"a":1}', txn = `t${++calls}`) => ({
    txn,
    event_type: 'm.room.encrypted',
    messages: targets.map(({ account, device }) => ({ account, device, content })),
  });
  const send = (by: Person, targets: readonly Target[], content?: string, txn?: string) =>
    keys.call('sendToDevice', { by, body: bodyOf(targets, content, txn) });
  const waiting = async (by: Person, after?: number) =>
    keys.get('listToDevice', { by, query: after === undefined ? {} : { after } });
  return { keys, ana, ben, send, waiting, woken };
}

test('[ENC23] it arrives with who sent it, once, also when it is sent again after it was acknowledged', async () => {
  const { keys, ana, ben, send, waiting, woken } = await set();
  assert.ok((await send(ana, [ben], '{"secret":1}', 'same')).ok);
  assert.ok((await send(ana, [ben], '{"secret":1}', 'same')).ok);
  assert.deepEqual(woken, [ben.device, ben.device]);
  const { items, has_more } = await waiting(ben);
  const [item] = items;
  assert.deepEqual([items.length, has_more], [1, false]);
  assert.deepEqual(item, {
    n: item?.n,
    sender: ana.account,
    device: ana.device,
    event_type: 'm.room.encrypted',
    content: '{"secret":1}',
  });
  await keys.get('acknowledgeToDevice', { by: ben, body: { n: item?.n ?? 0 } });
  assert.ok((await send(ana, [ben], '{"secret":1}', 'same')).ok);
  assert.deepEqual((await waiting(ben)).items, []);
});

test('[ENC23] a stranger, and the device of a stranger under the name of an acquaintance, get nothing, and nobody is told', async () => {
  const { keys, ana, ben, send, waiting, woken } = await set();
  const cem = await keys.person('cem');
  const nobody = { account: `a_${'n'.repeat(22)}` as AccountId, device: `d_${'n'.repeat(22)}` as DeviceId };
  const answers = [];
  for (const target of [cem, nobody, { account: ben.account, device: cem.device }])
    answers.push(JSON.stringify(await send(ana, [target])));
  assert.equal(new Set(answers).size, 1);
  assert.deepEqual([(await waiting(cem)).items, woken], [[], []]);
  assert.deepEqual(await send(ana, [cem, ben]), { ok: true, value: { full: [] } });
  assert.equal((await waiting(ben)).items.length, 1);
  keys.part(ana, ben);
  await send(ana, [ben]);
  assert.equal((await waiting(ben)).items.length, 1);
});

test('[ENC23] two for one device in a call, and what would not fit into a page, are refused', async () => {
  const { ana, ben, send } = await set();
  const codeOf = async (targets: readonly Target[], content?: string) => {
    const answer = await send(ana, targets, content);
    return answer.ok ? 'ok' : answer.code;
  };
  assert.equal(await codeOf([ben, ben]), 'frame.invalid');
  assert.equal(await codeOf([ben], '"'.repeat(wire.maxToDeviceBytes)), 'frame.invalid');
  assert.equal(await codeOf([ben], 'x'.repeat(wire.maxToDeviceBytes)), 'ok');
  assert.equal(await codeOf([ben], '\u0000'.repeat(30_000)), 'frame.invalid');
});

test('[ENC23] a full queue takes nothing more, and the sender is told whose', async () => {
  const { keys, ana, ben, send } = await set();
  const row = { device: ben.device, sender: ana.account, senderDevice: ana.device, type: 'e', content: '{}' };
  const rows = Array.from({ length: maxToDeviceQueue }, (_, n) => ({ ...row, txn: `old ${n}` }));
  await keys.directory.toDevice.enqueue(rows, maxToDeviceQueue, keys.clock.now());
  assert.deepEqual(await send(ana, [ben, ana]), { ok: true, value: { full: [ben.device] } });
  assert.ok(keys.counted.includes('queued 1 full 1'));
});

test('[ENC24] a page is bounded by items and by bytes, and the next begins where it ended', async () => {
  const { keys, ana, ben, send, waiting } = await set();
  for (let n = 0; n < 8; n++) await send(ana, [ben], JSON.stringify('x'.repeat(60_000)));
  const first = await waiting(ben);
  assert.deepEqual([first.items.length, first.has_more], [4, true]);
  const session = { ...ben, address: '192.0.2.1' };
  const page = await keys.keys.frames.waiting(session);
  assert.ok(page !== null && page.frame.length <= wire.maxPageBytes);
  assert.deepEqual(frameOf('to_device', page.frame).items, first.items);
  assert.equal(page.upTo, first.items.at(-1)?.n);
  await keys.keys.frames.received(session, { type: 'to_device_received', n: page.upTo });
  const second = await waiting(ben);
  assert.deepEqual([second.items.length, second.has_more], [4, false]);
  assert.ok((second.items[0]?.n ?? 0) > page.upTo);
  await keys.get('acknowledgeToDevice', { by: ben, body: { n: second.items.at(-1)?.n ?? 0 } });
  assert.equal(await keys.keys.frames.waiting(session), null);
  for (let n = 0; n <= wire.maxToDevicePage; n++) await send(ana, [ben]);
  const many = await waiting(ben);
  assert.deepEqual([many.items.length, many.has_more], [wire.maxToDevicePage, true]);
  const last = await waiting(ben, many.items.at(-1)?.n);
  assert.deepEqual([last.items.length, last.has_more], [1, false]);
});

test('[ENC34] what is counted are numbers and words, no ids', async () => {
  const { keys, ana, ben, send } = await set();
  await send(ana, [ben]);
  await keys.keys.frames.waiting({ ...ben, address: '192.0.2.1' });
  await keys.get('claimKeys', { by: ana, body: { devices: [{ account: ben.account, device: ben.device }] } });
  assert.deepEqual(keys.counted, ['queued 1 full 0', 'waited 1', 'refused 0']);
});
