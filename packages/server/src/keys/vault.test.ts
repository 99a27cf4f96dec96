// What is kept sealed: vault, backup and the device that receives while the others are off.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConversationId } from '@parley/protocol';
import { limits as wire } from '@parley/protocol';
import { type Person, pair, password, TestDevice, TestIdentity, TestKeys } from './fixture.ts';

const recovery = () => JSON.stringify({ version: 1, x25519: pair('x25519').text, ed25519: pair().text, made_at: 1 });

test('[ENC25] items have fixed names and rise by one; the first recovery key is free, another needs the password', async () => {
  const keys = new TestKeys();
  const ana = await keys.person('ana');
  const write = (items: readonly (readonly [string, string, number])[], more: object = {}) => {
    const body = { items: items.map(([name, value, version]) => ({ name, value, version })), ...more };
    return keys.code('updateVault', { by: ana, body });
  };
  assert.equal(await write([['recovery', recovery(), 1]]), 'ok');
  assert.equal(await write([['notes', 'x', 1]]), 'keys.invalid');
  assert.equal(
    await write([
      ['backup', 'x', 1],
      ['backup', 'x', 2],
    ]),
    'keys.invalid',
  );
  assert.equal(
    await write([
      ['backup', 'x', 1],
      ['settings', 'x', 2],
    ]),
    'keys.conflict',
  );
  assert.equal(
    await write([
      ['backup', 'x', 1],
      ['settings', 'x', 1],
    ]),
    'ok',
  );
  assert.equal(await write([['backup', 'x', 1]]), 'keys.conflict');
  const next = recovery();
  assert.equal(
    await write([
      ['recovery', next, 2],
      ['backup', 'y', 2],
    ]),
    'auth.refused',
  );
  assert.equal(
    await write(
      [
        ['recovery', next, 2],
        ['backup', 'y', 2],
      ],
      { password: 'wrong' },
    ),
    'auth.refused',
  );
  assert.equal(
    await write(
      [
        ['recovery', next, 2],
        ['backup', 'y', 2],
      ],
      { password },
    ),
    'ok',
  );
  const { items } = await keys.get('getVault', { by: ana });
  const byName = Object.fromEntries(items.map(({ name, value, version }) => [name, [value, version]]));
  assert.deepEqual(byName, { recovery: [next, 2], backup: ['y', 2], settings: ['x', 1] });
  const ben = await keys.person('ben');
  assert.deepEqual(await keys.get('getVault', { by: ben }), { items: [] });
});

test('[ENC25] a recovery item without a key to sign in with is refused', async () => {
  const keys = new TestKeys();
  const ana = await keys.person('ana');
  const zero = JSON.stringify({ ed25519: 'A'.repeat(43) });
  for (const value of ['x', 'null', '{}', '[]', '{"ed25519":7}', '{"ed25519":"short"}', zero])
    assert.equal(
      await keys.code('updateVault', { by: ana, body: { items: [{ name: 'recovery', value, version: 1 }] } }),
      'keys.invalid',
      value,
    );
});

const conversation_id = `c_${'c'.repeat(22)}` as ConversationId;
const sessionOf = (n: number) => String(n).padStart(43, 'S');
const item = (n: number, more: object = {}) => ({
  ...{ epoch: 1, conversation_id, session_id: sessionOf(n), first_index: 0, value: `key ${n}` },
  ...more,
});

