import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rfc3339 } from '../sequencer/rfc3339.ts';
import { TestAccounts } from './fixture.ts';

test('[ACC20] the list says what each device is and when it was there, written or not', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  const madeAt = server.clock.now();
  server.clock.advance(1_000);
  const phone = await server.signIn('ana');
  server.online.add(phone.device);
  server.accounts.lastSeen.seen(ana.device);
  assert.deepEqual(await server.get('listDevices', { by: phone }), {
    items: [
      {
        device: ana.device,
        name: 'First',
        created_at: rfc3339(madeAt),
        last_seen_at: rfc3339(madeAt + 1_000),
        current: false,
        online: false,
      },
      { device: phone.device, name: 'Another', created_at: rfc3339(madeAt + 1_000), current: true, online: true },
    ],
    has_more: false,
  });
  assert.equal(await server.accounts.lastSeenOf(ana.account), madeAt + 1_000);
  await server.accounts.close();
  assert.equal((await server.directory.devices.list(ana.account))[0]?.lastSeenAt, madeAt + 1_000);
});

test('[ACC19] revoking a device ends its session and no other, and tells the account', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  const phone = await server.signIn('ana');
  server.hints.length = 0;
  assert.deepEqual(await server.get('revokeDevice', { by: ana, params: { device: phone.device } }), {});
  assert.deepEqual(server.revoked(), [phone.device]);
  assert.deepEqual(server.notices(), [{ to: [ana.account], notice: { type: 'notice', topic: 'devices' } }]);
  assert.deepEqual(
    [await server.tokenState(phone.token), await server.tokenState(ana.token)],
    ['auth.required', 'good'],
  );
  assert.equal((await server.get('listDevices', { by: ana })).items.length, 1);
});

test('[ACC19] another account’s device and one that is gone are the same answer', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  const ben = await server.join('ben');
  const phone = await server.signIn('ana');
  await server.get('revokeDevice', { by: ana, params: { device: phone.device } });
  server.hints.length = 0;
  for (const { device } of [ben, phone])
    assert.deepEqual(await server.call('revokeDevice', { by: ana, params: { device } }), {
      ok: false,
      code: 'not_found',
    });
  assert.equal(await server.tokenState(ben.token), 'good');
  assert.deepEqual(server.revoked(), []);
});

test('[ACC19] a device may revoke itself', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  await server.get('revokeDevice', { by: ana, params: { device: ana.device } });
  assert.equal(await server.tokenState(ana.token), 'auth.required');
});

test('[ACC13] a guest that revokes its device is gone for good', async () => {
  const server = new TestAccounts();
  const by = await server.guest();
  await server.get('revokeDevice', { by, params: { device: by.device } });
  assert.deepEqual(
    [await server.tokenState(by.token), await server.accounts.accountExists(by.account)],
    ['auth.required', false],
  );
});