test('[ENC26] room keys come back newest first, page by page, or by session, to their account only', async () => {
  const keys = new TestKeys();
  const ana = await keys.person('ana');
  const ben = await keys.person('ben');
  const items = [1, 2, 3, 4, 5].map((n) => item(n));
  assert.deepEqual(await keys.get('uploadBackup', { by: ana, body: { items } }), { count: 5 });
  const found = [];
  let cursor: string | undefined;
  do {
    const page = await keys.get('listBackup', { by: ana, query: { limit: 2, ...(cursor && { cursor }) } });
    assert.equal(page.has_more, page.next_cursor !== undefined);
    found.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  assert.deepEqual(found, items.toReversed());
  const sessions = [sessionOf(2), sessionOf(9)];
  assert.deepEqual(await keys.get('findBackup', { by: ana, body: { sessions } }), { items: [items[1]] });
  assert.deepEqual(await keys.get('findBackup', { by: ben, body: { sessions } }), { items: [] });
  for (const wrong of ['0', 'x', '-1', '1.5', '1e3'])
    assert.equal(await keys.code('listBackup', { by: ana, query: { cursor: wrong } }), 'frame.invalid');
  await keys.get('uploadBackup', { by: ana, body: { items: [item(1, { epoch: 2 })] } });
  await keys.get('deleteBackup', { by: ana, body: { below: 2 } });
  assert.deepEqual((await keys.get('listBackup', { by: ana, query: {} })).items, [item(1, { epoch: 2 })]);
});

const dehydratedOf = (person: Person, identity: TestIdentity) => {
  const device = new TestDevice({ account: person.account });
  const device_keys = identity.vouch(device.keys({ dehydrated: true }));
  const body = { device: device.device, data: 'sealed', device_keys, one_time_keys: [device.oneTime()] };
  return { device, body };
};

async function withIdentity() {
  const keys = new TestKeys();
  const ana = await keys.person('ana');
  const identity = new TestIdentity(ana.account);
  await keys.get('uploadIdentity', { by: ana, body: identity.body() });
  return { keys, ana, identity };
}

test('[ENC27] it is shown like a device, gets what is sent to it, and gives its queue to the own devices', async () => {
  const { keys, ana, identity } = await withIdentity();
  const ben = await keys.person('ben');
  keys.meet(ana, ben);
  const { device, body } = dehydratedOf(ana, identity);
  await keys.get('putDehydratedDevice', { by: ana, body: { ...body, fallback_key: device.fallback() } });
  const { items } = await keys.get('queryKeys', { by: ben, body: { accounts: [ana.account] } });
  assert.deepEqual(items[0]?.devices.at(-1), body.device_keys);
  const named = { account: ana.account, device: device.device };
  const claimed = await keys.get('claimKeys', { by: ben, body: { devices: [named] } });
  assert.equal(claimed.items.length, 1);
  const messages = [{ ...named, content: '{}' }];
  await keys.get('sendToDevice', { by: ben, body: { txn: '1', event_type: 'e', messages } });
  const events = await keys.get('listDehydratedEvents', { by: ana, query: { device: device.device } });
  assert.deepEqual(
    events.items.map(({ sender }) => sender),
    [ben.account],
  );
  const seen = await keys.get('getDehydratedDevice', { by: ana });
  assert.deepEqual([seen.device, seen.data], [device.device, 'sealed']);
  assert.equal(await keys.code('getDehydratedDevice', { by: ben }), 'not_found');
  const query = { device: device.device };
  assert.equal(await keys.code('listDehydratedEvents', { by: ben, query }), 'not_found');
  await keys.get('deleteDehydratedDevice', { by: ana });
  assert.equal(await keys.code('listDehydratedEvents', { by: ana, query }), 'not_found');
});

test('[ENC27] another one takes its place', async () => {
  const { keys, ana, identity } = await withIdentity();
  const [first, second] = [dehydratedOf(ana, identity), dehydratedOf(ana, identity)];
  await keys.get('putDehydratedDevice', { by: ana, body: first.body });
  await keys.get('putDehydratedDevice', { by: ana, body: second.body });
  assert.equal((await keys.get('getDehydratedDevice', { by: ana })).device, second.device.device);
  const query = { device: first.device.device };
  assert.equal(await keys.code('listDehydratedEvents', { by: ana, query }), 'not_found');
  assert.equal(await keys.code('putDehydratedDevice', { by: ana, body: first.body }), 'keys.changed');
});

test('[ENC27] it must be named after its own key, say what it is, and be vouched for', async () => {
  const { keys, ana, identity } = await withIdentity();
  const ben = await keys.person('ben');
  const { device, body } = dehydratedOf(ana, identity);
  const other = dehydratedOf(ana, identity);
  const named = new TestDevice({ account: ana.account, device: pair('x25519').text as never });
  const hostile: readonly (readonly [string, object])[] = [
    ['not vouched for', { ...body, device_keys: device.keys({ dehydrated: true }) }],
    [
      'vouched for by another',
      { ...body, device_keys: new TestIdentity(ana.account).vouch(device.keys({ dehydrated: true })) },
    ],
    ['not saying so', { ...body, device_keys: identity.vouch(device.keys()) }],
    ['another name', { ...body, device: other.body.device }],
    [
      'a name of no key',
      { ...body, device: named.device, device_keys: identity.vouch(named.keys({ dehydrated: true })) },
    ],
    ['keys of another', { ...body, one_time_keys: [other.device.oneTime()] }],
    ['a fallback of another', { ...body, fallback_key: other.device.fallback() }],
  ];
  for (const [why, wrong] of hostile)
    assert.equal(await keys.code('putDehydratedDevice', { by: ana, body: wrong as never }), 'keys.invalid', why);
  assert.equal(await keys.code('putDehydratedDevice', { by: ben, body }), 'keys.invalid', 'no identity');
  assert.equal(await keys.code('putDehydratedDevice', { by: ana, body }), 'ok');
});

test('[ENC27] its private half may be as large as it may, with as many keys as there may be', async () => {
  const { keys, ana, identity } = await withIdentity();
  const { device, body } = dehydratedOf(ana, identity);
  const one_time_keys = Array.from({ length: wire.maxOneTimeKeys }, () => device.oneTime());
  const full = { ...body, data: 'x'.repeat(wire.maxDehydratedBytes), one_time_keys, fallback_key: device.fallback() };
  assert.equal(await keys.code('putDehydratedDevice', { by: ana, body: full }), 'ok');
  assert.ok(JSON.stringify(full).length < wire.maxDehydratedBodyBytes);
  const larger = { ...full, data: `${full.data}x` };
  assert.equal(await keys.code('putDehydratedDevice', { by: ana, body: larger }), 'frame.invalid');
});
